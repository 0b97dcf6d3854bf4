# SPDX-License-Identifier: EUPL-1.2
"""Our BBS credential shown to a verifier off chain: a claim proof bound to one request of one verifier.

Implements specs/protocols/presentation.md; comments carry its numbers.

Invariants:
    * A ``VerifiedClaimPresentation`` is made in ``ssi.presentation.verify`` only.
    * A ``ClaimRequest`` that exists asks for nothing that no rule may decide on, and its proofs would be sound.
"""

from ssi.presentation.binding import Binding
from ssi.presentation.present import WouldShow, describe, present, qualifies
from ssi.presentation.request import FORMAT, ClaimRequest
from ssi.presentation.verify import (
    AnyPseudonym,
    OncePerScope,
    PseudonymPolicy,
    SpentPseudonyms,
    VerifiedClaimPresentation,
    verify_claim_presentation,
)

__all__ = [
    "FORMAT",
    "AnyPseudonym",
    "Binding",
    "ClaimRequest",
    "OncePerScope",
    "PseudonymPolicy",
    "SpentPseudonyms",
    "VerifiedClaimPresentation",
    "WouldShow",
    "describe",
    "present",
    "qualifies",
    "verify_claim_presentation",
]
