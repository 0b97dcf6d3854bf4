# SPDX-License-Identifier: EUPL-1.2
"""Typed data (EIP-712): the domain, signing, recovering, and the JSON form of signed structures.

Invariants:

- A signature is 65 octets r, s, v with v 27 or 28 and s in the lower half, so that it has one form only.
- A structure's members are its fields, in order; ``MEMBERS`` gives their Solidity names and types.
- The library that signs is imported when something is signed or checked: it takes longer to load than all the rest, and
  most commands of a wallet need none of it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, Final

from programmable_money.messages.identifiers import Address, parse_address
from programmable_money.messages.numbers import number, octets, octets32, uint, uint16
from ssi.errors import Reason, VerificationError

if TYPE_CHECKING:
    from eth_account.messages import SignableMessage

__all__ = [
    "PaymentDomain",
    "SignedMessage",
    "TypedMessage",
    "parse_domain",
    "parse_object",
    "parse_signed",
    "sign_typed",
]

_LOWER_HALF: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
"""Half the order of secp256k1: the largest s that the contract accepts."""
_MAX_TEXT: Final = 8192


@dataclass(frozen=True, slots=True)
class PaymentDomain:
    """Where a signature counts: one fund on one chain (EIP-712 domain)."""

    chain_id: int
    fund: Address

    def __post_init__(self) -> None:
        uint(self.chain_id, "chain")
        parse_address(self.fund)

    def typed_data(self, message: "TypedMessage") -> "SignableMessage":
        """The EIP-712 message that an account signs."""
        from eth_account.messages import encode_typed_data  # noqa: PLC0415

        domain = {"name": "Stuiver", "version": "1", "chainId": self.chain_id, "verifyingContract": self.fund}
        members = [{"name": name, "type": kind} for name, kind in message.MEMBERS]
        return encode_typed_data(domain, {type(message).__name__: members}, message.values())


@dataclass(frozen=True, slots=True)
class TypedMessage:
    """A structure whose members, in order, are its fields; ``MEMBERS`` gives their Solidity names and types."""

    MEMBERS: ClassVar[tuple[tuple[str, str], ...]] = ()

    def __post_init__(self) -> None:
        for (name, kind), value in zip(self.MEMBERS, self.members(), strict=True):
            _CHECKS[kind](value, name)

    def members(self) -> tuple[Any, ...]:
        """The values, in the order of the structure."""
        return tuple(getattr(self, item.name) for item in fields(self))

    def values(self) -> dict[str, Any]:
        """The members by their Solidity names; arrays as lists."""
        pairs = zip(self.MEMBERS, self.members(), strict=True)
        return {name: list(value) if isinstance(value, tuple) else value for (name, _), value in pairs}


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """A message with its domain and a signature that is well formed, and not yet known to be the right one."""

    KIND: ClassVar[str] = ""
    domain: PaymentDomain
    signature: bytes

    def __post_init__(self) -> None:
        _check_signature_form(self.signature)

    def signer(self) -> Address:
        """Recover who signed.

        Raises:
            VerificationError: ``invalid_signature``: no account can have made it.
        """
        return _recover(self.domain.typed_data(self.message()), self.signature)

    def message(self) -> TypedMessage:
        """The structure that was signed."""
        raise TypeError("SignedMessage itself carries nothing: use one of those that say who signs what")

    def check_signer(self, expected: Address) -> None:
        """Refuse another signer's signature: VerificationError, ``invalid_signature``."""
        if self.signer() != expected:
            raise VerificationError(Reason.INVALID_SIGNATURE, f"{self.KIND}: signed by another account")

    def to_json(self) -> str:
        """The text for a QR code or a request body."""
        content: dict[str, Any] = {"stuiver": f"{self.KIND}/1", "chain": self.domain.chain_id, "fund": self.domain.fund}
        for (name, kind), value in zip(self.message().MEMBERS, self.message().members(), strict=True):
            content[name] = _TO_JSON[kind](value)
        content["signature"] = "0x" + self.signature.hex()
        return json.dumps(content, separators=(",", ":"))


