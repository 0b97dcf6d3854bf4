# SPDX-License-Identifier: EUPL-1.2
"""The worker: it signs, sends and watches what the outbox has, step by step, with the accounts that it has.

A step looks at what is in the database and on the chain and does what follows. Nothing is kept from one step to the
next that matters, so a process may end at any instant: the next step, of whatever process, goes on.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Final

from eth_account.signers.local import LocalAccount

from programmable_money.chain import ChainError
from programmable_money.messages import Address
from programmable_money.refusals import RefusalReason, RefusedError
from programmable_money.relayer.carrier import Carrier, View
from programmable_money.relayer.model import Carried, ErrandState, Fees, Mined, OutboxError, RelayerSettings
from programmable_money.relayer.store import Outbox
from programmable_money.relayer.work.store import Waiting, Work

__all__ = ["Worker"]

_LOG: Final = logging.getLogger(__name__)
_MOST_SIGNED: Final = 64
_BUSY_SECONDS: Final = 0.05
"""Between two steps while something is under way. A step costs about the same for one errand as for ten."""
_IDLE_SECONDS: Final = 0.25
_TROUBLE_SECONDS: Final = 1.0
_FILLER_GAS: Final = 21_000
_Step = Callable[[Work], bytes | None]


class Worker:
    """Carries with some accounts. One thread's.

    Args:
        accounts: the relayer's, for nothing else: their nonces are counted here.
        told: called with the keys of errands that are over, from the worker's thread.
    """

    def __init__(
        self,
        carrier: Carrier,
        outbox: Outbox,
        accounts: Sequence[LocalAccount],
        *,
        settings: RelayerSettings | None = None,
        told: Callable[[Sequence[bytes]], None] = lambda keys: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._carrier = carrier
        self._outbox = outbox
        self._accounts = {Address(account.address): account for account in accounts}
        self._settings = settings or RelayerSettings()
        self._told = told
        self._clock = clock
        self._holder = secrets.token_hex(16)
        self._held: tuple[Address, ...] = ()
        self._leased_at = float("-inf")
        self._gap_since: dict[Address, float] = {}
        """Since when an account's transactions wait for one that is not there."""
        self._strange_since: dict[int, float] = {}
        """Since when an errand's nonce is used by something else."""
        self._awake = threading.Event()

    @property
    def held(self) -> tuple[Address, ...]:
        """The accounts that it has the lease of."""
        return self._held

    def wake(self) -> None:
        """There is something to do; from any thread."""
        self._awake.set()

    def run(self, stop: threading.Event) -> None:
        """Go on until told to stop. Trouble with the node or the database is logged, and tried again."""
        while not stop.is_set():
            self._awake.clear()
            try:
                wait = _BUSY_SECONDS if self.step() else _IDLE_SECONDS
            except (ChainError, OutboxError) as error:
                _LOG.warning("relaying waits: %s", error)
                wait = _TROUBLE_SECONDS
            if wait == _IDLE_SECONDS:
                self._awake.wait(wait)
            else:
                stop.wait(wait)
        self.close()

    def close(self) -> None:
        """Give the accounts back."""
        self._outbox.release(self._carrier.chain_id, self._holder)
        self._held = ()

    def step(self) -> bool:
        """Do what can be done now; whether anything is under way.

        Raises:
            ChainError: the node did not answer.
            OutboxError: the database did not, or another process has an account by now.
        """
        try:
            self._keep_lease()
            if not self._held:
                return False
            under_way = self._send(self._sign(self._outbox.under_way(self._carrier.chain_id, self._held)))
            if under_way:
                self._watch(under_way)
        except OutboxError:
            self._held, self._leased_at = (), float("-inf")
            raise
        return bool(under_way)

    # ---- accounts ----

    def _keep_lease(self) -> None:
        now = self._clock()
        if now - self._leased_at < self._settings.lease / 3:
            return
        before = set(self._held)
        held = self._outbox.lease(self._carrier.chain_id, tuple(self._accounts), self._holder, self._settings.lease)
        self._held, self._leased_at = held, now
        new = [account for account in held if account not in before]
        if new:
            self._settle_in(new)

    def _settle_in(self, accounts: Sequence[Address]) -> None:
        """Compare new accounts' nonces with the chain's: jump over used ones, fill those that the chain lost."""
        view = self._carrier.look(accounts, ())
        upcoming = self._outbox.next_nonces(self._carrier.chain_id, accounts)
        for account, used in view.nonces.items():
            if upcoming[account] < used:
                with self._working() as work:
                    work.set_next_nonce(account, used)
            elif upcoming[account] > used:
                self._fill(account, used, upcoming[account])

    def _fill(self, account: Address, used: int, upcoming: int) -> None:
        """The chain has fewer transactions than were final: send them again, and empty ones where there is none."""
        lost = self._outbox.done_from(self._carrier.chain_id, account, used)
        if lost:
            _LOG.warning("the chain lost %d transactions that were final; they are sent again", len(lost))
            with self._working() as work:
                for errand in lost:
                    work.vanished(errand)
        carried = {errand.nonce for errand in self._outbox.under_way(self._carrier.chain_id, [account])}
        empty = [nonce for nonce in range(used, upcoming) if nonce not in carried]
        if empty:
            fees, signer = self._carrier.fees(), self._accounts[account]
            fillers = [self._carrier.sign(signer, nonce, account, b"", _FILLER_GAS, fees) for nonce in empty]
            self._carrier.send([filler.raw for filler in fillers])

    def _working(self) -> AbstractContextManager[Work]:
        return self._outbox.working(self._carrier.chain_id, self._held, self._holder, self._settings.lease)

    # ---- accepted, signed, sent ----

    def _sign(self, under_way: Sequence[Carried]) -> list[Carried]:
        """Give accepted errands an account, a nonce and a transaction; everything that is under way then."""
        together, settings = list(under_way), self._settings
        load = dict.fromkeys(self._held, 0)
        for errand in under_way:
            load[errand.account] += 1
        if min(load.values()) >= settings.most_outstanding or not self._outbox.has_accepted(self._carrier.chain_id):
            return together
        fees, purses = self._carrier.purse(self._held)
        dearest = max(settings.gas.values()) * fees.highest
        free = {
            account: min(settings.most_outstanding, purses[account] // dearest) - count
            for account, count in load.items()
        }
        most = sum(count for count in free.values() if count > 0)
        if not most:
            if under_way:
                return together
            raise ChainError("no account of the relayer can pay the fee of a transaction")
        over: list[bytes] = []
        with self._working() as work:
            for waiting in work.accepted(min(most, _MOST_SIGNED)):
                if waiting.errand.waits_for is not None and (end := self._try_again(waiting)) is not None:
                    over += [key] if (key := end(work)) else []
                    continue
                account = max(free, key=free.__getitem__)
                free[account] -= 1
                nonce = work.take_nonce(account)
                new, signer = waiting.errand, self._accounts[account]
                attempt = self._carrier.sign(signer, nonce, new.domain.fund, new.data, settings.gas[new.kind], fees)
                together.append(work.sign(waiting, account, nonce, attempt))
        if over:
            self._told(over)
        return together

    def _try_again(self, waiting: Waiting) -> _Step | None:
        """How an errand ends that was tried before what it waited for was done; None if it can be carried now.

        What the node does not answer now, it answers in a block.
        """
        new = waiting.errand
        try:
            self._carrier.try_call(new.domain, new.data, self._held[0], self._settings.gas[new.kind])
        except RefusedError as refusal:
            reason, error = refusal.reason, refusal.error
            done = self._carrier.find_done(new)
            if done is not None:
                return lambda work: work.finish(waiting, done.amount, None, None)
            return lambda work: work.refuse(waiting, reason, error)
        except ChainError as error:
            _LOG.info("an errand that waited cannot be tried: %s", error)
        return None

    def _send(self, under_way: Sequence[Carried]) -> list[Carried]:
        """Give the node what is signed, and again what it may have lost; write down that it has them.

        What the node refuses counts as sent, too: it may have it already, or have it in a block. Looking tells.
        """
        now, patience = self._clock(), self._settings.resend_after
        due = {
            errand.id: errand.attempts[-1]
            for errand in under_way
            if errand.state in {ErrandState.SIGNED, ErrandState.SENT}
            and (errand.attempts[-1].sent_at is None or now - errand.attempts[-1].sent_at >= patience)
        }
        if not due:
            return list(under_way)
        answers = self._carrier.send([attempt.raw for attempt in due.values()])
        for attempt, said in zip(due.values(), answers, strict=True):
            if said is not None:
                _LOG.info("%s: the node says: %s", attempt.transaction, said)
        with self._working() as work:
            return [work.sent(errand, due[errand.id], now) if errand.id in due else errand for errand in under_way]

    # ---- sent, mined, over ----

    def _watch(self, under_way: Sequence[Carried]) -> None:
        """See what became of transactions, and write down what follows from it."""
        view = self._carrier.look(self._held, under_way)
        self._mend(view, under_way)
        steps = [step for errand in under_way if (step := self._next(errand, view)) is not None]
        late = self._late(view, under_way)
        over: list[bytes] = []
        fees = self._carrier.fees() if late else None
        if steps or late:
            with self._working() as work:
                for step in steps:
                    ended = step(work)
                    over += [ended] if ended else []
                if fees is not None:
                    for errand in late:
                        self._replace(work, errand, fees)
        if over:
            self._told(over)

    def _mend(self, view: View, under_way: Sequence[Carried]) -> None:
        """If the chain has fewer of an account's transactions than were final, nothing after them can be mined."""
        now = self._clock()
        for account, used in view.nonces.items():
            lowest = min((errand.nonce for errand in under_way if errand.account == account), default=used)
            if lowest <= used:
                self._gap_since.pop(account, None)
            elif now - self._gap_since.setdefault(account, now) >= self._settings.lost_after:
                self._gap_since[account] = now
                self._fill(account, used, lowest)

    def _next(self, errand: Carried, view: View) -> _Step | None:
        """What follows for an errand; the step gives its key when it is over."""
        found = next((view.mined[one.transaction] for one in errand.attempts if one.transaction in view.mined), None)
        if found is not None:
            if view.head - found.block + 1 >= self._settings.depth:
                return self._end(errand, found)
            if errand.state is ErrandState.MINED and errand.block_hash == found.block_hash:
                return None
            self._strange_since.pop(errand.id, None)
            return lambda work: work.mined(errand, found)
        if errand.state is ErrandState.MINED:
            _LOG.warning("%s is in no block any more; it is sent again", errand.attempts[-1].transaction)
            return lambda work: work.vanished(errand)
        if view.nonces[errand.account] <= errand.nonce:
            self._strange_since.pop(errand.id, None)
            return None
        now = self._clock()
        if now - self._strange_since.setdefault(errand.id, now) < self._settings.lost_after:
            return None
        del self._strange_since[errand.id]
        _LOG.warning("nonce %d of %s was used by something else", errand.nonce, errand.account)
        return self._again(errand)

    def _end(self, errand: Carried, found: Mined) -> _Step | None:
        """A transaction is in a block that is deep enough."""
        if not found.succeeded:
            return self._failed(errand)
        if not found.is_done:
            return lambda work: work.refuse(errand, RefusalReason.UNEXPECTED, "no event: is there such a programme?")
        return lambda work: work.finish(errand, found.amount, found.transaction, found.block)

    def _failed(self, errand: Carried) -> _Step | None:
        """A transaction failed in its block: learn why, now that its place in the order is known."""
        try:
            self._carrier.try_call(errand.domain, errand.data, errand.account, self._settings.gas[errand.kind])
        except RefusedError as refusal:
            done = self._carrier.find_done(errand)
            if done is not None:  # somebody else carried it
                return lambda work: work.finish(errand, done.amount, None, None)
            reason, error = refusal.reason, refusal.error
            return lambda work: work.refuse(errand, reason, error)
        except ChainError as error:  # the node answers, but not to this: not for ever
            now = self._clock()
            if now - self._strange_since.setdefault(errand.id, now) < self._settings.lost_after:
                return None
            _LOG.warning("why %s failed cannot be learnt: %s", errand.attempts[-1].transaction, error)
            return lambda work: work.refuse(errand, RefusalReason.UNEXPECTED, "the node does not tell why it failed")
        return self._again(errand)

    def _again(self, errand: Carried) -> _Step:
        """Another nonce, but not for ever."""
        if errand.tries >= self._settings.most_tries:
            return lambda work: work.refuse(errand, RefusalReason.UNEXPECTED, "it never came into a block by itself")
        return lambda work: work.start_again(errand)

    def _late(self, view: View, under_way: Sequence[Carried]) -> list[Carried]:
        """What is next of its account and has waited too long for what it offers."""
        now = self._clock()
        return [
            errand
            for errand in under_way
            if errand.state is ErrandState.SENT
            and errand.nonce == view.nonces[errand.account]
            and not any(one.transaction in view.mined for one in errand.attempts)
            and now - errand.attempts[-1].signed_at >= self._settings.bump_after
        ]

    def _replace(self, work: Work, errand: Carried, current: Fees) -> None:
        """Sign it again with the same nonce and higher fees, up to the highest that may be offered."""
        fees = errand.attempts[-1].fees.bumped(current)
        if fees.highest > self._settings.highest_fee:
            _LOG.warning("nonce %d of %s waits: fees are above what may be offered", errand.nonce, errand.account)
            return
        signer, gas = self._accounts[errand.account], self._settings.gas[errand.kind]
        work.replace(errand, self._carrier.sign(signer, errand.nonce, errand.domain.fund, errand.data, gas, fees))
