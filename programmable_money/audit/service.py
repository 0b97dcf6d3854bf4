# SPDX-License-Identifier: EUPL-1.2
"""The whole audit of one programme, from a node's answers to a report that signs off or lists every difference.

Steps, as docs/audit.md numbers them: (1) the chain, (2) the contracts and their rules, (3) nothing is hidden,
(4) every event against the rules, with every proof and signature, (5) the backing at every block, (6) the contracts'
own storage, (7) what the sponsor publishes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from programmable_money.abi import interface
from programmable_money.audit.audited import Audited
from programmable_money.audit.authority import Authority
from programmable_money.audit.backing import Backing
from programmable_money.audit.bank import BankDeposits
from programmable_money.audit.board import AuditedBoard
from programmable_money.audit.coverage import Walked, walk
from programmable_money.audit.figures import public_books
from programmable_money.audit.fund import AuditedFund
from programmable_money.audit.node import Log, Node, NodeError, NodeReader, Transaction, event_of
from programmable_money.audit.opening import FindRulebook
from programmable_money.audit.passes import AuditedPass
from programmable_money.audit.published import PublishedFigures
from programmable_money.audit.registry_state import RegistryState
from programmable_money.audit.report import AuditReport, Checked, DifferenceKind, Findings
from programmable_money.audit.storage import StorageCheck
from programmable_money.audit.subjects import Names, Told
from programmable_money.books import BooksError, Ledger
from programmable_money.kpi.figures import Figures
from programmable_money.messages import ZERO_ADDRESS, Address
from programmable_money.model import Amount, ChainEvent, MoneyError, from_unix
from ssi.rulebook.model import ProgrammeKind

__all__ = ["AuditRequest", "Progress", "Silent", "audit"]


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
        programme: the contract: a fund, a pass, or a task board.
        find_rulebook: the published rulebook with a hash, and its credential types; LookupError when there is none.
        kind: what is at that address.
        chain_id: the chain that it must be; None takes the node's word, or that of ``published``.
        bank: what the bank says about each deposit reference (``read_deposit_list``, ``read_deposit_statements``); None
            believes the token's own deposits.
        from_block: where to start, on a chain that is older than the contracts.
        entitled, cost: as ``budget_kpis`` takes them.
    """

    programme: Address
    find_rulebook: FindRulebook
    kind: ProgrammeKind = ProgrammeKind.FUND
    chain_id: int | None = None
    published: PublishedFigures | None = None
    bank: BankDeposits | None = None
    from_block: int = 0
    entitled: int | None = None
    cost: Amount | None = None


def audit(node: Node, request: AuditRequest, progress: Progress | None = None) -> AuditReport:
    """Audit a programme; finding differences is no error.

    Raises:
        MoneyError: the node does not answer, or there is nothing of the kind to audit.
        LookupError: nobody knows the rulebook that the contract names.
    """
    return _Audit(NodeReader(node), request, progress or Silent()).run()


