# SPDX-License-Identifier: EUPL-1.2
"""Open books of every kind of programme: the audit signs off what is served, and names every figure that is changed."""

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programmable_money.audit import Told
from programmable_money.audit.published import PublishedFigures
from programmable_money.audit.report import AuditReport, DifferenceKind, Findings
from programmable_money.audit.service import AuditRequest, audit
from programmable_money.model import Amount
from programmable_money.open_books import SMALL_CELL, SOURCES, OpenBooks
from ssi.rulebook.model import ProgrammeKind
from tests.flows.audited import EmbeddedNode, kinds
from tests.flows.booked import PEOPLE, Booked, open_booked

TOLD = Told(entitled=20, cost=Amount.from_euros("1250"))
SAID = frozenset({("programme", "sponsor"), ("source", "read_at")})
"""What is published and is no figure: who pays, in words, and when it looked."""

Path = tuple[Any, ...]


@dataclass
class Published:
    """What a sponsor publishes, and a node that anyone can ask."""

    booked: Booked
    node: EmbeddedNode
    books: OpenBooks

    @property
    def kind(self) -> ProgrammeKind:
        return self.booked.rulebook.kind

    @property
    def content(self) -> dict[str, Any]:
        served: dict[str, Any] = json.loads(json.dumps(self.books.to_json()))
        return served

    def audit(self, content: Any) -> AuditReport:
        published = PublishedFigures.from_json(json.dumps(content).encode())
        address, find = self.booked.programme.address, self.booked.find_rulebook
        return audit(self.node, AuditRequest(address, find, self.kind, published=published))

    def believe(self, content: Any) -> list[str]:
        """As ``compare``, with what the content says that only the sponsor knows."""
        said = PublishedFigures.from_json(json.dumps(content).encode())
        return self.compare(content, self.booked.auditor(Told(said.entitled, said.cost)).read())

    def compare(self, content: Any, books: OpenBooks | None = None) -> list[str]:
        """The differences with the books that the audit computes, without the rest of the audit."""
        findings = Findings()
        PublishedFigures.from_json(json.dumps(content).encode()).compare(books or self.books, findings)
        assert {difference.kind for difference in findings.found} <= {DifferenceKind.PUBLISHED}
        return [difference.text for difference in findings.found]


