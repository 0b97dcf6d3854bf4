# SPDX-License-Identifier: EUPL-1.2
"""Reading a rulebook; and the schema says what the reader says."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specs import credential_type_octets, rulebook_octets, rulebook_schema_octets
from ssi.credential.document import DocumentError
from ssi.keccak import keccak256
from ssi.rulebook.handout import Allotment
from ssi.rulebook.model import ProgrammeKind, Rulebook
from ssi.rulebook.period import Period
from tests.unit.ssi.rulebook.material import (
    ABSENT,
    HEITJE,
    KINDPAKKET,
    OCTETS,
    PUBLISHED,
    STADJERSPAS,
    changed,
    octets,
    predicate,
    rulebook,
)

SCHEMA = jsonschema.Draft202012Validator(json.loads(rulebook_schema_octets()))


# --- the Kindpakket --------------------------------------------------------------------------------------------------


def test_the_hash_is_that_of_the_octets_as_published() -> None:
    assert KINDPAKKET.octets == OCTETS
    assert KINDPAKKET.hash == keccak256(OCTETS)
    assert Rulebook.from_json(OCTETS + b"\n").hash != KINDPAKKET.hash


def test_the_kindpakket_is_what_the_municipality_decided() -> None:
    assert (KINDPAKKET.name, KINDPAKKET.version, KINDPAKKET.kind) == ("kindpakket", 1, ProgrammeKind.FUND)
    assert (KINDPAKKET.rules.type_name, KINDPAKKET.rules.type_version) == ("household-income", 1)
    assert [(rule.claim, rule.value) for rule in KINDPAKKET.rules.constants] == [("municipality", "GM1969")]
    assert [(rule.claim, rule.minimum, rule.maximum) for rule in KINDPAKKET.rules.disclosed] == [("children", 1, 15)]
    assert [rule.id for rule in KINDPAKKET.rules.predicates] == [
        "income_at_most_120_percent",
        "credential_valid",
        "not_recovered_in_period",
    ]
    assert KINDPAKKET.claims_per_validator == 500


@pytest.mark.parametrize(("children", "cents"), [(1, 15_000), (3, 45_000), (15, 225_000)])
def test_a_child_is_worth_150_euros(children: int, cents: int) -> None:
    assert KINDPAKKET.allotment.cents({"children": children}) == cents


def test_an_allotment_may_have_a_base_and_no_count() -> None:
    assert Allotment(2_000, None, 0).cents({}) == 2_000
    assert Allotment(2_000, "children", 500).cents({"children": 2}) == 3_000


def test_toys_and_bicycles_are_sold_and_drink_and_televisions_are_not() -> None:
    ids = {category.id for category in KINDPAKKET.spending.categories}
    assert {"sports_clothing", "clothing", "shoes", "toys", "bicycles", "school_supplies", "books"} <= ids
    assert not any(word in id_ for id_ in ids for word in ("drink", "licence", "liquor", "tele", "electronic"))
    assert KINDPAKKET.category("bicycles").index == 4
    with pytest.raises(KeyError):
        KINDPAKKET.category("televisions")


# --- periods ---------------------------------------------------------------------------------------------------------


def test_a_year_lasts_from_local_midnight_to_local_midnight() -> None:
    bounds = KINDPAKKET.period.bounds(2026)
    assert bounds.opens_at == datetime(2025, 12, 31, 23, 0, tzinfo=UTC)
    assert bounds.claims_until_at == bounds.closes_at == datetime(2026, 12, 31, 23, 0, tzinfo=UTC)
    assert not bounds.is_open(bounds.opens_at - timedelta(seconds=1))
    assert bounds.is_open(bounds.opens_at)
    assert bounds.is_open(bounds.claims_until_at - timedelta(seconds=1))
    assert not bounds.is_open(bounds.claims_until_at)


def test_the_first_day_is_counted_from_1900() -> None:
    assert KINDPAKKET.period.start_day(2026) == (date(2026, 1, 1) - date(1900, 1, 1)).days


@given(year=st.integers(2000, 2199))
def test_periods_follow_each_other_without_a_gap(year: int) -> None:
    period = Period("Europe/Amsterdam")
    assert period.bounds(year).closes_at == period.bounds(year + 1).opens_at


@pytest.mark.parametrize("year", [0, 1999, 2201])
def test_a_year_out_of_range_is_no_period(year: int) -> None:
    with pytest.raises(ValueError, match="2000 to 2200"):
        KINDPAKKET.period.bounds(year)
    with pytest.raises(ValueError, match="2000 to 2200"):
        KINDPAKKET.period.start_day(year)


# --- refused documents -----------------------------------------------------------------------------------------------

MEMBERS = (
    "name version kind title summary credential_type period constants disclosed predicates allotment caps spending"
)
NORM = ("norms", "households", "single_21_plus")
SHAPES: list[tuple[tuple[str | int, ...], Any, str, str]] = [
    *(((member,), ABSENT, f"$.{member}", "is missing") for member in MEMBERS.split()),
    (("extra",), 1, "$.extra", "not a member"),
    (("name",), "Kindpakket", "$.name", "must match"),
    (("name",), "kind_pakket", "$.name", "must match"),
    (("name",), "", "$.name", "characters"),
    (("name",), "x" * 61, "$.name", "characters"),
    (("name",), 7, "$.name", "must be a string"),
    (("version",), 0, "$.version", "between 1 and 999"),
    (("version",), "1", "$.version", "whole number"),
    (("version",), True, "$.version", "whole number"),
    (("kind",), "lottery", "$.kind", "one of"),
    (("title",), "Kindpakket", "$.title", "must be an object"),
    (("title", "en"), ABSENT, "$.title.en", "is missing"),
    (("title", "fy"), "Bernepakket", "$.title.fy", "not a member"),
    (("summary", "nl"), "x" * 1001, "$.summary.nl", "characters"),
    (("summary", "nl"), None, "$.summary.nl", "must be a string"),
    (("credential_type", "name"), "household income", "$.credential_type.name", "must match"),
    (("credential_type", "version"), 1000, "$.credential_type.version", "between 1 and 999"),
    (("credential_type", "vct"), "x", "$.credential_type.vct", "not a member"),
    (("period", "kind"), "month", "$.period.kind", "one of"),
    (("period", "time_zone"), "CET", "$.period.time_zone", "must match"),
    (("period", "time_zone"), "../etc/passwd", "$.period.time_zone", "must match"),
    (("period", "days"), 365, "$.period.days", "not a member"),
    (("norms", "source"), ABSENT, "$.norms.source", "is missing"),
    (("norms", "source", "publisher"), "", "$.norms.source.publisher", "characters"),
    (("norms", "source", "url"), "x", "$.norms.source.url", "not a member"),
    (("norms", "valid_from"), "1 januari 2024", "$.norms.valid_from", "must match"),
    (("norms", "unit"), "euros per month", "$.norms.unit", "one of"),
    (("norms", "rounding"), "half_even", "$.norms.rounding", "one of"),
    (("norms", "note"), ABSENT, "$.norms.note", "is missing"),
    (("norms", "households"), {}, "$.norms.households", "at least one"),
    (("norms", "households"), [], "$.norms.households", "must be an object"),
    (("norms", "households", "Single"), {}, "$.norms.households.Single", "must match"),
    ((*NORM, "norm"), 0, "$.norms.households.single_21_plus.norm", "between"),
    ((*NORM, "norm"), "1283.83", "$.norms.households.single_21_plus.norm", "whole number"),
    ((*NORM, "norm"), ABSENT, "$.norms.households.single_21_plus.norm", "is missing"),
    ((*NORM, "title"), ABSENT, "$.norms.households.single_21_plus.title", "is missing"),
    ((*NORM, "limit_0"), 1, "$.norms.households.single_21_plus.limit_0", "not a member"),
    ((*NORM, "limit_1000"), 1, "$.norms.households.single_21_plus.limit_1000", "not a member"),
    (("constants",), [], "$.constants", "must be an object"),
    (("constants", "municipality"), None, "$.constants.municipality", "must be a string"),
    (("constants", "municipality"), ["GM1969"], "$.constants.municipality", "must be a string"),
    (("constants", "Municipality"), "GM1969", "$.constants.Municipality", "must match"),
    (("disclosed",), ["children"], "$.disclosed", "must be an object"),
    (("disclosed", "children"), 15, "$.disclosed.children", "must be an object"),
    (("disclosed", "children", "min"), -1, "$.disclosed.children.min", "between"),
    (("disclosed", "children", "max"), 1 << 32, "$.disclosed.children.max", "between"),
    (("disclosed", "children", "max"), ABSENT, "$.disclosed.children.max", "is missing"),
    (("disclosed", "children", "step"), 1, "$.disclosed.children.step", "not a member"),
    (("predicates",), {}, "$.predicates", "must be an array"),
    (("predicates",), [predicate(id=f"x{n}") for n in range(9)], "$.predicates", "0 to 8 items"),
    (("predicates", 0, "id"), "Income", "$.predicates[0].id", "must match"),
    (("predicates", 0, "id"), "x" * 61, "$.predicates[0].id", "characters"),
    (("predicates", 0, "text"), "income", "$.predicates[0].text", "must be an object"),
    (("predicates", 0, "sum"), {}, "$.predicates[0].sum", "1 to 4 claims"),
    (("predicates", 0, "sum"), dict.fromkeys("abcde", 1), "$.predicates[0].sum", "1 to 4 claims"),
    (("predicates", 0, "sum", "norm"), 0, "$.predicates[0].sum.norm", "must not be 0"),
    (("predicates", 0, "sum", "norm"), 1 << 31, "$.predicates[0].sum.norm", "between"),
    (("predicates", 0, "sum", "norm"), "120", "$.predicates[0].sum.norm", "whole number"),
    (("predicates", 0, "plus"), ABSENT, "$.predicates[0].plus", "is missing"),
    (("predicates", 0, "plus"), 1 << 53, "$.predicates[0].plus", "between"),
    (("predicates", 1, "per_as_of"), 128, "$.predicates[1].per_as_of", "between"),
    (("predicates", 1, "per_as_of"), None, "$.predicates[1].per_as_of", "whole number"),
    (("predicates", 2, "per_period_start"), -128, "$.predicates[2].per_period_start", "between"),
    (("predicates", 2, "per_month"), 1, "$.predicates[2].per_month", "not a member"),
    (("allotment", "base_cents"), -1, "$.allotment.base_cents", "between"),
    (("allotment", "base_cents"), 10**9 + 1, "$.allotment.base_cents", "between"),
    (("allotment", "per"), ABSENT, "$.allotment.per", "is missing"),
    (("allotment", "amount_cents"), ABSENT, "$.allotment.amount_cents", "is missing"),
    (("allotment", "amount_cents"), 0, "$.allotment.amount_cents", "between"),
    (("allotment", "currency"), "EUR", "$.allotment.currency", "not a member"),
    (("caps",), {}, "$.caps.claims_per_validator", "is missing"),
    (("caps", "claims_per_validator"), 0, "$.caps.claims_per_validator", "between"),
    (("spending", "categories"), [], "$.spending.categories", "1 to 256 items"),
    (("spending", "categories", 0, "id"), "sports-clothing", "$.spending.categories[0].id", "must match"),
    (("spending", "categories", 0, "index"), 256, "$.spending.categories[0].index", "between"),
    (("spending", "categories", 0, "title"), ABSENT, "$.spending.categories[0].title", "is missing"),
    (("spending", "products"), "on", "$.spending.products", "one of"),
    (("spending", "shops"), [], "$.spending.shops", "not a member"),
    (("spending", "products"), [], "$.spending.products", "1 to 255 items"),
    (
        ("spending", "products"),
        [{"id": "x", "index": 0, "title": {"nl": "x", "en": "x"}}],
        "$.spending.products[0].index",
        "between 1 and 255",
    ),
    (("spending", "voucher_cents"), 0, "$.spending.voucher_cents", "between"),
    (("spending", "limits"), {"day_cents": 1}, "$.spending.limits.day_cents", "not a member"),
    (("spending", "limits"), {"shop_cents": 0}, "$.spending.limits.shop_cents", "between"),
    (("spending", "categories", 0, "limit_cents"), "10", "$.spending.categories[0].limit_cents", "whole number"),
    (("pass",), {}, "$.pass", "not a member"),
    (("tasks",), {}, "$.tasks", "not a member"),
]
"""What the schema refuses too: place, value, path of the finding, rule."""
MEANINGS: list[tuple[tuple[str | int, ...], Any, str, str]] = [
    (("period", "time_zone"), "Europe/Stuiverdorp", "$.period.time_zone", "IANA"),
    (("norms", "valid_from"), "2024-02-30", "$.norms.valid_from", "date that exists"),
    ((*NORM, "limit_120"), 154_059, "$.norms.households.single_21_plus.limit_120", "120 percent of the norm"),
    ((*NORM, "limit_110"), 141_222, "$.norms.households.single_21_plus.limit_110", "110 percent of the norm"),
    ((*NORM, "norm"), 128_384, "$.norms.households.single_21_plus.limit_110", "110 percent of the norm"),
    ((*NORM, "limit_130"), 1, "$.norms.households.single_21_plus.limit_130", "130 percent of the norm"),
    (("disclosed", "children"), {"min": 2, "max": 1}, "$.disclosed.children.max", "must not be below min"),
    (("predicates", 1, "id"), "not_recovered_in_period", "$.predicates[2].id", "must differ"),
    (("spending", "categories", 1, "id"), "clothing", "$.spending.categories[1].id", "must differ"),
    (("spending", "categories", 1, "index"), 0, "$.spending.categories[1].index", "must differ"),
]
PASS_SHAPES: list[tuple[tuple[str | int, ...], Any, str, str]] = [
    (("pass",), ABSENT, "$.pass", "is missing"),
    (("caps",), ABSENT, "$.caps", "is missing"),
    (("allotment",), {"base_cents": 1}, "$.allotment", "not a member"),
    (("pass", "credential_type", "version"), 0, "$.pass.credential_type.version", "between"),
    (("pass", "constants"), [], "$.pass.constants", "must be an object"),
    (("pass", "period_claim"), ABSENT, "$.pass.period_claim", "is missing"),
    (("pass", "period_claim"), "Period", "$.pass.period_claim", "must match"),
    (("pass", "predicates", 0, "plus"), "0", "$.pass.predicates[0].plus", "whole number"),
    (("pass", "disclosed"), {}, "$.pass.disclosed", "not a member"),
]
TASK_SHAPES: list[tuple[tuple[str | int, ...], Any, str, str]] = [
    (("tasks",), ABSENT, "$.tasks", "is missing"),
    (("caps",), {"claims_per_validator": 1}, "$.caps", "not a member"),
    (("tasks", "rates", "young"), ABSENT, "$.tasks.rates.young", "is missing"),
    (("tasks", "rates", "old"), {}, "$.tasks.rates.old", "not a member"),
    (("tasks", "rates", "adult", "cents_per_hour"), 501, "$.tasks.rates.adult.cents_per_hour", "multiple of 4"),
    (("tasks", "rates", "adult", "cents_per_hour"), 0, "$.tasks.rates.adult.cents_per_hour", "between"),
    (("tasks", "yearly_cap", "slots"), 257, "$.tasks.yearly_cap.slots", "between"),
    (("tasks", "yearly_cap", "slot_cents"), 0, "$.tasks.yearly_cap.slot_cents", "between"),
    (("tasks", "collect_within_days"), 0, "$.tasks.collect_within_days", "between"),
    (("tasks", "appeal_within_days"), 3651, "$.tasks.appeal_within_days", "between"),
    (("tasks", "reasons"), [], "$.tasks.reasons", "1 to 255 items"),
    (("tasks", "reasons", 0, "index"), 0, "$.tasks.reasons[0].index", "between 1 and 255"),
    (("tasks", "tags", 0, "id"), "Out", "$.tasks.tags[0].id", "must match"),
    (("tasks", "tools", 0, "index"), 8, "$.tasks.tools[0].index", "between 0 and 7"),
    (("tasks", "effect_on_benefits"), ABSENT, "$.tasks.effect_on_benefits", "is missing"),
]
TASK_MEANINGS: list[tuple[tuple[str | int, ...], Any, str, str]] = [
    (("tasks", "rates", "young", "constants"), {"age_under_21": False}, "$.tasks.rates.young", "nobody has both"),
    (("tasks", "rates", "young", "constants"), {"age_over_18": True}, "$.tasks.rates.young", "nobody has both"),
    (
        ("tasks", "rates", "adult", "constants", "municipality"),
        "GM0917",
        "$.tasks.rates.adult.constants",
        "already",
    ),
    (("tasks", "tags", 1, "id"), "outdoors", "$.tasks.tags[1].id", "must differ"),
    (("tasks", "tools", 1, "index"), 0, "$.tasks.tools[1].index", "must differ"),
]
"""What only the reader sees."""


BAD = [
    *(("kindpakket", *case) for case in SHAPES + MEANINGS),
    *(("stadjerspas", *case) for case in PASS_SHAPES),
    *(("heitje", *case) for case in TASK_SHAPES + TASK_MEANINGS),
]


@pytest.mark.parametrize(("of", "place", "value", "path", "rule"), BAD)
def test_a_bad_rulebook_is_refused_with_path_and_rule(
    of: str, place: tuple[str | int, ...], value: Any, path: str, rule: str
) -> None:
    with pytest.raises(DocumentError) as caught:
        rulebook((place, value), of=of)
    assert caught.value.path == path
    assert rule in caught.value.rule


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"null", b'{"name":"a","name":"b"}', OCTETS[:-3], OCTETS + b"{}", b"\xff"]
)
def test_octets_that_are_no_document_are_refused(text: bytes) -> None:
    with pytest.raises(DocumentError):
        Rulebook.from_json(text)


def test_a_fraction_is_refused_wherever_it_stands() -> None:
    with pytest.raises(DocumentError, match="whole number"):
        Rulebook.from_json(OCTETS.replace(b'"amount_cents": 15000', b'"amount_cents": 15000.0'))


def test_a_rulebook_without_norms_or_predicates_can_be_read() -> None:
    read = rulebook((("norms",), ABSENT), (("predicates",), []), (("allotment",), {"base_cents": 2_000}))
    assert read.norms is None
    assert read.rules.predicates == ()
    assert read.allotment == Allotment(2_000, None, 0)


# --- passes, tasks and how money is spent ----------------------------------------------------------------------------


def test_what_a_programme_hands_out_is_asked_for_by_its_kind() -> None:
    assert STADJERSPAS.pass_use.rules.period_claim == "period"
    assert STADJERSPAS.types == (("household-income", 1), ("stadjerspas", 1))
    assert HEITJE.types == (("age", 2),)
    for wrong in (lambda: KINDPAKKET.pass_use, lambda: STADJERSPAS.earnings, lambda: HEITJE.allotment):
        with pytest.raises(DocumentError, match=r"\$\.kind"):
            wrong()


def test_the_heitje_pays_5_euros_an_hour_2_under_21_and_1500_a_year() -> None:
    earnings = HEITJE.earnings
    assert [rate.cents_per_hour for rate in earnings.rates] == [500, 200]
    assert earnings.yearly_cap_cents == 150_000
    assert [earnings.yearly_cap_cents // rate.cents_per_hour for rate in earnings.rates] == [300, 750]
    assert [rule.claim for rule in earnings.young.rules.constants] == ["municipality", "age_under_21"]
    assert earnings.young.rules.predicates == HEITJE.rules.predicates


def test_the_paper_vouchers_of_50_euros_are_spent_whole() -> None:
    vouchers = rulebook(of="kindpakket-vouchers")
    assert vouchers.spending.voucher_cents == 5_000
    assert vouchers.allotment.cents({"children": 1}) == 3 * 5_000
    assert {category.id for category in vouchers.spending.categories} == {"sports_clothing", "clothing", "toys"}


def test_limits_are_read_and_a_limit_below_one_voucher_is_refused() -> None:
    limits = (("spending", "limits"), {"payment_cents": 4_000, "shop_cents": 9_000})
    read = rulebook(limits, (("spending", "categories", 1, "limit_cents"), 7_000)).spending
    assert (read.payment_limit_cents, read.shop_limit_cents) == (4_000, 9_000)
    assert [category.limit_cents for category in read.categories][:3] == [None, 7_000, None]
    for change, path in (
        (limits, "$.spending.limits.payment_cents"),
        ((("spending", "categories", 1, "limit_cents"), 4_999), "$.spending.categories[1].limit_cents"),
    ):
        with pytest.raises(DocumentError, match="at least one voucher") as caught:
            rulebook(change, of="kindpakket-vouchers")
        assert caught.value.path == path


def test_products_are_off_and_can_be_listed() -> None:
    assert KINDPAKKET.spending.products == ()
    group = {"id": "school_bags", "index": 1, "title": {"nl": "Schooltassen", "en": "School bags"}}
    assert [item.id for item in rulebook((("spending", "products"), [group])).spending.products] == ["school_bags"]


# --- the schema ------------------------------------------------------------------------------------------------------


def test_the_schema_is_a_schema_and_accepts_what_is_published() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA.schema)
    for published in PUBLISHED.values():
        SCHEMA.validate(json.loads(published))


SAME = [
    *(("kindpakket", *case[:2]) for case in SHAPES),
    *(("stadjerspas", *case[:2]) for case in PASS_SHAPES),
    *(("heitje", *case[:2]) for case in TASK_SHAPES),
]


@pytest.mark.parametrize(("of", "place", "value"), SAME)
def test_the_schema_refuses_the_same_shapes(of: str, place: tuple[str | int, ...], value: Any) -> None:
    assert not SCHEMA.is_valid(changed((place, value), of=of))


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a document."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, child in children for place in [(*path, key), *places(child, (*path, key))]]


def _is_read(document: Any) -> bool:
    try:
        Rulebook.from_json(octets(document))
    except DocumentError:
        return False
    return True


_VALUES = st.one_of(
    st.sampled_from([ABSENT, None, True, "", "x", "x_y", "X", {}, [], {"x": 1}, ["x"], {"nl": "x", "en": "x"}]),
    st.integers(-(1 << 54), 1 << 54),
    st.integers(-300, 300),
)


_ANYWHERE = st.sampled_from([(name, place) for name, text in PUBLISHED.items() for place in places(json.loads(text))])


@settings(max_examples=500)
@given(where=_ANYWHERE, value=_VALUES)
def test_what_is_read_is_valid_and_what_is_invalid_is_not_read(
    where: tuple[str, tuple[str | int, ...]], value: Any
) -> None:
    """A changed document: read implies valid; and valid implies read, but for what a schema cannot say."""
    of, place = where
    document = changed((place, value), of=of)
    unsaid = r"IANA|date that exists|percent of the norm|below min|must differ|one voucher|nobody has both|already"
    if _is_read(document):
        assert SCHEMA.is_valid(document)
    elif SCHEMA.is_valid(document):
        with pytest.raises(DocumentError, match=unsaid):
            Rulebook.from_json(octets(document))


# --- published documents ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["../kindpakket", "Kindpakket", "", "kind_pakket", "kindpakket/v1"])
def test_a_name_cannot_leave_its_folder(name: str) -> None:
    with pytest.raises(ValueError, match="lower-case words"):
        rulebook_octets(name, 1)
    with pytest.raises(ValueError, match="lower-case words"):
        credential_type_octets(name, 1)


def test_a_version_that_was_never_published_is_not_found() -> None:
    with pytest.raises(FileNotFoundError):
        rulebook_octets("kindpakket", 999)
    with pytest.raises(FileNotFoundError):
        credential_type_octets("household-wealth", 1)
    with pytest.raises(ValueError, match="from 1"):
        rulebook_octets("kindpakket", 0)
