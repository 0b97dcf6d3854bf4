# SPDX-License-Identifier: EUPL-1.2
"""A programme as its chain describes it, and the check of that description against the rulebook.

The wallet gets it as a file or over the network from whoever has read the chain, and believes none of it: the terms
are compiled again from the rulebook, and the statement is computed again from the validator's key and the scope.

The description is JSON, ``programme/1``; octets are ``0x`` and lower-case hexadecimal digits:

    {"stuiver": "programme/1", "chain": 1337, "fund": "0x..", "rulebook": "0x.. (32)", "period": 2024,
     "scope": "0x.. (132)",                      what Fund.scope() gives
     "terms": {"type": "0x.. (32)",              Rules.terms
               "constants": [{"position": 2, "scalar": "0x.. (32)"}], "disclosed": [3],
               "predicates": [{"terms": [{"position": 4, "coefficient": -5}], "constant": 2, "per_as_of": 0}]},
     "keys": [{"key": "0x.. (32)",               accepted keys that are valid now
               "public_key": "0x.. (256)",       TrustRegistry.key(), EVM form
               "statement": "0x.."}]}            the octets at Fund.statementOf(), without the leading STOP; or S alone

Invariants:
    * ``ProgrammeView.check_terms`` and ``check_statement`` name what differs; neither repairs anything.
    * Nothing that is proved later comes from the description except the fund's address, chain, period and rulebook
      hash, which are the scope that the citizen means.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Self

from holder.refusals import Difference, OverAskingError, PlantedStatementError, ProgrammeFormatError
from programmable_money.messages import PaymentDomain, Scope, parse_address
from ssi.claim.encoding import evm_g2
from ssi.claim.registry_key import registry_key, registry_key_id
from ssi.claim.statement import Statement
from ssi.claim.terms import ClaimTerms, Constant, Predicate, Term
from ssi.credential.document import DocumentError, Node, parse_document
from ssi.credential.types import CredentialType
from ssi.errors import VerificationError

__all__ = ["AcceptedKey", "AskedTerms", "ProgrammeView", "check_statement", "read_terms"]

_HEX: Final = re.compile(r"0x([0-9a-f]{2})*")
_S: Final = 32
_RECORD: Final = 160
_SAFE_PERIOD: Final = (1 << 53) - 1


@dataclass(frozen=True, slots=True)
class AcceptedKey:
    """A validator's key with which claims can be made.

    Attributes:
        key_id: 32 octets.
        public_key: 256 octets, EVM form.
        statement: the statement octets that the fund keeps (claim.md 4.3), or their first 32, S.
    """

    key_id: bytes
    public_key: bytes
    statement: bytes


@dataclass(frozen=True, slots=True)
class AskedTerms:
    """The terms that the fund was opened with, as the chain has them; not checked."""

    type_id: bytes
    constants: tuple[Constant, ...]
    disclosed: tuple[int, ...]
    predicates: tuple[Predicate, ...]

    @classmethod
    def of(cls, terms: ClaimTerms) -> Self:
        """The terms that a fund opened with these has."""
        disclosed = tuple(claim.position for claim in terms.disclosed)
        return cls(terms.header.type_id, terms.constants, disclosed, terms.predicates)


@dataclass(frozen=True, slots=True)
class ProgrammeView:
    """One programme in one period as its chain describes it.

    Attributes:
        scope: chain, fund, rulebook hash and period.
        context_id: the scope's octets as the fund gives them.
        terms: what the fund asks.
        keys: of the validators that it accepts.
    """

    scope: Scope
    context_id: bytes
    terms: AskedTerms
    keys: tuple[AcceptedKey, ...]

    @property
    def domain(self) -> PaymentDomain:
        """Where signatures for this programme count."""
        return PaymentDomain(self.scope.chain_id, self.scope.fund)

    def find_key(self, type_id: bytes, public_key: bytes) -> AcceptedKey | None:
        """The accepted key that is called, or looks like, this one (96 octets); ``check_statement`` wants both."""
        name, on_chain = registry_key_id(type_id, public_key), registry_key(public_key)
        return next((key for key in self.keys if key.key_id == name or key.public_key == on_chain), None)

    def check_terms(self, terms: ClaimTerms, credential_type: CredentialType) -> None:
        """Compare what the fund asks with the terms that its rulebook gives.

        Raises:
            PlantedStatementError: another scope, credential type, or terms that ask for something else.
            OverAskingError: it asks for more.
        """
        differences = tuple(self._scope_differences())
        if differences:
            raise PlantedStatementError(differences)
        if self.terms.type_id != terms.header.type_id:
            raise PlantedStatementError((Difference.CREDENTIAL_TYPE,))
        expected = AskedTerms.of(terms)
        fixed = {constant.position for constant in expected.constants}
        more = {*self.terms.disclosed} - {*expected.disclosed}
        more |= {constant.position for constant in self.terms.constants} - fixed
        predicates = sum(predicate not in expected.predicates for predicate in self.terms.predicates)
        predicates = min(predicates, max(0, len(self.terms.predicates) - len(expected.predicates)))
        if more or predicates:
            names = tuple(claim.name for at, claim in enumerate(credential_type.claims) if at in more)
            beyond = ("a claim that the credential does not have",) if len(names) < len(more) else ()
            raise OverAskingError((*names, *beyond), predicates)
        pairs = (
            (Difference.CONSTANTS, self.terms.constants, expected.constants),
            (Difference.DISCLOSED, self.terms.disclosed, expected.disclosed),
            (Difference.PREDICATES, self.terms.predicates, expected.predicates),
        )
        differing = tuple(difference for difference, asked, rule in pairs if asked != rule)
        if differing:
            raise PlantedStatementError(differing)

    def _scope_differences(self) -> Iterator[Difference]:
        own, given = self.scope.context_id, self.context_id
        end = len(own) - (32 if self.scope.slot is None else 64)
        rulebook = slice(end - 32, end)
        if len(own) == len(given) and own[rulebook] != given[rulebook]:
            yield Difference.RULEBOOK
            given = given[: rulebook.start] + own[rulebook] + given[rulebook.stop :]
        if own != given:
            yield Difference.SCOPE

    def to_json(self) -> str:
        """The description as JSON, as in the module's docstring."""
        content: dict[str, Any] = {
            "stuiver": "programme/1",
            "chain": self.scope.chain_id,
            "fund": self.scope.fund,
            "rulebook": _hex(self.scope.rulebook_hash),
            "period": self.scope.period,
            "scope": _hex(self.context_id),
            "terms": {
                "type": _hex(self.terms.type_id),
                "constants": [
                    {"position": constant.position, "scalar": _hex(constant.scalar.to_bytes(32, "big"))}
                    for constant in self.terms.constants
                ],
                "disclosed": list(self.terms.disclosed),
                "predicates": [
                    {
                        "terms": [{"position": t.position, "coefficient": t.coefficient} for t in predicate.terms],
                        "constant": predicate.constant,
                        "per_as_of": predicate.per_as_of,
                    }
                    for predicate in self.terms.predicates
                ],
            },
            "keys": [
                {"key": _hex(key.key_id), "public_key": _hex(key.public_key), "statement": _hex(key.statement)}
                for key in self.keys
            ],
        }
        return json.dumps(content, indent=1)

    @classmethod
    def from_json(cls, unverified: bytes) -> Self:
        """Read a description.

        Raises:
            ProgrammeFormatError: with the path of the field and the rule that it breaks.
        """
        try:
            return cls._from_node(parse_document(unverified))
        except DocumentError as error:
            raise ProgrammeFormatError(error.path, error.rule) from error

    @classmethod
    def _from_node(cls, node: Node) -> Self:
        document = node.members(("stuiver", "chain", "fund", "rulebook", "period", "scope", "terms", "keys"))
        document["stuiver"].choice(("programme/1",))
        try:
            fund = parse_address(document["fund"].value)
        except VerificationError as error:
            document["fund"].refuse(error.detail)
        scope = Scope(
            document["chain"].integer(0, _SAFE_PERIOD),
            fund,
            _octets(document["rulebook"], 32),
            document["period"].integer(0, _SAFE_PERIOD),
        )
        keys = tuple(_accepted_key(key) for key in document["keys"].items(0, 64))
        return cls(scope, _octets(document["scope"]), read_terms(document["terms"]), keys)