class _Audit:
    def __init__(self, reader: NodeReader, request: AuditRequest, progress: Progress) -> None:
        self._reader, self._request, self._progress = reader, request, progress
        self._findings = Findings()
        self._check_chain()
        address = request.programme
        if not reader.code(address):
            raise NodeError(f"there is no contract at {address} on chain {reader.chain_id}")
        self._registry = RegistryState(self._findings)
        opened = _OPENED[request.kind]
        self._programme: Audited = opened(reader, address, request.find_rulebook, self._registry, self._findings)
        programme = self._programme
        self._subject = programme.subject
        self._names = {programme.registry: "TrustRegistry", programme.budget.euro: "MunicipalEuro", **programme.names}
        if len(self._names) != 2 + len(programme.names):
            raise NodeError("the programme, its registry and its euro must be different contracts")
        self._backing = Backing(self._findings, request.bank)
        self._authority = Authority(self._findings, self._subject.holder)
        self._ledger = Ledger()

    def run(self) -> AuditReport:
        """All steps in order."""
        reader, request, names, programme = self._reader, self._request, self._names, self._programme
        if request.from_block > reader.head:
            raise NodeError(f"the chain ends at block {reader.head}")
        count = reader.head - request.from_block + 1
        logs = reader.logs(list(names), request.from_block, self._progress.start("listing events", count))
        advance = self._progress.start("reading blocks", count)
        walked = walk(reader, names.keys(), logs, request.from_block, self._findings, advance)
        self._check_code(walked)
        events = self._events(logs, walked)
        self._follow(events, walked)
        programme.finish()
        self._pair_settlements()
        if self._subject.holder not in self._ledger.funds:
            raise NodeError(f"the node lists no event of {self._subject.holder}")
        ledger = self._ledger.funds[self._subject.holder]
        total = sum(1 for _ in programme.comparisons(ledger))
        advance = self._progress.start("asking the contracts", total)
        storage = StorageCheck(reader, programme.registry, programme.budget.euro, self._findings)
        storage.run(programme, self._registry, ledger, self._backing, advance)
        storage.compare(self._authority.comparisons(names))
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
        if published is not None and not published.is_about(self._request.kind, self._request.programme):
            self._note(DifferenceKind.PUBLISHED, "what is published is about another programme")

    def _check_code(self, walked: Walked) -> None:
        """Each contract is what our sources compile to: its deployment starts with that code."""
        for address, name in self._names.items():
            made = walked.deployments.get(address)
            if made is None:
                text = f"{name} {address} was not deployed by a transaction in the blocks that were read"
                self._note(DifferenceKind.CODE, text)
            elif not made.octets.startswith(interface(name).bytecode):
                text = f"{name} {address} is not what this version's sources compile to"
                self._findings.add(DifferenceKind.CODE, text, transaction=made.hash)

    # ---- (4) and (5) ----

    def _events(self, logs: Sequence[Log], walked: Walked) -> tuple[ChainEvent, ...]:
        found = (event_of(log, self._names, walked.mined_at.get(log.block, 0)) for log in logs)
        return tuple(event for event in found if event is not None)

    def _follow(self, events: Sequence[ChainEvent], walked: Walked) -> None:
        advance = self._progress.start("verifying every proof and signature", len(events))
        for number, event in enumerate(events):
            unknown = Transaction(event.transaction, ZERO_ADDRESS, 0, ZERO_ADDRESS, b"")
            transaction = walked.transactions.get(event.transaction, unknown)
            self._authority.apply(event, transaction)
            if event.contract == "TrustRegistry":
                self._registry.apply(event)
            elif event.contract == "MunicipalEuro":
                self._backing.apply(event)
            else:
                self._programme.apply(event, transaction)
            try:
                self._ledger.apply(event)
            except BooksError as error:
                self._findings.add(DifferenceKind.LEDGER, str(error), block=event.block, transaction=event.transaction)
            if number + 1 == len(events) or events[number + 1].block != event.block:
                self._backing.close_block(event.block, event.emitted_at)
            advance(1)
        for key in self._registry.keys.values():
            if key.type_id not in self._registry.types:
                text = f"a key of {key.validator} is for a type that was never registered"
                self._note(DifferenceKind.CLAIM_KEY, text)

    def _pair_settlements(self) -> None:
        """What a programme settles is what the token burns, in one transaction under one reference."""
        settled = self._programme.budget.settled_in
        burnt = {
            (place, reference): cents
            for (place, holder, reference), cents in self._backing.settled_in.items()
            if holder == self._subject.holder
        }
        for place, reference in sorted(burnt.keys() | settled.keys()):
            ours, theirs = (book.get((place, reference), 0) for book in (settled, burnt))
            if ours != theirs:
                text = f"settlement 0x{reference.hex()}: {ours} cents of shops and {theirs} cents burnt"
                self._findings.add(DifferenceKind.SETTLEMENT, text, transaction=place)

    # ---- (7) and the report ----

    def _compare_published(self, events: Sequence[ChainEvent], walked: Walked) -> int:
        request, published = self._request, self._request.published
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
                read_at=from_unix(walked.mined_at[published.block]),
                names=Names(),
                told=Told(
                    published.entitled if request.entitled is None else request.entitled,
                    published.cost if request.cost is None else request.cost,
                ),
            )
        except MoneyError as error:
            self._note(DifferenceKind.PUBLISHED, f"cannot be compared: {error}")
            return 0
        return published.compare(computed, self._findings)

    def _report(self, events: Sequence[ChainEvent], walked: Walked, storage: int, published: int) -> AuditReport:
        request, programme = self._request, self._programme
        as_of = from_unix(walked.mined_at[self._reader.head])
        try:
            figures = self._subject.figures(events, as_of, Told(request.entitled, request.cost))
        except (LookupError, ValueError) as error:
            self._note(DifferenceKind.LEDGER, f"there are no figures: {error}")
            figures = Figures({}, {}, ())
        return AuditReport(
            kind=self._subject.rulebook.kind,
            chain_id=self._reader.chain_id,
            programme=request.programme,
            rulebook=f"{self._subject.rulebook.name}/v{self._subject.rulebook.version}",
            block=self._reader.head,
            block_hash=walked.head_hash,
            at=walked.mined_at[self._reader.head],
            books=self._ledger.books,
            figures=figures,
            checked=Checked(
                blocks=len(walked.mined_at),
                transactions=len(walked.transactions),
                events=len(events),
                proofs=programme.claims.proofs.verified,
                signatures=programme.signatures,
                storage=storage,
                published=published,
            ),
            differences=tuple(self._findings.found),
            sponsor=programme.budget.sponsor,
            hand_overs=tuple(self._authority.hand_overs),
        )

    def _note(self, kind: DifferenceKind, text: str) -> None:
        self._findings.add(kind, text)


_OPENED: Mapping[ProgrammeKind, Callable[..., Audited]] = {
    ProgrammeKind.FUND: AuditedFund.open,
    ProgrammeKind.PASS: AuditedPass.open,
    ProgrammeKind.TASKS: AuditedBoard.open,
}
