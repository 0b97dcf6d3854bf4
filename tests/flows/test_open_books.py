# SPDX-License-Identifier: EUPL-1.2
"""The open books over HTTP: figures that are the chain's, pages that anyone can read, nothing about a citizen."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import pytest

from programmable_money.audit import FundAuditor
from programmable_money.books import BooksError
from programmable_money.chain import Chain, ChainError
from programmable_money.fund import WrongRulesError
from programmable_money.messages import address_of
from programmable_money.model import Amount
from programmable_money.node import open_chain, run_anvil
from programmable_money.open_books import BooksReader, EventKind, FundDetails, OpenBooks
from programmable_money.service import relay_claim, relay_payment, relay_refund
from programmable_money.settlement import BankAccount, BankOrder
from programmable_money.store import Store
from tests.anvil import require_anvil
from tests.flows.money import ETHER, RULEBOOK, STARTS_AT, TYPE, Citizen, World
from tests.flows.visiting import LANGUAGES, PATHS, Outline, get

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
SHOP_NAME = "Speelgoed <De & Tol>"


@dataclass
class Town:
    """A world in which something happened, and its auditor."""

    world: World
    citizens: list[Citizen]
    auditor: FundAuditor

    @property
    def books(self) -> OpenBooks:
        return self.auditor.read()


def auditor_of(world: World, clock: Callable[[], datetime] = lambda: NOW) -> FundAuditor:
    return FundAuditor(
        world.fund,
        RULEBOOK,
        TYPE,
        sponsor="Gemeente Westland",
        shop_names={world.toys.address: SHOP_NAME, world.bicycles.address: "Fietsen"},
        store=Store("sqlite://"),
        clock=clock,
    )


def pay(world: World, citizen: Citizen, cents: int) -> None:
    permit = citizen.permit(world.fund, cents)
    relay_payment(world.fund, permit, world.toys.charge(world.fund, permit, cents))


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    """Six households, payments in both shops, a refund, a settlement, payments after it."""
    with open_chain("embedded", starts_at=STARTS_AT) as chain:
        world = World.open(chain)
        citizens = [Citizen.with_credential(world.validator, record=f"household {n}", children=2) for n in range(6)]
        for citizen in citizens:
            relay_claim(world.fund, citizen.prove(world.fund))
            pay(world, citizen, 5_000)
        for citizen in citizens[:5]:
            permit = citizen.permit(world.fund, 2_000)
            relay_payment(world.fund, permit, world.bicycles.charge(world.fund, permit, 2_000))
        bought = citizens[5].permit(world.fund, 2_000)
        relay_payment(world.fund, bought, world.bicycles.charge(world.fund, bought, 2_000))
        given_back = world.bicycles.refund(world.fund, bought, 750)
        relay_refund(world.fund, bought.permit.account, bought.permit.nonce, given_back)
        directory = {
            world.toys.address: BankAccount.from_text("De Tol", "NL51RABO0000000107", field="De Tol"),
        }
        debtor = BankAccount.from_text("Gemeente", "NL68BNGH0000000100", field="debtor")
        order = BankOrder(debtor, directory, date(2026, 3, 3), NOW)
        world.municipality.settle(world.fund, [world.toys.address], reference="KP-2026-1", bank=order)
        pay(world, citizens[0], 1_234)
        yield Town(world, citizens, auditor_of(world))


# ---- the figures ----


def test_figures_are_the_contracts_own(town: Town) -> None:
    shown = get(town.auditor, "/books.json").json()
    euro, fund = town.world.municipality.euro, town.world.fund.books()
    assert shown["books"] == {
        "deposits": euro.deposited().cents,
        "settled": euro.settled().cents,
        "supply": euro.supply().cents,
        "unallocated": fund.unallocated.cents,
        "accounts": fund.accounts.cents,
        "merchants": fund.merchants.cents,
        "outside": 0,
    }
    held = sum(shown["books"][name] for name in ("unallocated", "accounts", "merchants"))
    assert shown["books"]["deposits"] - shown["books"]["settled"] == shown["books"]["supply"] == held
    assert shown["is_checked"] is True
    assert {check["agrees"] for check in shown["checks"]} == {True}
    assert shown["source"]["block"] == town.world.chain.block_number()


def test_figures_are_what_happened(town: Town) -> None:
    shown = get(town.auditor, "/books.json").json()
    assert (shown["claims"], shown["allotted_cents"], shown["budget_cents"]) == (6, 180_000, 300_000)
    assert (shown["payments"], shown["refunds"]) == (13, 1)
    assert shown["spent_cents"] == 6 * 5_000 + 6 * 2_000 - 750 + 1_234
    assert (shown["spent_percent"], shown["allotted_percent"]) == (23, 60)
    assert shown["books"]["settled"] == 30_000
    assert shown["shops"] == 2
    assert shown["spending"]["category"] == [
        {"keys": ["toys"], "spent_cents": 31_234, "payments": 7},
        {"keys": ["bicycles"], "spent_cents": 11_250, "payments": 6},
    ]
    assert shown["spending"]["month"] == [{"keys": ["2026-03"], "spent_cents": 42_484, "payments": 13}]
    assert [event["kind"] for event in shown["events"][:3]] == ["paid", "settled", "refunded"]
    assert [event["amount_cents"] for event in shown["events"][:3]] == [1_234, 30_000, 750]


def test_books_follow_the_chain_block_by_block() -> None:
    with open_chain("embedded", starts_at=STARTS_AT) as chain:
        world = World.open(chain)
        auditor = auditor_of(world)
        before = auditor.read()
        assert auditor.read() is before
        assert (before.counts["claims"], before.figures.spending["category"]) == (0, ())
        amira = Citizen.with_credential(world.validator, record="amira")
        relay_claim(world.fund, amira.prove(world.fund))
        pay(world, amira, 100)
        world.fund.pause(sponsor=world.municipality.officers.sponsor)
        after = auditor.read()
        assert [after.counts[name] for name in ("claims", "payments", "spent_cents")] == [1, 1, 100]
        assert [event.kind for event in after.events[:3]] == [EventKind.PAUSED, EventKind.PAID, EventKind.CLAIMED]
        assert after.is_checked


@pytest.mark.anvil
def test_block_that_became_another_one_is_read_again() -> None:
    """A chain is reorganised: what was read of the blocks that are gone is in no book."""
    require_anvil()
    relayer = secrets.token_bytes(32)
    with run_anvil(STARTS_AT) as url:
        chain = Chain.rpc(url, relayer_keys=[relayer])
        chain.request("anvil_setBalance", [address_of(relayer), hex(10**6 * ETHER)])
        world = World.open(chain)
        auditor, sponsor = auditor_of(world), world.municipality.officers.sponsor
        snapshot = chain.request("evm_snapshot", [])
        amira = Citizen.with_credential(world.validator, record="amira")
        relay_claim(world.fund, amira.prove(world.fund))
        before = auditor.read()
        assert before.counts["claims"] == 1
        chain.request("evm_revert", [snapshot])
        while chain.block_number() < before.block:
            world.fund.pause(sponsor=sponsor)
            if chain.block_number() < before.block:
                world.fund.unpause(sponsor=sponsor)
        after = auditor.read()
        assert after.block == before.block
        assert (after.counts["claims"], after.events[0].kind) == (0, EventKind.PAUSED)
        assert after.is_checked


def test_what_happens_while_the_contracts_are_asked_is_in_both_sides() -> None:
    """A payment between the events and the contracts' answers: read again, not told as a difference."""
    with open_chain("embedded", starts_at=STARTS_AT) as chain:
        world = World.open(chain)
        amira = Citizen.with_credential(world.validator, record="amira")
        relay_claim(world.fund, amira.prove(world.fund))
        late = [1_100]

        def clock() -> datetime:
            if late:
                pay(world, amira, late.pop())
            return NOW

        books = auditor_of(world, clock).read()
        assert books.is_checked
        assert (books.counts["payments"], books.counts["spent_cents"]) == (1, 1_100)

        def busy() -> datetime:
            pay(world, amira, 100)
            return NOW

        with pytest.raises(ChainError):
            auditor_of(world, busy).read()


