# SPDX-License-Identifier: EUPL-1.2
"""Why the bytes or text of a key are refused."""

from enum import StrEnum

from ssi.errors import Reason, VerificationError

__all__ = ["KeyFormatError", "KeyProblem"]


class KeyProblem(StrEnum):
    """What exactly is wrong with a key; each is ``Reason.INVALID_PUBLIC_KEY`` (or ``INVALID_SCALAR``) to a verifier."""

    BAD_MULTIBASE = "bad_multibase"
    """Not base58btc multibase text of a sensible length."""
    BAD_MULTICODEC = "bad_multicodec"
    """The multicodec prefix is cut off or is not the shortest encoding."""
    UNKNOWN_KEY_TYPE = "unknown_key_type"
    """A codec, curve or ``kty`` that this package does not know."""
    WRONG_LENGTH = "wrong_length"
    """The octets have a length that no key of this type has."""
    INVALID_POINT = "invalid_point"
    """Not the canonical encoding of a point on the curve, of prime order and not the identity."""
    INVALID_RSA = "invalid_rsa"
    """Not a canonical PKCS#1 RSA public key of 2048 to 8192 bits."""
    BAD_JWK = "bad_jwk"
    """A JSON Web Key whose members are missing, of the wrong type, or contradict each other."""
    PRIVATE_MEMBER = "private_member"
    """A JSON Web Key that carries a private or symmetric key; nobody may publish or accept one."""
    INVALID_SECRET = "invalid_secret"  # noqa: S105 - the name of a problem
    """A private key of the wrong length, zero, or not below the group's order."""


class KeyFormatError(VerificationError):
    """A key is refused before anything is verified with it.

    Args:
        problem: what is wrong. The message holds no key material.
    """

    def __init__(self, problem: KeyProblem) -> None:
        secret = problem is KeyProblem.INVALID_SECRET
        super().__init__(Reason.INVALID_SCALAR if secret else Reason.INVALID_PUBLIC_KEY, problem.value)
        self.problem = problem
