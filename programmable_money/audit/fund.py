# SPDX-License-Identifier: EUPL-1.2
"""A fund under audit: its rules, its events, and what its contract must say at the end."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from programmable_money.audit.audited import (
    Asked,
    Comparison,
    budget_comparisons,
    claim_comparisons,
    spending_comparisons,
)
from programmable_money.audit.claim_checks import ClaimChecks
from programmable_money.audit.claims import ClaimProofs, Place
from programmable_money.audit.figures import Subject, kpis_of, spending_of
from programmable_money.audit.fund_state import FundState
from programmable_money.audit.node import NodeReader, Transaction
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
from programmable_money.audit.report import DifferenceKind, Figures, Findings
from programmable_money.audit.spending_rules import SpendingRules
from programmable_money.books import FundLedger
from programmable_money.messages import Address, PaymentDomain, Scope
from programmable_money.model import Amount, ChainEvent
from programmable_money.rules import products_in, rules_of, spending_rules_of, summary
from ssi.rulebook.model import Rulebook
from ssi.rulebook.terms import terms

__all__ = ["AuditedFund"]


@dataclass(slots=True)
class AuditedFund:
    """One fund; see ``Audited``. Build it with ``open``."""

    subject: Subject
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
        return cls(Subject(reader.chain_id, address, rulebook, types[0], given), state)

    @property
    def rulebook(self) -> Rulebook:
        """That it must follow."""
        return self.subject.rulebook

    @property
    def names(self) -> Mapping[Address, str]:
        """Its own contract."""
        return {self.holder: "Fund"}

    @property
    def holder(self) -> Address:
        """The contract that holds the money."""
        return self.subject.fund

    @property
    def registry(self) -> Address:
        """The trust registry that it relies on."""
        return self.budget.registry

    @property
    def claims(self) -> ClaimChecks:
        """Its claims."""
        return self.budget.claims

    @property
    def signatures(self) -> int:
        """How many signatures were found to hold."""
        return self.budget.signatures.verified

    def apply(self, event: ChainEvent, transaction: Transaction) -> None:
        """Follow the next event of the fund."""
        self.budget.apply(event, transaction)

    def finish(self) -> None:
        """Each of a fund's events is checked by itself."""

    def comparisons(self, ledger: FundLedger) -> Iterator[Comparison]:
        """Figures, claims, accounts, shops and payments."""
        yield from budget_comparisons("Fund", self.holder, self.budget, ledger)
        yield from claim_comparisons("Fund", self.holder, self.claims, "claimsOf")
        yield from spending_comparisons("Fund", self.holder, self.budget, ledger)

    def statements(self) -> Iterator[tuple[bytes, Asked, Address, Place]]:
        """Each accepted key."""
        for (key_id, place), announced in self.claims.accepted.items():
            yield key_id, Asked("Fund", self.holder, "statementOf", (key_id,)), announced, place

    def figures(
        self,
        events: Sequence[ChainEvent],
        followed: FundLedger,
        as_of: datetime,
        *,
        entitled: int | None,
        cost: Amount | None,
    ) -> Figures:
        """Claims, allotments, payments and refunds; spending and key figures."""
        counts = {
            "claims": len(self.claims.nullifiers),
            "allotted_cents": followed.allotted,
            "payments": len(self.budget.payments),
            "refunds": self.budget.refunds,
            "spent_cents": followed.spent,
        }
        kpis = kpis_of(self.holder, events, as_of, entitled=entitled, cost=cost, zone=self.subject.zone)
        return Figures(counts, spending_of(self.subject, events), kpis)
