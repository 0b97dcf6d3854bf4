# SPDX-License-Identifier: EUPL-1.2
"""The claims of one contract, each checked again: its key, its day, its pseudonym, its cap and its proof."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from programmable_money.audit.claims import ONLY, CarriedClaim, ClaimProofs, Place, WrongProofError
from programmable_money.audit.registry_state import KeyState, RegistryState
from programmable_money.audit.report import DifferenceKind, Findings
from programmable_money.messages import Address
from programmable_money.model import ChainEvent
from ssi.claim.verify import VerifiedClaim

__all__ = ["ClaimChecks", "Told"]

_DAY: Final = 86_400
_UNIX_EPOCH_DAY: Final = 25_567
"""1970-01-01 in days since 1900-01-01."""


@dataclass(frozen=True, slots=True)
class Told:
    """A claim as its event tells it.

    Attributes:
        name: what findings call it.
        place: slot and terms.
    """

    event: ChainEvent
    name: str
    nullifier: bytes
    key_id: bytes
    as_of: int
    place: Place = ONLY

    @classmethod
    def of(cls, event: ChainEvent, what: str, place: Place = ONLY) -> "Told":
        """From the members that all events about claims have."""
        given = event.arguments
        name = f"{what} 0x{given['nullifier'].hex()}"
        return cls(event, name, given["nullifier"], given["keyId"], given["asOf"], place)


@dataclass(slots=True)
class ClaimChecks:
    """Checks the claims of one contract, in the chain's order.

    Args:
        validators: whose credentials count, by the number of the terms.
        cap: most claims that one validator can vouch for under terms 0; None where persons are capped instead.
        once: whether a pseudonym claims once in its scope.
    Attributes:
        accepted: keys whose statement the contract keeps, and where it keeps it.
        nullifiers: the block of each pseudonym's first claim.
        claims: number of claims under terms 0, by validator.
    """

    registry: RegistryState
    findings: Findings
    proofs: ClaimProofs
    validators: Sequence[Collection[Address]]
    cap: int | None
    once: bool = True
    accepted: dict[tuple[bytes, Place], Address] = field(default_factory=dict)
    nullifiers: dict[bytes, int] = field(default_factory=dict)
    claims: dict[Address, int] = field(default_factory=dict)

    def accept(self, event: ChainEvent, place: Place = ONLY) -> None:
        """A key was accepted: Accepted or SlotAccepted."""
        given = event.arguments
        key = self.registry.keys.get(given["keyId"])
        known = place.terms < len(self.validators)
        if (
            key is None
            or not known
            or given["validator"] != key.validator
            or key.validator not in self.validators[place.terms]
        ):
            self.wrong(DifferenceKind.CLAIM_KEY, event, "a key was accepted that is of no validator in the rules")
        self.accepted[given["keyId"], place] = given["statement"]

    def check(self, told: Told, carried: Iterable[CarriedClaim]) -> VerifiedClaim | None:
        """Check everything but the time of day; None when its proof does not hold, which is noted.

        Args:
            carried: the claims of the event's transaction whose arguments are the event's.
        """
        event = told.event
        today = event.emitted_at // _DAY + _UNIX_EPOCH_DAY
        if told.as_of not in {today, today - 1}:
            text = f"{told.name}: its day is neither that day nor the one before"
            self.wrong(DifferenceKind.CLAIM_RULE, event, text)
        if self.once and told.nullifier in self.nullifiers:
            text = f"{told.name}: the same person claimed in block {self.nullifiers[told.nullifier]}"
            self.wrong(DifferenceKind.NULLIFIER_REUSED, event, text)
        self.nullifiers.setdefault(told.nullifier, event.block)
        key = self._key(told)
        if key is None:
            return None
        try:
            return self.proofs.verify(carried, told.nullifier, key, told.place)
        except WrongProofError as error:
            self.wrong(DifferenceKind.CLAIM_PROOF, event, f"{told.name}: {error}")
            return None

    def _key(self, told: Told) -> KeyState | None:
        """The key that a claim was made with, checked as of then; None when there is none."""
        event = told.event
        key = self.registry.keys.get(told.key_id)
        if key is None or (told.key_id, told.place) not in self.accepted:
            text = f"{told.name}: its validator's key was not known or not accepted"
            self.wrong(DifferenceKind.CLAIM_KEY, event, text)
            return None
        if key.type_id != self.proofs.terms[told.place.terms].header.type_id:
            self.wrong(DifferenceKind.CLAIM_KEY, event, f"{told.name}: its validator's key is for other credentials")
        if why := key.why_invalid(event.emitted_at):
            self.wrong(DifferenceKind.CLAIM_KEY, event, f"{told.name}: its validator's key {why}")
        if self.cap is not None and told.place.terms == 0:
            self.claims[key.validator] = self.claims.get(key.validator, 0) + 1
            if self.claims[key.validator] > self.cap:
                self.wrong(DifferenceKind.CAP_EXCEEDED, event, f"{told.name}: its validator had {self.cap}")
        return key

    def wrong(self, kind: DifferenceKind, event: ChainEvent, text: str) -> None:
        """Note what an event breaks."""
        self.findings.add(kind, text, block=event.block, transaction=event.transaction)


def matches(call: dict[str, Any], event: ChainEvent, *names: str) -> bool:
    """Whether a call has these arguments as its event tells them."""
    return all(call[name] == event.arguments[name] for name in names)