def test_one_household_alone_is_never_a_line() -> None:
    with open_chain("embedded", starts_at=STARTS_AT) as chain:
        world = World.open(chain)
        amira = Citizen.with_credential(world.validator, record="amira")
        relay_claim(world.fund, amira.prove(world.fund))
        for _ in range(6):
            pay(world, amira, 100)
        auditor = auditor_of(world)
        assert [(line.cents, line.payments) for line in auditor.read().figures.spending["category"]] == [(None, None)]
        assert "te weinig" in get(auditor, "/?lang=nl").text


def test_auditor_refuses_a_fund_that_does_not_follow_the_rulebook(town: Town) -> None:
    world = town.world
    other = type(RULEBOOK).from_json(
        RULEBOOK.octets.replace(b'"claims_per_validator": 500', b'"claims_per_validator": 501')
    )
    with pytest.raises(WrongRulesError):
        FundAuditor(world.fund, other, TYPE, sponsor="", shop_names={}, store=Store("sqlite://"), clock=lambda: NOW)


# ---- what must not be there, and what must not work ----


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", [*PATHS, "/books.json", "/style.css"])
def test_cato_can_change_nothing(town: Town, path: str, method: str) -> None:
    before = town.world.chain.block_number()
    refused = get(town.auditor, path, method=method)
    assert refused.status_code == 405
    assert refused.headers["content-type"] == "application/problem+json"
    assert "GET" in refused.headers["allow"]
    assert town.world.chain.block_number() == before


