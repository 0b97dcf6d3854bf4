# SPDX-License-Identifier: EUPL-1.2
"""What key proofs and DPoP proofs have in common: a token signed by the key that stands in its own header."""

from collections.abc import Collection, Mapping
from typing import Final

from ssi.errors import Reason, VerificationError
from ssi.jose.jws import UnverifiedJws, VerifiedJwt, verify_jwt
from ssi.keys import Algorithm, PublicKey

__all__ = ["LONGEST_PROOF", "USUAL_ALGORITHMS", "verify_by_own_key"]

LONGEST_PROOF: Final = 1 << 14
USUAL_ALGORITHMS: Final = frozenset({Algorithm.ES256})
"""The one algorithm that every wallet and issuer has (HAIP 1.0 section 7)."""


def verify_by_own_key(
    unverified: UnverifiedJws, *, typ: str, algorithms: Collection[Algorithm]
) -> tuple[VerifiedJwt, PublicKey]:
    """Verify a token with the ``jwk`` of its header. That whoever made it has this key is all that it proves.

    Args:
        unverified: the parsed token.
        typ: of the header.
        algorithms: those that are accepted.
    Raises:
        VerificationError: ``WRONG_TYPE``, ``UNRESOLVABLE_KEY`` (no ``jwk``, or another key beside it),
            ``INVALID_PUBLIC_KEY`` (a private one included), ``WRONG_ALGORITHM``, ``INVALID_SIGNATURE``, or as
            ``ssi.jose.jws.verify_jwt``.
    """
    header = unverified.unverified_header
    jwk = header.get("jwk")
    if not isinstance(jwk, Mapping) or "kid" in header or "x5c" in header:
        raise VerificationError(Reason.UNRESOLVABLE_KEY, "the key must stand in the header as jwk, and nothing else")
    if Algorithm.from_jose(header["alg"]) not in algorithms:
        raise VerificationError(Reason.WRONG_ALGORITHM)
    key = PublicKey.from_jwk(jwk)
    return verify_jwt(unverified, key, typ=typ, longest=LONGEST_PROOF), key
