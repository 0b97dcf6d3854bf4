# SPDX-License-Identifier: EUPL-1.2
"""The lint: no rulebook decides on who somebody is, and none asks for what could be forged."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specs import credential_type_octets
from ssi.credential.types import CredentialType
from ssi.rulebook.forbidden import FORBIDDEN, forbidden_subject
from ssi.rulebook.lint import Finding, RulebookRefusedError, Severity, check, lint
from tests.unit.ssi.rulebook.material import (
    ABSENT,
    AGE,
    HOUSEHOLD,
    KINDPAKKET,
    PASS,
    PUBLISHED,
    RESIDENT_AGE,
    predicate,
    rulebook,
)

Change = tuple[Sequence[str | int], Any]


def findings(
    *changes: Change,
    credential_type: CredentialType = HOUSEHOLD,
    of: str = "kindpakket",
    more: Sequence[CredentialType] = (),
) -> dict[str, str]:
    """What is refused about a published rulebook with changes, by path; the rules of one path joined."""
    rules: dict[str, str] = {}
    for finding in lint(rulebook(*changes, of=of), credential_type, *more):
        if finding.severity is Severity.REFUSED:
            rules[finding.path] = "; ".join(filter(None, (rules.get(finding.path), finding.rule)))
    return rules


def type_with(name: str, kind: str = "count", title: str = "x") -> CredentialType:
    """Household income with one more claim."""
    document = json.loads(credential_type_octets("household-income", 1))
    claim: dict[str, Any] = {"name": name, "kind": kind, "title": {"nl": title, "en": "x"}}
    if kind in ("count", "cents"):
        claim["bits"] = 5
    document["claims"].append(claim)
    return CredentialType.from_json(json.dumps(document).encode())


def test_nothing_is_wrong_with_the_kindpakket() -> None:
    assert lint(KINDPAKKET, HOUSEHOLD) == ()
    assert check(KINDPAKKET, HOUSEHOLD) == ()


def test_another_credential_type_is_refused() -> None:
    assert [finding.path for finding in lint(KINDPAKKET, AGE)] == ["$.credential_type"]
    assert list(findings((("credential_type", "version"), 2))) == ["$.credential_type"]


def test_check_raises_with_every_finding() -> None:
    wrong = rulebook((("predicates", 0, "sum", "wealth"), 1), (("allotment", "per"), "pets"))
    with pytest.raises(RulebookRefusedError, match="wealth") as caught:
        check(wrong, HOUSEHOLD)
    paths = {finding.path for finding in caught.value.findings}
    assert paths == {"$.predicates[0].sum.wealth", "$.disclosed.children", "$.allotment.per"}


# --- who somebody is -------------------------------------------------------------------------------------------------

FORBIDDEN_NAMES = {
    "nationality": "nationality nationaliteit Nationaliteit nationality_code dutch_nationality nationaliteiten "
    "citizenship staatsburgerschap is_citizen migration_background migratieachtergrond immigrant allochtoon "
    "statushouder asielzoeker refugee verblijfsvergunning foreign_national buitenlander passport",
    "origin": "country land country_of_residence herkomst land_van_herkomst afkomst ancestry descent",
    "birthplace": "birthplace birth_place place_of_birth birth_country geboorteplaats geboorteland geboorte_plaats "
    "geboren_in born_in native",
    "name": "name naam surname sur_name achternaam voornaam first_name firstName family_name familienaam initials "
    "voorletters tussenvoegsel lastname name_contains",
    "ethnicity": "ethnicity ethnic_group etniciteit etnische_groep race ras huidskleur skin_colour skin_color raciaal",
    "religion": "religion religie religious godsdienst geloof geloofsovertuiging moslim muslim church_member kerk "
    "levensbeschouwing",
    "gender": "gender geslacht sex sekse male female is_man vrouw gender_identity genderidentiteit",
    "sexual orientation": "sexual_orientation seksuele_geaardheid geaardheid homo lgbt",
    "language": "language taal moedertaal mother_tongue thuistaal language_level taalniveau dialect",
    "political or union membership": "political_party politieke_partij vakbond trade_union",
    "identity number": "bsn burgerservicenummer bsn_hash",
}
HARMLESS = (
    "income norm children exp recovered_at municipality birth_date age_under_21 age_over_18 household_kind wealth "
    "residence_days rent number_of_children betaald_op landed nominal trace brasserie manual extent grass"
)


@pytest.mark.parametrize(
    ("subject", "name"), [(subject, name) for subject, names in FORBIDDEN_NAMES.items() for name in names.split()]
)
def test_a_forbidden_word_is_recognised(subject: str, name: str) -> None:
    found = forbidden_subject(name)
    assert found == subject


def test_every_subject_is_tried() -> None:
    assert set(FORBIDDEN_NAMES) == {subject.name for subject in FORBIDDEN}


@pytest.mark.parametrize("name", HARMLESS.split())
def test_a_harmless_word_is_left_alone(name: str) -> None:
    assert forbidden_subject(name) is None


@pytest.mark.parametrize("text", ["Nationalité", "NATIONALITEIT", "Natio-na-liteit", "étnische groep", "geboorte land"])
def test_case_accents_and_separators_do_not_hide_a_word(text: str) -> None:
    assert forbidden_subject(text) is not None


@given(text=st.text(max_size=60))
def test_any_text_can_be_looked_at(text: str) -> None:
    assert forbidden_subject(f"{text} nationaliteit") is not None


@pytest.mark.parametrize("name", ["nationality", "geslacht", "surname", "geboorteland", "religion", "taal"])
def test_a_forbidden_claim_is_refused_wherever_it_is_used(name: str) -> None:
    credential_type = type_with(name)
    text_type = type_with(name, "text")
    places: list[tuple[CredentialType, tuple[Change, ...], str]] = [
        (text_type, ((("constants", name), "NL"),), f"$.constants.{name}"),
        (credential_type, ((("constants", name), 3),), f"$.constants.{name}"),
        (credential_type, ((("disclosed", name), {"min": 0, "max": 1}),), f"$.disclosed.{name}"),
        (credential_type, ((("predicates", 0, "sum", name), 1),), f"$.predicates[0].sum.{name}"),
        (credential_type, ((("predicates", 0, "id"), f"{name}_is_low"),), "$.predicates[0].id"),
        (
            credential_type,
            ((("disclosed", name), {"min": 0, "max": 1}), (("allotment", "per"), name)),
            "$.allotment.per",
        ),
    ]
    for known, changes, path in places:
        assert "no rulebook may decide on it" in findings(*changes, credential_type=known)[path]


def test_a_forbidden_subject_behind_a_harmless_name_is_seen_in_the_claims_title() -> None:
    hidden = type_with("x7", "text", title="Nationaliteit van de aanvrager")
    assert "nationality" in findings((("constants", "x7"), "1"), credential_type=hidden)["$.constants.x7"]


def test_a_forbidden_value_of_a_constant_is_refused() -> None:
    found = findings((("constants", "municipality"), "nationaliteit:NL"))
    assert "nationality" in found["$.constants.municipality"]


def test_a_forbidden_kind_of_household_is_refused() -> None:
    household = {"title": {"nl": "x", "en": "x"}, "norm": 100_000}
    found = findings((("norms", "households", "migrant_single"), household))
    assert "nationality" in found["$.norms.households.migrant_single"]
    titled = {"title": {"nl": "Buitenlandse alleenstaande", "en": "x"}, "norm": 100_000}
    assert "$.norms.households.y.title" in findings((("norms", "households", "y"), titled))


def test_a_forbidden_name_of_the_rulebook_is_refused() -> None:
    assert "gender" in findings((("name",), "vrouwen-budget"))["$.name"]


def test_a_text_that_speaks_of_a_forbidden_subject_is_a_warning() -> None:
    text = {"nl": "Ongeacht uw nationaliteit.", "en": "Whatever your nationality."}
    warned = check(rulebook((("predicates", 0, "text"), text)), HOUSEHOLD)
    assert [(finding.path, finding.severity) for finding in warned] == [
        ("$.predicates[0].text.nl", Severity.WARNING),
        ("$.predicates[0].text.en", Severity.WARNING),
    ]


# --- claims and soundness --------------------------------------------------------------------------------------------

REFUSED: list[tuple[Change, str, str]] = [
    ((("constants", "wealth"), 1), "$.constants.wealth", "not a claim"),
    ((("disclosed", "wealth"), {"min": 0, "max": 1}), "$.disclosed.wealth", "not a claim"),
    ((("predicates", 0, "sum", "wealth"), 1), "$.predicates[0].sum.wealth", "not a claim"),
    ((("predicates", 0, "sum", "municipality"), 1), "$.predicates[0].sum.municipality", "forgeable"),
    ((("predicates", 0, "sum", "children"), 1), "$.predicates[0].sum.children", "over hidden claims"),
    ((("disclosed", "municipality"), {"min": 0, "max": 1}), "$.disclosed.municipality", "is hashed"),
    ((("disclosed", "children", "max"), 32), "$.disclosed.children.max", "below 2^5"),
    ((("constants", "children"), 3), "$.disclosed.children", "is a constant already"),
    ((("constants", "municipality"), 1969), "$.constants.municipality", "must be a text"),
    ((("constants", "municipality"), ""), "$.constants.municipality", "1 to 256 octets"),
    ((("constants", "norm"), 1 << 20), "$.constants.norm", "must lie between"),
    ((("constants", "norm"), "much"), "$.constants.norm", "whole number"),
    ((("predicates", 0, "sum"), {"norm": 12_000, "income": -9_001}), "$.predicates[0]", "wrap around"),
    ((("predicates", 0, "plus"), 1 << 40), "$.predicates[0]", "wrap around"),
    ((("predicates", 2, "per_period_start"), 2), "$.predicates", "recovered"),
    ((("predicates", 1), predicate()), "$.predicates", "expired credential"),
    ((("predicates", 1, "plus"), 30), "$.predicates", "expired credential"),
    ((("predicates", 1, "per_as_of"), ABSENT), "$.predicates", "expired credential"),
    ((("predicates", 1, "sum", "exp"), 2), "$.predicates", "expired credential"),
    ((("predicates", 2), predicate()), "$.predicates", "recovered"),
    ((("predicates", 2, "plus"), 0), "$.predicates", "recovered"),
    ((("allotment", "per"), "pets"), "$.allotment.per", "must be a disclosed claim"),
    ((("allotment", "per"), "norm"), "$.allotment.per", "must be a disclosed claim"),
    ((("allotment",), {"base_cents": 0}), "$.allotment", "hand out something"),
]


@pytest.mark.parametrize(("change", "path", "rule"), REFUSED, ids=range(len(REFUSED)))
def test_a_rule_that_must_not_be_opened_is_refused_with_path_and_rule(change: Change, path: str, rule: str) -> None:
    assert rule in findings(change)[path]


def test_too_few_hidden_claims_are_refused() -> None:
    everything: tuple[Change, ...] = (
        (("predicates",), []),
        (("disclosed",), {"children": {"min": 1, "max": 15}}),
        (("constants",), {"municipality": "GM1969", "income": 1, "norm": 1, "exp": 1, "recovered_at": 0}),
    )
    assert "at least 3 hidden" in findings(*everything)["$"]


def test_every_finding_is_collected() -> None:
    found = findings(
        (("predicates", 0, "sum", "wealth"), 1),
        (("predicates", 1, "sum", "gender"), 1),
        (("constants", "surname"), "x"),
        (("allotment", "per"), "pets"),
    )
    assert set(found) == {
        "$.predicates[0].sum.wealth",
        "$.predicates[1].sum.gender",
        "$.predicates",
        "$.constants.surname",
        "$.disclosed.children",
        "$.allotment.per",
    }


def test_showing_an_exact_income_is_a_warning() -> None:
    shown = rulebook(
        (("disclosed", "income"), {"min": 0, "max": (1 << 24) - 1}), (("predicates", 0), predicate(sum={"norm": 1}))
    )
    expected = "shows an exact amount or date with every claim: a predicate would hide it"
    assert check(shown, HOUSEHOLD) == (Finding("$.disclosed.income", expected, Severity.WARNING),)


def test_bounds_that_the_chain_does_not_hold_are_refused() -> None:
    """A wallet of one's own would ignore them: the contract bounds only what the allotment is per."""
    flat = rulebook((("allotment",), {"base_cents": 15_000}))
    assert [finding.path for finding in lint(flat, HOUSEHOLD)] == ["$.disclosed.children"]
    whole = rulebook((("allotment",), {"base_cents": 15_000}), (("disclosed", "children"), {"min": 0, "max": 31}))
    assert lint(whole, HOUSEHOLD) == ()


