# SPDX-License-Identifier: EUPL-1.2
"""A pass as its chain describes it, and the check of that description against the rulebook.

The description is JSON, ``pass/1``, as ``programmable_money.passes.description`` writes it; the wallet believes none of
it. Terms are compared with the rulebook, offers with their published documents, statements with the wallet's own.

Invariant: nothing that is proved later comes from the description except pass, chain, period and rulebook hash.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from holder.programme import AcceptedKey, AskedTerms, ProgrammeView, read_terms
from holder.refusals import ProgrammeFormatError
from programmable_money.messages import PaymentDomain, Scope, parse_address
from programmable_money.messages.pass_offers import PassOffer
from programmable_money.messages.passes import ACTIVATION_SLOT
from ssi.credential.document import DocumentError, Node, parse_document
from ssi.errors import VerificationError
from ssi.rulebook.model import Rulebook

__all__ = ["DescribedOffer", "PassView", "read_uses"]

_HEX: Final = re.compile(r"0x([0-9a-f]{2})*")
_SAFE: Final = (1 << 53) - 1
_MANY: Final = 100_000
_KEYS: Final = 64
_LONGEST: Final = 1 << 24
"""Octets of a description: a pass with some thousand offers."""
_NUMBERS: Final = (
    "category",
    "reduction",
    "uses_per_pass",
    "sponsor_percent",
    "months",
    "price",
    "value",
    "max_reduction",
    "starts_at",
    "ends_at",
    "total",
)


@dataclass(frozen=True, slots=True)
class DescribedOffer:
    """An offer as the chain has it.

    Attributes:
        members: ``Offer`` of the contract.
        used: how often it was used by all together.
        document: the published text, as received; None when nobody handed it over.
    """

    number: int
    members: tuple[bytes | int | str, ...]
    used: int
    is_withdrawn: bool
    document: bytes | None

    def offer(self, rulebook: Rulebook) -> PassOffer | None:
        """The published text, if it is what the chain says; None if it is missing or another one."""
        if self.document is None:
            return None
        try:
            offer = PassOffer.from_json(self.document, rulebook)
        except DocumentError:
            return None
        return offer if offer.members == self.members else None


@dataclass(frozen=True, slots=True)
class PassView:
    """One pass in one period as its chain describes it.

    Attributes:
        activation: scope, terms and keys of slot 0, in the form that every claim is planned with.
        use: what a use must prove, as the chain has it.
        desk_keys: public keys of the desk, 256 octets in EVM form, by their ids.
        statements: S of each statement of a use that was built, by key and slot.
    """

    activation: ProgrammeView
    use: AskedTerms
    desk_keys: Mapping[bytes, bytes]
    statements: Mapping[tuple[bytes, int], bytes]
    offers: tuple[DescribedOffer, ...]

    @property
    def scope(self) -> Scope:
        """The pass's, without a slot."""
        slotted = self.activation.scope
        return Scope(slotted.chain_id, slotted.fund, slotted.rulebook_hash, slotted.period)

    @property
    def domain(self) -> PaymentDomain:
        """Where signatures for this pass count."""
        return self.activation.domain

    def find_offer(self, number: int) -> DescribedOffer | None:
        """An offer by its number; None if there is none."""
        return next((offer for offer in self.offers if offer.number == number), None)

    def find_key(self, key_id: bytes, slot: int, own: bytes) -> AcceptedKey | None:
        """A key of the desk with the statement of a slot; ``own`` stands for one that nobody built yet."""
        if key_id not in self.desk_keys:
            return None
        return AcceptedKey(key_id, self.desk_keys[key_id], self.statements.get((key_id, slot), own))

    @classmethod
    def from_json(cls, unverified: bytes) -> Self:
        """Read a description.

        Raises:
            ProgrammeFormatError: with the path of the field and the rule that it breaks.
        """
        try:
            return cls._from_node(parse_document(unverified, longest=_LONGEST))
        except DocumentError as error:
            raise ProgrammeFormatError(error.path, error.rule) from error
        except VerificationError as error:
            raise ProgrammeFormatError("$", error.detail) from error

    @classmethod
    def _from_node(cls, node: Node) -> Self:
        names = ("stuiver", "chain", "pass", "rulebook", "period", "scope", "activation", "use")
        document = node.members((*names, "keys", "desk_keys", "statements", "offers"))
        document["stuiver"].choice(("pass/1",))
        scope = Scope(
            document["chain"].integer(0, _SAFE),
            parse_address(document["pass"].value),
            _octets(document["rulebook"], 32),
            document["period"].integer(0, _SAFE),
            ACTIVATION_SLOT,
        )
        keys = tuple(_accepted(item) for item in document["keys"].items(0, _KEYS))
        context_id, terms = _octets(document["scope"]), read_terms(document["activation"])
        return cls(
            activation=ProgrammeView(scope, context_id, terms, keys),
            use=read_terms(document["use"]),
            desk_keys=dict(_key(item) for item in document["desk_keys"].items(0, _KEYS)),
            statements=dict(_statement(item) for item in document["statements"].items(0, _MANY)),
            offers=tuple(_offer(item) for item in document["offers"].items(0, _MANY)),
        )


def read_uses(unverified: bytes) -> frozenset[bytes]:
    """The nullifiers of the list ``pass-uses/1``, 32 octets each; ProgrammeFormatError."""
    try:
        members = parse_document(unverified, longest=_LONGEST).members(("stuiver", "nullifiers"))
        members["stuiver"].choice(("pass-uses/1",))
        return frozenset(_octets(item, 32) for item in members["nullifiers"].items(0, _MANY))
    except DocumentError as error:
        raise ProgrammeFormatError(error.path, error.rule) from error


def _accepted(node: Node) -> AcceptedKey:
    members = node.members(("key", "public_key", "s"))
    return AcceptedKey(_octets(members["key"], 32), _octets(members["public_key"], 256), _octets(members["s"], 32))


def _key(node: Node) -> tuple[bytes, bytes]:
    members = node.members(("key", "public_key"))
    return _octets(members["key"], 32), _octets(members["public_key"], 256)


def _statement(node: Node) -> tuple[tuple[bytes, int], bytes]:
    members = node.members(("key", "slot", "s"))
    return (_octets(members["key"], 32), members["slot"].integer(0, _SAFE)), _octets(members["s"], 32)


def _offer(node: Node) -> DescribedOffer:
    members = node.members((*_NUMBERS, "offer", "description", "merchant", "used", "is_withdrawn", "document"))
    numbers = {name: members[name].integer(0, _SAFE) for name in _NUMBERS}
    withdrawn, text = members["is_withdrawn"], members["document"]
    if not isinstance(withdrawn.value, bool):
        withdrawn.refuse("must be true or false")
    first = _octets(members["description"], 32), parse_address(members["merchant"].value)
    return DescribedOffer(
        number=members["offer"].integer(1, _SAFE),
        members=(*first, *(numbers[name] for name in _NUMBERS)),
        used=members["used"].integer(0, _SAFE),
        is_withdrawn=withdrawn.value,
        document=None if text.value is None else text.text(longest=1 << 16).encode(),
    )


def _octets(node: Node, count: int | None = None) -> bytes:
    octets = bytes.fromhex(node.text(_HEX, longest=1 << 16)[2:])
    if count is not None and len(octets) != count:
        node.refuse(f"must be {count} octets")
    return octets
