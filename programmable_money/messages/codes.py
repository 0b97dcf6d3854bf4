# SPDX-License-Identifier: EUPL-1.2
"""A signed message as the text of a small QR code: what a telephone shows must be read by any other, at arm's length.

The same members and signature as in the JSON form, in half its modules:

    STUIVER:PERMIT/1:<base32 of the CBOR array [chain, fund, member, ..., signature]>

Base32 (RFC 4648, capital letters, no padding) because a QR code holds capitals and digits in 5.5 bits each. In the
array an address is its 20 octets, or none for the zero address; a number is one, or its octets from 2^64 on.

Invariants:

- A message has one code: what does not come out the same when it is written again is refused.
- Nothing is signed over the code: the signature is over the members, as in the JSON form.
"""

from base64 import b32decode, b32encode
from binascii import Error
from collections.abc import Callable, Mapping
from typing import Any, Final

import cbor2

from programmable_money.messages.identifiers import ZERO_ADDRESS, Address, parse_address
from programmable_money.messages.numbers import octets32, uint
from programmable_money.messages.typed import PaymentDomain, SignedMessage
from ssi.errors import Reason, VerificationError
from ssi.status.cose import read_cbor

__all__ = ["from_code", "is_code", "to_code"]

_LONGEST: Final = 1024
"""Octets; a permit has 140 to 164."""
_NUMBER: Final = 1 << 64
"""From here on a number is written as octets."""


def is_code(text: str, kind: str) -> bool:
    """Whether a text says that it is the code of a message of this kind."""
    return text.startswith(_prefix(kind))


def to_code(message: SignedMessage) -> str:
    """The text of the QR code; TypeError for a message with a member that codes have no form for."""
    domain, members = message.domain, message.message()
    values: list[object] = [_number_out(domain.chain_id), _address_out(domain.fund)]
    for (_, kind), value in zip(members.MEMBERS, members.members(), strict=True):
        if kind not in _OUT:
            raise TypeError(f"a code has no form for {kind}")
        values.append(_OUT[kind](value))
    written = cbor2.dumps([*values, message.signature], canonical=True)
    return _prefix(message.KIND) + b32encode(written).decode().rstrip("=")


def from_code(
    unverified: str, kind: str, members: tuple[tuple[str, str], ...]
) -> tuple[PaymentDomain, bytes, tuple[Any, ...]]:
    """Domain, signature and members of a received code; VerificationError. The caller holds that it is the one code."""
    if not is_code(unverified, kind):
        raise VerificationError(Reason.MALFORMED, f"not a {kind} of Stuiver, version 1")
    text = unverified.removeprefix(_prefix(kind))
    if len(text) > 2 * _LONGEST:
        raise VerificationError(Reason.WRONG_LENGTH, f"a code has at most {_LONGEST} octets")
    try:
        octets = b32decode(text + "=" * (-len(text) % 8))
    except (Error, ValueError):
        raise VerificationError(Reason.MALFORMED, "a code is base32 in capital letters") from None
    match read_cbor(octets, longest=_LONGEST):
        case [chain, fund, *values, bytes(signature)] if len(values) == len(members):
            read = tuple(_IN[type_](value, name) for (name, type_), value in zip(members, values, strict=True))
            return PaymentDomain(_number_in(chain, "chain"), _address_in(fund, "fund")), signature, read
    raise VerificationError(Reason.MALFORMED, f"the code of a {kind} is one array with all its members")


def _prefix(kind: str) -> str:
    return f"STUIVER:{kind.upper()}/1:"


def _number_out(value: int) -> int | bytes:
    return value if value < _NUMBER else value.to_bytes((value.bit_length() + 7) // 8, "big")


def _number_in(value: object, name: str) -> int:
    return int.from_bytes(value, "big") if isinstance(value, bytes) and len(value) <= 32 else uint(value, name)


def _address_out(value: Address) -> bytes:
    return b"" if value == ZERO_ADDRESS else bytes.fromhex(value[2:])


def _address_in(value: object, name: str) -> Address:
    if not isinstance(value, bytes) or len(value) not in (0, 20):
        raise VerificationError(Reason.WRONG_LENGTH, f"{name} is 20 octets, or none")
    return parse_address("0x" + value.hex()) if value else ZERO_ADDRESS


_OUT: Final[Mapping[str, Callable[[Any], object]]] = {
    "address": _address_out,
    "uint256": _number_out,
    "bytes32": bytes,
}
_IN: Final[Mapping[str, Callable[[object, str], Any]]] = {
    "address": _address_in,
    "uint256": _number_in,
    "bytes32": octets32,
}
