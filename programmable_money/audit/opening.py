# SPDX-License-Identifier: EUPL-1.2
"""What a contract was opened with, beside what its published rulebook compiles to."""

from collections.abc import Callable
from typing import Any, Final

from programmable_money.audit.node import NodeError, NodeReader
from programmable_money.audit.report import DifferenceKind, Findings
from programmable_money.messages import Address, Scope, parse_address
from programmable_money.rules import RulesTuple
from ssi.credential.types import CredentialType
from ssi.errors import VerificationError
from ssi.rulebook.model import Rulebook

__all__ = ["FindRulebook", "check_rules", "check_scope", "party_of", "published_rulebook", "read_rules"]

FindRulebook = Callable[[bytes], tuple[Rulebook, tuple[CredentialType, ...]]]
"""The published rulebook with a hash, and the credential types that it names; LookupError when there is none."""
_ADDRESS_LENGTH: Final = 42


def read_rules(reader: NodeReader, contract: str, address: Address, function: str = "rules") -> RulesTuple:
    """A structure that a contract keeps: nested sequences as tuples, addresses with their checksums.

    Raises:
        NodeError: the contract does not answer as such a contract does.
    """
    (raw,) = reader.call(contract, address, function)
    frozen: RulesTuple = _frozen(raw)
    return frozen


def party_of(reader: NodeReader, contract: str, address: Address, name: str) -> Address:
    """Another contract that a contract names, such as its ``registry``; NodeError when it names none."""
    try:
        return parse_address(reader.call(contract, address, name)[0])
    except VerificationError as error:
        raise NodeError(f"{contract} {address} names no {name}") from error


def published_rulebook(find: FindRulebook, rulebook_hash: bytes) -> tuple[Rulebook, tuple[CredentialType, ...]]:
    """The rulebook with this hash; LookupError when nobody knows it, or another one was given."""
    rulebook, types = find(rulebook_hash)
    if rulebook.hash != rulebook_hash:
        raise LookupError(f"the contract follows the rulebook 0x{rulebook_hash.hex()}, not the one that is given")
    return rulebook, types


def check_rules(what: str, ours: RulesTuple, theirs: RulesTuple, findings: Findings) -> None:
    """Note each member in which a contract's rules are not the compiled ones."""
    for index, (mine, its) in enumerate(zip(ours, theirs, strict=True)):
        if mine != its:
            findings.add(DifferenceKind.RULES, f"member {index} of the {what} is not what the rulebook says")


def check_scope(given: bytes, scope: Scope, findings: Findings) -> None:
    """Note a contract whose scope is another one's (claim.md 2.1)."""
    if given != scope.context_id:
        text = "the contract's scope is not that of this chain, contract and rulebook"
        findings.add(DifferenceKind.WRONG_CHAIN, text)


def _frozen(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, str) and len(value) == _ADDRESS_LENGTH:
        try:
            return parse_address(value)
        except VerificationError as error:
            raise NodeError("the rules name an account that is none") from error
    return value
