# SPDX-License-Identifier: EUPL-1.2
"""What wallets and tills ask of a relayer: take this, and how far is it."""

from collections.abc import Callable, Collection

from programmable_money.messages import ZERO_ADDRESS, Address
from programmable_money.refusals import RefusalReason, RefusedError
from programmable_money.relayer.carrier import Carrier
from programmable_money.relayer.errands import Errand
from programmable_money.relayer.model import Entry, ErrandState, NewErrand, RelayerSettings
from programmable_money.relayer.store import Outbox
from programmable_money.service import WrongFundError

__all__ = ["FundNotServedError", "Relayer", "refusal_of"]


class FundNotServedError(WrongFundError):
    """A message for a fund that this relayer does not carry for."""


class Relayer:
    """The door of a relayer. For several threads where its chain is.

    Args:
        funds: for which it carries; None for every fund, which is for who carries their own messages only.
        wake: called when there is something to carry, from the thread that accepted it.
    """

    def __init__(
        self,
        carrier: Carrier,
        outbox: Outbox,
        *,
        funds: Collection[Address] | None,
        settings: RelayerSettings | None = None,
        wake: Callable[[], object] = lambda: None,
    ) -> None:
        self._carrier = carrier
        self._outbox = outbox
        self._funds = None if funds is None else frozenset(funds)
        self._settings = settings or RelayerSettings()
        self._wake = wake
        self._contracts: set[Address] = set()
        """Funds that are known to be there."""

    def accept(self, errand: Errand) -> Entry:
        """Keep an errand to be carried, unless the contract would refuse it now.

        Whoever brings the same errand again gets the same entry; one that was refused is tried once more. When this
        returns, the errand is in the database.

        Raises:
            WrongFundError: it is for another chain, or its permit for another fund or payment.
            FundNotServedError: it is for a fund that is not served here.
            RefusedError: the contract would refuse it now; nothing was kept.
            ChainError: the node did not answer; nothing was kept.
            OutboxBusyError: nor was it now.
        """
        if errand.domain.chain_id != self._carrier.chain_id or not errand.is_consistent:
            raise WrongFundError("the message is for another fund, another payment or another chain")
        if self._funds is not None and errand.domain.fund not in self._funds:
            raise FundNotServedError("it is for a fund that is not served here")
        key, data = errand.key, errand.call.data
        entry = self._outbox.find(key)
        if entry is None or entry.state is ErrandState.REFUSED:
            if errand.domain.fund not in self._contracts:
                self._carrier.check_fund(errand.domain.fund)
                self._contracts.add(errand.domain.fund)
            gas = self._settings.gas[errand.kind]
            since = self._carrier.try_call(errand.domain, data, ZERO_ADDRESS, gas)
            entry = self._outbox.accept(NewErrand(key, errand.kind, errand.domain, data, since), entry)
        if not entry.state.is_over:
            self._wake()
        return entry

    def find(self, key: bytes) -> Entry | None:
        """How far an errand is; None if it was never accepted, or is forgotten."""
        return self._outbox.find(key)


def refusal_of(entry: Entry) -> RefusedError | None:
    """Why an errand was refused after it was accepted; None if it was not."""
    if entry.state is not ErrandState.REFUSED:
        return None
    return RefusedError(entry.reason or RefusalReason.UNEXPECTED, entry.error or "", {})
