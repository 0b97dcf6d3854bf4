# SPDX-License-Identifier: EUPL-1.2
"""A pass under audit: its rules, its events, and what its contract must say at the end."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from programmable_money.audit.audited import Asked, Comparison, budget_comparisons, claim_comparisons
from programmable_money.audit.cells import Cells
from programmable_money.audit.claim_checks import ClaimChecks
from programmable_money.audit.claims import ClaimProofs, Place
from programmable_money.audit.node import NodeReader, Transaction
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
from programmable_money.audit.report import Figures, Findings
from programmable_money.books import FundLedger
from programmable_money.kpi import Kpi, KpiValue
from programmable_money.messages import Address, PaymentDomain, Scope
from programmable_money.model import Amount, ChainEvent, from_unix
from programmable_money.passes.rules import pass_rules_of, summary, use_terms_of
from ssi.rulebook.model import Rulebook
from ssi.rulebook.terms import terms

__all__ = ["AuditedPass"]

_PASS = "Pass"  # noqa: S105 - a contract's name


@dataclass(slots=True)
class AuditedPass:
    """One pass; see ``Audited``. Build it with ``open``."""

    address: Address
    rulebook: Rulebook
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
        theirs = read_rules(reader, _PASS, address)
        rulebook, types = published_rulebook(find_rulebook, theirs[0])
        given = summary(theirs)
        ours = pass_rules_of(rulebook, types, given.period, given.validators, given.desk)
        check_rules("pass's rules", ours, theirs, findings)
        rules = summary(ours)
        scope = Scope(reader.chain_id, address, rulebook.hash, rules.period)
        check_scope(reader.call(_PASS, address, "scopeOf", ACTIVATING.slot)[0], scope.in_slot(0), findings)
        asked = [terms(rulebook, types[0], rules.period), use_terms_of(rulebook, types, rules.period)]
        validators = [rules.validators, (rules.desk,)]
        cap = rules.activations_per_validator
        state = PassState(
            rules=rules,
            findings=findings,
            claims=ClaimChecks(registry, findings, ClaimProofs(asked, scope), validators, cap),
            registry=party_of(reader, _PASS, address, "registry"),
            euro=party_of(reader, _PASS, address, "euro"),
            domain=PaymentDomain(reader.chain_id, address),
        )
        return cls(address, rulebook, state)

    @property
    def names(self) -> Mapping[Address, str]:
        """Its own contract."""
        return {self.address: _PASS}

    @property
    def holder(self) -> Address:
        """The contract that holds the money."""
        return self.address

    @property
    def registry(self) -> Address:
        """The trust registry that it relies on."""
        return self.budget.registry

    @property
    def claims(self) -> ClaimChecks:
        """Its activations and uses."""
        return self.budget.claims

    @property
    def signatures(self) -> int:
        """How many shops' signatures were found to hold."""
        return self.budget.signatures

    def apply(self, event: ChainEvent, transaction: Transaction) -> None:
        """Follow the next event of the pass."""
        self.budget.apply(event, transaction)

    def finish(self) -> None:
        """Each of a pass's events is checked by itself."""

    def comparisons(self, ledger: FundLedger) -> Iterator[Comparison]:
        """Figures, activations, shops and offers."""
        yield from budget_comparisons(_PASS, self.address, self.budget, ledger)
        yield from claim_comparisons(_PASS, self.address, self.claims, "claimsOf")
        for account in self.budget.activated:
            yield Comparison(f"pass of {account}", (True,), Asked(_PASS, self.address, "isActivated", (account,)))
        for number, offer in self.budget.offers.items():
            # the contract keeps everything of an offer but its description
            expected = (bytes(32), *offer.members[1:]), offer.used, offer.is_withdrawn
            yield Comparison(f"offer {number}", expected, Asked(_PASS, self.address, "offerOf", (number,)))

    def statements(self) -> Iterator[tuple[bytes, Asked, Address, Place]]:
        """Each accepted key."""
        for (key_id, place), announced in self.claims.accepted.items():
            yield key_id, Asked(_PASS, self.address, "statementOf", (key_id, *place)), announced, place

    def figures(
        self,
        events: Sequence[ChainEvent],
        followed: FundLedger,
        as_of: datetime,
        *,
        entitled: int | None,
        cost: Amount | None,
    ) -> Figures:
        """Activations, uses and who paid what; uses by offer, shop and month."""
        uses, activations = self.budget.uses, len(self.budget.activated)
        counts = {
            "activations": activations,
            "offers": len(self.budget.offers),
            "uses": len(uses),
            "sponsor_pays_cents": sum(use.quote.sponsor for use in uses),
            "shops_bear_cents": sum(use.quote.merchant for use in uses),
            "citizens_pay_cents": sum(use.quote.citizen for use in uses),
        }
        cells = Cells.of((use, use.nullifier, use.quote.sponsor) for use in uses)
        spending = {
            "offer": cells.by(lambda use: f"offer {use.offer}"),
            "shop": cells.by(lambda use: use.merchant),
            "month": cells.by(lambda use: from_unix(use.used_at).strftime("%Y-%m")),
        }
        kpis = [KpiValue.of(Kpi.ACTIVATED, activations, entitled, people=activations)]
        if cost is not None:
            spent = counts["sponsor_pays_cents"]
            kpis.append(KpiValue.of(Kpi.COST_PER_EURO, cost.cents, spent, people=activations))
        return Figures(counts, spending, tuple(kpis))