_CHECKS: Final[Mapping[str, Callable[[object, str], object]]] = {
    "address": lambda value, name: parse_address(value),
    "uint256": uint,
    "bytes32": octets32,
    "address[]": lambda value, name: [parse_address(item) for item in _array(value, name, tuple)],
    "uint16[]": lambda value, name: [uint16(item, name) for item in _array(value, name, tuple)],
}
_TO_JSON: Final[Mapping[str, Callable[[Any], Any]]] = {
    "address": str,
    "uint256": lambda value: value if value < 1 << 53 else str(value),
    "bytes32": lambda value: "0x" + value.hex(),
    "address[]": list,
    "uint16[]": list,
}
_FROM_JSON: Final[Mapping[str, Callable[[object, str], Any]]] = {
    "address": lambda value, name: parse_address(value),
    "uint256": number,
    "bytes32": lambda value, name: octets32(octets(value, name), name),
    "address[]": lambda value, name: tuple(parse_address(item) for item in _array(value, name, list)),
    "uint16[]": lambda value, name: tuple(uint16(item, name) for item in _array(value, name, list)),
}


def parse_object(unverified: str, kind: str, members: tuple[str, ...]) -> dict[str, Any]:
    """A JSON object with exactly the members of a message of this kind."""
    if len(unverified) > _MAX_TEXT:
        raise VerificationError(Reason.WRONG_LENGTH, f"a message has at most {_MAX_TEXT} characters")
    try:
        content = json.loads(unverified)
    except (ValueError, RecursionError):
        raise VerificationError(Reason.MALFORMED, "a message is one JSON object") from None
    if not isinstance(content, dict) or content.get("stuiver") != f"{kind}/1":
        raise VerificationError(Reason.MALFORMED, f"not a {kind} of Stuiver, version 1")
    if set(content) != {"stuiver", "chain", "fund", *members}:
        raise VerificationError(Reason.MALFORMED, f"a {kind} has exactly the members chain, fund, {', '.join(members)}")
    return content


def parse_domain(content: Mapping[str, Any]) -> PaymentDomain:
    """Where a received message says that it counts."""
    return PaymentDomain(uint(content["chain"], "chain"), parse_address(content["fund"]))


def parse_signed(
    unverified: str, kind: str, members: tuple[tuple[str, str], ...]
) -> tuple[PaymentDomain, bytes, tuple[Any, ...]]:
    """Domain, signature and members of a received signed structure; VerificationError."""
    content = parse_object(unverified, kind, (*(name for name, _ in members), "signature"))
    values = tuple(_FROM_JSON[solidity](content[name], name) for name, solidity in members)
    return parse_domain(content), octets(content["signature"], "signature"), values


def _array(value: object, name: str, kind: type[list[object]] | type[tuple[object, ...]]) -> Sequence[object]:
    if not isinstance(value, kind):
        raise VerificationError(Reason.MALFORMED, f"{name} is a list")
    return value


def sign_typed(message: "SignableMessage", private_key: bytes) -> bytes:
    """Sign with a secp256k1 key (32 octets)."""
    from eth_account import Account  # noqa: PLC0415

    return bytes(Account.sign_message(message, private_key).signature)


def _check_signature_form(signature: bytes) -> None:
    if len(signature) != 65:
        raise VerificationError(Reason.WRONG_LENGTH, "a signature is 65 octets")
    if signature[64] not in (27, 28) or int.from_bytes(signature[32:64], "big") > _LOWER_HALF:
        raise VerificationError(Reason.INVALID_SIGNATURE, "v is 27 or 28 and s is in the lower half")


def _recover(message: "SignableMessage", signature: bytes) -> Address:
    from eth_account import Account  # noqa: PLC0415

    try:
        return Address(Account.recover_message(message, signature=signature))
    except Exception as error:  # eth_keys raises several unrelated types for what no key can have signed
        raise VerificationError(Reason.INVALID_SIGNATURE, "no account can have signed this") from error
