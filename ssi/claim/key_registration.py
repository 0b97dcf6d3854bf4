# SPDX-License-Identifier: EUPL-1.2
"""What a validator's desk hands to whoever registers its key: a public key with its proof of possession (claim.md 1.7).

JSON; octets are ``0x`` and lower-case hexadecimal digits; every member is required and no other is read:

    format, chain, registry (20), validator (20), type (32), public_key (96), possession (128)

Public, and of no use to another account, registry or chain. Nothing read here is verified: the registry does that.
"""

import json
import re
from dataclasses import dataclass
from typing import Final, Self

from ssi.credential.document import Node, parse_document

__all__ = ["KeyRegistration"]

_FORMAT: Final = "stuiver/key-registration/v1"
_HEX: Final = re.compile(r"0x([0-9a-f]{2})+")
_SIZES: Final = {"registry": 20, "validator": 20, "type": 32, "public_key": 96, "possession": 128}
_LARGEST_CHAIN: Final = (1 << 53) - 1


@dataclass(frozen=True, slots=True)
class KeyRegistration:
    """A key to be registered.

    Attributes:
        chain_id, registry: where; the address has 20 octets.
        validator: the account that registers it, 20 octets.
        type_id: of the credential type, 32 octets.
        public_key: 96 octets, compressed point of G2.
        possession: 128 octets.
    """

    chain_id: int
    registry: bytes
    validator: bytes
    type_id: bytes
    public_key: bytes
    possession: bytes

    def to_json(self) -> bytes:
        """The message."""
        values = self.registry, self.validator, self.type_id, self.public_key, self.possession
        octets = {name: "0x" + value.hex() for name, value in zip(_SIZES, values, strict=True)}
        return json.dumps({"format": _FORMAT, "chain": self.chain_id, **octets}, indent=1).encode() + b"\n"

    @classmethod
    def from_json(cls, unverified: bytes) -> Self:
        """Read a registration. DocumentError names the member and the rule."""
        members = parse_document(unverified).members(("format", "chain", *_SIZES))
        members["format"].choice((_FORMAT,))
        octets = [_octets(members[name], size) for name, size in _SIZES.items()]
        return cls(members["chain"].integer(0, _LARGEST_CHAIN), *octets)


def _octets(node: Node, size: int) -> bytes:
    octets = bytes.fromhex(node.text(_HEX)[2:])
    if len(octets) != size:
        node.refuse(f"must be {size} octets")
    return octets