def check_statement(key: AcceptedKey, statement: Statement) -> None:
    """Compare the statement that a fund keeps with the one that the wallet computed.

    Raises:
        PlantedStatementError: naming every part that differs; S alone can only say that something does.
    """
    expected, kept = statement.octets, key.statement
    differences: list[Difference] = []
    name = registry_key_id(statement.terms.header.type_id, bytes(statement.W.to_compressed_bytes()))
    if key.key_id != name or key.public_key != evm_g2(statement.W):
        differences.append(Difference.KEY)
    if len(kept) == _S:
        expected = statement.S
    if len(kept) != len(expected):
        differences.append(Difference.STATEMENT)
    elif kept != expected:
        for difference, start, end in _parts(statement):
            if kept[start:end] != expected[start:end] and difference not in differences:
                differences.append(difference)
    if differences:
        raise PlantedStatementError(tuple(differences))


def _parts(statement: Statement) -> Iterator[tuple[Difference, int, int]]:
    """(4.3) The parts of statement octets: what each is, where it starts and ends."""
    at = _S
    sizes = (
        (Difference.PREDICATES, 32 * len(statement.terms.predicates)),
        (Difference.GENERATORS, 128),
        (Difference.KEY, 256),
        (Difference.GENERATORS, 128 + 256),
        (Difference.SCOPE, _RECORD),
        (Difference.SHARED_POINT, _RECORD),
        (Difference.GENERATORS, len(statement.octets)),
    )
    for difference, size in sizes:
        yield difference, at, at + size
        at += size
    yield Difference.STATEMENT, 0, _S


