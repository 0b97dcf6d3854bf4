# SPDX-License-Identifier: EUPL-1.2
"""Every refusal of a task board and its purse, by whoever would try it; wallets that refuse before a contract must."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount

from holder.earning.collecting import plan_collection
from holder.earning.packing import Fill
from holder.earning.refusals import TaskRefusal, TaskRefusedError
from holder.recovery import Recovery
from holder.refusals import NotEligibleError, PlantedStatementError
from holder.service import Wallet
from programmable_money.messages import ZERO_ADDRESS, Address, address_of, parse_address
from programmable_money.messages.offers import PublishedOffer
from programmable_money.messages.tasks import (
    Appeal,
    Choice,
    Collection,
    CollectionMessage,
    GroupChoice,
    SignedAppeal,
    SignedChoice,
)
from programmable_money.model import Amount
from programmable_money.node import open_chain
from programmable_money.refusals import RefusalReason, RefusedError
from programmable_money.tasks.model import TaskState
from tests.flows.earning import REASONS, RULEBOOK, YEAR, Town, at, offer_document
from tests.flows.money import STARTS_AT

DAY = 86_400
PAINTER = b"\x07" * 32


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with open_chain("embedded", starts_at=STARTS_AT) as chain:
        opened = Town.open(chain, tmp_path)
        yield opened
        opened.close()


def refused(action: Callable[[], object], reason: RefusalReason) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        action()
    assert caught.value.reason is reason
    return caught.value


def wallet_refused(action: Callable[[], object], reason: TaskRefusal) -> None:
    with pytest.raises(TaskRefusedError) as caught:
        action()
    assert caught.value.reason is reason
    assert caught.value.text.nl != caught.value.text.en


def raw(town: Town, function: str, *arguments: Any, employee: int | None = None) -> object:
    sender = None if employee is None else town.employees[employee]
    return town.chain.send(town.board.contract, function, *arguments, sender=sender)


def made(town: Town, wallet: Wallet, number: int) -> CollectionMessage:
    """A collection as a relayer gets it; the wallet's book has it from then on."""
    return wallet.earning.collect(wallet.earning.plan_collection(town.view(), number, now=town.now), now=town.now)


# ---- publishing, choosing, doing ----


def test_an_offer_without_places_is_no_offer(town: Town) -> None:
    members = PublishedOffer.from_json(offer_document(), RULEBOOK.earnings).members
    for changed in ((*members[:4], 0, *members[5:]), (*members[:5], 0, members[6]), (*members[:6], 1)):
        refused(lambda: raw(town, "publish", changed, employee=0), RefusalReason.TASK_BAD_OFFER)  # noqa: B023


def test_only_employees_publish_and_a_former_one_no_longer(town: Town) -> None:
    members = PublishedOffer.from_json(offer_document(), RULEBOOK.earnings).members
    refused(lambda: raw(town, "publish", members), RefusalReason.NOT_AUTHORISED)
    sponsor, leaving = town.municipality.officers.sponsor, parse_address(town.employees[0].address)
    coming = town.chain.account(PAINTER)
    town.chain.provide_gas(parse_address(coming.address), 10**18)
    town.purse.hand_over_desk(leaving, parse_address(coming.address), sponsor=sponsor)
    assert (town.purse.is_employee(leaving), town.purse.is_employee(parse_address(coming.address))) == (False, True)
    refused(town.publish, RefusalReason.NOT_AUTHORISED)


def test_a_task_is_chosen_once(town: Town) -> None:
    amira, dina = town.citizen("amira"), town.citizen("dina")
    number = town.publish()
    free = town.view()
    town.choose(number, amira)
    late = GroupChoice.of([dina.earning.choose(free, number, now=town.now)])
    refused(lambda: town.board.choose(late), RefusalReason.TASK_WRONG_STATE)
    wallet_refused(lambda: dina.earning.choose(town.view(), number, now=town.now), TaskRefusal.NOT_FREE)
    assert [work.state for work in dina.earning.learn(town.view(), now=town.now)] == ["not_taken"]
    assert dina.earning.room(town.view(), now=town.now) == 150_000


def test_it_is_too_late_to_choose_and_to_report(town: Town) -> None:
    amira, dina = town.citizen("amira"), town.citizen("dina")
    first, second = town.publish(until=f"{YEAR}-03-05T00:00:00Z"), town.publish(until=f"{YEAR}-03-05T00:00:00Z")
    town.choose(first, amira)
    done = amira.earning.report_done(town.view(), first, now=town.now)
    signed = GroupChoice.of([dina.earning.choose(town.view(), second, now=town.now)])
    town.chain.travel_to(at(YEAR, 3, 6))
    refused(lambda: town.board.choose(signed), RefusalReason.TASK_OVER)
    refused(lambda: town.board.report_done(done), RefusalReason.TASK_OVER)
    wallet_refused(lambda: amira.earning.choose(town.view(), second, now=town.now), TaskRefusal.TOO_LATE)


