# SPDX-License-Identifier: EUPL-1.2
"""What a wallet, a shop and a relayer send each other: typed data, signatures, QR contents. Pure: no chain, no network.

This is the only module of the money side that a wallet imports. The structures are those of the fund contract
(EIP-712 domain "Stuiver", version "1"); the texts are compact JSON, small enough for a QR code.

Invariants:

- A message that exists is well formed: addresses are checksummed, numbers fit their Solidity types.
- A signature is 65 octets r, s, v with v 27 or 28 and s in the lower half, so that it has one form only.
- ``Signed`` says who should have signed; ``check`` is what finds out whether they did, and the contract checks again.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Final, NewType, Self

from eth_abi.abi import encode as abi_encode
from eth_account import Account
from eth_account.messages import SignableMessage, encode_typed_data
from eth_utils.address import is_checksum_address, is_hex_address, to_checksum_address

from ssi.errors import Reason, VerificationError
from ssi.keccak import keccak256

__all__ = [
    "ZERO_ADDRESS",
    "Address",
    "Charge",
    "ClaimMessage",
    "PaymentDomain",
    "PaymentPermit",
    "PaymentRequest",
    "Refund",
    "Scope",
    "SignedCharge",
    "SignedPermit",
    "SignedRefund",
    "address_of",
    "parse_address",
    "payment_id",
    "recipient",
]

Address = NewType("Address", str)
"""An account or contract: 42 characters, checksummed (EIP-55)."""

ZERO_ADDRESS: Final = Address("0x" + "00" * 20)
"""As a permit's merchant: any merchant that the programme approves."""

_UINT256: Final = 1 << 256
_LOWER_HALF: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
"""Half the order of secp256k1: the largest s that the contract accepts."""
_MAX_TEXT: Final = 8192


def parse_address(unverified: object) -> Address:
    """Return an address with its checksum; all lower case is accepted too.

    Raises:
        VerificationError: ``malformed``: not 0x and 40 hexadecimal digits, or mixed case with a wrong checksum.
    """
    if not isinstance(unverified, str) or not unverified.startswith("0x") or not is_hex_address(unverified):
        raise VerificationError(Reason.MALFORMED, "an address is 0x and 40 hexadecimal digits")
    if unverified != unverified.lower() and not is_checksum_address(unverified):
        raise VerificationError(Reason.MALFORMED, "the address's checksum is wrong")
    return Address(to_checksum_address(unverified))


