# SPDX-License-Identifier: EUPL-1.2
"""JSON Web Signatures and JSON Web Tokens in compact form.

Sources: RFC 7515, RFC 7519, RFC 8725 (best current practices), RFC 9864 (fully specified algorithms).

Invariants:
    * The key decides the algorithm; the header's ``alg`` must agree with it. So ``none`` and every MAC are refused.
    * No critical extension is understood: a header with ``crit`` (or ``b64``, which is critical) is refused.
    * Every token names what it is: ``typ`` is always written and always checked.
    * Times are not looked at: ``ssi.jose.times`` does that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Protocol, Self

from ssi.base64url import decode_base64url, encode_base64url
from ssi.errors import Reason, VerificationError
from ssi.jose.tokens_json import LONGEST, read_object, write_json
from ssi.keys import Algorithm, PublicKey

__all__ = ["Signer", "UnverifiedJws", "VerifiedJws", "VerifiedJwt", "sign_jwt", "verify_jws", "verify_jwt"]

LONGEST_HEADER: Final = 1 << 15
"""Most octets of a decoded header; certificates make it long."""
_NO_HEADER: Final[Mapping[str, object]] = MappingProxyType({})
_SIGNATURE_CHARACTERS: Final = 1024


class Signer(Protocol):
    """What signs: a ``ssi.keys.PrivateKey``, or a module that keeps its key to itself."""

    @property
    def algorithm(self) -> Algorithm:
        """The one algorithm that it signs with."""
        ...

    @property
    def public_key(self) -> PublicKey:
        """The key that verifies what it signs."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The signature of a message, 64 octets as JOSE writes them."""
        ...


@dataclass(frozen=True, slots=True)
class UnverifiedJws:
    """The parts of a token whose signature nobody has checked.

    Args:
        unverified_header: the protected header.
        unverified_payload: the payload's octets.
        signing_input: what is signed: header, point and payload as received.
        signature: as received; empty for an unsecured token, which never verifies.
    """

    unverified_header: Mapping[str, object]
    unverified_payload: bytes
    signing_input: bytes
    signature: bytes

    @classmethod
    def parse(cls, unverified_text: str, *, longest: int = LONGEST) -> Self:
        """Split and decode a token in compact form.

        Args:
            unverified_text: as received.
            longest: most characters that are looked at.
        Raises:
            VerificationError: ``TOO_LARGE``, ``TOO_DEEP``, ``UNKNOWN_CRITICAL_HEADER``, or ``MALFORMED``: not three
                parts of canonical base64url, or a header that is no JSON object or names no algorithm.
        """
        if len(unverified_text) > longest:
            raise VerificationError(Reason.TOO_LARGE)
        parts = unverified_text.split(".", 3)
        if len(parts) != 3 or len(parts[2]) > _SIGNATURE_CHARACTERS:
            raise VerificationError(Reason.MALFORMED, "not a token in compact form")
        try:
            header, payload, signature = _read_header(parts[0]), decode_base64url(parts[1]), decode_base64url(parts[2])
        except ValueError:
            raise VerificationError(Reason.MALFORMED, "not base64url") from None
        signing_input = unverified_text[: -len(parts[2]) - 1].encode("ascii")
        return cls(dict(header), payload, signing_input, signature)

    def unverified_claims(self, *, longest: int = LONGEST) -> dict[str, object]:
        """The payload as a JSON object, to find out which key should have signed it.

        Raises:
            VerificationError: ``MALFORMED``, ``TOO_LARGE`` or ``TOO_DEEP``.
        """
        return read_object(self.unverified_payload, longest=longest)


@dataclass(frozen=True, slots=True)
class VerifiedJws:
    """A signed message whose signature and type hold."""

    header: Mapping[str, object]
    payload: bytes


@dataclass(frozen=True, slots=True)
class VerifiedJwt:
    """A signed set of claims whose signature and type hold; its times are not checked."""

    header: Mapping[str, object]
    claims: Mapping[str, object]


def read_header(unverified: bytes) -> dict[str, object]:
    """Read the octets of a protected header; errors as ``UnverifiedJws.parse``."""
    header = read_object(unverified, longest=LONGEST_HEADER)
    if "crit" in header or "b64" in header:
        raise VerificationError(Reason.UNKNOWN_CRITICAL_HEADER)
    if not isinstance(header.get("alg"), str):
        raise VerificationError(Reason.MALFORMED, "the header names no algorithm")
    return header


@lru_cache(maxsize=256)
def _read_header(unverified_text: str) -> dict[str, object]:
    """Read the text of a header. Headers repeat, with long chains of certificates: the last ones are remembered."""
    return read_header(decode_base64url(unverified_text))


def is_type(unverified_typ: object, expected: str) -> bool:
    """Whether a header's ``typ`` is the expected media type, in any case and with or without ``application/``."""
    if not isinstance(unverified_typ, str):
        return False
    if unverified_typ == expected:
        return True
    return unverified_typ.lower().removeprefix("application/") == expected.lower().removeprefix("application/")


def verify_jws(unverified: UnverifiedJws, key: PublicKey, *, typ: str) -> VerifiedJws:
    """Verify the type, the algorithm and the signature of a token, in this order.

    Args:
        unverified: the parsed token.
        key: the key that must have signed it; trusting that key is the caller's decision.
        typ: the header's ``typ``, without ``application/``.
    Raises:
        VerificationError: ``WRONG_TYPE``, ``WRONG_ALGORITHM``, ``WRONG_LENGTH`` or ``INVALID_SIGNATURE``.
    """
    header = unverified.unverified_header
    if not is_type(header.get("typ"), typ):
        raise VerificationError(Reason.WRONG_TYPE)
    key.verify_jose(header["alg"], unverified.signing_input, unverified.signature)
    return VerifiedJws(header, unverified.unverified_payload)


def verify_jwt(unverified: UnverifiedJws, key: PublicKey, *, typ: str, longest: int = LONGEST) -> VerifiedJwt:
    """Verify a token as ``verify_jws`` does, and read its claims.

    Raises:
        VerificationError: as ``verify_jws``; ``MALFORMED``, ``TOO_LARGE`` or ``TOO_DEEP`` for the claims.
    """
    verified = verify_jws(unverified, key, typ=typ)
    return VerifiedJwt(verified.header, read_object(verified.payload, longest=longest))


def sign_jwt(
    claims: Mapping[str, object], signer: Signer, *, typ: str, header: Mapping[str, object] = _NO_HEADER
) -> str:
    """Sign claims as a token in compact form.

    Args:
        claims: a JSON object; none is added here.
        signer: the key.
        typ: the header's ``typ``, without ``application/``.
        header: further members, such as ``kid``, ``jwk`` or ``x5c``.
    Raises:
        ValueError: ``header`` sets ``alg``, ``typ``, ``crit`` or ``b64``; or a value that JSON cannot write.
    """
    if not header.keys().isdisjoint(("alg", "typ", "crit", "b64")):
        raise ValueError("alg and typ have arguments of their own, and no extension is critical here")
    protected = write_json({"alg": signer.algorithm.value, "typ": typ, **header})
    signing_input = f"{encode_base64url(protected)}.{encode_base64url(write_json(claims))}"
    return f"{signing_input}.{encode_base64url(signer.sign(signing_input.encode('ascii')))}"
