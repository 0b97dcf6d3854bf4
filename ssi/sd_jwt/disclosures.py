# SPDX-License-Identifier: EUPL-1.2
"""Disclosures and their digests (RFC 9901 sections 4.1.1 and 4.2)."""

import hashlib
import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from ssi.base64url import decode_base64url, encode_base64url
from ssi.errors import Reason, VerificationError
from ssi.jose.tokens_json import read_json

__all__ = [
    "ALGORITHM_CLAIM",
    "DEFAULT_ALGORITHM",
    "DIGESTS_CLAIM",
    "ELEMENT_CLAIM",
    "RESERVED_NAMES",
    "Disclosure",
    "digest_of",
    "read_algorithm",
    "write_disclosure",
]

DIGESTS_CLAIM: Final = "_sd"
"""The member of an object that lists the digests of its selectively disclosable members."""
ELEMENT_CLAIM: Final = "..."
"""The one member of the object that stands in an array for a selectively disclosable element."""
ALGORITHM_CLAIM: Final = "_sd_alg"
"""The member of the payload that names the hash function."""
RESERVED_NAMES: Final = frozenset({DIGESTS_CLAIM, ELEMENT_CLAIM, ALGORITHM_CLAIM})
"""Names that no disclosure may bring in and no issuer may give to a claim."""
DEFAULT_ALGORITHM: Final = "sha-256"

_HASHES: Final[Mapping[str, Callable[[bytes], Any]]] = MappingProxyType(
    {"sha-256": hashlib.sha256, "sha-384": hashlib.sha384, "sha-512": hashlib.sha512}
)
_LONGEST_SALT: Final = 1024
# ASCII and a blank after each comma, as in the examples of RFC 9901, so that its examples can be made again
_ENCODER: Final = json.JSONEncoder(allow_nan=False)


class Disclosure(NamedTuple):
    """What one disclosure says."""

    name: str | None
    """The name of a member, or None for an element of an array."""
    value: object
    """The value, which may hold further digests."""

    @classmethod
    def parse(cls, unverified_text: str) -> "Disclosure":
        """Read the text of a disclosure.

        Raises:
            VerificationError: ``MALFORMED`` unless it is base64url of JSON ``[salt, value]`` or
                ``[salt, name, value]``; ``TOO_DEEP``; ``FORBIDDEN_CLAIM`` for a reserved name.
        """
        try:
            octets = decode_base64url(unverified_text)
        except ValueError:
            raise VerificationError(Reason.MALFORMED, "a disclosure is not base64url") from None
        parts = read_json(octets)
        if not isinstance(parts, list) or len(parts) not in (2, 3):
            raise VerificationError(Reason.MALFORMED, "a disclosure is not an array of two or three")
        salt, name = parts[0], parts[1] if len(parts) == 3 else None
        if not isinstance(salt, str) or len(salt) > _LONGEST_SALT:
            raise VerificationError(Reason.MALFORMED, "the salt of a disclosure is not text")
        if len(parts) == 3 and not isinstance(name, str):
            raise VerificationError(Reason.MALFORMED, "the name in a disclosure is not text")
        if name in RESERVED_NAMES:
            raise VerificationError(Reason.FORBIDDEN_CLAIM, "a disclosure brings in a reserved name")
        return cls(name, parts[-1])


def write_disclosure(salt: bytes, name: str | None, value: object) -> str:
    """The text of a disclosure.

    Args:
        salt: 16 random octets, of which nobody but the holder learns.
        name: the name of a member, or None for an element of an array.
        value: a JSON value.
    """
    members = [_ENCODER.encode(part) for part in ((value,) if name is None else (name, value))]  # text is fast alone
    return encode_base64url(f'["{encode_base64url(salt)}", {", ".join(members)}]'.encode("ascii"))


def digest_of(text: str, algorithm: str) -> str:
    """The digest of the text of a disclosure, or of an SD-JWT for ``sd_hash``, in base64url.

    Args:
        text: ASCII.
        algorithm: a name that ``read_algorithm`` gave.
    """
    return encode_base64url(_HASHES[algorithm](text.encode("ascii")).digest())


def read_algorithm(unverified_name: object) -> str:
    """Read the name of a hash function: ``sha-256``, ``sha-384`` or ``sha-512``.

    Raises:
        VerificationError: ``WRONG_ALGORITHM`` for every other value.
    """
    if not isinstance(unverified_name, str) or unverified_name not in _HASHES:
        raise VerificationError(Reason.WRONG_ALGORITHM)
    return unverified_name
