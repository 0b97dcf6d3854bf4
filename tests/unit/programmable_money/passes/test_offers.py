# SPDX-License-Identifier: EUPL-1.2
"""An offer's document: what is read, what is refused and by which field, when it holds, who pays what."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

import specs
from programmable_money.messages import ZERO_ADDRESS
from programmable_money.messages.pass_offers import MOST_CENTS, NotNow, PassOffer, Quote, Reduction
from ssi.credential.document import DocumentError
from ssi.keccak import keccak256
from ssi.rulebook.model import Rulebook

RULEBOOK = Rulebook.from_json(specs.rulebook_octets("stadjerspas", 1))
SHOP = "0x" + "11" * 20
OFFER: dict[str, Any] = {
    "stuiver": "pass-offer/1",
    "title": {"nl": "Zomerschool", "en": "Summer school"},
    "text": {"nl": "Een week techniek.", "en": "A week of engineering."},
    "category": "courses",
    "shop": SHOP,
    "reduction": {"kind": "fixed", "cents": 3_000},
    "price_cents": 7_500,
    "max_reduction_cents": 2_999,
    "sponsor_percent": 50,
    "months": [6, 7, 9],
    "starts_at": "2023-06-18T22:00:00Z",
    "ends_at": "2023-09-30T22:00:00Z",
    "uses_per_pass": 1,
    "total": 100,
}


def _octets(*, without: tuple[str, ...] = (), **changes: Any) -> bytes:
    content = {name: value for name, value in (OFFER | changes).items() if name not in without}
    return json.dumps(content).encode()


def _offer(*, without: tuple[str, ...] = (), **changes: Any) -> PassOffer:
    return PassOffer.from_json(_octets(without=without, **changes), RULEBOOK)


def test_a_document_is_what_the_contract_is_given() -> None:
    offer = _offer()
    starts, ends = (int(datetime(2023, *day, 22, tzinfo=UTC).timestamp()) for day in ((6, 18), (9, 30)))
    assert offer.members == (
        keccak256(_octets()),
        SHOP,
        0,
        1,
        1,
        50,
        0b1_0110_0000,
        7_500,
        3_000,
        2_999,
        starts,
        ends,
        100,
    )
    assert offer.description == keccak256(_octets())


def test_what_is_left_out_limits_nothing() -> None:
    offer = _offer(without=("shop", "price_cents", "max_reduction_cents", "starts_at", "ends_at", "total"))
    assert (offer.merchant, offer.price, offer.max_reduction, offer.total) == (ZERO_ADDRESS, 0, 0, 0)
    assert offer.members[-3:] == (0, 0, 0)
    assert offer.why_not(datetime(2023, 6, 1, tzinfo=UTC)) is None


def test_another_octet_is_another_offer() -> None:
    respaced = json.dumps(OFFER, indent=1).encode()
    assert PassOffer.from_json(respaced, RULEBOOK).description != _offer().description


@pytest.mark.parametrize(
    ("octets", "path"),
    [
        (_octets(stuiver="pass-offer/2"), "$.stuiver"),
        (_octets(category="beer"), "$.category"),
        (_octets(shop="0x12"), "$.shop"),
        (_octets(shop=ZERO_ADDRESS), "$.shop"),
        (_octets(reduction={"kind": "half"}), "$.reduction.kind"),
        (_octets(reduction={"kind": "free", "cents": 1}), "$.reduction.cents"),
        (_octets(reduction={"kind": "fixed", "percent": 1}), "$.reduction.cents"),
        (_octets(reduction={"kind": "fixed", "cents": 0}), "$.reduction.cents"),
        (_octets(reduction={"kind": "percentage", "percent": 101}), "$.reduction.percent"),
        (_octets(reduction={"kind": "percentage", "percent": 0}), "$.reduction.percent"),
        (_octets(price_cents=0), "$.price_cents"),
        (_octets(price_cents=MOST_CENTS + 1), "$.price_cents"),
        (_octets(price_cents=75.5), "$"),
        (_octets(sponsor_percent=101), "$.sponsor_percent"),
        (_octets(months=[]), "$.months"),
        (_octets(months=[13]), "$.months[0]"),
        (_octets(months=[7, 6]), "$.months"),
        (_octets(months=[6, 6]), "$.months"),
        (_octets(starts_at="2023-06-19"), "$.starts_at"),
        (_octets(starts_at="2023-06-31T00:00:00Z"), "$.starts_at"),
        (_octets(starts_at="1970-01-01T00:00:00Z"), "$.starts_at"),
        (_octets(ends_at=OFFER["starts_at"]), "$.ends_at"),
        (_octets(uses_per_pass=0), "$.uses_per_pass"),
        (_octets(uses_per_pass=256), "$.uses_per_pass"),
        (_octets(total=0), "$.total"),
        (_octets(without=("months",)), "$.months"),
        (_octets(income="low"), "$.income"),
        (
            _octets(without=("price_cents", "max_reduction_cents"), reduction={"kind": "free"}),
            "$.max_reduction_cents",
        ),
        (b"{", "$"),
    ],
)
def test_what_the_contract_would_not_take_is_refused_by_its_field(octets: bytes, path: str) -> None:
    with pytest.raises(DocumentError) as refused:
        PassOffer.from_json(octets, RULEBOOK)
    assert refused.value.path == path


@pytest.mark.parametrize(
    ("moment", "reason"),
    [
        (datetime(2023, 6, 18, 21, 59, 59, tzinfo=UTC), NotNow.NOT_STARTED),
        (datetime(2023, 6, 18, 22, tzinfo=UTC), None),
        (datetime(2023, 7, 31, 23, 59, 59, tzinfo=UTC), None),
        (datetime(2023, 8, 1, tzinfo=UTC), NotNow.NOT_THIS_MONTH),
        (datetime(2023, 9, 1, tzinfo=UTC), None),
        (datetime(2023, 9, 30, 22, tzinfo=UTC), NotNow.OVER),
    ],
)
def test_an_offer_holds_from_its_first_second_to_its_last_in_its_months(
    moment: datetime, reason: NotNow | None
) -> None:
    assert _offer().why_not(moment) is reason


@pytest.mark.parametrize(
    ("changes", "price", "expected"),
    [
        # EUR 30 off the summer school of EUR 75, all of it the sponsor's
        ({"max_reduction_cents": 3_000, "sponsor_percent": 100}, 7_500, (4_500, 3_000, 0)),
        # never more than the price, never more than the most
        ({"price_cents": 2_000}, 2_000, (0, 1_000, 1_000)),
        ({}, 7_500, (4_501, 1_499, 1_500)),
        # the free day ticket: the sponsor pays all, part, none
        ({"reduction": {"kind": "free"}, "price_cents": 950, "sponsor_percent": 100}, 950, (0, 950, 0)),
        ({"reduction": {"kind": "free"}, "price_cents": 951, "sponsor_percent": 50}, 951, (0, 475, 476)),
        ({"reduction": {"kind": "free"}, "price_cents": 950, "sponsor_percent": 0}, 950, (0, 0, 950)),
        # a percentage: half a cent goes up
        (
            {"reduction": {"kind": "percentage", "percent": 50}, "price_cents": 1_501, "sponsor_percent": 100},
            1_501,
            (750, 751, 0),
        ),
        (
            {"reduction": {"kind": "percentage", "percent": 33}, "price_cents": 50, "sponsor_percent": 100},
            50,
            (33, 17, 0),
        ),
    ],
)
def test_who_pays_what(changes: dict[str, Any], price: int, expected: tuple[int, int, int]) -> None:
    quote = _offer(**changes).quote(price)
    assert quote == Quote(*expected)
    assert quote is not None
    assert (quote.price, quote.reduction) == (price, expected[1] + expected[2])


def test_no_quote_for_a_price_that_is_none_or_another() -> None:
    assert [_offer().quote(price) for price in (0, -1, 7_499, MOST_CENTS + 1)] == [None] * 4
    open_price = _offer(without=("price_cents",))
    assert [open_price.quote(price) is None for price in (0, 1, MOST_CENTS, MOST_CENTS + 1)] == [
        True,
        False,
        False,
        True,
    ]


def test_the_kinds_are_the_contracts() -> None:
    assert [kind.name for kind in sorted(Reduction)] == ["FREE", "FIXED", "PERCENTAGE"]
