# SPDX-License-Identifier: EUPL-1.2
"""The whole audit of one fund, from a node's answers to a report that signs off or lists every difference.

Steps, as docs/audit.md numbers them: (1) the chain, (2) the contracts and their rules, (3) nothing is hidden,
(4) every event against the rules, with every proof and signature, (5) the backing at every block, (6) the contracts'
own storage, (7) what the sponsor publishes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from programmable_money.abi import interface
from programmable_money.audit.backing import Backing
from programmable_money.audit.claims import ClaimProofs
from programmable_money.audit.coverage import Walked, walk
from programmable_money.audit.figures import Subject, kpis_of, public_books, spending_of
from programmable_money.audit.fund_state import FundState
from programmable_money.audit.node import Log, Node, NodeError, NodeReader, Transaction, event_of
from programmable_money.audit.payments import PaymentSignatures
from programmable_money.audit.published import PublishedFigures
from programmable_money.audit.registry_state import RegistryState
from programmable_money.audit.report import AuditReport, Checked, DifferenceKind, Findings
from programmable_money.audit.spending_rules import SpendingRules
from programmable_money.audit.storage import Contracts, StorageCheck
from programmable_money.books import BooksError, Ledger
from programmable_money.messages import ZERO_ADDRESS, Address, PaymentDomain, Scope, parse_address
from programmable_money.model import Amount, ChainEvent, FundRules, from_unix
from programmable_money.rules import RulesTuple, rules_of, spending_rules_of, summary
from ssi.credential.types import CredentialType
from ssi.errors import VerificationError
from ssi.rulebook.model import Rulebook
from ssi.rulebook.terms import terms

__all__ = ["AuditRequest", "Progress", "Silent", "audit"]

_ADDRESS_LENGTH: Final = 42


class Progress(Protocol):
    """Shows how far it is."""

    def start(self, what: str, total: int) -> Callable[[int], None]:
        """A step begins; gives what is told how much more of it is done."""
        ...


class Silent:
    """Shows nothing."""

    def start(self, what: str, total: int) -> Callable[[int], None]:
        """A step begins; nobody is told."""
        return lambda done: None


@dataclass(frozen=True, slots=True)
class AuditRequest:
    """What is audited and what it is compared with.

    Attributes:
        find_rulebook: the published rulebook with a hash, and its credential type; LookupError when there is none.
        chain_id: the chain that it must be; None takes the node's word, or that of ``published``.
        bank: what the bank's statement says about each deposit reference (32 octets), in cents; None believes the
            token's own deposits.
        from_block: where to start, on a chain that is older than the contracts.
        entitled, cost: as ``budget_kpis`` takes them.
    """

    fund: Address
    find_rulebook: Callable[[bytes], tuple[Rulebook, CredentialType]]
    chain_id: int | None = None
    published: PublishedFigures | None = None
    bank: Mapping[bytes, int] | None = None
    from_block: int = 0
    entitled: int | None = None
    cost: Amount | None = None


def audit(node: Node, request: AuditRequest, progress: Progress | None = None) -> AuditReport:
    """Audit a fund; finding differences is no error.

    Raises:
        MoneyError: the node does not answer, or there is nothing of the kind to audit.
        LookupError: nobody knows the rulebook that the fund names.
    """
    return _Audit(NodeReader(node), request, progress or Silent()).run()


class _Audit:
    def __init__(self, reader: NodeReader, request: AuditRequest, progress: Progress) -> None:
        self._reader, self._request, self._progress = reader, request, progress
        self._findings = Findings()
        self._check_chain()
        fund = request.fund
        if not reader.code(fund):
            raise NodeError(f"there is no contract at {fund} on chain {reader.chain_id}")
        registry, euro = (parse_address(reader.call("Fund", fund, name)[0]) for name in ("registry", "euro"))
        self._contracts = Contracts(fund, registry, euro)
        if len(self._contracts.names) != 3:
            raise NodeError("the fund, its registry and its euro must be three contracts")
        rules, self._subject = self._rules()
        scope = Scope(reader.chain_id, fund, rules.rulebook_hash, rules.period)
        if reader.call("Fund", fund, "scope")[0] != scope.context_id:
            self._note(DifferenceKind.WRONG_CHAIN, "the fund's scope is not that of this chain, fund and rulebook")
        claim_terms = terms(self._subject.rulebook, self._subject.credential_type, rules.period)
        self._proofs = ClaimProofs(claim_terms, scope.context_id, rules)
        self._signatures = PaymentSignatures(PaymentDomain(reader.chain_id, fund))
        self._registry = RegistryState(self._findings)
        self._fund = FundState(
            rules, self._registry, self._proofs, self._signatures, self._findings, self._spending_rules()
        )
        self._backing = Backing(self._findings, request.bank)
        self._ledger = Ledger()

    def run(self) -> AuditReport:
        """All steps in order."""
        reader, request, contracts = self._reader, self._request, self._contracts
        if request.from_block > reader.head:
            raise NodeError(f"the chain ends at block {reader.head}")
        names, count = contracts.names, reader.head - request.from_block + 1
        logs = reader.logs(list(names), request.from_block, self._progress.start("listing events", count))
        advance = self._progress.start("reading blocks", count)
        walked = walk(reader, names.keys(), logs, request.from_block, self._findings, advance)
        self._check_code(walked)
        events = self._events(logs, walked)
        self._follow(events, walked)
        self._pair_settlements()
        if request.fund not in self._ledger.funds:
            raise NodeError(f"the node lists no event of the fund {request.fund}")
        storage = StorageCheck(reader, contracts, self._findings)
        total = len(self._fund.payments) + 2 * len(self._fund.nullifiers)
        advance = self._progress.start("asking the contracts", total)
        storage.run(self._fund, self._ledger.funds[request.fund], self._backing, advance)
        compared = self._compare_published(events, walked)
        return self._report(events, walked, storage.compared, compared)

    # ---- (1) and (2) ----

    def _check_chain(self) -> None:
        published = self._request.published
        wanted = [self._request.chain_id, None if published is None else published.chain_id]
        for chain_id in {number for number in wanted if number is not None}:
            if chain_id != self._reader.chain_id:
                text = f"the node's chain is {self._reader.chain_id}, not {chain_id}"
                self._note(DifferenceKind.WRONG_CHAIN, text)
        if published is not None and published.fund.lower() != self._request.fund.lower():
            self._note(DifferenceKind.PUBLISHED, "what is published is about another fund")

    def _rules(self) -> tuple[FundRules, Subject]:
        """The contract's rules, which must be those that the published rulebook compiles to."""
        (raw,) = self._reader.call("Fund", self._request.fund, "rules")
        theirs = _frozen(raw)
        rules = summary(theirs)
        rulebook, credential_type = self._request.find_rulebook(rules.rulebook_hash)
        if rulebook.hash != rules.rulebook_hash:
            raise LookupError(f"the fund follows the rulebook 0x{rules.rulebook_hash.hex()}, not the one that is given")
        ours = rules_of(rulebook, credential_type, rules.period, rules.validators)
        for index, (mine, its) in enumerate(zip(ours, theirs, strict=True)):
            if mine != its:
                self._note(DifferenceKind.RULES, f"member {index} of the fund's rules is not what the rulebook says")
        return summary(ours), Subject(self._reader.chain_id, self._request.fund, rulebook, credential_type, rules)

    def _spending_rules(self) -> SpendingRules:
        """How money may be spent, which must be what the published rulebook says."""
        (raw,) = self._reader.call("Fund", self._request.fund, "spendingRules")
        rules = _frozen(raw)
        if rules != spending_rules_of(self._subject.rulebook):
            self._note(DifferenceKind.RULES, "the fund's rules of spending are not what the rulebook says")
        return SpendingRules.of(rules)

    def _check_code(self, walked: Walked) -> None:
        """Each contract is what our sources compile to: its deployment starts with that code."""
        for address, name in self._contracts.names.items():
            made = walked.deployments.get(address)
            if made is None:
                text = f"{name} {address} was not deployed by a transaction in the blocks that were read"
                self._note(DifferenceKind.CODE, text)
            elif not made.octets.startswith(interface(name).bytecode):
                text = f"{name} {address} is not what this version's sources compile to"
                self._findings.add(DifferenceKind.CODE, text, transaction=made.hash)

    # ---- (4) and (5) ----

    def _events(self, logs: Sequence[Log], walked: Walked) -> tuple[ChainEvent, ...]:
        names = self._contracts.names
        found = (event_of(log, names, walked.mined_at.get(log.block, 0)) for log in logs)
        return tuple(event for event in found if event is not None)

    def _follow(self, events: Sequence[ChainEvent], walked: Walked) -> None:
        advance = self._progress.start("verifying every proof and signature", len(events))
        for number, event in enumerate(events):
            if event.contract == "TrustRegistry":
                self._registry.apply(event)
            elif event.contract == "MunicipalEuro":
                self._backing.apply(event)
            else:
                self._check_opening(event)
                unknown = Transaction(event.transaction, ZERO_ADDRESS, 0, None, b"")
                self._fund.apply(event, walked.transactions.get(event.transaction, unknown))
            try:
                self._ledger.apply(event)
            except BooksError as error:
                self._findings.add(DifferenceKind.LEDGER, str(error), block=event.block, transaction=event.transaction)
            if number + 1 == len(events) or events[number + 1].block != event.block:
                self._backing.close_block(event.block)
            advance(1)
        for key in self._registry.keys.values():
            if key.type_id not in self._registry.types:
                text = f"a key of {key.validator} is for a type that was never registered"
                self._note(DifferenceKind.CLAIM_KEY, text)

    def _check_opening(self, event: ChainEvent) -> None:
        """A fund says once, when it is opened, which registry and euro are its own."""
        ours = {"registry": self._contracts.registry, "euro": self._contracts.euro}
        if event.name == "Opened" and any(event.arguments[name] != address for name, address in ours.items()):
            text = "the fund was opened with another registry or euro than it names"
            self._findings.add(DifferenceKind.RULES, text, block=event.block, transaction=event.transaction)

    def _pair_settlements(self) -> None:
        """What a fund settles is what the token burns, in one transaction under one reference."""
        fund = self._request.fund
        burnt = {
            (place, reference): cents
            for (place, holder, reference), cents in self._backing.settled_in.items()
            if holder == fund
        }
        for place, reference in sorted(burnt.keys() | self._fund.settled_in.keys()):
            ours, theirs = (book.get((place, reference), 0) for book in (self._fund.settled_in, burnt))
            if ours != theirs:
                text = f"settlement 0x{reference.hex()}: {ours} cents of shops and {theirs} cents burnt"
                self._findings.add(DifferenceKind.SETTLEMENT, text, transaction=place)

    # ---- (7) and the report ----

    def _compare_published(self, events: Sequence[ChainEvent], walked: Walked) -> int:
        published = self._request.published
        if published is None:
            return 0
        if published.block not in walked.mined_at:
            self._note(DifferenceKind.PUBLISHED, f"what is published is about block {published.block}, not read here")
            return 0
        try:
            computed = public_books(
                self._subject,
                [event for event in events if event.block <= published.block],
                block=published.block,
                mined_at=walked.mined_at[published.block],
                sponsor="",
                shop_names={},
                read_at=from_unix(walked.mined_at[published.block]),
                entitled=published.entitled if self._request.entitled is None else self._request.entitled,
            )
        except (BooksError, LookupError) as error:
            self._note(DifferenceKind.PUBLISHED, f"cannot be compared: {error}")
            return 0
        return published.compare(computed, self._findings)

    def _report(self, events: Sequence[ChainEvent], walked: Walked, storage: int, published: int) -> AuditReport:
        request, subject, fund = self._request, self._subject, self._fund
        followed = self._ledger.funds[request.fund]
        as_of = from_unix(walked.mined_at[self._reader.head])
        blocks = len(walked.mined_at)
        return AuditReport(
            chain_id=self._reader.chain_id,
            fund=request.fund,
            rulebook=f"{subject.rulebook.name}/v{subject.rulebook.version}",
            block=self._reader.head,
            block_hash=walked.head_hash,
            books=self._ledger.books,
            claims=len(fund.nullifiers),
            allotted=Amount(followed.allotted),
            payments=len(fund.payments),
            refunds=fund.refunds,
            spent=Amount(followed.spent),
            spending=spending_of(subject, events),
            kpis=kpis_of(request.fund, events, as_of, entitled=request.entitled, cost=request.cost),
            checked=Checked(
                blocks=blocks,
                transactions=len(walked.transactions),
                events=len(events),
                proofs=self._proofs.verified,
                signatures=self._signatures.verified,
                storage=storage,
                published=published,
            ),
            differences=tuple(self._findings.found),
        )

    def _note(self, kind: DifferenceKind, text: str) -> None:
        self._findings.add(kind, text)


def _frozen(value: Any) -> RulesTuple:
    """Nested sequences as tuples, addresses with their checksums."""

    def freeze(item: Any) -> Any:
        if isinstance(item, list | tuple):
            return tuple(freeze(one) for one in item)
        if isinstance(item, str) and len(item) == _ADDRESS_LENGTH:
            try:
                return parse_address(item)
            except VerificationError as error:
                raise NodeError("the fund's rules name an account that is none") from error
        return item

    frozen: RulesTuple = freeze(value)
    return frozen