@pytest.mark.parametrize("path", [*PATHS, "/books.json", "/style.css"])
def test_head_is_answered_without_a_body(town: Town, path: str) -> None:
    assert get(town.auditor, path, method="HEAD").status_code == 200


@dataclass
class Broken:
    """A reader that cannot give books."""

    error: Exception

    def read(self) -> OpenBooks:
        raise self.error


@pytest.mark.parametrize(
    ("reader", "path", "host", "status"),
    [
        (None, "/nothing-here", "127.0.0.1", 404),
        (None, "/docs", "localhost", 404),
        (None, "/openapi.json", "localhost", 404),
        (None, "/?lang=" + "n" * 21, "127.0.0.1:8017", 422),
        (None, "/books.json", "elsewhere.example", 421),
        (Broken(BooksError("supply", 1, 2)), "/books.json", "127.0.0.1", 503),
        (Broken(RuntimeError("secret")), "/", "127.0.0.1", 500),
    ],
    ids=["no page", "no generated page", "no schema", "long parameter", "other host", "books differ", "our own fault"],
)
def test_errors_are_problem_documents_and_pages_for_people(
    town: Town, reader: BooksReader | None, path: str, host: str, status: int
) -> None:
    answer = get(reader or town.auditor, path, host=host)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert set(document) - {"errors"} == {"type", "title", "status", "detail", "instance", "correlation_id"}
    assert document["correlation_id"] == answer.headers["x-correlation-id"]
    assert document["status"] == status
    assert "secret" not in answer.text
    page = get(reader or town.auditor, path, host=host, accept="text/html,*/*;q=0.8", accept_language="en")
    assert page.status_code == status
    assert page.headers["content-type"].startswith("text/html")
    assert Outline(page.text).all("html") == [{"lang": "en"}]
    for response in (answer, page):
        assert response.headers["content-security-policy"].startswith("default-src 'none'")
        assert response.headers["x-content-type-options"] == "nosniff"


def test_books_that_differ_are_said_so_loudly(town: Town) -> None:
    @dataclass
    class OneCentMore:
        """The true books, with a contract that says one cent more."""

        def read(self) -> OpenBooks:
            first, *others = town.books.checks
            return replace(town.books, checks=(replace(first, from_contract=first.from_contract + Amount(1)), *others))

    text = Outline(get(OneCentMore(), "/?lang=en").text).text
    assert "The books do not balance." in text
    assert "The books balance." not in text
    assert get(OneCentMore(), "/books.json").json()["is_checked"] is False


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_says_when_the_budget_runs_out(town: Town, language: str) -> None:
    """Six households took 1,800 of 3,000 euros: less than ten of the largest claims are left."""
    page = get(town.auditor, f"/?lang={language}").text
    assert 'id="budget"' in page
    assert {"nl": "Het budget raakt op.", "en": "The budget is running out."}[language] in page
    details = town.books.details
    assert isinstance(details, FundDetails)
    left = details.left
    assert (left.is_low, left.left, left.largest_claims_left) == (True, Amount(120_000), 0)
    enough = replace(town.books, details=replace(details, left=replace(left, warn_below=Amount(1))))

    class Enough:
        def read(self) -> OpenBooks:
            return enough

    assert 'id="budget"' not in get(Enough(), f"/?lang={language}").text