def test_a_credential_type_that_never_ends_is_refused() -> None:
    """Without exp and recovered_at a lost wallet and its successor would both claim (issuance.md 3.3)."""
    endless = replace(HOUSEHOLD, claims=HOUSEHOLD.claims[2:])
    refused = [finding for finding in lint(rulebook(), endless) if finding.path == "$.credential_type"]
    assert [finding.rule.split(":")[0] for finding in refused] == [
        "must have the date exp",
        "must have the date recovered_at",
    ]


# --- passes and tasks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_nothing_is_wrong_with_what_is_published(name: str) -> None:
    published = rulebook(of=name)
    types = [CredentialType.from_json(credential_type_octets(*named)) for named in published.types]
    assert check(published, *types) == ()


PASS_REFUSED: list[tuple[Change, str, str]] = [
    ((("disclosed", "children"), {"min": 0, "max": 31}), "$.disclosed", "must be empty"),
    ((("pass", "predicates"), []), "$.pass.predicates", "expired credential"),
    ((("pass", "predicates", 0, "plus"), 30), "$.pass.predicates", "expired credential"),
    ((("pass", "period_claim"), "year"), "$.pass.period_claim", "not a claim"),
    ((("pass", "period_claim"), "programme"), "$.pass.period_claim", "must be a text"),
    ((("pass", "constants", "nationality"), "NL"), "$.pass.constants.nationality", "no rulebook may decide on it"),
    ((("pass", "constants", "programme"), 7), "$.pass.constants.programme", "must be a text"),
    ((("predicates", 1, "plus"), 30), "$.predicates", "expired credential"),
]


