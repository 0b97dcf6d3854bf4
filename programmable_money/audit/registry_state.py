# SPDX-License-Identifier: EUPL-1.2
"""The trust registry as its events tell it: which key counted for which type, and when. Pure."""

from dataclasses import dataclass, field

from py_arkworks_bls12381 import G2Point

from programmable_money.audit.report import DifferenceKind, Findings
from programmable_money.messages import Address
from programmable_money.model import ChainEvent
from ssi.claim.registry_key import registry_key, registry_key_id
from ssi.errors import VerificationError
from ssi.keccak import keccak256

__all__ = ["KeyState", "RegistryState"]

_PADDED, _COORDINATE = 64, 48


@dataclass(slots=True)
class KeyState:
    """A validator's key so far.

    Attributes:
        public_key: 96 octets, compressed; empty when what was registered is no key.
        revoked_at: unix seconds; None while it is not revoked.
    """

    type_id: bytes
    validator: Address
    public_key: bytes
    valid_from: int
    valid_until: int
    revoked_at: int | None = None

    def why_invalid(self, at: int) -> str | None:
        """Why it does not count at this time, in words; None when it does."""
        if self.revoked_at is not None:
            return "was revoked before"
        if not self.valid_from <= at <= self.valid_until:
            return "was not valid at that time"
        return None


@dataclass(slots=True)
class RegistryState:
    """Every type and key, followed event by event."""

    findings: Findings
    types: dict[bytes, bytes] = field(default_factory=dict)
    keys: dict[bytes, KeyState] = field(default_factory=dict)
    admitted: set[tuple[Address, bytes]] = field(default_factory=set)

    def apply(self, event: ChainEvent) -> None:
        """Follow the next event of the registry."""
        given = event.arguments
        if event.name == "TypeRegistered":
            if keccak256(given["header"]) != given["typeId"]:
                self._wrong(event, "a credential type's id is not the hash of its header")
            self.types[given["typeId"]] = given["header"]
        elif event.name == "Admitted":
            self.admitted.add((given["validator"], given["typeId"]))
        elif event.name == "Dismissed":
            self.admitted.discard((given["validator"], given["typeId"]))
        elif event.name == "KeyAdded":
            self._add(event)
        elif event.name in {"KeyRetired", "KeyRevoked"}:
            key = self.keys.get(given["keyId"])
            if key is None:
                self._wrong(event, f"key 0x{given['keyId'].hex()} ends, and was never added")
            elif event.name == "KeyRetired":
                key.valid_until = given["validUntil"]
            else:
                key.revoked_at = event.emitted_at

    def _add(self, event: ChainEvent) -> None:
        given = event.arguments
        public_key = _compressed(given["publicKey"])
        if registry_key_id(given["typeId"], public_key) != given["keyId"]:
            self._wrong(event, "a key's id is not the hash of its type and octets")
        if (given["validator"], given["typeId"]) not in self.admitted:
            self._wrong(event, f"{given['validator']} added a key and was not admitted")
        self.keys[given["keyId"]] = KeyState(
            given["typeId"], given["validator"], public_key, given["validFrom"], given["validUntil"]
        )

    def _wrong(self, event: ChainEvent, text: str) -> None:
        self.findings.add(DifferenceKind.CLAIM_KEY, text, block=event.block, transaction=event.transaction)


def _compressed(octets: bytes) -> bytes:
    """A public key in EVM form as 96 octets, compressed; empty when it is none."""
    coordinates = [octets[at + _PADDED - _COORDINATE : at + _PADDED] for at in range(0, len(octets), _PADDED)]
    try:
        compressed = bytes(G2Point.from_xy_bytes_be(b"".join(coordinates)).to_compressed_bytes())
        return compressed if registry_key(compressed) == octets else b""
    except (ValueError, VerificationError):
        return b""
