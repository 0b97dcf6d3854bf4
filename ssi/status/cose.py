# SPDX-License-Identifier: EUPL-1.2
"""COSE_Sign1, the one COSE message that a status list comes in.

Sources: RFC 9052 §4.2 and §4.4, RFC 9053 §2, RFC 9864 (fully specified algorithms), RFC 9596 (``typ``), RFC 9360
(``x5chain``). CBOR is cbor2's; a COSE library would bring key types and certificate code of its own that neither a
``Signer`` nor the trust list fits into, and what is needed of COSE is one array and one map.

Invariants:
    * The message is tagged 18, has the four parts of RFC 9052 and nothing behind it; no map repeats a label.
    * No other CBOR tag is read, in headers or claims, so nothing but numbers, texts, octets, arrays and maps comes out.
    * The key decides the algorithm; the protected header must name it. ``crit`` is refused: nothing critical is known.
    * Every message names what it is: ``typ`` is always written and always checked.
"""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, NoReturn, Self

import cbor2

from ssi.errors import Reason, VerificationError
from ssi.jose.jws import Signer
from ssi.keys import Algorithm, PublicKey

__all__ = ["KEY_ID", "X5CHAIN", "UnverifiedSign1", "VerifiedSign1", "read_cbor", "sign1", "verify_sign1"]

ALGORITHM: Final = 1
CRITICAL: Final = 2
KEY_ID: Final = 4
TYPE: Final = 16
X5CHAIN: Final = 33
_TAG: Final = 18
_LONGEST_HEADER: Final = 1 << 15
_DEEPEST: Final = 8
_WRITTEN: Final = {Algorithm.ES256: -7, Algorithm.ED25519: -8, Algorithm.ES256K: -47}
_READ: Final = {
    -7: Algorithm.ES256,
    -9: Algorithm.ES256,
    -8: Algorithm.ED25519,
    -19: Algorithm.ED25519,
    -47: Algorithm.ES256K,
}
_FIRST_OCTET: Final = 0xC0 | _TAG
_SUBSTITUTING_TAGS: Final = (*range(512), 1004, 43000, 55799)
"""Every tag that the decoder would replace by an object of its own lies among these."""


@dataclass(frozen=True, slots=True)
class UnverifiedSign1:
    """The parts of a message whose signature nobody has checked.

    Args:
        unverified_header: protected and unprotected header parameters together, by label.
        protected: the labels of the protected ones.
        unverified_payload: the payload's octets.
        signed_message: what is signed: the Sig_structure of RFC 9052 §4.4.
        signature: as received.
    """

    unverified_header: Mapping[object, object]
    protected: frozenset[object]
    unverified_payload: bytes
    signed_message: bytes
    signature: bytes

    @classmethod
    def parse(cls, unverified: bytes, *, longest: int) -> Self:
        """Take a tagged COSE_Sign1 apart.

        Args:
            unverified: as received.
            longest: most octets that are looked at.
        Raises:
            VerificationError: ``TOO_LARGE``, ``MALFORMED`` or ``UNKNOWN_CRITICAL_HEADER``.
        """
        if len(unverified) > longest:
            raise VerificationError(Reason.TOO_LARGE)
        if unverified[:1] != bytes([_FIRST_OCTET]):
            raise VerificationError(Reason.MALFORMED, "not a tagged COSE_Sign1")
        match read_cbor(unverified[1:], longest=longest):
            case [bytes(protected_octets), dict(unprotected), bytes(payload), bytes(signature)]:
                protected = _protected(protected_octets)
            case _:
                raise VerificationError(Reason.MALFORMED, "a COSE_Sign1 has other parts")
        if not protected.keys().isdisjoint(unprotected):
            raise VerificationError(Reason.MALFORMED, "a header parameter is both protected and not")
        if CRITICAL in protected or CRITICAL in unprotected:
            raise VerificationError(Reason.UNKNOWN_CRITICAL_HEADER)
        header = MappingProxyType({**unprotected, **protected})
        signed = _signed_message(protected_octets, payload)
        return cls(header, frozenset(protected), payload, signed, signature)


