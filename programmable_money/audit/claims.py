# SPDX-License-Identifier: EUPL-1.2
"""Every claim again, off chain: the proof from the transaction's own input, against a statement that is computed here.

The statement comes from the validator's key in the registry, the published rulebook and the scope. Nothing is taken
from the contract, so one that checked against something else is found out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from programmable_money.audit.registry_state import KeyState
from programmable_money.messages import Scope
from ssi.claim.proof import Claim
from ssi.claim.statement import Statement
from ssi.claim.terms import ClaimTerms, TermsError
from ssi.claim.verify import VerifiedClaim, verify_claim
from ssi.errors import VerificationError

__all__ = ["CarriedClaim", "ClaimProofs", "Place", "WrongProofError"]


class WrongProofError(Exception):
    """A claim's proof does not show what its event says. The text says why, in words."""


class CarriedClaim(NamedTuple):
    """A claim and its proof, as a transaction carries them."""

    claim: Claim
    proof: bytes


class Place(NamedTuple):
    """Where a claim is made: the slot of its scope, None where there is one scope only; and the number of its terms."""

    slot: int | None = None
    terms: int = 0


ONLY = Place()
"""Where all claims of a programme with one scope are made."""


@dataclass(slots=True)
class ClaimProofs:
    """Verifies the claims of one contract.

    Args:
        terms: compiled from the published rulebook, by number.
        scope: of chain, contract, rulebook and period (claim.md 2.1), without a slot.
    Attributes:
        verified: how many proofs were found to hold.
    """

    terms: Sequence[ClaimTerms]
    scope: Scope
    verified: int = 0
    _statements: dict[tuple[bytes, Place], Statement] = field(default_factory=dict)

    def statement(self, public_key: bytes, place: Place = ONLY) -> Statement:
        """The statement of a validator's key.

        Raises:
            VerificationError, TermsError: there is none for this key.
        """
        found = self._statements.get((public_key, place))
        if found is None:
            scope = self.scope if place.slot is None else self.scope.in_slot(place.slot)
            found = Statement.of(self.terms[place.terms], public_key, scope.context_id)
            self._statements[public_key, place] = found
        return found

    def verify(
        self, carried: Iterable[CarriedClaim], nullifier: bytes, key: KeyState, place: Place = ONLY
    ) -> VerifiedClaim:
        """Verify that one of the claims that a transaction carries is the one that its event tells of.

        Args:
            carried: those whose arguments are the event's.
            nullifier: as the event says.
        Raises:
            WrongProofError: none of them is.
        """
        why = "its transaction carries no claim for this account, key and day"
        try:
            statement = self.statement(key.public_key, place)
        except (VerificationError, TermsError) as error:
            raise WrongProofError("its validator's key is no key") from error
        for item in carried:
            try:
                found = verify_claim(statement, item.claim, item.proof)
            except VerificationError as error:
                why = f"its proof does not hold ({error.reason.value})"
                continue
            if found.nullifier == nullifier:
                self.verified += 1
                return found
            why = "its proof is another pseudonym's"
        raise WrongProofError(why)
