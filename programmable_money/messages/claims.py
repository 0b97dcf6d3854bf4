# SPDX-License-Identifier: EUPL-1.2
"""What a wallet hands to a relayer: a claim with its proof."""

import json
from dataclasses import dataclass
from typing import Self

from programmable_money.messages.identifiers import Address, parse_address
from programmable_money.messages.numbers import octets, octets32, uint
from programmable_money.messages.typed import PaymentDomain, parse_domain, parse_object
from ssi.errors import Reason, VerificationError

__all__ = ["ClaimMessage"]


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
        octets32(self.key_id, "key")
        for value in (self.as_of, *self.disclosed):
            uint(value, "a number of the claim")

    def to_json(self) -> str:
        """The text of a request body."""
        content = {"stuiver": "claim/1", "chain": self.domain.chain_id, "fund": self.domain.fund}
        content |= {"key": "0x" + self.key_id.hex(), "account": self.account, "as_of": self.as_of}
        content |= {"disclosed": list(self.disclosed), "proof": "0x" + self.proof.hex()}
        return json.dumps(content, separators=(",", ":"))

    @classmethod
    def from_json(cls, unverified: str) -> Self:
        """Parse; VerificationError, ``malformed`` or ``wrong_length``. The proof is for the contract to check."""
        content = parse_object(unverified, "claim", ("key", "account", "as_of", "disclosed", "proof"))
        disclosed = content["disclosed"]
        if not isinstance(disclosed, list):
            raise VerificationError(Reason.MALFORMED, "disclosed is a list of numbers")
        return cls(
            parse_domain(content),
            octets(content["key"], "key"),
            parse_address(content["account"]),
            uint(content["as_of"], "as_of"),
            tuple(uint(value, "disclosed") for value in disclosed),
            octets(content["proof"], "proof"),
        )
