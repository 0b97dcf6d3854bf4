# SPDX-License-Identifier: EUPL-1.2
"""What the wallet keeps about passes: which were activated, and the own list of uses. Pure data.

Invariants:
    * Times are aware UTC; money is integer cents.
    * ``repr`` shows no account, offer or shop.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final, Self

from holder.scopes import read_scope, scope_to_json
from programmable_money.messages import ZERO_ADDRESS, Address, Scope, parse_address
from ssi.credential.document import Node
from ssi.errors import VerificationError

__all__ = ["HeldPass", "ShownUse"]

_MANY: Final = 1 << 53
_LONG: Final = 200
_USES: Final = 100_000
_NUMBERS: Final = 256


@dataclass(frozen=True, slots=True)
class ShownUse:
    """A use of an offer that left the wallet, or that the chain says was made with this pass.

    Attributes:
        number: which of the pass's uses of the offer, from 0.
        merchant: the shop; the zero address where it was learnt from the chain after a restore.
        price: cents, before the reduction; 0 where it was learnt.
        is_counted: whether the chain has it; until then it can be shown again.
    """

    offer: int = field(repr=False)
    number: int = field(repr=False)
    merchant: Address = field(repr=False)
    price: int = field(repr=False)
    at: datetime = field(repr=False)
    is_counted: bool = False

    def to_json(self) -> dict[str, Any]:
        """The form in the encrypted file."""
        return {
            "offer": self.offer,
            "number": self.number,
            "merchant": self.merchant,
            "price": self.price,
            "at": self.at.isoformat(),
            "is_counted": self.is_counted,
        }

    @classmethod
    def from_node(cls, node: Node) -> Self:
        """Read what ``to_json`` wrote; DocumentError."""
        members = node.members(("offer", "number", "merchant", "price", "at", "is_counted"))
        if not isinstance(members["is_counted"].value, bool):
            members["is_counted"].refuse("must be true or false")
        return cls(
            offer=members["offer"].integer(1, _MANY),
            number=members["number"].integer(0, _NUMBERS - 1),
            merchant=_address(members["merchant"]),
            price=members["price"].integer(0, _MANY),
            at=_moment(members["at"]),
            is_counted=members["is_counted"].value,
        )


@dataclass(frozen=True, slots=True)
class HeldPass:
    """A pass that this wallet activated.

    Attributes:
        scope: the pass's, without a slot.
        account: the pass account; its key comes from the recovery phrase and the scope of slot 0.
        uses: of all offers, in the order they were shown.
    """

    scope: Scope
    account: Address = field(repr=False)
    uses: tuple[ShownUse, ...] = field(default=(), repr=False)

    def numbers(self, offer: int) -> frozenset[int]:
        """The numbers of an offer that were shown."""
        return frozenset(use.number for use in self.uses if use.offer == offer)

    def with_use(self, use: ShownUse) -> Self:
        """With one more use; one of the same number takes its place."""
        others = (other for other in self.uses if (other.offer, other.number) != (use.offer, use.number))
        return replace(self, uses=(*others, use))

    def with_counted(self, offer: int, number: int, at: datetime) -> Self:
        """With the knowledge that the chain has this use."""
        known = next((use for use in self.uses if (use.offer, use.number) == (offer, number)), None)
        use = known or ShownUse(offer, number, ZERO_ADDRESS, 0, at)
        return self.with_use(replace(use, is_counted=True))

    def to_json(self) -> dict[str, Any]:
        """The form in the encrypted file."""
        uses = [use.to_json() for use in self.uses]
        return {"scope": scope_to_json(self.scope), "account": self.account, "uses": uses}

    @classmethod
    def from_node(cls, node: Node) -> Self:
        """Read what ``to_json`` wrote; DocumentError."""
        members = node.members(("scope", "account", "uses"))
        uses = tuple(ShownUse.from_node(item) for item in members["uses"].items(0, _USES))
        return cls(read_scope(members["scope"]), _address(members["account"]), uses)


def _address(node: Node) -> Address:
    try:
        return parse_address(node.value)
    except VerificationError as error:
        node.refuse(error.detail)


def _moment(node: Node) -> datetime:
    try:
        moment = datetime.fromisoformat(node.text(longest=_LONG))
    except ValueError:
        node.refuse("must be a moment")
    if moment.tzinfo is None:
        node.refuse("must have a time zone")
    return moment.astimezone(UTC)
