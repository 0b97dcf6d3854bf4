# SPDX-License-Identifier: EUPL-1.2
"""A fund under audit: its rules, its events, and what its contract must say at the end."""

from collections.abc import Iterator
from dataclasses import dataclass

from programmable_money.audit.audited import (
    Asked,
    Audited,
    Comparison,
    claim_comparisons,
    spending_comparisons,
)
from programmable_money.audit.claim_checks import ClaimChecks
from programmable_money.audit.claims import ClaimProofs, Place
from programmable_money.audit.fund_state import FundState
from programmable_money.audit.node import NodeReader
from programmable_money.audit.opening import (
    FindRulebook,
    check_rules,
    check_scope,
    party_of,
    published_rulebook,
    read_rules,
)
from programmable_money.audit.payments import PaymentSignatures
from programmable_money.audit.registry_state import RegistryState
from programmable_money.audit.report import DifferenceKind, Findings
from programmable_money.audit.spending_rules import SpendingRules
from programmable_money.audit.subjects import FundSubject
from programmable_money.books import FundLedger
from programmable_money.messages import Address, PaymentDomain, Scope
from programmable_money.rules import products_in, rules_of, spending_rules_of, summary
from ssi.rulebook.terms import terms

__all__ = ["AuditedFund"]


@dataclass(slots=True)
class AuditedFund(Audited):
    """One fund. Build it with ``open``."""

    CONTRACT = HOLDER = "Fund"
    budget: FundState

    @classmethod
    def open(
        cls,
        reader: NodeReader,
        address: Address,
        find_rulebook: FindRulebook,
        registry: RegistryState,
        findings: Findings,
    ) -> "AuditedFund":
        """Read the contract's rules, which must be those that the published rulebook compiles to.

        Raises:
            LookupError: nobody knows the rulebook.
            NodeError: it is no such contract.
        """
        theirs = read_rules(reader, "Fund", address)
        rulebook, types = published_rulebook(find_rulebook, theirs[0])
        given = summary(theirs)
        ours = rules_of(rulebook, types[0], given.period, given.validators)
        check_rules("fund's rules", ours, theirs, findings)
        spending = read_rules(reader, "Fund", address, "spendingRules")
        if spending != spending_rules_of(rulebook):
            findings.add(DifferenceKind.RULES, "the fund's rules of spending are not what the rulebook says")
        rules = summary(ours)
        scope = Scope(reader.chain_id, address, rulebook.hash, rules.period)
        check_scope(reader.call("Fund", address, "scope")[0], scope, findings)
        proofs = ClaimProofs([terms(rulebook, types[0], rules.period)], scope)
        state = FundState(
            rules=rules,
            findings=findings,
            signatures=PaymentSignatures(PaymentDomain(reader.chain_id, address), products_in(spending)),
            spending=SpendingRules.of(spending),
            claims=ClaimChecks(registry, findings, proofs, [rules.validators], rules.claims_per_validator),
            registry=party_of(reader, "Fund", address, "registry"),
            euro=party_of(reader, "Fund", address, "euro"),
        )
        subject = FundSubject(reader.chain_id, address, rulebook, types, given)
        return cls(subject, state, state.claims, state.registry)

    def comparisons(self, ledger: FundLedger) -> Iterator[Comparison]:
        """Figures, claims, accounts, shops and payments."""
        address = self.subject.address
        yield from Audited.comparisons(self, ledger)
        yield from claim_comparisons(self.CONTRACT, address, self.claims, "claimsOf")
        yield from spending_comparisons(self.CONTRACT, address, self.budget, ledger)

    def statements(self) -> Iterator[tuple[bytes, Asked, Address, Place]]:
        """Each accepted key; a fund has one slot, which it does not ask for."""
        for (key_id, place), announced in self.claims.accepted.items():
            yield key_id, self._asked("statementOf", key_id), announced, place
