# SPDX-License-Identifier: EUPL-1.2
"""Proof Key for Code Exchange, method S256 and no other (RFC 7636)."""

import hashlib
import hmac
import re
from typing import Final

from ssi.base64url import encode_base64url
from ssi.errors import Reason, VerificationError

__all__ = ["VERIFIER_OCTETS", "code_challenge", "make_code_verifier", "verify_code_verifier"]

VERIFIER_OCTETS: Final = 32
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def make_code_verifier(octets: bytes) -> str:
    """A code verifier of 43 characters.

    Args:
        octets: 32 random octets.
    """
    if len(octets) != VERIFIER_OCTETS:
        raise ValueError("a verifier is made of 32 random octets")
    return encode_base64url(octets)


def code_challenge(verifier: str) -> str:
    """The S256 challenge of a verifier, 43 characters."""
    return encode_base64url(hashlib.sha256(verifier.encode("ascii")).digest())


def verify_code_verifier(unverified_verifier: str, challenge: str) -> None:
    """Check that whoever redeems a code is who asked for it.

    Args:
        unverified_verifier: of the token request.
        challenge: of the authorization request that the code was issued for.
    Raises:
        VerificationError: ``MALFORMED``, or ``INVALID_PROOF`` for the verifier of another challenge.
    """
    if _VERIFIER.fullmatch(unverified_verifier) is None:
        raise VerificationError(Reason.MALFORMED, "code_verifier")
    if not hmac.compare_digest(code_challenge(unverified_verifier), challenge):
        raise VerificationError(Reason.INVALID_PROOF, "code_verifier")