def read_terms(node: Node) -> AskedTerms:
    """Claim terms as a description has them; DocumentError."""
    members = node.members(("type", "constants", "disclosed", "predicates"))
    constants = []
    for item in members["constants"].items(0, 16):
        parts = item.members(("position", "scalar"))
        scalar = int.from_bytes(_octets(parts["scalar"], 32), "big")
        constants.append(Constant(parts["position"].integer(0, 255), scalar))
    disclosed = tuple(item.integer(0, 255) for item in members["disclosed"].items(0, 16))
    predicates = tuple(_predicate(item) for item in members["predicates"].items(0, 16))
    return AskedTerms(_octets(members["type"], 32), tuple(constants), disclosed, predicates)


def _predicate(node: Node) -> Predicate:
    members = node.members(("terms", "constant", "per_as_of"))
    terms = []
    for item in members["terms"].items(1, 16):
        parts = item.members(("position", "coefficient"))
        terms.append(Term(parts["position"].integer(0, 255), parts["coefficient"].integer(-(1 << 31), (1 << 31) - 1)))
    constant = members["constant"].integer(-(1 << 63), (1 << 63) - 1)
    return Predicate(tuple(terms), constant, members["per_as_of"].integer(-128, 127))


def _accepted_key(node: Node) -> AcceptedKey:
    members = node.members(("key", "public_key", "statement"))
    return AcceptedKey(_octets(members["key"], 32), _octets(members["public_key"], 256), _octets(members["statement"]))


def _octets(node: Node, count: int | None = None) -> bytes:
    octets = bytes.fromhex(node.text(_HEX, longest=1 << 16)[2:])
    if count is not None and len(octets) != count:
        node.refuse(f"must be {count} octets")
    return octets


def _hex(octets: bytes) -> str:
    return "0x" + octets.hex()