def address_of(private_key: bytes) -> Address:
    """The account of a secp256k1 private key (32 octets)."""
    return Address(Account.from_key(private_key).address)


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
        period: the fund's period, for a calendar year its number.
    """

    chain_id: int
    fund: Address
    rulebook_hash: bytes
    period: int

    def __post_init__(self) -> None:
        _uint(self.chain_id, "chain")
        _uint(self.period, "period")
        parse_address(self.fund)
        if len(self.rulebook_hash) != 32:
            raise VerificationError(Reason.WRONG_LENGTH, "a rulebook's hash is 32 octets")

    @property
    def context_id(self) -> bytes:
        """(2.1) 132 octets: tag, chain id, fund, rulebook hash, period."""
        numbers = self.chain_id.to_bytes(32, "big"), self.period.to_bytes(32, "big")
        return b"stuiver/scope/v1" + numbers[0] + bytes.fromhex(self.fund[2:]) + self.rulebook_hash + numbers[1]


@dataclass(frozen=True, slots=True)
class PaymentDomain:
    """Where a signature counts: one fund on one chain (EIP-712 domain)."""

    chain_id: int
    fund: Address

    def __post_init__(self) -> None:
        _uint(self.chain_id, "chain")
        parse_address(self.fund)

    def typed_data(self, message: "_TypedMessage") -> SignableMessage:
        """The EIP-712 message that an account signs."""
        domain = {"name": "Stuiver", "version": "1", "chainId": self.chain_id, "verifyingContract": self.fund}
        members = [{"name": name, "type": kind} for name, kind in message.MEMBERS]
        return encode_typed_data(domain, {type(message).__name__: members}, message.values())


@dataclass(frozen=True, slots=True)
class _TypedMessage:
    """A structure whose members, in order, are its fields; ``MEMBERS`` gives their Solidity names and types."""

    MEMBERS: ClassVar[tuple[tuple[str, str], ...]] = ()

    def __post_init__(self) -> None:
        for (name, kind), value in zip(self.MEMBERS, self._members(), strict=True):
            _CHECKS[kind](value, name)

    def _members(self) -> tuple[Any, ...]:
        return tuple(getattr(self, item.name) for item in fields(self))

    def values(self) -> dict[str, Any]:
        """The members by their Solidity names."""
        return {name: value for (name, _), value in zip(self.MEMBERS, self._members(), strict=True)}


@dataclass(frozen=True, slots=True)
class PaymentPermit(_TypedMessage):
    """The citizen allows one payment, once, up to a limit, for a short time.

    Attributes:
        account: the payment account that pays.
        merchant: the only shop that may be paid; ``ZERO_ADDRESS`` for any approved one.
        limit: cents; the shop may charge less.
        nonce: fresh random number; a permit is used up by its first payment.
        deadline: unix seconds; the last at which the payment may happen.
    """

    account: Address
    merchant: Address
    limit: int
    nonce: int
    deadline: int
    MEMBERS: ClassVar = (
        ("account", "address"),
        ("merchant", "address"),
        ("limit", "uint256"),
        ("nonce", "uint256"),
        ("deadline", "uint256"),
    )

    @property
    def payment(self) -> bytes:
        """The id of the payment that uses this permit."""
        return payment_id(self.account, self.nonce)


@dataclass(frozen=True, slots=True)
class Charge(_TypedMessage):
    """The shop asks for ``amount`` cents of the payment that a permit allows."""

    payment: bytes
    merchant: Address
    amount: int
    MEMBERS: ClassVar = (("payment", "bytes32"), ("merchant", "address"), ("amount", "uint256"))


@dataclass(frozen=True, slots=True)
class Refund(_TypedMessage):
    """The shop gives back money of a payment.

    Attributes:
        refunded_total: cents over all refunds of the payment, so that a replayed refund does nothing.
    """

    payment: bytes
    refunded_total: int
    MEMBERS: ClassVar = (("payment", "bytes32"), ("refundedTotal", "uint256"))


@dataclass(frozen=True, slots=True)
class _Signed:
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
        return _recover(self.domain.typed_data(self._message()), self.signature)

    def _message(self) -> _TypedMessage:
        raise TypeError("a signed message has a message")

    def _check_signer(self, expected: Address) -> None:
        if self.signer() != expected:
            raise VerificationError(Reason.INVALID_SIGNATURE, f"{self.KIND}: signed by another account")

    def to_json(self) -> str:
        """The text for a QR code or a request body."""
        content: dict[str, Any] = {"stuiver": f"{self.KIND}/1", "chain": self.domain.chain_id, "fund": self.domain.fund}
        for (name, kind), value in zip(self._message().MEMBERS, self._message()._members(), strict=True):
            content[name] = _TO_JSON[kind](value)
        content["signature"] = "0x" + self.signature.hex()
        return json.dumps(content, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class SignedPermit(_Signed):
    """What the citizen shows at the till."""

    KIND: ClassVar = "permit"
    permit: PaymentPermit

    @classmethod
    def sign(cls, domain: PaymentDomain, permit: PaymentPermit, private_key: bytes) -> Self:
        """Sign with the payment account's key (32 octets)."""
        return cls(domain, _sign(domain.typed_data(permit), private_key), permit)

    @classmethod
    def from_json(cls, unverified: str) -> Self:
        """Parse the content of a QR code.

        Raises:
            VerificationError: ``malformed`` or ``wrong_length``.
        """
        content = _parse(unverified, "permit", PaymentPermit.MEMBERS)
        return cls(content["domain"], content["signature"], PaymentPermit(*content["members"]))

    def _message(self) -> PaymentPermit:
        return self.permit

    def check(self) -> None:
        """Refuse a permit that its account did not sign: VerificationError, ``invalid_signature``."""
        self._check_signer(self.permit.account)


