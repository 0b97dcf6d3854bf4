# SPDX-License-Identifier: EUPL-1.2
"""Names: accounts, payments, and the scope in which a claim is unique."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, NewType

from eth_abi.abi import encode as abi_encode
from eth_keys.datatypes import PrivateKey
from eth_utils.address import is_checksum_address, is_hex_address, to_checksum_address
from eth_utils.exceptions import ValidationError

from programmable_money.messages.numbers import uint
from ssi.errors import Reason, VerificationError
from ssi.keccak import keccak256

__all__ = ["ZERO_ADDRESS", "Address", "Scope", "address_of", "parse_address", "payment_id", "recipient"]

Address = NewType("Address", str)
"""An account or contract: 42 characters, checksummed (EIP-55)."""

ZERO_ADDRESS: Final = Address("0x" + "00" * 20)
"""As a permit's merchant: any merchant that the programme approves."""

_CHARACTERS: Final = 42


def parse_address(unverified: object) -> Address:
    """Return an address with its checksum; all lower case is accepted too.

    Raises:
        VerificationError: ``malformed``: not 0x and 40 hexadecimal digits, or mixed case with a wrong checksum.
    """
    if not isinstance(unverified, str):
        raise VerificationError(Reason.MALFORMED, "an address is 0x and 40 hexadecimal digits")
    return _parsed(unverified)


@lru_cache(maxsize=1 << 14)
def _parsed(unverified: str) -> Address:
    """``parse_address`` of a text. A fund or shop occurs in every message, and its checksum is a hash."""
    if len(unverified) != _CHARACTERS or not unverified.startswith("0x") or not is_hex_address(unverified):
        raise VerificationError(Reason.MALFORMED, "an address is 0x and 40 hexadecimal digits")
    if unverified != unverified.lower() and not is_checksum_address(unverified):
        raise VerificationError(Reason.MALFORMED, "the address's checksum is wrong")
    return Address(to_checksum_address(unverified))


def address_of(private_key: bytes) -> Address:
    """The account of a secp256k1 private key (32 octets); ValueError when it is none."""
    try:
        return Address(PrivateKey(private_key).public_key.to_checksum_address())
    except ValidationError as error:
        raise ValueError("a private key has 32 octets and lies in 1 .. n - 1") from error


def payment_id(account: Address, nonce: int) -> bytes:
    """What a permit becomes on chain: ``keccak256(abi.encode(account, nonce))``, 32 octets."""
    return keccak256(abi_encode(["address", "uint256"], [account, nonce]))


def recipient(account: Address) -> bytes:
    """The account as a claim proof takes it: 20 octets."""
    return bytes.fromhex(account[2:])


@dataclass(frozen=True, slots=True)
class Scope:
    """What a claim is unique in (claim.md 2.1).

    Attributes:
        rulebook_hash: keccak256 of the rulebook's octets as published, 32 octets.
        period: the programme's period, for a calendar year its number.
        slot: which of a programme's scopes, where it has several; None where it has one.
    """

    chain_id: int
    fund: Address
    rulebook_hash: bytes
    period: int
    slot: int | None = None

    def __post_init__(self) -> None:
        uint(self.chain_id, "chain")
        uint(self.period, "period")
        if self.slot is not None:
            uint(self.slot, "slot")
        parse_address(self.fund)
        if len(self.rulebook_hash) != 32:
            raise VerificationError(Reason.WRONG_LENGTH, "a rulebook's hash is 32 octets")

    @property
    def context_id(self) -> bytes:
        """(2.1) 132 octets: tag, chain id, contract, rulebook hash, period; 164 with a slot, which comes last."""
        numbers = self.chain_id.to_bytes(32, "big"), self.period.to_bytes(32, "big")
        slot = b"" if self.slot is None else self.slot.to_bytes(32, "big")
        return b"stuiver/scope/v1" + numbers[0] + bytes.fromhex(self.fund[2:]) + self.rulebook_hash + numbers[1] + slot

    def in_slot(self, slot: int) -> "Scope":
        """The same programme's scope of this slot."""
        return replace(self, slot=slot)
