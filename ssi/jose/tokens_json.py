# SPDX-License-Identifier: EUPL-1.2
"""Strict reading, and compact writing, of the JSON in tokens.

Sources: RFC 8259; RFC 7515 section 4 and RFC 7519 section 4 (no repeated names); RFC 7493 (no lone surrogates).

Invariants:
    * What is read is UTF-8 without a byte order mark, within its size, at most ``ssi.nesting.MAX_DEPTH`` deep, repeats
      no name, and holds only finite numbers of at most 20 digits and text that UTF-8 can write again.
    * A number with a fraction or an exponent is a ``float``, every other an ``int``.
"""

import json
import math
from collections.abc import Mapping
from typing import Final, NoReturn

from ssi.errors import Reason, VerificationError
from ssi.nesting import MAX_DEPTH, nests_too_deep

__all__ = ["LONGEST", "read_json", "read_object", "write_json"]

LONGEST: Final = 1 << 18
"""Most octets of a token that is read, unless its reader sets another bound."""
_MAX_DIGITS: Final = 20
_BLANKS: Final = " \t\n\r"


def _unique_members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise VerificationError(Reason.MALFORMED, "an object repeats a name")
    return members


def _refuse_constant(_: str) -> NoReturn:
    raise VerificationError(Reason.MALFORMED, "not a JSON number")


def _integer(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise VerificationError(Reason.MALFORMED, "a number has too many digits")
    return int(digits)


def _fraction(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise VerificationError(Reason.MALFORMED, "a number is too large")
    return value


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_unique_members, parse_constant=_refuse_constant, parse_int=_integer, parse_float=_fraction
)
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def read_json(unverified: bytes, *, longest: int = LONGEST) -> object:
    """Read one JSON value.

    Args:
        unverified: the octets, as received.
        longest: most octets that are looked at.
    Raises:
        VerificationError: ``TOO_LARGE``, ``TOO_DEEP``, or ``MALFORMED`` for everything else that the module refuses.
    """
    if len(unverified) > longest:
        raise VerificationError(Reason.TOO_LARGE)
    if unverified.count(b"[") + unverified.count(b"{") > MAX_DEPTH and nests_too_deep(unverified):
        raise VerificationError(Reason.TOO_DEEP)
    try:
        found: object
        text = str(unverified, "utf-8").strip(_BLANKS)
        found, end = _DECODER.raw_decode(text)
        if end != len(text):
            raise ValueError("something follows the value")
        if b"\\u" in unverified:  # the only way to write half of a surrogate pair
            _ENCODER.encode(found).encode("utf-8")
    except (ValueError, RecursionError):  # bad UTF-8, bad JSON, and text that is no Unicode are all a ValueError
        raise VerificationError(Reason.MALFORMED, "not JSON in UTF-8") from None
    return found


def read_object(unverified: bytes, *, longest: int = LONGEST) -> dict[str, object]:
    """Read one JSON object; arguments and errors as ``read_json``, ``MALFORMED`` also for any other value."""
    value = read_json(unverified, longest=longest)
    if not isinstance(value, dict):
        raise VerificationError(Reason.MALFORMED, "not a JSON object")
    return value


def write_json(value: Mapping[str, object]) -> bytes:
    """Write an object as UTF-8 without white space, in the order of its members.

    Raises:
        TypeError: a value that JSON does not have.
        ValueError: a number that is not finite, or text that is no Unicode.
    """
    return _ENCODER.encode(value).encode("utf-8")