def test_a_group_larger_than_the_task_and_a_forged_split(town: Town) -> None:
    amira, dina = town.citizen("amira"), town.citizen("dina")
    number = town.publish(places=1)
    view = town.view()
    accounts = tuple(wallet.earning.task_account(view, number) for wallet in (amira, dina))
    split = dict(zip(accounts, (500, 500), strict=True))
    wallet_refused(lambda: amira.earning.choose(view, number, now=town.now, split=split), TaskRefusal.WRONG_GROUP)
    pair = town.publish(places=2)
    signed = GroupChoice.of(_both(town, pair, amira, dina, (700, 300)))
    said = signed.choice
    pair_accounts, shares, signatures = list(said.accounts), list(said.parts), list(signed.signatures)

    def raw_choose(number: int, *given: Any) -> Callable[[], object]:
        return lambda: raw(town, "choose", number, *given)

    refused(raw_choose(number, pair_accounts, shares, signatures), RefusalReason.TASK_WRONG_GROUP)
    refused(raw_choose(pair, [ZERO_ADDRESS], [1_000], [bytes(65)]), RefusalReason.BAD_INPUT)
    # whoever carries it shifts the split: nobody signed that
    refused(raw_choose(pair, pair_accounts, shares[::-1], signatures), RefusalReason.BAD_SIGNATURE)
    town.board.choose(signed)


def _both(town: Town, number: int, one: Wallet, other: Wallet, parts: tuple[int, int]) -> list[Any]:
    view = town.view()
    split = dict(
        zip((one.earning.task_account(view, number), other.earning.task_account(view, number)), parts, strict=True)
    )
    return [wallet.earning.choose(view, number, now=town.now, split=split) for wallet in (one, other)]


def test_parts_that_do_not_add_up_are_refused_although_both_signed_them(town: Town) -> None:
    """A wallet makes no such choice; two programs of their own can."""

    number, keys = (
        town.publish(places=2),
        sorted((b"\x01" * 32, b"\x02" * 32), key=lambda key: int(address_of(key), 16)),
    )
    insurance = town.view().tasks[0].members[2]
    accounts, parts = [address_of(key) for key in keys], [600, 600]
    domain = {
        "name": "Stuiver",
        "version": "1",
        "chainId": town.chain.chain_id,
        "verifyingContract": town.board.address,
    }
    kinds = [
        ("task", "uint256"),
        ("round", "uint256"),
        ("insurance", "bytes32"),
        ("accounts", "address[]"),
        ("parts", "uint16[]"),
    ]
    content = {"task": number, "round": 0, "insurance": insurance, "accounts": accounts, "parts": parts}
    message = encode_typed_data(domain, {"Choice": [{"name": name, "type": kind} for name, kind in kinds]}, content)
    signatures = [bytes(Account.sign_message(message, key).signature) for key in keys]
    refused(lambda: raw(town, "choose", number, accounts, parts, signatures), RefusalReason.TASK_WRONG_PARTS)


def test_a_task_account_is_for_one_task_only(town: Town) -> None:
    amira = town.citizen("amira")
    first, second = town.publish(), town.publish()
    town.choose(first, amira)
    view = town.view()
    key = _task_key(town, amira, first)

    offer = view.tasks[second - 1].offer(RULEBOOK.earnings)
    assert offer is not None
    again = Choice(second, 0, offer.insurance_octets, (address_of(key),), (1_000,))
    choice = GroupChoice.of([SignedChoice.sign(view.domain, again, key)])
    refused(lambda: town.board.choose(choice), RefusalReason.TASK_ACCOUNT_TAKEN)


def _task_key(town: Town, wallet: Wallet, number: int) -> bytes:
    """What somebody gets out of the own phrase with a program of their own."""
    work = next(work for work in wallet.earning.work if work.task == number)
    recovery = Recovery(wallet._store.contents.seed)
    return recovery.task_key(work.scope.context_id, number, work.round)


def test_what_was_signed_in_one_round_does_not_count_in_the_next(town: Town) -> None:
    amira, dina = town.citizen("amira"), town.citizen("dina")
    number = town.publish()
    first = town.choose(number, amira)
    done = amira.earning.report_done(town.view(), number, now=town.now)
    town.board.give_up(amira.earning.give_up(town.view(), number, now=town.now))
    assert town.board.task(number).state is TaskState.PUBLISHED
    wallet_refused(lambda: amira.earning.report_done(town.view(), number, now=town.now), TaskRefusal.NOT_MINE)
    town.choose(number, dina)
    refused(lambda: town.board.report_done(done), RefusalReason.TASK_NOT_YOURS)
    town.board.release(number, employee=town.employees[0])
    second = town.choose(number, amira)
    assert first != second


