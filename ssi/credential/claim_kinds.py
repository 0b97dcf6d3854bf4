# SPDX-License-Identifier: EUPL-1.2
"""The five kinds of claim, and the one octet encoding that each value has.

Implements specs/protocols/credential.md section 3.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from ssi.credential.days import date_of, day_number
from ssi.credential.document import Wording
from ssi.errors import SsiError

__all__ = [
    "DECOY",
    "MAX_TEXT_OCTETS",
    "ClaimDefinition",
    "ClaimKind",
    "ClaimValue",
    "ClaimValueError",
    "payload_of",
    "value_of",
]

DECOY: Final = b"JWP-BBS-DECOY"
"""The payload of an absent optional claim (draft-bormann-jwp-modular-bbs, "Decoys")."""
MAX_TEXT_OCTETS: Final = 256
_DECIMAL: Final = re.compile(rb"0|[1-9][0-9]{0,9}")

ClaimValue = int | str | date | None
"""int for cents and counts, ``date`` (or int, the day number) for dates, str, bool; None for an absent optional."""


class ClaimKind(StrEnum):
    """What a claim is; the value is the word in ``type.json``."""

    CENTS = "cents"
    COUNT = "count"
    DATE = "date"
    TEXT = "text"
    BOOLEAN = "boolean"

    @property
    def is_numeric(self) -> bool:
        """Whether the scalar is the integer itself; otherwise it is a hash."""
        return self in (ClaimKind.CENTS, ClaimKind.COUNT, ClaimKind.DATE)


@dataclass(frozen=True, slots=True)
class ClaimDefinition:
    """One claim of a credential type."""

    name: str
    kind: ClaimKind
    bits: int
    """Width of a numeric claim, 1 to 32; 0 for a hashed one."""
    optional: bool
    """Whether a credential may lack it; hashed claims only."""
    title: Wording


class ClaimValueError(SsiError):
    """A claim's value is not one that its type allows.

    Args:
        claim: the claim's name.
        rule: what it must be, in words; never the value.
    """

    def __init__(self, claim: str, rule: str) -> None:
        super().__init__(f"{claim}: {rule}")
        self.claim = claim
        self.rule = rule


def payload_of(claim: ClaimDefinition, value: ClaimValue) -> bytes:
    """The payload octets of a value (credential.md 3.1 to 3.5).

    Raises:
        ClaimValueError: absent though not optional, of another kind, out of range, or not a text that may be signed.
    """
    if value is None:
        if not claim.optional:
            raise ClaimValueError(claim.name, "is missing and not optional")
        return DECOY
    if claim.kind is ClaimKind.BOOLEAN:
        if not isinstance(value, bool):
            raise ClaimValueError(claim.name, "must be true or false")
        return b"true" if value else b"false"
    if claim.kind is ClaimKind.TEXT:
        if not isinstance(value, str):
            raise ClaimValueError(claim.name, "must be a text")
        return _text_octets(claim, value)
    return str(_integer(claim, value)).encode("ascii")


def value_of(claim: ClaimDefinition, payload: bytes) -> ClaimValue:
    """The value of payload octets: the inverse of ``payload_of``, which refuses every other encoding.

    Raises:
        ClaimValueError: the octets are not what ``payload_of`` writes for any value.
    """
    if claim.kind.is_numeric:
        if _DECIMAL.fullmatch(payload) is None:
            raise ClaimValueError(claim.name, "must be decimal digits without a sign or leading zero")
        number = _integer(claim, int(payload))
        return date_of(number) if claim.kind is ClaimKind.DATE else number
    if payload == DECOY:
        if not claim.optional:
            raise ClaimValueError(claim.name, "is missing and not optional")
        return None
    if claim.kind is ClaimKind.BOOLEAN:
        if payload not in (b"true", b"false"):
            raise ClaimValueError(claim.name, "must be true or false")
        return payload == b"true"
    try:
        text = payload.decode("utf-8", errors="strict")
    except UnicodeDecodeError:
        raise ClaimValueError(claim.name, "must be UTF-8") from None
    _text_octets(claim, text)
    return text


def _integer(claim: ClaimDefinition, value: int | str | date) -> int:
    if isinstance(value, date) and claim.kind is ClaimKind.DATE and type(value) is date:
        try:
            value = day_number(value)
        except ValueError:
            raise ClaimValueError(claim.name, "must be a date from 1900-01-01 to 2258-11-11") from None
    if isinstance(value, bool) or not isinstance(value, int):
        kind = "a date or a day number" if claim.kind is ClaimKind.DATE else "a whole number"
        raise ClaimValueError(claim.name, f"must be {kind}")
    if not 0 <= value < 1 << claim.bits:
        raise ClaimValueError(claim.name, f"must lie between 0 and {(1 << claim.bits) - 1}")
    return value


def _text_octets(claim: ClaimDefinition, text: str) -> bytes:
    try:
        octets = text.encode("utf-8", errors="strict")
    except UnicodeEncodeError:
        raise ClaimValueError(claim.name, "must be text without lone surrogates") from None
    if not 1 <= len(octets) <= MAX_TEXT_OCTETS:
        raise ClaimValueError(claim.name, f"must have 1 to {MAX_TEXT_OCTETS} octets of UTF-8")
    if octets == DECOY:
        raise ClaimValueError(claim.name, "must not be the text that marks an absent claim")
    if not unicodedata.is_normalized("NFC", text):
        raise ClaimValueError(claim.name, "must be in Unicode normal form C")
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise ClaimValueError(claim.name, "must not have control characters")
    return octets
