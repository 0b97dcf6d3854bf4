# SPDX-License-Identifier: EUPL-1.2
"""What must not work: strangers, thieves, a dishonest relayer, an employee in two roles, one cent above the cap."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from examples.heitje.doing import Doing
from examples.heitje.plan import Job
from examples.heitje.report import Report
from examples.heitje.town import Citizen, Town
from examples.telling import Teller
from holder.earning.collecting import plan_collection
from holder.earning.model import Work
from holder.earning.packing import Fill
from holder.earning.refusals import TaskRefusedError
from holder.recovery import Recovery
from holder.refusals import NotEligibleError
from programmable_money.messages import Address
from programmable_money.messages.tasks import CollectionMessage, GroupChoice
from programmable_money.refusals import RefusalReason, RefusedError, sentence

__all__ = ["Attempts"]

_ONE_CENT_SECONDS = 18
"""At EUR 2 an hour."""


@dataclass
class Attempts:
    """Attempts that are refused; one that is not ends the story."""

    town: Town
    doing: Doing
    report: Report
    teller: Teller

    def stranger(self, name: str, number: int) -> None:
        """Cato lives in another municipality."""
        cato = self.town.citizens[name]
        try:
            cato.wallet.earning.choose(self.doing.view, number, now=self.town.now())
        except NotEligibleError as refused:
            first = refused.reasons[0]
            self.report.refused[first.code] += 1
            self.teller.refused(f"{cato.first_name} of Maastricht wants to choose a task.", first.code, first.text.en)
            return
        raise RuntimeError("a stranger's wallet chose a task")

    def double_choice(self, job: Job, number: int) -> None:
        """Somebody else chose the same task a moment later: their choice was signed for the free task."""
        other = next(one for one in self.town.citizens.values() if one.person.name not in job.people)
        view = self.doing.view
        freed = replace(view, tasks=tuple(replace(task, state="published") for task in view.tasks))
        late = other.wallet.earning.choose(freed, number, now=self.town.now(), despite_cap=True)
        self._refused(
            f"{other.first_name} chooses the same task a moment later.",
            lambda: self.town.board.choose(GroupChoice.of([late])),
        )

    def same_employee(self, job: Job, number: int) -> None:
        """Els decides about her own verification."""
        accounts = self.doing.accounts[job.number]
        self._refused(
            "Els, who verified it, wants to decide the appeal herself.",
            lambda: self.town.board.decide(number, job.given, 0, accounts, employee=self.town.employees["Els"]),
        )

    def former_employee(self, number: int) -> None:
        """Els has left."""
        self._refused(
            "Els uses her account once more after she left.",
            lambda: self.town.board.withdraw(number, employee=self.town.employees["Els"]),
        )

    def no_room(self, job: Job) -> None:
        """The wallet warns before a task that could not be collected."""
        bas = self.doing.citizen(job.people[0])
        self.doing.renew(bas)
        try:
            bas.wallet.earning.choose(self.doing.view, self.doing.numbers[job.number], now=self.town.now())
        except TaskRefusedError as refused:
            self.report.refused[refused.reason.value] += 1
            self.teller.refused(
                f"{bas.first_name} wants one more hour of work. His wallet stops him first.",
                refused.reason.value,
                refused.text.en,
            )
            return
        raise RuntimeError("a wallet did not warn")

    def one_cent_more(self, name: str, job: Job) -> None:
        """In every slot of the year."""
        town, view = self.town, self.doing.view
        citizen = town.citizens[name]
        self.doing.renew(citizen)
        earning, number = citizen.wallet.earning, self.doing.numbers[job.number]
        right = earning.rate(view, now=town.now())
        work = next(work for work in earning.work if work.task == number)
        slots = town.rulebook.earnings.slots
        reason = RefusalReason.SLOT_FULL
        for slot in range(slots):
            account = citizen.wallet.account_address(view.coins.in_slot(town.now().year * 256 + slot))
            fill = Fill(slot, _ONE_CENT_SECONDS, 1)
            plan = plan_collection(
                view, town.rulebook, right, work, fill, account, total=_ONE_CENT_SECONDS, now=town.now()
            )
            message, _ = plan.prove(_task_key(citizen, work))
            try:
                town.deliver(message)
            except RefusedError as refused:
                self.report.refused[refused.reason.value] += 1
                self.report.one_cent_refused += refused.reason is reason
                continue
            raise RuntimeError("one cent above the cap was collected")
        self.teller.refused(
            f"{citizen.first_name} does it all the same, and tries to collect one cent of it in each of {slots} slots.",
            reason.value,
            sentence(reason),
        )

    def thieves(self, victim: Citizen, young: Citizen, thief: Citizen) -> None:
        """Another account, another's award, the other rate, and the same once more."""
        town = self.town
        message = self._made(victim)
        stolen = replace(message.collection, account=self._fresh(thief))
        self._refused(
            f"A dishonest relayer sends {victim.first_name}'s collection on, with another account to pay.",
            lambda: town.deliver(replace(message, collection=stolen)),
        )
        self._refused(
            f"{thief.first_name} proves that he is 21 or older, and collects {victim.first_name}'s award with it.",
            lambda: town.deliver(self._of_another(thief, victim)),
        )
        own = self._made(young)
        self._refused(
            f"{young.first_name}, under 21, sends her proof as one of somebody of 21 or older.",
            lambda: town.deliver(replace(own, terms=0)),
        )
        number = next(work.task for work in victim.wallet.earning.work if work.left)
        done = self.doing.collect(victim, number)
        if done is None:
            raise RuntimeError("the victim could not collect")
        self._refused(f"{victim.first_name}'s collection is sent a second time.", lambda: town.deliver(done))

    def _made(self, citizen: Citizen) -> CollectionMessage:
        """A collection that would be accepted, as a relayer gets it."""
        self.doing.renew(citizen)
        earning = citizen.wallet.earning
        work = next(work for work in earning.work if work.left)
        plan = earning.plan_collection(self.doing.view, work.task, now=self.town.now())
        return plan.prove(_task_key(citizen, work))[0]

    def _of_another(self, thief: Citizen, victim: Citizen) -> CollectionMessage:
        """A proof that is sound, for somebody else's award; the thief signs with a key of his own."""
        town, view = self.town, self.doing.view
        self.doing.renew(thief)
        theirs = next(work for work in victim.wallet.earning.work if work.left)
        right = thief.wallet.earning.rate(view, now=town.now())
        fill = Fill(0, theirs.left, theirs.left * right.rate.cents_per_hour // 3600)
        account = self._fresh(thief)
        plan = plan_collection(view, town.rulebook, right, theirs, fill, account, total=theirs.left, now=town.now())
        proof, verified = plan.prepared.prove_verified()
        return CollectionMessage.sign(
            view.domain,
            plan.collection,
            _task_key(thief, theirs),
            terms=right.number,
            key_id=plan.key.key_id,
            as_of=verified.claim.as_of,
            proof=proof,
        )

    def _fresh(self, citizen: Citizen) -> Address:
        return citizen.wallet.account_address(self.doing.view.coins.in_slot(self.town.now().year * 256))

    def chain_store(self) -> None:
        """A chain store is not among the shops."""
        town = self.town
        citizen, account = next(
            (citizen, account)
            for citizen in town.citizens.values()
            for account in citizen.wallet.accounts
            if account.balance
        )
        permit = citizen.wallet.sign_permit(account.scope, 1, now=town.now())
        self._refused(f"{town.chain_store.name}, charges.", lambda: town.charge(permit, town.chain_store, 1))

    def _refused(self, attempt: str, action: Callable[[], object]) -> None:
        try:
            action()
        except RefusedError as refused:
            self.report.refused[refused.reason.value] += 1
            self.teller.refused(attempt, refused.reason.value, sentence(refused.reason))
            return
        raise RuntimeError(f"this must be refused and was accepted: {attempt}")


def _task_key(citizen: Citizen, work: Work) -> bytes:
    """What somebody gets out of the own phrase with a program of their own."""
    return Recovery.from_phrase(citizen.phrase).task_key(work.scope.context_id, work.task, work.round)
