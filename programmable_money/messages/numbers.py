# SPDX-License-Identifier: EUPL-1.2
"""Numbers and octets of received messages: every check of their form, made once."""

from typing import Final

from ssi.errors import Reason, VerificationError

__all__ = ["number", "octets", "octets32", "uint", "uint16"]

_UINT256: Final = 1 << 256
_UINT16: Final = 1 << 16


def uint(value: object, name: str) -> int:
    """A number that fits 256 bits; VerificationError, ``malformed``."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _UINT256:
        raise VerificationError(Reason.MALFORMED, f"{name} is a number from 0 to 2^256 - 1")
    return value


def uint16(value: object, name: str) -> int:
    """A number that fits 16 bits; VerificationError, ``malformed``."""
    if uint(value, name) >= _UINT16:
        raise VerificationError(Reason.MALFORMED, f"{name} is a number from 0 to 65535")
    return uint(value, name)


def octets(value: object, name: str) -> bytes:
    """Octets written as 0x and lower-case hexadecimal digits; VerificationError, ``malformed``."""
    if not isinstance(value, str) or not value.startswith("0x"):
        raise VerificationError(Reason.MALFORMED, f"{name} is 0x and hexadecimal digits")
    digits = value[2:]
    if len(digits) % 2 or not set(digits) <= set("0123456789abcdef"):
        raise VerificationError(Reason.MALFORMED, f"{name} is 0x and pairs of lower-case hexadecimal digits")
    return bytes.fromhex(digits)


def octets32(value: object, name: str) -> bytes:
    """Exactly 32 octets; VerificationError, ``wrong_length``."""
    if not isinstance(value, bytes) or len(value) != 32:
        raise VerificationError(Reason.WRONG_LENGTH, f"{name} is 32 octets")
    return value


def number(value: object, name: str) -> int:
    """A number, or a string of its digits: a 256-bit number is not safe as a JSON number everywhere."""
    if isinstance(value, str) and len(value) <= 78 and value.isascii() and value.isdigit():
        return uint(int(value), name)
    return uint(value, name)
