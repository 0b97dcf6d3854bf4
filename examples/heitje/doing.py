# SPDX-License-Identifier: EUPL-1.2
"""The seven steps, job by job: choosing, tools, reporting, verifying, appealing, collecting at random times."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from examples.heitje.plan import Job
from examples.heitje.report import Report
from examples.heitje.town import Citizen, Town
from holder.earning.board import BoardView
from holder.earning.model import Work
from holder.earning.refusals import TaskRefusal, TaskRefusedError
from holder.refusals import NotEligibleError
from programmable_money.messages import Address
from programmable_money.messages.tasks import CollectionMessage, GroupChoice, SignedAppeal, SignedChoice, SignedDone
from programmable_money.model import to_unix

__all__ = ["Doing"]


@dataclass
class Doing:
    """What citizens and employees do, on one board.

    Attributes:
        numbers: the board's number of each job.
        accounts: the task accounts of each job, in the order of its people.
        finished: awards of which nothing more can be collected, by task account.
    """

    town: Town
    report: Report
    numbers: dict[int, int] = field(default_factory=dict)
    accounts: dict[int, tuple[Address, ...]] = field(default_factory=dict)
    finished: set[Address] = field(default_factory=set)
    _view: tuple[int, BoardView] | None = None

    @property
    def view(self) -> BoardView:
        """The board as of its last event."""
        revision = self.town.followed.revision
        if self._view is None or self._view[0] != revision:
            self._view = revision, self.town.view()
        return self._view[1]

    def citizen(self, name: str) -> Citizen:
        """By name."""
        return self.town.citizens[name]

    def renew(self, citizen: Citizen, view: BoardView | None = None) -> None:
        """A credential that has run out, or that a birthday ended, is issued again before it is needed."""
        try:
            citizen.wallet.earning.rate(view or self.view, now=self.town.now())
        except NotEligibleError:
            self.town.issue(citizen)
            self.report.credentials_renewed += 1

    # ---- (2) to (5) ----

    def choose(self, jobs: Iterable[Job], *, despite_cap: bool = False) -> None:
        """(2) Each group signs one choice; (3) tools are handed out where there are any."""
        view, town = self.view, self.town
        for job in jobs:
            number, now = self.numbers[job.number], town.now()
            group = [self.citizen(name) for name in job.people]
            for citizen in group:
                self.renew(citizen, view)
            accounts = tuple(citizen.wallet.earning.task_account(view, number) for citizen in group)
            split = dict(zip(accounts, job.parts, strict=True))
            signed = [
                citizen.wallet.earning.choose(view, number, now=now, split=split, despite_cap=despite_cap)
                for citizen in group
            ]
            received = GroupChoice.of(SignedChoice.from_json(one.to_json()) for one in signed)
            town.board.choose(GroupChoice.from_json(received.to_json()))
            self.accounts[job.number] = accounts
            task = view.task(number)
            if task is not None and task.members[3]:
                town.board.equip(number, employee=town.employees["Els" if self.report.handovers == 0 else "Gerda"])

    def do(self, jobs: Iterable[Job]) -> None:
        """(4) The work is done, and one of the group reports it."""
        view = self.view
        for job in jobs:
            number = self.numbers[job.number]
            reported = self.citizen(job.people[0]).wallet.earning.report_done(view, number, now=self.town.now())
            self.town.board.report_done(SignedDone.from_json(reported.to_json()))

    def verify(self, jobs: Iterable[Job], employee: str) -> None:
        """(5) An employee looks, and gives the time that counts."""
        reasons = {reason.id: reason.index for reason in self.town.rulebook.earnings.reasons}
        for job in jobs:
            quarters = job.given if job.first is None else job.first
            full = quarters == job.quarters
            reason = 0 if full else reasons["shorter_than_planned" if quarters else "not_done"]
            number, account = self.numbers[job.number], self.town.employees[employee]
            self.town.board.verify(number, quarters, reason, self.accounts[job.number], employee=account)

    def appeal(self, job: Job, text: str) -> None:
        """(5) The citizen does not agree; the text goes to the employee who decides, its hash on chain."""
        written = self.citizen(job.people[0]).wallet.earning.appeal(
            self.view, self.numbers[job.number], text, now=self.town.now()
        )
        self.town.board.appeal(SignedAppeal.from_json(written.message.to_json()))

    def learn(self) -> None:
        """Every wallet reads the board, and draws a time for what was awarded to it."""
        view = self.view
        for citizen in self.town.citizens.values():
            citizen.wallet.earning.learn(view, now=self.town.now())

    # ---- (6) ----

    def advance(self, to: datetime, spend: Callable[[], None] = lambda: None) -> None:
        """Let time pass; each wallet collects at the time that it drew."""
        while (due := self._next()) is not None and due[0] <= to:
            self.town.chain.travel_to(to_unix(due[0]))
            self.collect(due[1], due[2].task)
        spend()
        self.town.chain.travel_to(to_unix(to))

    def collect(self, citizen: Citizen, number: int) -> CollectionMessage | None:
        """One part of an award, into the slot that the wallet packs it into; None when no slot has room."""
        self.renew(citizen)
        earning = citizen.wallet.earning
        try:
            plan = earning.plan_collection(self.view, number, now=self.town.now())
        except TaskRefusedError as refused:
            if refused.reason is not TaskRefusal.NOTHING_TO_COLLECT:
                raise
            self.finished |= {work.account for work in earning.work if work.task == number}
            return None
        message = CollectionMessage.from_json(earning.collect(plan, now=self.town.now()).to_json())
        receipt = self.town.deliver(message)
        collected = next(event.arguments for event in receipt.events if event.name == "Collected")
        self.report.collections += 1
        self.report.collect_gas.append(receipt.gas_used)
        self.report.collected_cents[citizen.person.name] += collected["amount"]
        earning.learn(self.view, now=self.town.now())
        return message

    def _next(self) -> tuple[datetime, Citizen, Work] | None:
        """The next award that a wallet wants to collect from."""
        waiting = [
            (work.collect_at, citizen, work)
            for citizen in self.town.citizens.values()
            for work in citizen.wallet.earning.work
            if work.left and work.collect_at is not None and work.account not in self.finished
        ]
        return min(waiting, key=lambda item: item[0], default=None)


def batch(jobs: Sequence[Job], number: int) -> tuple[Job, ...]:
    """The jobs that are verified in a fortnight."""
    return tuple(job for job in jobs if job.batch == number)
