# SPDX-License-Identifier: EUPL-1.2
"""One fund as its events tell it, each event checked against the rules that its rulebook compiles to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from programmable_money.abi import interface
from programmable_money.audit.calls import calls_in
from programmable_money.audit.claim_checks import ClaimChecks, Told, matches
from programmable_money.audit.claims import CarriedClaim
from programmable_money.audit.node import Transaction
from programmable_money.audit.report import DifferenceKind
from programmable_money.audit.spending_state import SpendingState
from programmable_money.messages import Address, recipient
from programmable_money.model import ChainEvent, FundRules
from ssi.claim.proof import Claim

__all__ = ["FundState"]

_CLAIM: Final = interface("Fund").functions["claim"]


@dataclass(slots=True, kw_only=True)
class FundState(SpendingState):
    """Everything about one fund, followed event by event.

    Args:
        registry, euro: those that the contract names.
    """

    rules: FundRules
    claims: ClaimChecks
    registry: Address
    is_opened: bool = False

    def opened(self, event: ChainEvent, given: Mapping[str, Any], _: Transaction) -> None:
        """Opened."""
        if self.is_opened:
            self.wrong(DifferenceKind.RULES, event, "the fund was opened twice")
        if (given["rulebook"], given["period"]) != (self.rules.rulebook_hash, self.rules.period):
            self.wrong(DifferenceKind.RULES, event, "the fund was opened for another rulebook or period")
        if (given["registry"], given["euro"]) != (self.registry, self.euro):
            self.wrong(DifferenceKind.RULES, event, "the fund was opened with another registry or euro than it names")
        self.is_opened, self.sponsor = True, given["sponsor"]

    def accepted(self, event: ChainEvent, _given: Mapping[str, Any], _: Transaction) -> None:
        """Accepted."""
        self.claims.accept(event)

    def claimed(self, event: ChainEvent, given: Mapping[str, Any], transaction: Transaction) -> None:
        """Claimed."""
        rules, told = self.rules, Told.of(event, "claim")
        if self.is_paused or not rules.opens_at <= event.emitted_at < rules.claims_until:
            self.wrong(DifferenceKind.CLAIM_RULE, event, f"{told.name}: it was paused or not open for claims")
        verified = self.claims.check(told, self._carried(event, transaction))
        if verified is not None and (why := self._why_not_worth(verified.claim.disclosed, given["amount"])):
            self.wrong(DifferenceKind.CLAIM_PROOF, event, f"{told.name}: {why}")

    def _carried(self, event: ChainEvent, transaction: Transaction) -> Iterator[CarriedClaim]:
        for call in calls_in(transaction.octets, _CLAIM):
            if matches(call, event, "keyId", "account", "asOf"):
                claim = Claim(recipient(call["account"]), call["asOf"], tuple(call["disclosed"]))
                yield CarriedClaim(claim, call["proof"])

    def _why_not_worth(self, disclosed: tuple[int, ...], amount: int) -> str | None:
        rules = self.rules
        if rules.unit is not None and not rules.min_units <= disclosed[rules.unit] <= rules.max_units:
            return "it shows a number that the rules do not allow"
        if rules.allotment(disclosed).cents != amount:
            return f"it got {amount} cents and was worth {rules.allotment(disclosed).cents}"
        return None


FundState.STEPS = {
    **SpendingState.STEPS,
    "Opened": FundState.opened,
    "Accepted": FundState.accepted,
    "Claimed": FundState.claimed,
}