@dataclass(frozen=True, slots=True)
class SignedCharge(_Signed):
    """What the shop adds to a permit."""

    KIND: ClassVar = "charge"
    charge: Charge

    @classmethod
    def sign(cls, domain: PaymentDomain, charge: Charge, private_key: bytes) -> Self:
        """Sign with the merchant's key (32 octets)."""
        return cls(domain, _sign(domain.typed_data(charge), private_key), charge)

    @classmethod
    def from_json(cls, unverified: str) -> Self:
        """Parse; VerificationError, ``malformed`` or ``wrong_length``."""
        content = _parse(unverified, "charge", Charge.MEMBERS)
        return cls(content["domain"], content["signature"], Charge(*content["members"]))

    def _message(self) -> Charge:
        return self.charge

    def check(self) -> None:
        """Refuse a charge that its merchant did not sign: VerificationError, ``invalid_signature``."""
        self._check_signer(self.charge.merchant)


@dataclass(frozen=True, slots=True)
class SignedRefund(_Signed):
    """A shop's order to give money back; the payment's merchant must have signed it."""

    KIND: ClassVar = "refund"
    refund: Refund

    @classmethod
    def sign(cls, domain: PaymentDomain, refund: Refund, private_key: bytes) -> Self:
        """Sign with the merchant's key (32 octets)."""
        return cls(domain, _sign(domain.typed_data(refund), private_key), refund)

    @classmethod
    def from_json(cls, unverified: str) -> Self:
        """Parse; VerificationError, ``malformed`` or ``wrong_length``."""
        content = _parse(unverified, "refund", Refund.MEMBERS)
        return cls(content["domain"], content["signature"], Refund(*content["members"]))

    def _message(self) -> Refund:
        return self.refund

    def check(self, merchant: Address) -> None:
        """Refuse a refund that ``merchant`` did not sign: VerificationError, ``invalid_signature``."""
        self._check_signer(merchant)


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """What a shop shows so that the wallet makes a permit for exactly this: the other direction of a payment.

    Attributes:
        amount: cents.
    """

    domain: PaymentDomain
    merchant: Address
    amount: int

    def __post_init__(self) -> None:
        parse_address(self.merchant)
        _uint(self.amount, "amount")

    def to_json(self) -> str:
        """The text for a QR code."""
        content = {"stuiver": "request/1", "chain": self.domain.chain_id, "fund": self.domain.fund}
        return json.dumps(content | {"merchant": self.merchant, "amount": self.amount}, separators=(",", ":"))

    @classmethod
    def from_json(cls, unverified: str) -> Self:
        """Parse; VerificationError, ``malformed``."""
        content = _object(unverified, "request", ("merchant", "amount"))
        return cls(_domain(content), parse_address(content["merchant"]), _uint(content["amount"], "amount"))


@dataclass(frozen=True, slots=True)
class ClaimMessage:
    """What a wallet hands to a relayer: a claim that nobody can change or redirect.

    Attributes:
        key_id: the validator's key in the trust registry, 32 octets.
        account: the fresh payment account to credit.
        as_of: day of the claim, days since 1900-01-01.
        disclosed: the values that the programme asks to see, in the order of its terms.
        proof: claim.md section 5.
    """

    domain: PaymentDomain
    key_id: bytes
    account: Address
    as_of: int
    disclosed: tuple[int, ...]
    proof: bytes

    def __post_init__(self) -> None:
        parse_address(self.account)
        _octets32(self.key_id, "key")
        for value in (self.as_of, *self.disclosed):
            _uint(value, "a number of the claim")

    def to_json(self) -> str:
        """The text of a request body."""
        content = {"stuiver": "claim/1", "chain": self.domain.chain_id, "fund": self.domain.fund}
        content |= {"key": "0x" + self.key_id.hex(), "account": self.account, "as_of": self.as_of}
        content |= {"disclosed": list(self.disclosed), "proof": "0x" + self.proof.hex()}
        return json.dumps(content, separators=(",", ":"))

    @classmethod
    def from_json(cls, unverified: str) -> Self:
        """Parse; VerificationError, ``malformed`` or ``wrong_length``. The proof is for the contract to check."""
        content = _object(unverified, "claim", ("key", "account", "as_of", "disclosed", "proof"))
        disclosed = content["disclosed"]
        if not isinstance(disclosed, list):
            raise VerificationError(Reason.MALFORMED, "disclosed is a list of numbers")
        return cls(
            _domain(content),
            _octets(content["key"], "key"),
            parse_address(content["account"]),
            _uint(content["as_of"], "as_of"),
            tuple(_uint(value, "disclosed") for value in disclosed),
            _octets(content["proof"], "proof"),
        )


