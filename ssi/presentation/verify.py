# SPDX-License-Identifier: EUPL-1.2
"""The verifier's side: checking a presentation, all of it or nothing (presentation.md section 5).

Invariants:
    * The only module that makes a ``VerifiedClaimPresentation``.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final, Protocol

from ssi.base64url import decode_base64url
from ssi.claim.proof import Claim
from ssi.claim.statement import Statement
from ssi.claim.terms import DAY_LIMIT
from ssi.claim.verify import verify_claim
from ssi.credential.days import date_of, day_number
from ssi.credential.document import DocumentError, Node
from ssi.errors import Reason, VerificationError
from ssi.presentation.binding import SALT_OCTETS, Binding, context_id
from ssi.presentation.request import ClaimRequest

__all__ = [
    "AnyPseudonym",
    "OncePerScope",
    "PseudonymPolicy",
    "SpentPseudonyms",
    "VerifiedClaimPresentation",
    "verify_claim_presentation",
]

_MEMBERS: Final = ("key", "as_of", "disclosed", "salt", "proof")
_LONGEST_PROOF: Final = 1 << 14


@dataclass(frozen=True, slots=True)
class VerifiedClaimPresentation:
    """What a presentation establishes for one verifier, request and day.

    Attributes:
        pseudonym: 96 octets: one holder's in this scope of this verifier, linkable to nothing else.
        disclosed: the shown numbers by name: cents, counts, or days since 1900-01-01.
        key_id: the name of the validator's key.
        as_of: the day (UTC) for which the predicates hold.
    """

    pseudonym: bytes
    disclosed: Mapping[str, int] = field(repr=False, hash=False)
    key_id: str
    as_of: date


class PseudonymPolicy(Protocol):
    """Whether a pseudonym may come again."""

    def check(self, scope_id: bytes, pseudonym: bytes) -> None:
        """Accept the pseudonym, or raise VerificationError ``REPLAYED``."""
        ...


class SpentPseudonyms(Protocol):
    """Remembers pseudonyms."""

    def first_use(self, scope_id: bytes, pseudonym: bytes) -> bool:
        """Whether a pseudonym is new in a scope; from then on it is not. Atomic.

        Args:
            scope_id: 32 octets.
            pseudonym: 96 octets.
        """
        ...


@dataclass(frozen=True, slots=True)
class AnyPseudonym:
    """Accepts every pseudonym: whoever qualifies may come as often as they like, or the caller does the counting."""

    def check(self, scope_id: bytes, pseudonym: bytes) -> None:
        """Accept."""


@dataclass(frozen=True, slots=True)
class OncePerScope:
    """Accepts each holder once in a scope."""

    seen: SpentPseudonyms

    def check(self, scope_id: bytes, pseudonym: bytes) -> None:
        """Accept a new pseudonym and remember it; refuse another with ``REPLAYED``."""
        if not self.seen.first_use(scope_id, pseudonym):
            raise VerificationError(Reason.REPLAYED, "this pseudonym was used in this scope")


def verify_claim_presentation(
    unverified: object, request: ClaimRequest, binding: Binding, *, now: datetime, pseudonyms: PseudonymPolicy
) -> VerifiedClaimPresentation:
    """Verify a presentation and return what it establishes.

    Args:
        unverified: the element of the ``vp_token``, decoded JSON, as received.
        request: what was asked, as it was sent.
        binding: of the request, as it was sent.
        now: the present moment.
        pseudonyms: whether a pseudonym may come again.
    Raises:
        VerificationError: (5.1) ``MALFORMED``, (5.2) ``UNKNOWN_ISSUER``, (5.3) ``NOT_YET_VALID``, ``TOO_OLD``, (5.4)
            ``WRONG_LENGTH``, ``QUERY_NOT_MET``, (5.5) as ``ssi.claim.verify.verify_claim``, (5.6) ``REPLAYED``.
    """
    presentation = _Presentation.parse(unverified)  # (5.1)
    public_key = request.find_key(presentation.key_id)
    if public_key is None:  # (5.2)
        raise VerificationError(Reason.UNKNOWN_ISSUER, "not a key that was asked for")
    today = now.astimezone(UTC).date()  # (5.3)
    if presentation.as_of > day_number(today):
        raise VerificationError(Reason.NOT_YET_VALID)
    if presentation.as_of < day_number(today - timedelta(days=1)):
        raise VerificationError(Reason.TOO_OLD)
    _check_bounds(presentation.disclosed, request)  # (5.4)
    context = context_id(binding.client_id, request.scope)
    statement = Statement.of(request.terms, public_key, context)  # (5.5)
    claim = Claim(binding.recipient(presentation.salt), presentation.as_of, presentation.disclosed)
    verified = verify_claim(statement, claim, presentation.proof)
    pseudonyms.check(hashlib.sha256(context).digest(), verified.pseudonym)  # (5.6)
    disclosed = dict(zip(request.disclosed_names, presentation.disclosed, strict=True))
    return VerifiedClaimPresentation(verified.pseudonym, disclosed, presentation.key_id, date_of(presentation.as_of))


def _check_bounds(disclosed: tuple[int, ...], request: ClaimRequest) -> None:
    bounds = request.terms.disclosed
    if len(disclosed) != len(bounds):
        raise VerificationError(Reason.WRONG_LENGTH, "each disclosed claim once")
    if not all(bound.minimum <= value <= bound.maximum for value, bound in zip(disclosed, bounds, strict=True)):
        raise VerificationError(Reason.QUERY_NOT_MET, "a shown number is out of its bounds")


@dataclass(frozen=True, slots=True)
class _Presentation:
    """The element of a vp_token, parsed and not verified."""

    key_id: str
    as_of: int
    disclosed: tuple[int, ...]
    salt: bytes
    proof: bytes

    @classmethod
    def parse(cls, unverified: object) -> "_Presentation":
        try:
            members = Node(unverified).members(_MEMBERS)
            return cls(
                members["key"].text(longest=43),
                members["as_of"].integer(0, DAY_LIMIT - 1),
                tuple(item.integer(0, (1 << 32) - 1) for item in members["disclosed"].items(0, 4)),
                _octets(members["salt"], SALT_OCTETS),
                _octets(members["proof"], None),
            )
        except DocumentError as error:
            raise VerificationError(Reason.MALFORMED, error.rule) from None


def _octets(node: Node, length: int | None) -> bytes:
    try:
        octets = decode_base64url(node.text(longest=_LONGEST_PROOF))
    except ValueError:
        node.refuse("must be base64url")
    if length is not None and len(octets) != length:
        node.refuse(f"must have {length} octets")
    return octets