@dataclass(frozen=True, slots=True)
class VerifiedSign1:
    """A signed message whose signature, algorithm and type hold."""

    protected_header: Mapping[object, object]
    payload: bytes


def sign1(payload: bytes, signer: Signer, *, typ: str, header: Mapping[int, object]) -> bytes:
    """Sign octets as a tagged COSE_Sign1; every header parameter is protected.

    Args:
        payload: what is signed.
        signer: the key.
        typ: the media type of the whole, with ``application/``.
        header: further parameters, by label.
    Raises:
        ValueError: ``header`` sets the algorithm, the type or ``crit``.
    """
    if not header.keys().isdisjoint((ALGORITHM, TYPE, CRITICAL)):
        raise ValueError("algorithm and type have arguments of their own, and nothing is critical here")
    protected = cbor2.dumps({ALGORITHM: _WRITTEN[signer.algorithm], TYPE: typ, **header}, canonical=True)
    signature = signer.sign(_signed_message(protected, payload))
    return bytes([_FIRST_OCTET]) + cbor2.dumps([protected, {}, payload, signature])


def verify_sign1(unverified: UnverifiedSign1, key: PublicKey, *, typ: str) -> VerifiedSign1:
    """Verify the type, the algorithm and the signature of a message, in this order.

    Args:
        unverified: the parsed message.
        key: the key that must have signed it; trusting that key is the caller's decision.
        typ: its media type, with ``application/``.
    Raises:
        VerificationError: ``WRONG_TYPE``, ``WRONG_ALGORITHM``, ``WRONG_LENGTH`` or ``INVALID_SIGNATURE``.
    """
    protected = {label: unverified.unverified_header[label] for label in unverified.protected}
    named_type, algorithm = protected.get(TYPE), protected.get(ALGORITHM)
    if not isinstance(named_type, str) or named_type.lower() != typ:
        raise VerificationError(Reason.WRONG_TYPE)
    known = _READ.get(algorithm) if isinstance(algorithm, int) and not isinstance(algorithm, bool) else None
    if known is None or known is not key.key_type.algorithm:
        raise VerificationError(Reason.WRONG_ALGORITHM)
    key.verify(unverified.signed_message, unverified.signature)
    return VerifiedSign1(MappingProxyType(protected), unverified.unverified_payload)


def read_cbor(unverified: bytes, *, longest: int) -> object:
    """Read one CBOR value of numbers, texts, octets, arrays, maps and simple values.

    Raises:
        VerificationError: ``TOO_LARGE``, or ``MALFORMED``: no CBOR, a repeated label, a tag, deep nesting, or
            octets behind it.
    """
    if len(unverified) > longest:
        raise VerificationError(Reason.TOO_LARGE)
    stream = io.BytesIO(unverified)
    try:
        value: object = cbor2.load(
            stream,
            tag_hook=_refuse_tag,
            semantic_decoders=_NO_TAGS,
            max_depth=_DEEPEST,
            allow_duplicate_keys=False,
        )
    except (cbor2.CBORDecodeError, ValueError, TypeError):
        raise VerificationError(Reason.MALFORMED, "not CBOR of plain values") from None
    if stream.read(1):
        raise VerificationError(Reason.MALFORMED, "something follows the CBOR value")
    return value


def _refuse_tag(*_: object) -> NoReturn:
    raise ValueError("a tag")


_NO_TAGS: Final[Mapping[int, Callable[..., Any]]] = dict.fromkeys(_SUBSTITUTING_TAGS, _refuse_tag)


def _protected(octets: bytes) -> dict[object, object]:
    if not octets:
        return {}
    header = read_cbor(octets, longest=_LONGEST_HEADER)
    if not isinstance(header, dict):
        raise VerificationError(Reason.MALFORMED, "the protected header is not a map")
    return header


def _signed_message(protected: bytes, payload: bytes) -> bytes:
    return cbor2.dumps(["Signature1", protected, b"", payload])
