# SPDX-License-Identifier: EUPL-1.2
"""What wallets and tills ask of a relayer: take this, and how far is it."""

from collections.abc import Callable, Collection

from programmable_money.messages import ZERO_ADDRESS, Address
from programmable_money.refusals import RefusalReason, RefusedError
from programmable_money.relayer.carrier import Carrier
from programmable_money.relayer.errands import NOT_BUILT, Errand
from programmable_money.relayer.model import Entry, ErrandState, NewErrand, RelayerSettings
from programmable_money.relayer.store import Outbox
from programmable_money.service import WrongFundError

__all__ = ["ProgrammeNotServedError", "Relayer", "refusal_of"]


class ProgrammeNotServedError(WrongFundError):
    """A message for a contract of a programme that this relayer does not carry for."""


class Relayer:
    """The door of a relayer. For several threads where its chain is.

    Args:
        programmes: addresses of the funds, passes, task boards and purses for which it carries; None for every one,
            which is for who carries their own messages only.
        wake: called when there is something to carry, from the thread that accepted it.
    """

    def __init__(
        self,
        carrier: Carrier,
        outbox: Outbox,
        *,
        programmes: Collection[Address] | None,
        settings: RelayerSettings | None = None,
        wake: Callable[[], object] = lambda: None,
    ) -> None:
        self._carrier = carrier
        self._outbox = outbox
        self._programmes = None if programmes is None else frozenset(programmes)
        self._settings = settings or RelayerSettings()
        self._wake = wake
        self._contracts: set[Address] = set()
        """Those that are known to be there."""

    def accept(self, errand: Errand) -> Entry:
        """Keep an errand to be carried, unless the contract would refuse it now.

        Whoever brings the same errand again gets the same entry; one that was refused is tried once more. When this
        returns, the errand is in the database.

        What needs a statement that nobody built waits for an errand that builds it, and is tried once more after it.

        Raises:
            WrongFundError: it is for another chain, or its permit for another contract or payment.
            ProgrammeNotServedError: it is for a contract that is not served here.
            RefusedError: the contract would refuse it now; nothing was kept.
            ChainError: the node did not answer; nothing was kept.
            OutboxBusyError: nor was it now.
        """
        if errand.domain.chain_id != self._carrier.chain_id or not errand.is_consistent:
            raise WrongFundError("the message is for another programme, another payment or another chain")
        if self._programmes is not None and errand.domain.fund not in self._programmes:
            raise ProgrammeNotServedError("it is for a programme that is not served here")
        entry = self._outbox.find(errand.key)
        if entry is None or entry.state is ErrandState.REFUSED:
            if errand.domain.fund not in self._contracts:
                self._carrier.check_programme(errand.domain.fund)
                self._contracts.add(errand.domain.fund)
            entry = self._outbox.accept(self._tried(errand), entry)
        if not entry.state.is_over:
            self._wake()
        return entry

    def _tried(self, errand: Errand) -> NewErrand:
        """What is kept of an errand that the contract takes now, or takes once a statement is there."""
        data, waits_for = errand.call.data, None
        try:
            since = self._try(errand, data)
        except RefusedError as refusal:
            if errand.first is None or refusal.error != NOT_BUILT:
                raise
            # The contract looked at everything that comes before a proof, and at no signature. A statement costs the
            # relayer a million of gas, so who has not signed gets none.
            if not errand.is_signed:
                raise RefusedError(RefusalReason.BAD_SIGNATURE, "FundBadSignature", {}) from refusal
            since = self._carrier.chain.block_number()
            try:
                waits_for = self.accept(errand.first).key
            except RefusedError as first:
                if first.reason is not RefusalReason.ALREADY_DONE:
                    raise
                since = self._try(errand, data)  # somebody built it just now
        return NewErrand(errand.key, errand.kind, errand.domain, data, since, waits_for)

    def _try(self, errand: Errand, data: bytes) -> int:
        return self._carrier.try_call(errand.domain, data, ZERO_ADDRESS, self._settings.gas[errand.kind])

    def find(self, key: bytes) -> Entry | None:
        """How far an errand is; None if it was never accepted, or is forgotten."""
        return self._outbox.find(key)


def refusal_of(entry: Entry) -> RefusedError | None:
    """Why an errand was refused after it was accepted; None if it was not."""
    if entry.state is not ErrandState.REFUSED:
        return None
    return RefusedError(entry.reason or RefusalReason.UNEXPECTED, entry.error or "", {})
