# SPDX-License-Identifier: EUPL-1.2
"""What a pass's holder, a shop and a desk say to each other (pass.md 2 and 3).

Invariants:

- A use names its offer, its number, its shop and its price, and the proof is bound to the shop and the price: a message
  that was changed anywhere fails where it is checked.
- The shop signs the use as it was shown, so that nobody charges the sponsor in the name of a shop that did not sell.
- Nothing in a use is of the person: no account, no name, no number that occurs in another use.
"""

import json
from dataclasses import dataclass
from typing import ClassVar, Final, Self

from eth_abi.abi import encode as abi_encode

from programmable_money.messages.identifiers import Address, parse_address
from programmable_money.messages.numbers import octets, octets32, uint
from programmable_money.messages.typed import (
    PaymentDomain,
    SignedMessage,
    TypedMessage,
    parse_domain,
    parse_object,
    parse_signed,
    sign_typed,
)
from ssi.errors import Reason, VerificationError
from ssi.keccak import keccak256

__all__ = [
    "ACTIVATION_SLOT",
    "USES_OF_AN_OFFER",
    "ActivationMessage",
    "OfferUse",
    "OfferUseMessage",
    "PassRequest",
    "SignedOfferUse",
    "SignedPassRequest",
    "pseudonym_hash",
    "use_recipient",
    "use_slot",
]

ACTIVATION_SLOT: Final = 0
"""(1.1) The slot of activations."""
USES_OF_AN_OFFER: Final = 256
"""(1.2) Slots of one offer; a pass may use it fewer times."""
_LARGEST_OFFER: Final = 1 << 64
_PSEUDONYM: Final = slice(192, 288)
"""Where a proof has its pseudonym (claim.md section 5)."""


def use_slot(offer: int, number: int) -> int:
    """(1.2) The slot of a use.

    Args:
        offer: counted from 1.
        number: which of a pass's uses of it, counted from 0.
    Raises:
        VerificationError: ``malformed``: there is no such slot.
    """
    if not 0 < uint(offer, "offer") < _LARGEST_OFFER:
        raise VerificationError(Reason.MALFORMED, "offers are numbered from 1")
    if uint(number, "number") >= USES_OF_AN_OFFER:
        raise VerificationError(Reason.MALFORMED, f"a pass uses an offer less than {USES_OF_AN_OFFER} times")
    return offer * USES_OF_AN_OFFER + number


def use_recipient(merchant: Address, price: int) -> bytes:
    """(3.1) What the proof of a use is bound to, 20 octets.

    Args:
        price: cents, before the reduction.
    """
    return keccak256(abi_encode(["address", "uint256"], [merchant, price]))[12:]


def pseudonym_hash(proof: bytes) -> bytes:
    """(claim.md 2.2) The nullifier that a proof shows, 32 octets; of a proof that nobody verified yet."""
    return keccak256(proof[_PSEUDONYM])


@dataclass(frozen=True, slots=True)
class ActivationMessage:
    """What a wallet hands to a relayer: an activation that nobody can change or redirect.

    Attributes:
        key_id: the validator's key in the trust registry, 32 octets.
        account: the fresh pass account.
        as_of: day of the claim, days since 1900-01-01.
        proof: claim.md section 5, in slot 0.
    """

    domain: PaymentDomain
    key_id: bytes
    account: Address
    as_of: int
    proof: bytes

    def __post_init__(self) -> None:
        parse_address(self.account)
        octets32(self.key_id, "key")
        uint(self.as_of, "as_of")

    @property
    def nullifier(self) -> bytes:
        """Under which the contract will remember it, 32 octets."""
        return pseudonym_hash(self.proof)

    def to_json(self) -> str:
        """The text of a request body."""
        content = {"stuiver": "activation/1", "chain": self.domain.chain_id, "fund": self.domain.fund}
        content |= {"key": "0x" + self.key_id.hex(), "account": self.account, "as_of": self.as_of}
        return json.dumps(content | {"proof": "0x" + self.proof.hex()}, separators=(",", ":"))

    @classmethod
    def from_json(cls, unverified: str) -> Self:
        """Parse; VerificationError, ``malformed`` or ``wrong_length``. The proof is for the contract to check."""
        content = parse_object(unverified, "activation", ("key", "account", "as_of", "proof"))
        return cls(
            parse_domain(content),
            octets(content["key"], "key"),
            parse_address(content["account"]),
            uint(content["as_of"], "as_of"),
            octets(content["proof"], "proof"),
        )


@dataclass(frozen=True, slots=True)
class OfferUse(TypedMessage):
    """The shop gave the offer to whoever has this nullifier, at this price in cents before the reduction."""

    offer: int
    nullifier: bytes
    price: int
    MEMBERS: ClassVar = (("offer", "uint256"), ("nullifier", "bytes32"), ("price", "uint256"))


