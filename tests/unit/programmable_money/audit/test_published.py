# SPDX-License-Identifier: EUPL-1.2
"""What somebody else published is read without believing it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programmable_money.audit.published import PublishedError, PublishedFigures
from programmable_money.model import Amount
from ssi.rulebook.model import ProgrammeKind

SOURCE = {"chain": 1, "fund": "0x" + "11" * 20, "block": 7}


def read(content: Any) -> PublishedFigures:
    return PublishedFigures.from_json(json.dumps(content).encode())


def test_says_what_it_is_about() -> None:
    published = read({"source": SOURCE, "kpis": [{"kpi": "activated", "whole": 80}]})
    said = published.chain_id, published.kind, published.address, published.block, published.entitled
    assert said == (1, ProgrammeKind.FUND, SOURCE["fund"], 7, 80)
    assert read({"source": SOURCE}).entitled is None
    assert read({"source": SOURCE, "kpis": [5, {"kpi": "activated", "whole": True}]}).entitled is None


def test_cost_is_what_the_sponsor_says_and_nothing_where_it_is_held_back() -> None:
    def cost(*kpis: Any) -> Amount | None:
        return read({"source": SOURCE, "kpis": list(kpis)}).cost

    assert cost() is None
    assert cost({"kpi": "cost_per_euro", "value": 100_000, "whole": 5}) == Amount(100_000)
    assert cost({"kpi": "cost_per_euro", "value": None}) == Amount(0)
    assert cost({"kpi": "cost_per_euro", "value": -5}) == Amount(0)
    assert read({"source": SOURCE, "kpis": 7}).cost is None


@pytest.mark.parametrize(
    "content",
    [
        {"source": SOURCE | {"pass": SOURCE["fund"]}},
        5,
        [],
        {},
        {"source": 5},
        *({"source": SOURCE | {name: None}} for name in SOURCE),
        {"source": SOURCE | {"block": True}},
    ],
)
def test_document_that_is_no_open_books_is_refused(content: Any) -> None:
    with pytest.raises(PublishedError):
        read(content)


@pytest.mark.parametrize("octets", [b"", b"{", b"\xff", b"[" * 50_000, b" " * 1_048_577])
def test_octets_that_are_no_document_are_refused(octets: bytes) -> None:
    with pytest.raises(PublishedError):
        PublishedFigures.from_json(octets)


@given(st.binary(max_size=200))
def test_any_octets_are_refused_in_our_words(octets: bytes) -> None:
    with pytest.raises(PublishedError):
        PublishedFigures.from_json(octets)
