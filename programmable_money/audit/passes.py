# SPDX-License-Identifier: EUPL-1.2
"""A pass under audit: its rules, its events, and what its contract must say at the end."""

from collections.abc import Iterator
from dataclasses import dataclass

from programmable_money.audit.audited import Audited, Comparison, claim_comparisons
from programmable_money.audit.claim_checks import ClaimChecks
from programmable_money.audit.claims import ClaimProofs
from programmable_money.audit.node import NodeReader
from programmable_money.audit.opening import (
    FindRulebook,
    check_rules,
    check_scope,
    party_of,
    published_rulebook,
    read_rules,
)
from programmable_money.audit.pass_state import ACTIVATING, PassState
from programmable_money.audit.registry_state import RegistryState
from programmable_money.audit.report import Findings
from programmable_money.audit.subjects import PassSubject
from programmable_money.books import FundLedger
from programmable_money.messages import Address, PaymentDomain, Scope
from programmable_money.passes.rules import pass_rules_of, summary, use_terms_of
from ssi.rulebook.terms import terms

__all__ = ["AuditedPass"]


@dataclass(slots=True)
class AuditedPass(Audited):
    """One pass. Build it with ``open``."""

    CONTRACT = HOLDER = "Pass"
    budget: PassState

    @classmethod
    def open(
        cls,
        reader: NodeReader,
        address: Address,
        find_rulebook: FindRulebook,
        registry: RegistryState,
        findings: Findings,
    ) -> "AuditedPass":
        """Read the contract's rules, which must be those that the published rulebook compiles to.

        Raises:
            LookupError: nobody knows the rulebook.
            NodeError: it is no such contract.
        """
        theirs = read_rules(reader, cls.CONTRACT, address)
        rulebook, types = published_rulebook(find_rulebook, theirs[0])
        given = summary(theirs)
        ours = pass_rules_of(rulebook, types, given.period, given.validators, given.desk)
        check_rules("pass's rules", ours, theirs, findings)
        rules = summary(ours)
        scope = Scope(reader.chain_id, address, rulebook.hash, rules.period)
        check_scope(reader.call(cls.CONTRACT, address, "scopeOf", ACTIVATING.slot)[0], scope.in_slot(0), findings)
        asked = [terms(rulebook, types[0], rules.period), use_terms_of(rulebook, types, rules.period)]
        validators = [rules.validators, (rules.desk,)]
        cap = rules.activations_per_validator
        state = PassState(
            rules=rules,
            findings=findings,
            claims=ClaimChecks(registry, findings, ClaimProofs(asked, scope), validators, cap),
            registry=party_of(reader, cls.CONTRACT, address, "registry"),
            euro=party_of(reader, cls.CONTRACT, address, "euro"),
            domain=PaymentDomain(reader.chain_id, address),
        )
        subject = PassSubject(reader.chain_id, address, rulebook, types, rules)
        return cls(subject, state, state.claims, state.registry)

    def comparisons(self, ledger: FundLedger) -> Iterator[Comparison]:
        """Figures, activations, shops and offers."""
        yield from Audited.comparisons(self, ledger)
        yield from claim_comparisons(self.CONTRACT, self.subject.address, self.claims, "claimsOf")
        for account in self.budget.activated:
            yield Comparison(f"pass of {account}", (True,), self._asked("isActivated", account))
        for number, offer in self.budget.offers.items():
            # the contract keeps everything of an offer but its description
            expected = (bytes(32), *offer.members[1:]), offer.used, offer.is_withdrawn
            yield Comparison(f"offer {number}", expected, self._asked("offerOf", number))