@dataclass(frozen=True, slots=True)
class OfferUseMessage:
    """(3.1) What a wallet shows at the till, for this shop and this price only.

    Attributes:
        offer: counted from 1.
        number: which of the pass's uses of it, counted from 0.
        key_id: the desk's key in the trust registry, 32 octets.
        price: cents, before the reduction.
        as_of: day of the claim, days since 1900-01-01.
        proof: claim.md section 5, in the slot of offer and number.
    """

    domain: PaymentDomain
    offer: int
    number: int
    key_id: bytes
    merchant: Address
    price: int
    as_of: int
    proof: bytes

    def __post_init__(self) -> None:
        use_slot(self.offer, self.number)
        parse_address(self.merchant)
        octets32(self.key_id, "key")
        uint(self.price, "price")
        uint(self.as_of, "as_of")

    @property
    def slot(self) -> int:
        """(1.2) Where it claims."""
        return use_slot(self.offer, self.number)

    @property
    def nullifier(self) -> bytes:
        """Under which the contract will remember it, 32 octets."""
        return pseudonym_hash(self.proof)

    @property
    def use(self) -> OfferUse:
        """What the shop signs."""
        return OfferUse(self.offer, self.nullifier, self.price)

    def to_json(self) -> str:
        """The text that the till reads."""
        content = {"stuiver": "offer-use/1", "chain": self.domain.chain_id, "fund": self.domain.fund}
        return json.dumps(content | self._members(), separators=(",", ":"))

    @classmethod
    def from_json(cls, unverified: str) -> Self:
        """Parse; VerificationError, ``malformed`` or ``wrong_length``. The till checks the proof."""
        return cls._of(parse_object(unverified, "offer-use", _USE_MEMBERS))

    def _members(self) -> dict[str, int | str]:
        return {
            "offer": self.offer,
            "number": self.number,
            "key": "0x" + self.key_id.hex(),
            "merchant": self.merchant,
            "price": self.price,
            "as_of": self.as_of,
            "proof": "0x" + self.proof.hex(),
        }

    @classmethod
    def _of(cls, content: dict[str, object]) -> Self:
        return cls(
            parse_domain(content),
            uint(content["offer"], "offer"),
            uint(content["number"], "number"),
            octets(content["key"], "key"),
            parse_address(content["merchant"]),
            uint(content["price"], "price"),
            uint(content["as_of"], "as_of"),
            octets(content["proof"], "proof"),
        )


_USE_MEMBERS: Final = ("offer", "number", "key", "merchant", "price", "as_of", "proof")


@dataclass(frozen=True, slots=True)
class SignedOfferUse(SignedMessage):
    """(3.2) A use with the shop's signature: all that whoever delivers it needs."""

    KIND: ClassVar = "signed-offer-use"
    shown: OfferUseMessage

    @classmethod
    def sign(cls, shown: OfferUseMessage, private_key: bytes) -> Self:
        """Sign with the shop's key (32 octets). Check the use first: ``programmable_money.passes.till``."""
        return cls(shown.domain, sign_typed(shown.domain.typed_data(shown.use), private_key), shown)

    def message(self) -> OfferUse:
        """The structure that was signed."""
        return self.shown.use

    def check(self) -> None:
        """Refuse a use that its shop did not sign: VerificationError, ``invalid_signature``."""
        self.check_signer(self.shown.merchant)

    def to_json(self) -> str:
        """The text of a request body."""
        content = json.loads(self.shown.to_json()) | {"stuiver": f"{self.KIND}/1"}
        return json.dumps(content | {"signature": "0x" + self.signature.hex()}, separators=(",", ":"))

    @classmethod
    def from_json(cls, unverified: str) -> Self:
        """Parse; VerificationError, ``malformed`` or ``wrong_length``."""
        content = parse_object(unverified, cls.KIND, (*_USE_MEMBERS, "signature"))
        shown = OfferUseMessage._of(content)
        return cls(shown.domain, octets(content["signature"], "signature"), shown)


@dataclass(frozen=True, slots=True)
class PassRequest(TypedMessage):
    """(2.2) The holder of a pass account asks the desk for a pass credential.

    Attributes:
        nonce: the desk's challenge, 32 octets.
        request: keccak256 of the 288 octets of issuance.md 2.4, so that nobody puts another request in its place.
    """

    nonce: bytes
    request: bytes
    MEMBERS: ClassVar = (("nonce", "bytes32"), ("request", "bytes32"))

    @classmethod
    def of(cls, nonce: bytes, request: bytes) -> Self:
        """For a nonce of 32 octets and a request as it is sent."""
        return cls(nonce, keccak256(request))


@dataclass(frozen=True, slots=True)
class SignedPassRequest(SignedMessage):
    """A request that a pass account signed; whose account it is, the desk knows from its session."""

    KIND: ClassVar = "pass-request"
    request: PassRequest

    @classmethod
    def sign(cls, domain: PaymentDomain, request: PassRequest, private_key: bytes) -> Self:
        """Sign with the pass account's key (32 octets)."""
        return cls(domain, sign_typed(domain.typed_data(request), private_key), request)

    def message(self) -> PassRequest:
        """The structure that was signed."""
        return self.request

    @classmethod
    def from_json(cls, unverified: str) -> Self:
        """Parse; VerificationError, ``malformed`` or ``wrong_length``."""
        domain, signature, members = parse_signed(unverified, cls.KIND, PassRequest.MEMBERS)
        return cls(domain, signature, PassRequest(*members))
