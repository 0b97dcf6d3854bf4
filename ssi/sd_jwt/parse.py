# SPDX-License-Identifier: EUPL-1.2
"""Taking SD-JWTs apart, in compact form (RFC 9901 section 4) and in JSON serialisation (section 8).

Invariant: nothing here is verified; each name that is given to received data says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from ssi.base64url import decode_base64url
from ssi.errors import Reason, VerificationError
from ssi.jose.jws import UnverifiedJws, read_header
from ssi.jose.tokens_json import LONGEST, read_object

__all__ = ["MOST_DISCLOSURES", "UnverifiedSdJwt", "parse_json_serialization"]

MOST_DISCLOSURES: Final = 1024
"""Most disclosures of one SD-JWT."""
_MOST_SIGNATURES: Final = 16


@dataclass(frozen=True, slots=True)
class UnverifiedSdJwt:
    """An SD-JWT, with or without key binding, of which nothing has been checked but its shape.

    Args:
        jws: the issuer-signed token.
        unverified_claims: its payload, digests included.
        disclosures: the text of each disclosure, none empty.
        key_binding: the text of the key binding token, or None.
        bound_text: what a key binding token takes its ``sd_hash`` of: everything before it.
    """

    jws: UnverifiedJws
    unverified_claims: Mapping[str, object]
    disclosures: tuple[str, ...]
    key_binding: str | None
    bound_text: str

    @property
    def unverified_header(self) -> Mapping[str, object]:
        """The header of the issuer-signed token."""
        return self.jws.unverified_header

    @property
    def issuer_jwt(self) -> str:
        """The text of the issuer-signed token."""
        return self.bound_text.split("~", 1)[0]

    @classmethod
    def parse(cls, unverified_text: str, *, longest: int = LONGEST) -> Self:
        """Split a compact SD-JWT: ``<token>~<disclosure>~...~`` and perhaps a key binding token behind it.

        Args:
            unverified_text: as received.
            longest: most characters that are looked at.
        Raises:
            VerificationError: ``TOO_LARGE`` (characters or disclosures), ``TOO_DEEP``, ``UNKNOWN_CRITICAL_HEADER``
                or ``MALFORMED``.
        """
        if len(unverified_text) > longest:
            raise VerificationError(Reason.TOO_LARGE)
        issuer_jwt, *disclosures = unverified_text.split("~")
        if not disclosures:
            raise VerificationError(Reason.MALFORMED, "not an SD-JWT: no tilde")
        key_binding = disclosures.pop()
        jws = UnverifiedJws.parse(issuer_jwt, longest=longest)
        bound_text = unverified_text[: len(unverified_text) - len(key_binding)]
        return cls(jws, jws.unverified_claims(), _bounded(disclosures), key_binding or None, bound_text)


def parse_json_serialization(unverified: bytes, *, longest: int = LONGEST) -> tuple[UnverifiedSdJwt, ...]:
    """Take apart an SD-JWT in JSON serialisation, flattened or general.

    Args:
        unverified: the octets of the JSON document.
        longest: most octets that are looked at.
    Returns:
        One SD-JWT for each signature, in order, with the same payload, disclosures and key binding; a verifier takes
        one whose key it knows. ``sd_hash`` is always taken with the first signature, which carries the disclosures.
    Raises:
        VerificationError: as ``UnverifiedSdJwt.parse``.
    """
    document = read_object(unverified, longest=longest)
    payload = _text(document, "payload")
    if "signatures" in document:
        signatures = document["signatures"]
        if "signature" in document or not isinstance(signatures, list) or not 1 <= len(signatures) <= _MOST_SIGNATURES:
            raise VerificationError(Reason.MALFORMED, "not a list of signatures")
    else:
        signatures = [{name: value for name, value in document.items() if name != "payload"}]
    headers = [_unprotected(signature) for signature in signatures]
    if any({"disclosures", "kb_jwt"} & header.keys() for header in headers[1:]):
        raise VerificationError(Reason.MALFORMED, "disclosures belong to the first signature")
    listed = headers[0].get("disclosures", [])
    if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
        raise VerificationError(Reason.MALFORMED, "not a list of disclosures")
    disclosures = _bounded(listed)
    key_binding = _text(headers[0], "kb_jwt") if "kb_jwt" in headers[0] else None
    first = f"{_text(signatures[0], 'protected')}.{payload}.{_text(signatures[0], 'signature')}"
    bound_text = "~".join([first, *disclosures, ""])
    parsed = []
    for signature, header in zip(signatures, headers, strict=True):
        jws = _jws(_text(signature, "protected"), payload, _text(signature, "signature"))
        if not header.keys().isdisjoint(jws.unverified_header):
            raise VerificationError(Reason.MALFORMED, "a header stands protected and unprotected")
        parsed.append(UnverifiedSdJwt(jws, jws.unverified_claims(), disclosures, key_binding, bound_text))
    return tuple(parsed)


def _jws(protected: str, payload: str, signature: str) -> UnverifiedJws:
    try:
        octets = [decode_base64url(part) for part in (protected, payload, signature)]
    except ValueError:
        raise VerificationError(Reason.MALFORMED, "not base64url") from None
    return UnverifiedJws(read_header(octets[0]), octets[1], f"{protected}.{payload}".encode("ascii"), octets[2])


def _unprotected(unverified_signature: object) -> dict[str, object]:
    if not isinstance(unverified_signature, dict):
        raise VerificationError(Reason.MALFORMED, "a signature is not an object")
    header = unverified_signature.get("header", {})
    if not isinstance(header, dict) or "crit" in header or "alg" in header:
        raise VerificationError(Reason.MALFORMED, "not an unprotected header")
    return header


def _text(members: Mapping[str, object], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str):
        raise VerificationError(Reason.MALFORMED, f"no {name}")
    return value


def _bounded(disclosures: list[str]) -> tuple[str, ...]:
    if len(disclosures) > MOST_DISCLOSURES:
        raise VerificationError(Reason.TOO_LARGE, "too many disclosures")
    if "" in disclosures or any("~" in text for text in disclosures):
        raise VerificationError(Reason.MALFORMED, "an empty disclosure")
    return tuple(disclosures)