@pytest.mark.parametrize(("change", "path", "rule"), PASS_REFUSED, ids=range(len(PASS_REFUSED)))
def test_a_pass_that_must_not_be_opened_is_refused(change: Change, path: str, rule: str) -> None:
    assert rule in findings(change, of="stadjerspas", more=(PASS,))[path]


def test_a_pass_is_of_two_credential_types() -> None:
    assert set(findings(of="stadjerspas")) == {"$.pass.credential_type"}
    assert set(findings(of="stadjerspas", credential_type=PASS)) == {"$.credential_type"}


TASKS_REFUSED: list[tuple[Change, str, str]] = [
    ((("disclosed", "birth_date"), {"min": 0, "max": (1 << 17) - 1}), "$.disclosed", "must be empty"),
    ((("tasks", "rates", "young", "constants", "gender"), 1), "$.tasks.rates.young.constants.gender", "decide on it"),
    ((("tasks", "rates", "young", "constants", "wealth"), 1), "$.tasks.rates.young.constants.wealth", "not a claim"),
    (
        (("tasks", "rates", "young", "constants", "age_under_21"), "yes"),
        "$.tasks.rates.young.constants.age_under_21",
        "true or false",
    ),
    ((("tasks", "rates", "adult", "constants", "exp"), 1), "$.tasks.rates.adult.constants.exp", "over hidden claims"),
    ((("predicates",), []), "$.predicates", "recovered"),
]


@pytest.mark.parametrize(("change", "path", "rule"), TASKS_REFUSED, ids=range(len(TASKS_REFUSED)))
def test_tasks_that_must_not_be_opened_are_refused(change: Change, path: str, rule: str) -> None:
    assert rule in findings(change, of="heitje", credential_type=RESIDENT_AGE)[path]


def test_vouchers_must_divide_the_allotment() -> None:
    refused = findings((("spending", "voucher_cents"), 4_000), of="kindpakket-vouchers")
    assert "divide the allotment" in refused["$.spending.voucher_cents"]