@pytest.fixture(scope="module", params=list(ProgrammeKind))
def published(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    with open_booked(request.param, tmp_path_factory.mktemp("wallets")) as booked:
        yield Published(booked, EmbeddedNode.of(booked.chain), booked.auditor(TOLD).read())


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """The paths to all figures."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if members is None:
        yield path
        return
    for name, member in members:
        yield from leaves(member, (*path, name))


def at(content: Any, path: Path) -> Any:
    for name in path:
        content = content[name]
    return content


def changed(content: Any, path: Path, value: Any) -> Any:
    """A copy with another figure."""
    copied = copy.deepcopy(content)
    at(copied, path[:-1])[path[-1]] = value
    return copied


def another(value: Any) -> Any:
    """A lie that one has to look twice to see."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return f"{value}x" if isinstance(value, str) else 0


# ---- what is served is signed off ----


def test_what_is_served_is_signed_off(published: Published) -> None:
    report = published.audit(published.content)
    assert report.differences == ()
    assert report.is_signed_off
    assert report.checked.published == sum(1 for _ in leaves(published.content)) - len(SAID)
    assert report.to_json()[SOURCES[published.kind]] == published.booked.programme.address


def test_report_and_books_have_the_same_figures(published: Published) -> None:
    report, content = published.audit(published.content).to_json(), published.content
    assert {name: content[name] for name in published.books.counts} == {
        name: report[name] for name in published.books.counts
    }
    assert {**report["spending"], "shop": None} == {**content["spending"], "shop": None}
    assert content["spending"]["category"], "there is something to compare"
    assert content["spending"]["month"]
    assert report["books"] == content["books"]


def test_figures_are_about_enough_people(published: Published) -> None:
    """Six people took part in each programme, which is enough for its figures, and too few for some of its lines."""
    content = published.content
    assert content["small_cell"] == SMALL_CELL < len(PEOPLE)
    by_kpi = {kpi["kpi"]: kpi for kpi in content["kpis"]}
    if published.kind is ProgrammeKind.PASS:
        assert (by_kpi["activated"]["value"], by_kpi["activated"]["whole"]) == (6, 20)
        assert (by_kpi["active"]["value"], by_kpi["active_at_most"]["value"]) == (6, 6)
        swum = 6 * 440
        course = {"sponsor_pays_cents": 15_000, "shops_bear_cents": 0, "citizens_pay_cents": 22_500}
        swims = {"sponsor_pays_cents": swum + 138, "shops_bear_cents": 660, "citizens_pay_cents": 550 - 138}
        # offer 3 was used once: shown alone, or as swimming less offer 1, it would be one person's
        assert content["paid"] == [{"offers": [2], "uses": 5, **course}, {"offers": [1, 3], "uses": 7, **swims}]
        assert [term["is_of_one_shop"] for term in content["offer_terms"]] == [False, False, True, False]
        assert content["sponsor_pays_cents"] == swum + 15_000 + 138
    elif published.kind is ProgrammeKind.TASKS:
        assert by_kpi["active"]["value"] is None, "wallets take slots at random: nobody knows whether they are enough"
        assert set(content["stages"].values()) == {None}
        assert content["collections"] >= 24
        assert content["spending"]["month"][0]["spent_cents"] is None
    else:
        assert by_kpi["activated"] == {"kpi": "activated", "value": 6, "whole": 20, "per_mille": 300}
        assert [line["payments"] for line in content["spending"]["category"]] == [6, 5]


def test_nothing_about_a_person_or_a_shops_account_is_published(published: Published) -> None:
    text = json.dumps(published.content).lower()
    assert len(published.booked.people) >= len(PEOPLE)
    for account in (*published.booked.people, *published.booked.shops):
        assert account.lower().removeprefix("0x") not in text


# ---- what is changed is named ----


def test_every_figure_that_is_changed_is_named(published: Published) -> None:
    content = published.content
    found = [path for path in leaves(content) if path not in SAID]
    assert len(found) > 100
    for path in found:
        if path[0] == "source" and path[1] != "read_at":
            continue  # then they are about something else, which the audit says
        lie = changed(content, path, another(at(content, path)))
        name = ".".join(map(str, path))
        assert any(text.startswith(f"{name} is published as") for text in published.compare(lie)), name


def test_what_is_no_figure_may_be_anything(published: Published) -> None:
    content = published.content
    for path in SAID:
        assert published.compare(changed(content, path, "Gemeente Elders")) == []


@settings(max_examples=60)
@given(data=st.data())
def test_any_other_value_of_any_figure_is_named(published: Published, data: st.DataObject) -> None:
    content = published.content
    path = data.draw(st.sampled_from([path for path in leaves(content) if path not in SAID and path[0] != "source"]))
    values: st.SearchStrategy[Any] = (
        st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(max_size=12) | st.just([])
    )
    is_other: Callable[[Any], bool] = lambda value: repr(value) != repr(at(content, path))  # noqa: E731
    assert published.compare(changed(content, path, data.draw(values.filter(is_other))))


@settings(max_examples=40)
@given(data=st.data())
def test_figure_that_is_left_out_or_added_is_named(published: Published, data: st.DataObject) -> None:
    content = published.content
    path = data.draw(st.sampled_from([path for path in leaves(content) if path not in SAID and path[0] != "source"]))
    without = copy.deepcopy(content)
    del at(without, path[:-1])[path[-1]]
    assert published.compare(without)
    lists = [path[: path.index(step)] for path in leaves(content) for step in path if isinstance(step, int)]
    longer = copy.deepcopy(content)
    at(longer, data.draw(st.sampled_from(lists))).append(data.draw(st.integers() | st.text(max_size=5)))
    assert published.compare(longer)
    assert published.compare({**content, "deficit_cents": 0})


def test_sponsor_cannot_unmake_a_ratio(published: Published) -> None:
    """What only it knows is taken from what it publishes; what follows from that must follow."""
    content = published.content
    for number, kpi in enumerate(content["kpis"]):
        for member in ("value", "whole", "per_mille"):
            if kpi[member] is None or (kpi["kpi"], member) == ("cost_per_euro", "value"):
                continue
            assert published.believe(changed(content, ("kpis", number, member), kpi[member] + 7)), (kpi["kpi"], member)
    lie = changed(content, ("kpis", 0, "per_mille"), 1_000)
    assert kinds(published.audit(lie)) == {DifferenceKind.PUBLISHED}


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("chain", 1, DifferenceKind.WRONG_CHAIN),
        ("block", 10**6, DifferenceKind.PUBLISHED),
        ("block", 3, DifferenceKind.PUBLISHED),
        ("holder", "0x" + "11" * 20, DifferenceKind.PUBLISHED),
    ],
)
def test_books_of_something_else_are_no_books(
    published: Published, name: str, value: Any, kind: DifferenceKind
) -> None:
    assert kind in kinds(published.audit(changed(published.content, ("source", name), value)))


def test_books_of_another_programme_or_kind_are_no_books(published: Published) -> None:
    content, own = published.content, SOURCES[published.kind]
    assert DifferenceKind.PUBLISHED in kinds(published.audit(changed(content, ("source", own), "0x" + "11" * 20)))
    other = next(name for name in SOURCES.values() if name != own)
    source = {other if name == own else name: value for name, value in content["source"].items()}
    assert DifferenceKind.PUBLISHED in kinds(published.audit({**content, "source": source}))