# ---- verifying and appealing ----


def test_verification_gives_at_most_the_task_and_names_a_reason_for_less(town: Town) -> None:
    amira = town.citizen("amira")
    number = town.publish(quarter_hours=8)
    accounts = town.do(number, amira)

    def verify(quarters: int, reason: int) -> Callable[[], object]:
        return lambda: town.board.verify(number, quarters, reason, accounts, employee=town.employees[0])

    refused(verify(9, 0), RefusalReason.TASK_WRONG_QUARTERS)
    refused(verify(7, 0), RefusalReason.TASK_BAD_REASON)
    refused(verify(8, REASONS["damage"]), RefusalReason.TASK_BAD_REASON)


def test_another_employee_decides_an_appeal_and_it_never_costs(town: Town) -> None:
    amira = town.citizen("amira")
    number = town.publish(quarter_hours=8)
    accounts = town.do(number, amira)
    els, frank = town.employees
    town.board.verify(number, 5, REASONS["partly_done"], accounts, employee=els)
    written = amira.earning.appeal(town.view(), number, "Alles is geverfd.", now=town.now)
    assert b"Alles is geverfd." in written.document
    town.board.appeal(written.message)

    def decide(quarters: int, reason: int, who: LocalAccount) -> Callable[[], object]:
        return lambda: town.board.decide(number, quarters, reason, accounts, employee=who)

    refused(decide(8, 0, els), RefusalReason.SAME_EMPLOYEE)
    refused(decide(4, REASONS["partly_done"], frank), RefusalReason.TASK_WRONG_QUARTERS)
    town.board.decide(number, 8, 0, accounts, employee=frank)
    amira.earning.learn(town.view(), now=town.now)
    assert amira.earning.work[0].seconds == 8 * 900


def test_a_full_verification_and_an_old_one_are_not_appealed(town: Town) -> None:
    amira, dina = town.citizen("amira"), town.citizen("dina")
    full, part = town.publish(), town.publish()
    town.earn(full, amira)
    accounts = town.do(part, dina)
    town.board.verify(part, 1, REASONS["partly_done"], accounts, employee=town.employees[0])
    wallet_refused(lambda: amira.earning.appeal(town.view(), full, "", now=town.now), TaskRefusal.WRONG_STEP)
    late = dina.earning.appeal(town.view(), part, "te laat", now=town.now).message

    forged = SignedAppeal.sign(town.board.domain, Appeal(full, 0, bytes(32)), _task_key(town, amira, full))
    refused(lambda: town.board.appeal(forged), RefusalReason.NOTHING_TO_APPEAL)
    town.chain.travel_to(town.chain.now() + 15 * DAY)
    refused(lambda: town.board.appeal(late), RefusalReason.APPEAL_TOO_LATE)


# ---- collecting ----


def test_nobody_collects_somebody_elses_award(town: Town) -> None:
    amira, dina = town.citizen("amira"), town.citizen("dina")
    number = town.publish()
    town.earn(number, amira)
    view, work = town.view(), amira.earning.work[0]
    right = dina.earning.rate(view, now=town.now)
    thief = dina.account_address(view.coins.in_slot(YEAR * 256))
    fill = Fill(0, work.left, 1_000)
    plan = plan_collection(view, RULEBOOK, right, work, fill, thief, total=work.left, now=town.now)
    message, nullifier = plan.prove(_task_key(town, amira, number))
    stolen = CollectionMessage.sign(
        view.domain,
        message.collection,
        PAINTER,
        terms=message.terms,
        key_id=message.key_id,
        as_of=message.as_of,
        proof=message.proof,
    )
    refused(lambda: town.deliver(stolen), RefusalReason.BAD_SIGNATURE)
    assert town.board.earned(nullifier) == Amount(0)
    own = made(town, amira, number)
    redirected = replace(own, collection=replace(own.collection, account=thief))
    refused(lambda: town.deliver(redirected), RefusalReason.BAD_SIGNATURE)
    signed_again = CollectionMessage.sign(
        view.domain,
        redirected.collection,
        _task_key(town, amira, number),
        terms=own.terms,
        key_id=own.key_id,
        as_of=own.as_of,
        proof=own.proof,
    )
    refused(lambda: town.deliver(signed_again), RefusalReason.PROOF_INVALID)
    town.deliver(own)


