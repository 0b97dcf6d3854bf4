# SPDX-License-Identifier: EUPL-1.2
"""What a citizen does with tasks: look, choose, report, give up, appeal, collect, and read the own earnings book.

Invariants:
    * Whatever leaves is in the consent log on disk before it leaves, as everywhere in the wallet.
    * Looking at tasks tells nobody anything: the board's description is the same for everybody.
    * A line of the earnings book is written before its collection leaves. One that the board did not take is made again
      in the same slot, so that a lost message uses no room.
"""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from holder.consent import ConsentEntry, ConsentOutcome, DisclosedClaim
from holder.earning.board import BoardTask, BoardView, BoardWork
from holder.earning.book import YearlyStatement, expected_cents, pace_of, slots_of, yearly_statement
from holder.earning.collecting import PlannedCollection, RightRate, plan_collection, rate_terms, right_rate
from holder.earning.model import Earned, Work
from holder.earning.packing import Fill, Slots, pack
from holder.earning.refusals import TaskRefusal, TaskRefusedError
from holder.earning.restoring import find_earned, find_work
from holder.eligibility import Held
from holder.model import Catalogue, PaymentAccount
from holder.recovery import Recovery
from holder.store import WalletStore
from holder.wording import Language
from programmable_money.messages import Address, Scope, address_of
from programmable_money.messages.offers import PublishedOffer
from programmable_money.messages.tasks import (
    WHOLE,
    Appeal,
    Choice,
    CollectionMessage,
    GivingUp,
    SignedAppeal,
    SignedChoice,
    SignedDone,
    SignedGivingUp,
    TaskDone,
    ascending,
)
from ssi.credential.document import Wording
from ssi.keccak import keccak256
from ssi.rulebook.handout import Earnings
from ssi.rulebook.model import Rulebook

__all__ = ["COLLECT_WITHIN", "Earner", "ListedTask", "WrittenAppeal"]

COLLECT_WITHIN: Final = timedelta(days=14)
"""Within which a wallet collects, at a random time, when the deadline leaves so much (5.3)."""
_MARGIN: Final = timedelta(days=1)
_HOUR: Final = 3_600
_SALT: Final = 16


@dataclass(frozen=True, slots=True)
class ListedTask:
    """A task that can be chosen, as the wallet shows it.

    Attributes:
        cents: what it is worth in full at the citizen's rate, for all places together.
        has_room: whether the year's cap has room for all of it; the warning before choosing.
    """

    task: BoardTask
    offer: PublishedOffer
    cents: int
    has_room: bool


@dataclass(frozen=True, slots=True)
class WrittenAppeal:
    """An appeal: what goes to the chain, and what goes to the employee who decides.

    Attributes:
        document: the statement with a salt, so that nobody can try out what was written; its hash is signed.
    """

    message: SignedAppeal
    document: bytes


