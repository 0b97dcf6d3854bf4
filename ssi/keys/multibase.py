# SPDX-License-Identifier: EUPL-1.2
"""Multibase base58btc text with a multicodec prefix: ``z`` + base58(varint(codec) + octets).

Sources: the multibase and unsigned-varint specifications of multiformats. Only base58btc exists here, because
Multikey allows no other base. Decoding accepts exactly what encoding produces.
"""

import base58

from ssi.keys.errors import KeyFormatError, KeyProblem

__all__ = ["MAX_TEXT_LENGTH", "decode_multikey", "encode_multikey"]

MAX_TEXT_LENGTH = 1500
"""Longest text that is looked at, in characters. Base58 decoding is quadratic; RSA-8192 needs about 1,410."""

_MAX_VARINT_LENGTH = 9


def encode_multikey(codec: int, octets: bytes) -> str:
    """Encode octets behind a multicodec code as multibase text.

    Args:
        codec: a code of the multicodec table.
        octets: the key, without prefix.
    Returns:
        Text starting with ``z``.
    """
    return "z" + base58.b58encode(_encode_varint(codec) + octets).decode("ascii")


def decode_multikey(unverified_text: str) -> tuple[int, bytes]:
    """Split multibase text into its multicodec code and the octets behind it.

    Args:
        unverified_text: text as received.
    Returns:
        The code and the octets. Neither has been judged: the code may be unknown and the octets no key.
    Raises:
        KeyFormatError: ``BAD_MULTIBASE`` or ``BAD_MULTICODEC``.
    """
    if not 2 <= len(unverified_text) <= MAX_TEXT_LENGTH:
        raise KeyFormatError(KeyProblem.BAD_MULTIBASE)
    if not unverified_text.startswith("z") or not unverified_text.isascii():
        raise KeyFormatError(KeyProblem.BAD_MULTIBASE)
    try:
        raw = base58.b58decode(unverified_text[1:])
    except ValueError:
        raise KeyFormatError(KeyProblem.BAD_MULTIBASE) from None
    if base58.b58encode(raw).decode("ascii") != unverified_text[1:]:  # the library ignores white space at the end
        raise KeyFormatError(KeyProblem.BAD_MULTIBASE)
    return _decode_varint(raw)


def _encode_varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _decode_varint(raw: bytes) -> tuple[int, bytes]:
    value = 0
    for position, octet in enumerate(raw[:_MAX_VARINT_LENGTH]):
        value |= (octet & 0x7F) << (7 * position)
        if octet < 0x80:
            if octet == 0 and position > 0:  # a longer form of a smaller number
                break
            return value, raw[position + 1 :]
    raise KeyFormatError(KeyProblem.BAD_MULTICODEC)