def test_a_replay_collects_nothing(town: Town) -> None:
    amira = town.citizen("amira")
    number = town.publish()
    town.earn(number, amira)
    message = made(town, amira, number)
    town.deliver(message)
    refused(lambda: town.deliver(message), RefusalReason.ALREADY_COLLECTED)
    amira.earning.learn(town.view(), now=town.now)
    wallet_refused(
        lambda: amira.earning.plan_collection(town.view(), number, now=town.now), TaskRefusal.NOTHING_TO_COLLECT
    )
    town.check_books()


def test_nobody_proves_both_rates(town: Town) -> None:
    bas = town.citizen("bas")
    number = town.publish()
    town.earn(number, bas)
    message = made(town, bas, number)
    assert message.terms == 1
    refused(lambda: town.deliver(replace(message, terms=0)), RefusalReason.PROOF_INVALID)
    refused(lambda: town.board.collect(replace(message, terms=2)), RefusalReason.UNKNOWN_SLOT)
    town.deliver(message)


def test_slots_awards_and_days_are_checked(town: Town) -> None:
    amira = town.citizen("amira")
    number = town.publish()
    town.earn(number, amira)
    message = made(town, amira, number)
    said = message.collection

    def collect(**changes: Any) -> Callable[[], object]:
        return lambda: town.board.collect(replace(message, collection=replace(said, **changes)))

    refused(collect(slot=YEAR * 256 + 30), RefusalReason.UNKNOWN_SLOT)
    refused(collect(slot=(YEAR - 1) * 256), RefusalReason.SLOT_OF_ANOTHER_YEAR)
    refused(collect(task_account=address_of(PAINTER)), RefusalReason.NOTHING_AWARDED)
    refused(collect(collected_total=said.collected_total + 1), RefusalReason.ALREADY_COLLECTED)
    refused(collect(collected_total=1), RefusalReason.NOT_WHOLE_CENTS)
    town.chain.travel_to(town.chain.now() + 91 * DAY)
    refused(lambda: town.deliver(message), RefusalReason.COLLECTION_TOO_LATE)
    wallet_refused(lambda: amira.earning.plan_collection(town.view(), number, now=town.now), TaskRefusal.TOO_LATE)


def test_nobody_but_the_board_credits(town: Town) -> None:

    def credit() -> object:
        return town.chain.send(town.purse.contract, "credit", address_of(PAINTER), 1)

    assert refused(credit, RefusalReason.NOT_AUTHORISED).error == "PurseNotBoard"


def test_a_second_credential_does_not_lift_the_cap(town: Town) -> None:
    """Renewed, or after a birthday: the pseudonyms are those of the person, whatever the credential says."""
    bas = town.citizen("bas", born=date(2005, 3, 20))
    number = town.publish(quarter_hours=3_000)
    town.earn(number, bas)
    view, work = town.view(), bas.earning.work[0]
    scope = YEAR * 256 + 4
    account = bas.account_address(view.coins.in_slot(scope))
    key = _task_key(town, bas, number)

    def into_slot(seconds: int, cents: int, total: int) -> CollectionMessage:
        right = bas.earning.rate(town.view(), now=town.now)
        fill = Fill(4, seconds, cents)
        plan = plan_collection(town.view(), RULEBOOK, right, work, fill, account, total=total, now=town.now)
        return plan.prove(key)[0]

    town.deliver(into_slot(90_000, 5_000, 90_000))
    refused(lambda: town.deliver(into_slot(18, 1, 90_018)), RefusalReason.SLOT_FULL)
    town.chain.travel_to(at(YEAR, 3, 20))
    town.issue("bas")
    assert bas.earning.rate(town.view(), now=town.now).number == 0
    refused(lambda: town.deliver(into_slot(36, 5, 90_036)), RefusalReason.SLOT_FULL)


# ---- wallets ----


def test_cato_of_another_municipality_is_refused_by_the_wallet(town: Town) -> None:
    cato = town.citizen("cato", municipality="GM0014")
    number = town.publish()
    with pytest.raises(NotEligibleError) as caught:
        cato.earning.choose(town.view(), number, now=town.now)
    assert [reason.code for reason in caught.value.reasons if reason.code == "municipality_differs"]
    with pytest.raises(NotEligibleError):
        cato.earning.listed(town.view(), now=town.now)