def _uint(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _UINT256:
        raise VerificationError(Reason.MALFORMED, f"{name} is a number from 0 to 2^256 - 1")
    return value


def _octets(value: object, name: str) -> bytes:
    if not isinstance(value, str) or not value.startswith("0x"):
        raise VerificationError(Reason.MALFORMED, f"{name} is 0x and hexadecimal digits")
    digits = value[2:]
    if len(digits) % 2 or not set(digits) <= set("0123456789abcdef"):
        raise VerificationError(Reason.MALFORMED, f"{name} is 0x and pairs of lower-case hexadecimal digits")
    return bytes.fromhex(digits)


def _octets32(value: object, name: str) -> bytes:
    if not isinstance(value, bytes) or len(value) != 32:
        raise VerificationError(Reason.WRONG_LENGTH, f"{name} is 32 octets")
    return value


def _number(value: object, name: str) -> int:
    """A number, or a string of its digits: a 256-bit number is not safe as a JSON number everywhere."""
    if isinstance(value, str) and len(value) <= 78 and value.isascii() and value.isdigit():
        return _uint(int(value), name)
    return _uint(value, name)


_CHECKS: Final[Mapping[str, Callable[[object, str], object]]] = {
    "address": lambda value, name: parse_address(value),
    "uint256": _uint,
    "bytes32": _octets32,
}
_TO_JSON: Final[Mapping[str, Callable[[Any], Any]]] = {
    "address": str,
    "uint256": lambda value: value if value < 1 << 53 else str(value),
    "bytes32": lambda value: "0x" + value.hex(),
}
_FROM_JSON: Final[Mapping[str, Callable[[object, str], Any]]] = {
    "address": lambda value, name: parse_address(value),
    "uint256": _number,
    "bytes32": lambda value, name: _octets32(_octets(value, name), name),
}


def _object(unverified: str, kind: str, members: tuple[str, ...]) -> dict[str, Any]:
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


def _domain(content: Mapping[str, Any]) -> PaymentDomain:
    return PaymentDomain(_uint(content["chain"], "chain"), parse_address(content["fund"]))


def _parse(unverified: str, kind: str, members: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    content = _object(unverified, kind, (*(name for name, _ in members), "signature"))
    values = tuple(_FROM_JSON[solidity](content[name], name) for name, solidity in members)
    return {"domain": _domain(content), "members": values, "signature": _octets(content["signature"], "signature")}


def _sign(message: SignableMessage, private_key: bytes) -> bytes:
    return bytes(Account.sign_message(message, private_key).signature)


def _check_signature_form(signature: bytes) -> None:
    if len(signature) != 65:
        raise VerificationError(Reason.WRONG_LENGTH, "a signature is 65 octets")
    if signature[64] not in (27, 28) or int.from_bytes(signature[32:64], "big") > _LOWER_HALF:
        raise VerificationError(Reason.INVALID_SIGNATURE, "v is 27 or 28 and s is in the lower half")


def _recover(message: SignableMessage, signature: bytes) -> Address:
    try:
        return Address(Account.recover_message(message, signature=signature))
    except Exception as error:  # eth_keys raises several unrelated types for what no key can have signed
        raise VerificationError(Reason.INVALID_SIGNATURE, "no account can have signed this") from error
