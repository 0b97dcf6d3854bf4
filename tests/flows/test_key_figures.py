# SPDX-License-Identifier: EUPL-1.2
"""The key figures of a fund as its sponsor publishes them, and as anyone computes them again from the chain."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from programmable_money.audit import FundAuditor
from programmable_money.audit.published import PublishedFigures
from programmable_money.audit.report import AuditReport, DifferenceKind
from programmable_money.kpi import Kpi
from programmable_money.kpi.budget import add_months
from programmable_money.model import Amount, from_unix, to_unix
from programmable_money.node import open_chain
from programmable_money.service import relay_refund
from programmable_money.store import Store
from tests.flows.audited import Town, kinds, node_of
from tests.flows.money import RULEBOOK, STARTS_AT, TYPE, YEAR, Citizen, World

COST = Amount.from_euros("1250")


@dataclass
class Told:
    """A town of six households: five spent, one gave everything back after its three months; with what is published."""

    town: Town
    published: dict[str, Any]

    def audit(self, content: dict[str, Any] | None = None) -> AuditReport:
        octets = json.dumps(self.published if content is None else content).encode()
        return self.town.audit(published=PublishedFigures.from_json(octets))

    def kpi(self, wanted: Kpi) -> dict[str, Any]:
        found: dict[str, Any] = next(kpi for kpi in self.published["kpis"] if kpi["kpi"] == wanted)
        return found


@pytest.fixture(scope="module")
def told() -> Iterator[Told]:
    with open_chain("embedded", starts_at=STARTS_AT) as chain:
        world = World.open(chain)
        citizens = [Citizen.with_credential(world.validator, record=f"household {n}", children=1) for n in range(6)]
        for citizen in citizens:
            world.claim(citizen)
        permits = [world.pay(citizen, world.toys, 1_000) for citizen in citizens]
        due = add_months(from_unix(chain.now()), 3)
        chain.travel_to(to_unix(due) + 86_400)
        world.pay(citizens[0], world.bicycles, 2_000)
        back = world.toys.refund(world.fund, permits[5], 1_000)
        relay_refund(world.fund, citizens[5].account, permits[5].permit.nonce, back)
        town = Town(world, node_of(chain), "", b"")
        auditor = FundAuditor(
            world.fund,
            RULEBOOK,
            TYPE,
            sponsor="Gemeente Westland",
            shop_names={},
            store=Store("sqlite://"),
            clock=lambda: datetime(YEAR, 7, 1, tzinfo=UTC),
            entitled=8,
            cost=COST,
        )
        yield Told(town, auditor.read().to_json())


def test_published_figures_are_computed_again_and_agree(told: Told) -> None:
    assert told.kpi(Kpi.ACTIVATED) == {"kpi": "activated", "value": 6, "whole": 8, "per_mille": 750}
    assert told.kpi(Kpi.SPENT)["value"] == 5_000 + 2_000
    assert told.kpi(Kpi.SPENT_WITHIN_THREE_MONTHS)["value"] == 5_000, "less what came back, and less what was late"
    assert told.kpi(Kpi.COST_PER_EURO)["per_mille"] == 1000 * 125_000 // 7_000
    report = told.audit()
    assert report.differences == ()
    assert [kpi.kpi for kpi in report.figures.kpis][:3] == [Kpi.ACTIVATED, Kpi.SPENT, Kpi.SPENT_WITHIN_THREE_MONTHS]


@pytest.mark.parametrize("kpi", [Kpi.SPENT, Kpi.SPENT_WITHIN_THREE_MONTHS, Kpi.COST_PER_EURO])
@pytest.mark.parametrize("member", ["value", "whole", "per_mille"])
def test_every_figure_that_is_changed_is_named(told: Told, kpi: Kpi, member: str) -> None:
    """But for what only the sponsor knows: the cost, whose ratio must still follow from it."""
    content = json.loads(json.dumps(told.published))
    changed = next(entry for entry in content["kpis"] if entry["kpi"] == kpi)
    changed[member] += 1
    report = told.audit(content)
    if (kpi, member) == (Kpi.COST_PER_EURO, "value"):
        assert all("per_mille" in entry.text for entry in report.differences)
        return
    assert kinds(report) == {DifferenceKind.PUBLISHED}
    assert any(f".{member} " in entry.text for entry in report.differences)


def test_budget_that_is_left_is_published_and_compared(told: Told) -> None:
    assert told.published["budget_left"] == {
        "left_cents": 300_000 - 6 * 15_000,
        "warn_below_cents": 10 * 15 * 15_000,
        "largest_claims_left": 0,
        "smallest_claims_left": 14,
        "is_low": True,
    }
    content = json.loads(json.dumps(told.published))
    content["budget_left"]["is_low"] = False
    report = told.audit(content)
    assert kinds(report) == {DifferenceKind.PUBLISHED}
    assert "budget_left.is_low" in report.differences[0].text


def test_line_about_one_person_is_not_shown_when_others_got_their_money_back(told: Told) -> None:
    """Toys: six paid, one was given everything back, so five spent there. Bicycles: one alone, put together."""
    assert told.published["spending"]["category"] == [
        {"keys": ["bicycles", "toys"], "spent_cents": 7_000, "payments": 7},
    ]


def test_figure_that_is_held_back_stays_held_back_in_the_comparison(told: Told) -> None:
    content = json.loads(json.dumps(told.published))
    cost = next(entry for entry in content["kpis"] if entry["kpi"] == Kpi.COST_PER_EURO)
    cost |= {"value": None, "whole": None, "per_mille": None}
    assert DifferenceKind.PUBLISHED in kinds(told.audit(content)), "five people spent: there is nothing to hold back"