def test_a_changed_text_and_an_unknown_task_are_not_chosen(town: Town) -> None:
    amira = town.citizen("amira")
    number = town.publish()
    view = town.view()
    other = replace(view.tasks[0], document=offer_document("Iets anders"))
    changed = replace(view, tasks=(other,))
    wallet_refused(lambda: amira.earning.choose(changed, number, now=town.now), TaskRefusal.OTHER_TEXT)
    assert amira.earning.listed(changed, now=town.now) == ()
    wallet_refused(lambda: amira.earning.choose(view, 99, now=town.now), TaskRefusal.UNKNOWN_TASK)
    wallet_refused(
        lambda: amira.earning.choose(view, number, now=town.now, split={address_of(PAINTER): 1_000}),
        TaskRefusal.NOT_MINE,
    )


def test_a_board_that_asks_otherwise_or_keeps_another_statement_gets_no_proof(town: Town) -> None:
    amira = town.citizen("amira")
    number = town.publish()
    town.earn(number, amira)
    view = town.view()
    with pytest.raises(PlantedStatementError):
        amira.earning.check(replace(view, terms=(view.terms[1], view.terms[0])))
    with pytest.raises(PlantedStatementError):
        amira.earning.check(replace(view, context_id=view.context_id[:-1] + b"\xff"))
    planted = {(town.key, YEAR * 256 + slot, 0): bytes(32) for slot in range(30)}
    with pytest.raises(PlantedStatementError):
        amira.earning.plan_collection(replace(view, statements=planted), number, now=town.now)


def test_the_wallet_warns_before_a_task_that_the_cap_has_no_room_for(town: Town) -> None:
    bas = town.citizen("bas")
    exact, more = town.publish(quarter_hours=3_000), town.publish(quarter_hours=1)
    assert [item.has_room for item in bas.earning.listed(town.view(), now=town.now)] == [True, True]
    town.choose(exact, bas)
    assert bas.earning.room(town.view(), now=town.now) == 0
    wallet_refused(lambda: bas.earning.choose(town.view(), more, now=town.now), TaskRefusal.NO_ROOM)
    bas.earning.choose(town.view(), more, now=town.now, despite_cap=True)
    assert "1.500" in bas.earning.effect_on_benefits(town.view()).nl


def test_a_lost_collection_is_made_again_in_the_same_slot(town: Town) -> None:
    amira = town.citizen("amira")
    number = town.publish()
    town.earn(number, amira)
    lost = made(town, amira, number)
    again = made(town, amira, number)
    assert (again.collection, len(amira.earning.book)) == (lost.collection, 1)
    assert isinstance(lost.collection, Collection)
    assert amira.accounts[-1].balance == 1_000
    town.deliver(again)
    town.check_books()


def test_a_collection_that_a_birthday_overtook_is_packed_anew(town: Town) -> None:
    """Lost at EUR 2, made again at EUR 5: the book has what the board will have, and nothing of the lost one."""
    bas = town.citizen("bas", born=date(2005, 3, 5))
    number = town.publish()
    town.earn(number, bas)
    assert made(town, bas, number).terms == 1
    town.chain.travel_to(at(YEAR, 3, 5))
    town.issue("bas")
    again = made(town, bas, number)
    assert again.terms == 0
    assert [(line.terms, line.cents) for line in bas.earning.book] == [(0, 1_000)]
    assert sum(account.balance for account in bas.accounts) == 1_000
    town.deliver(again)
    town.check_books()


def test_the_book_the_work_and_the_accounts_survive_closing_the_wallet(town: Town) -> None:
    amira = town.citizen("amira")
    number = town.publish()
    town.earn(number, amira)
    town.collect(amira, number)
    before = amira.earning.work, amira.earning.book, amira.accounts
    amira.close()
    town.wallets["amira"] = amira = Wallet.open(town.folder / "amira.wallet", "a passphrase", amira.catalogue)
    assert (amira.earning.work, amira.earning.book, amira.accounts) == before
    assert "Bankje" not in repr(before)


def test_a_wallet_collects_at_a_time_of_its_own(town: Town) -> None:
    amira = town.citizen("amira")
    number = town.publish()
    town.earn(number, amira)
    (work,) = amira.earning.work
    assert work.collect_at is not None
    assert work.until is not None
    assert town.now - timedelta(minutes=1) <= work.collect_at <= town.now + timedelta(days=14) < work.until
    assert amira.earning.due(now=work.collect_at) == (work,)
    assert amira.earning.due(now=work.collect_at - timedelta(seconds=1)) == ()
    assert amira.earning.due(now=datetime(YEAR, 1, 1, tzinfo=UTC)) == ()


def test_the_right_address_is_needed_for_a_purse(town: Town) -> None:
    board, purse = town.municipality.join_board(town.board.address, town.opening)
    assert (board.address, purse.address) == (town.board.address, town.purse.address)
    assert Address(purse.board()) == board.address