class Earner:
    """The tasks of one open wallet. Get it with ``Wallet.earning``."""

    def __init__(
        self,
        store: WalletStore,
        catalogue: Catalogue,
        recovery: Recovery,
        credentials: Callable[[], Sequence[Held]],
        language: Language,
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._recovery = recovery
        self._credentials = credentials
        self._language = language

    @property
    def work(self) -> tuple[Work, ...]:
        """The tasks that were chosen, oldest first."""
        return self._store.contents.work

    @property
    def book(self) -> tuple[Earned, ...]:
        """The earnings book, oldest line first."""
        return self._store.contents.earned

    # ---- looking ----

    def check(self, view: BoardView) -> Rulebook:
        """The board's rulebook, after comparing the board with it.

        Raises:
            UnknownRulebookError: the wallet has not read it.
            PlantedStatementError, OverAskingError: the board asks for something else than the rulebook says.
        """
        rulebook = self._catalogue.rulebook(view.scope.rulebook_hash)
        credential_type = self._catalogue.type_of(rulebook)
        view.check_terms(rate_terms(rulebook, credential_type, view.scope.period), credential_type)
        return rulebook

    def rate(self, view: BoardView, *, now: datetime) -> RightRate:
        """Which rate the citizen proves today; NotEligibleError when none, and as ``check``."""
        rulebook = self.check(view)
        return right_rate(view, rulebook, self._catalogue.type_of(rulebook), self._credentials(), now=now)

    def listed(self, view: BoardView, *, now: datetime) -> tuple[ListedTask, ...]:
        """The tasks that can be chosen now; those without a right text are left out. Errors as ``rate``."""
        right, earnings = self.rate(view, now=now), self.check(view).earnings
        room = self.room(view, now=now)
        listed = []
        for task in view.tasks:
            offer = task.offer(earnings)
            if task.state == "published" and offer is not None and now < offer.until:
                cents = offer.quarter_hours * right.rate.cents_per_hour // 4
                listed.append(ListedTask(task, offer, cents, has_room=cents <= room))
        return tuple(listed)

    def room(self, view: BoardView, *, now: datetime) -> int:
        """Cents that this year's cap leaves beside what was collected and what chosen tasks may bring."""
        right, slots = self.rate(view, now=now), self._slots(view, now)
        return slots.left - expected_cents(self.work, view.scope, right.rate.cents_per_hour)

    def effect_on_benefits(self, view: BoardView) -> Wording:
        """What earning means for a benefit, in the sponsor's published words."""
        return self.check(view).earnings.effect_on_benefits

    # ---- choosing and doing ----

    def task_account(self, view: BoardView, number: int) -> Address:
        """The fresh account with which this wallet would do a task; to be told to the others of a group."""
        return address_of(self._key(view, number))

    def choose(
        self,
        view: BoardView,
        number: int,
        *,
        now: datetime,
        split: Mapping[Address, int] | None = None,
        despite_cap: bool = False,
    ) -> SignedChoice:
        """Choose a task, alone or in a group; the others' signatures are put together with ``GroupChoice.of``.

        Args:
            split: parts of a thousand of each task account, the own one included; None for alone.
            despite_cap: choose although the cap has no room for what it would earn; the warning was shown.
        Raises:
            TaskRefusedError: with the reason.
            VerificationError: ``malformed``: the parts do not add up.
            NotEligibleError: no credential proves a rate; it would never be collected.
        """
        task, offer = self._offer(view, number)
        if task.state != "published":
            raise TaskRefusedError(TaskRefusal.NOT_FREE)
        if now >= offer.until:
            raise TaskRefusedError(TaskRefusal.TOO_LATE)
        key = self._key(view, number)
        own = address_of(key)
        parts = {own: WHOLE} if split is None else dict(split)
        if own not in parts:
            raise TaskRefusedError(TaskRefusal.NOT_MINE)
        if len(parts) > offer.places:
            raise TaskRefusedError(TaskRefusal.WRONG_GROUP)
        accounts = ascending(parts)
        choice = Choice(
            number, task.round, offer.insurance_octets, tuple(accounts), tuple(parts[one] for one in accounts)
        )
        work = Work(
            scope=view.scope,
            task=number,
            round=task.round,
            account=own,
            title=offer.title,
            quarters=offer.quarter_hours,
            part=parts[own],
            insurance=offer.insurance,
            chosen_at=now.astimezone(UTC),
        )
        right = self.rate(view, now=now)
        if not despite_cap and -(-work.expected * right.rate.cents_per_hour // _HOUR) > self.room(view, now=now):
            raise TaskRefusedError(TaskRefusal.NO_ROOM)
        signed = SignedChoice.sign(view.domain, choice, key)
        shown = (
            DisclosedClaim("task", number),
            DisclosedClaim("part", work.part),
            DisclosedClaim("insurance", offer.insurance),
        )
        self._store.save(self._store.contents.with_work(work).with_consent(self._entry(view, work, shown, now)))
        return signed

    def report_done(self, view: BoardView, number: int, *, now: datetime) -> SignedDone:
        """Report a task as done; TaskRefusedError."""
        work, key = self._mine(view, number, ("chosen", "equipped"))
        signed = SignedDone.sign(view.domain, TaskDone(number, work.round), key)
        self._keep(view, replace(work, state="done"), (DisclosedClaim("done", number),), now)
        return signed

    def give_up(self, view: BoardView, number: int, *, now: datetime) -> SignedGivingUp:
        """Give a task up that was not reported as done; TaskRefusedError."""
        work, key = self._mine(view, number, ("chosen", "equipped"))
        signed = SignedGivingUp.sign(view.domain, GivingUp(number, work.round), key)
        self._keep(view, replace(work, state="given_up"), (DisclosedClaim("given_up", number),), now)
        return signed

    def appeal(self, view: BoardView, number: int, text: str, *, now: datetime) -> WrittenAppeal:
        """Appeal against a verification that is not full; TaskRefusedError."""
        work, key = self._mine(view, number, ("verified",))
        task = view.task(number)
        if task is None or task.awarded == task.quarters:
            raise TaskRefusedError(TaskRefusal.WRONG_STEP)
        if now.timestamp() >= task.ends:
            raise TaskRefusedError(TaskRefusal.TOO_LATE)
        content = {"stuiver": "appeal/1", "task": number, "text": text, "salt": secrets.token_hex(_SALT)}
        document = json.dumps(content, ensure_ascii=False).encode()
        signed = SignedAppeal.sign(view.domain, Appeal(number, work.round, keccak256(document)), key)
        self._keep(view, replace(work, state="appealed"), (DisclosedClaim("appeal", number),), now)
        return WrittenAppeal(signed, document)

    def learn(self, view: BoardView, *, now: datetime) -> tuple[Work, ...]:
        """Remember what the board says of the own tasks, and draw a time for each award to be collected; the news."""
        contents, news = self._store.contents, []
        for work in contents.work:
            if work.scope != view.scope:
                continue
            found, task = view.find_work(work.account), view.task(work.task)
            learnt = _not_taken(work, task) if found is None else _learnt(work, found, task, now)
            if learnt != work:
                contents = contents.with_work(learnt)
                news.append(learnt)
        if news:
            self._store.save(contents)
        return tuple(news)

    def restore(self, view: BoardView, *, now: datetime) -> tuple[Work, ...]:
        """(5.5) Find the own tasks and the earnings book again, after the wallet was restored; the tasks that are new.

        What the wallet knows stays as it is. A payment account that it did not know holds what was collected into it,
        less what the purse says was spent.

        Raises:
            ProgrammeFormatError: the board's description has a line that cannot be this wallet's.
            PlantedStatementError, OverAskingError, UnknownRulebookError: as ``check``.
        """
        earnings, contents = self._earnings(view), self._store.contents
        work = find_work(view, earnings, self._recovery)
        lines = find_earned(view, earnings, self._recovery, work)
        known = {one.account for one in contents.work}
        for one in work:
            if one.account not in known:
                contents = contents.with_work(one)
        for line in lines:
            if not any(line.is_again(other) for other in contents.earned):
                contents = contents.with_earned(line)
        have = {account.scope for account in contents.accounts}
        for scope, address in {line.scope: line.account for line in lines}.items():
            coins = view.coins.in_slot(scope.slot or 0)
            if coins not in have:
                held = sum(line.cents for line in lines if line.scope == scope) - view.spent.get(address, 0)
                contents = contents.with_account(PaymentAccount(coins, address, max(0, held)))
        self._store.save(contents)
        self.learn(view, now=now)
        return tuple(one for one in self.work if one.account not in known)

    # ---- collecting ----

    def due(self, *, now: datetime) -> tuple[Work, ...]:
        """Awards whose drawn time has come."""
        return tuple(work for work in self.work if work.left and work.collect_at is not None and work.collect_at <= now)

    def plan_collection(self, view: BoardView, number: int, *, now: datetime) -> PlannedCollection:
        """Pack what is left of an award, and prepare the first collection of it.

        Raises:
            TaskRefusedError: ``not_mine``, ``nothing_to_collect``, ``too_late``.
            NotEligibleError, PlantedStatementError, OverAskingError, UnknownRulebookError: as ``rate``.
        """
        work = self._work(view, number)
        found = view.find_work(work.account)
        if found is None or found.seconds <= found.collected:
            raise TaskRefusedError(TaskRefusal.NOTHING_TO_COLLECT)
        if now.timestamp() >= found.until:
            raise TaskRefusedError(TaskRefusal.TOO_LATE)
        rulebook, right = self.check(view), self.rate(view, now=now)
        work = _learnt(work, found, view.task(number), now)
        fills = self._lost(work, right, now) or self._packed(view, work, right, now)
        if not fills:
            raise TaskRefusedError(TaskRefusal.NOTHING_TO_COLLECT)
        account = address_of(self._recovery.payment_key(self._coins(view, now, fills[0].slot).context_id))
        return plan_collection(
            view, rulebook, right, work, fills[0], account, total=work.collected + fills[0].seconds, now=now
        )

    def collect(self, plan: PlannedCollection, *, now: datetime) -> CollectionMessage:
        """The citizen says yes: prove, write the book and the consent log, and hand over the message for a relayer.

        What is left of the award is due at another random time (5.3).
        """
        earned = plan.earned
        work = next(work for work in self.work if work.account == earned.task_account)
        message, nullifier = plan.prove(self._recovery.task_key(work.scope.context_id, work.task, work.round))
        entry = plan.consent(ConsentOutcome.UNKNOWN, at=now, language=self._language, nullifier=nullifier)
        contents = self._store.contents
        again = any(earned.is_again(line) for line in contents.earned)
        coins = self._coins(plan.view, earned.at, earned.slot)
        known = next((one for one in contents.accounts if one.scope == coins), None)
        account = known or PaymentAccount(coins, earned.account, 0)
        if not again:
            account = replace(account, balance=account.balance + earned.cents)
        if work.seconds > earned.total:
            next_at = now.astimezone(UTC) + _some_time(COLLECT_WITHIN / max(1, -(-work.left // earned.seconds)))
            contents = contents.with_work(replace(work, collect_at=next_at))
        self._store.save(contents.with_earned(earned).with_account(account).with_consent(entry))
        return message

    def statement(self, view: BoardView, year: int) -> YearlyStatement:
        """The yearly statement, for whomever the citizen shows it to. Asks nobody, tells nobody."""
        rulebook = self.check(view)
        return yearly_statement(self.book, view.scope, year, programme=rulebook.title, earnings=rulebook.earnings)

    # ---- inside ----

    def _earnings(self, view: BoardView) -> Earnings:
        return self.check(view).earnings

    def _slots(self, view: BoardView, now: datetime) -> Slots:
        return slots_of(self.book, view.scope, now.astimezone(UTC).year, self._earnings(view))

    def _packed(self, view: BoardView, work: Work, right: RightRate, now: datetime) -> tuple[Fill, ...]:
        slots = self._slots(view, now)
        rate, pace = right.rate.cents_per_hour, pace_of(slots, now)
        return pack(work.left, rate, right.number, slots, pace=pace, draw=secrets.choice)

    def _lost(self, work: Work, right: RightRate, now: datetime) -> tuple[Fill, ...]:
        """What was collected by the book and not by the board: the same again, if the rate and the year still are."""
        lines = [line for line in self.book if line.task_account == work.account and line.total > work.collected]
        same = all((line.terms, line.year) == (right.number, now.astimezone(UTC).year) for line in lines)
        if not same:
            self._store.save(self._store.contents.without_earned(lines))
            return ()
        return tuple(Fill(line.slot, line.seconds, line.cents) for line in lines)

    def _coins(self, view: BoardView, now: datetime, slot: int) -> Scope:
        return view.coins.in_slot(now.astimezone(UTC).year * 256 + slot)

    def _key(self, view: BoardView, number: int) -> bytes:
        task = view.task(number)
        if task is None:
            raise TaskRefusedError(TaskRefusal.UNKNOWN_TASK)
        return self._recovery.task_key(view.scope.context_id, number, task.round)

    def _offer(self, view: BoardView, number: int) -> tuple[BoardTask, PublishedOffer]:
        task = view.task(number)
        if task is None:
            raise TaskRefusedError(TaskRefusal.UNKNOWN_TASK)
        offer = task.offer(self._earnings(view))
        if offer is None:
            raise TaskRefusedError(TaskRefusal.OTHER_TEXT)
        return task, offer

    def _work(self, view: BoardView, number: int) -> Work:
        """The latest round of a task in which this wallet took part."""
        mine = [work for work in self.work if (work.scope, work.task) == (view.scope, number)]
        if not mine:
            raise TaskRefusedError(TaskRefusal.NOT_MINE)
        return mine[-1]

    def _mine(self, view: BoardView, number: int, states: Sequence[str]) -> tuple[Work, bytes]:
        """The own work at a task that is at one of these steps now, and the task account's key."""
        work, task = self._work(view, number), view.task(number)
        if task is None or task.round != work.round:
            raise TaskRefusedError(TaskRefusal.NOT_MINE)
        if task.state not in states:
            raise TaskRefusedError(TaskRefusal.WRONG_STEP)
        return work, self._recovery.task_key(work.scope.context_id, number, work.round)

    def _keep(self, view: BoardView, work: Work, shown: tuple[DisclosedClaim, ...], now: datetime) -> None:
        self._store.save(self._store.contents.with_work(work).with_consent(self._entry(view, work, shown, now)))

    def _entry(self, view: BoardView, work: Work, shown: tuple[DisclosedClaim, ...], now: datetime) -> ConsentEntry:
        rulebook = self._catalogue.rulebook(view.scope.rulebook_hash)
        return ConsentEntry(
            at=now.astimezone(UTC),
            recipient=f"{self._language.of(rulebook.title)} {view.scope.period}, {view.scope.fund}",
            disclosed=(DisclosedClaim("task_account", work.account), *shown),
            proven=(),
            scope=view.scope.context_id.hex(),
            outcome=ConsentOutcome.UNKNOWN,
        )


def _learnt(work: Work, found: BoardWork, task: BoardTask | None, now: datetime) -> Work:
    """What the wallet knows of a task after the board told it."""
    state = work.state
    if task is not None:
        state = task.state if task.round == work.round else "given_up"
    until = datetime.fromtimestamp(found.until, UTC) if found.until else None
    collect_at = work.collect_at
    if until is not None and found.seconds > max(work.seconds, found.collected):
        span = min(COLLECT_WITHIN, until - _MARGIN - now)
        collect_at = now.astimezone(UTC) + _some_time(max(span, timedelta(0)))
    return replace(
        work, state=state, seconds=found.seconds, collected=found.collected, until=until, collect_at=collect_at
    )


def _not_taken(work: Work, task: BoardTask | None) -> Work:
    """A choice that the board does not have: somebody was faster, as soon as the task is no longer free."""
    if task is None or (task.round, task.state) == (work.round, "published"):
        return work
    return replace(work, state="not_taken")


def _some_time(most: timedelta) -> timedelta:
    """A random time, in whole seconds."""
    return timedelta(seconds=secrets.randbelow(int(most.total_seconds()) + 1))
