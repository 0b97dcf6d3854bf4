# SPDX-License-Identifier: EUPL-1.2
"""The Heerlens Heitje done right, told chapter by chapter on a real chain.

Every step is the real thing: ages are proved and never shown, each collection is checked by the contract, and nobody
can add up what a person earns. What must happen follows from ``plan`` and from the figures that Heerlen published.
"""

import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from examples.heitje.attempts import Attempts
from examples.heitje.doing import Doing, batch
from examples.heitje.money import Spending
from examples.heitje.observer import heaps_of
from examples.heitje.plan import (
    AMIRA,
    BAS,
    BATCHES,
    BIRTHDAY_JOBS,
    BIRTHDAY_PERSON,
    JOBS,
    PEOPLE,
    PUBLISHED,
    STRANGER,
    Job,
)
from examples.heitje.published import GOALS, computed, met
from examples.heitje.report import Report, differences
from examples.heitje.town import BUDGET, Town
from examples.telling import Teller
from holder.earning.statement import to_pdf, to_text
from programmable_money.chain import Chain
from programmable_money.kpi.board import board_figures
from programmable_money.messages import parse_address
from programmable_money.messages.tasks import GroupChoice
from programmable_money.model import Amount, Language, to_unix
from programmable_money.raw import fragments
from programmable_money.scan import HOUSEHOLD_COLUMNS, Needles, personal_values, scan

__all__ = ["STARTS_AT", "Story"]

STARTS_AT = datetime(2025, 1, 6, 9, tzinfo=UTC)
"""When the story begins; it needs a chain whose clock can be moved."""
_FORTNIGHT = timedelta(days=14)
_KEY_FIGURES_AT = datetime(2025, 10, 1, 9, tzinfo=UTC)


class Story:
    """One telling.

    Args:
        chain: embedded or anvil: the story lasts nine months.
        teller: where it is told.
        folder: where the payment file and the yearly statements are left.
    """

    def __init__(self, chain: Chain, teller: Teller, folder: Path) -> None:
        self.chain, self.teller, self.folder = chain, teller, folder
        self.report = Report()

    def tell(self) -> list[str]:
        """Tell it; what went otherwise than planned, in words. Empty when all is well."""
        started = time.perf_counter()
        first_block = self.chain.block_number()
        self.chain.travel_to(to_unix(STARTS_AT))
        self.town = Town(self.chain)
        try:
            self.doing = Doing(self.town, self.report)
            self.spending = Spending(self.town, self.report)
            self.attempts = Attempts(self.town, self.doing, self.report, self.teller)
            self.open()
            self.join()
            self.publish()
            self.first_fortnight()
            self.seasons()
            self.cap()
            self.spend()
            self.settle()
            self.check_books()
            self.read_earnings_books()
            self.observe()
            self.scan(first_block)
            self.conclude()
            self.report.seconds = time.perf_counter() - started
        finally:
            self.town.close()
        self.teller.say(f"Told in {self.report.seconds:.1f} seconds.")
        return differences(self.report)

    # ---- 1 to 3: before anybody works ----

    def open(self) -> None:
        """Rules, money, employees, shops."""
        town, teller = self.town, self.teller
        teller.chapter("The municipality publishes its rules and puts in the money")
        town.open(STARTS_AT.year)
        earnings = town.rulebook.earnings
        teller.say(f"{town.rulebook.title.en}: {town.rulebook.summary.en}")
        for rate in earnings.rates:
            teller.done(rate.title.en)
        teller.done(
            f"At most {Amount(earnings.yearly_cap_cents)} for each person and year, held by the contract in "
            f"{earnings.slots} slots of {Amount(earnings.slot_cents)}."
        )
        teller.done(f"{BUDGET} arrives at the bank, and exactly {BUDGET} comes into being on the chain.")
        teller.done("Els and Frank are the employees; the contract knows their accounts and logs what each verifies.")
        teller.say(f"About benefits: {earnings.effect_on_benefits.en}")
        teller.sees(everyone="the rules, the employees' and the shops' accounts, the budget")

    def join(self) -> None:
        """Age credentials."""
        town, teller, report = self.town, self.teller, self.report
        teller.chapter("Citizens prove their age instead of giving a birth date")
        for person in teller.track((*PEOPLE, STRANGER), "credentials"):
            town.join(person)
            report.credentials_issued += 1
        teller.done(f"{report.credentials_issued} wallets have an age credential. It says under 21: yes or no.")
        noor = town.citizens[BIRTHDAY_PERSON.name].wallet.credentials[-1].credential.credential.values
        teller.say(
            f"{BIRTHDAY_PERSON.name.split()[0]} turns 21 on {_birthday():%d %B %Y}: her credential ends on "
            f"{noor['exp']}, so that the birthday itself pays the higher rate."
        )
        teller.sees(the_validator="the birth dates it has anyway", the_municipality="nothing")

    def publish(self) -> None:
        """(1) 125 tasks."""
        town, teller = self.town, self.teller
        teller.chapter("Employees publish tasks: text, tags, tools, insurance, time, places")
        until = datetime(STARTS_AT.year, 12, 1, tzinfo=UTC)
        for job in teller.track(JOBS, "tasks"):
            places = 4 if job.kind == 3 else max(2, len(job.people))
            self.doing.numbers[job.number] = town.publish(job.kind, job.quarters, places, until, "Els")
        self.spare = [town.publish(at % 7, 16, 2, until, "Frank") for at in range(PUBLISHED - len(JOBS))]
        for number in self.spare[:2]:
            town.board.withdraw(number, employee=town.employees["Frank"])
        amira = town.citizens[AMIRA.name].wallet
        listed = amira.earning.listed(self.doing.view, now=town.now())
        kinds: dict[str, list[str]] = {}
        for item in listed:
            if item.offer.title.en not in kinds and item.offer.quarter_hours <= 40:
                tags = {tag.id: tag.title.en for tag in town.rulebook.earnings.tags}
                tools = {tool.id: tool.title.en for tool in town.rulebook.earnings.tools}
                kinds[item.offer.title.en] = [
                    ", ".join(tags[tag] for tag in item.offer.tags),
                    ", ".join(tools[tool] for tool in item.offer.tools) or "none",
                    f"{item.offer.quarter_hours / 4:g}",
                    str(Amount(item.cents)),
                ]
        teller.table(
            "What a wallet lists, one of each kind",
            ("task", "tags", "tools", "hours", "worth"),
            ([title, *cells] for title, cells in kinds.items()),
            right=3,
        )
        teller.done(f"{town.board.tasks()} tasks are published, {len(listed)} can be chosen. Nobody learns who looked.")
        self.attempts.stranger(STRANGER.name, self.doing.numbers[0])

    # ---- 4 to 6: work ----

    def first_fortnight(self) -> None:
        """(2) to (5), in detail."""
        teller, doing, town = self.teller, self.doing, self.town
        teller.chapter("The first fortnight: choose, get tools, do, report, verify, appeal")
        jobs = batch(JOBS, 0)
        large = [job for job in JOBS if job.quarters >= 400 and job.batch > 0]
        doing.choose([*jobs, *large])
        receipt = doing.citizen(jobs[0].people[0]).wallet.earning.work[0]
        teller.done(
            f"{len(jobs) + len(large)} tasks are chosen, each by a fresh task account. Who signs accepts insurance "
            f"{receipt.insurance}; the signed hash is the receipt."
        )
        teller.done("Els hands out tools where a task has any, and the chain notes that she did.")
        self.attempts.double_choice(jobs[0], doing.numbers[jobs[0].number])
        self._give_up()
        town.chain.travel_to(to_unix(STARTS_AT + timedelta(days=5)))
        doing.do(jobs)
        doing.verify(jobs, "Els")
        part = next(job for job in jobs if job.is_appealed)
        reasons = {reason.id: reason.title.en for reason in town.rulebook.earnings.reasons}
        teller.done(f"Els verifies {len(jobs)} tasks, {len(jobs) - 2} of them in full.")
        teller.refused("One task was not done.", "not_done", reasons["not_done"])
        teller.refused(
            f"One counts in part: {_hours(part.first or 0)} of {_hours(part.quarters)} hours.",
            "shorter_than_planned",
            reasons["shorter_than_planned"],
        )
        doing.learn()
        doing.appeal(part, "De klus was groter dan op het bord stond; ik heb het hele plein gedaan.")
        self.attempts.same_employee(part, doing.numbers[part.number])
        accounts = doing.accounts[part.number]
        town.board.decide(doing.numbers[part.number], part.given, 0, accounts, employee=town.employees["Frank"])
        doing.learn()
        teller.done(f"An appeal: Frank looks again, and {_hours(part.given)} hours count. An appeal never costs.")
        self.attempts.thieves(*(town.citizens[name] for name in ("Jin Li", "Lotte Claessen", "Milan Novak")))
        teller.sees(
            the_employee="a person with a task account, for that task only",
            everyone="which task account did which task, and how much of it counted",
            nobody="which task accounts are the same person's",
        )

    def seasons(self) -> None:
        """Eight more fortnights, a birthday, a group, a change of employees."""
        teller, doing = self.teller, self.doing
        teller.chapter("Winter and spring: groups, a 21st birthday, and an employee who leaves")
        numbers = list(range(1, BATCHES))
        for number in teller.track(numbers, "fortnights"):
            doing.advance(STARTS_AT + number * _FORTNIGHT, self.spending.go)
            jobs = batch(JOBS, number)
            usual = [job for job in jobs if job.number not in BIRTHDAY_JOBS and job.quarters != 4]
            doing.choose([job for job in usual if job.quarters < 400])
            doing.do(usual)
            doing.verify(usual, "Els" if self.report.handovers == 0 else "Gerda")
            doing.learn()
            if number == BIRTHDAY_JOBS[0] // 11:
                self._birthday([job for job in jobs if job.number in BIRTHDAY_JOBS])
                self._hand_over()
        doing.advance(STARTS_AT + (BATCHES + 12) * _FORTNIGHT / 2, self.spending.go)
        group = next(job for job in JOBS if len(job.people) > 1)
        shares = [f"{part / 10:g}%" for part in group.parts]
        teller.done(
            f"Group challenges: three neighbours do {_hours(group.quarters)} hours of work together and split them "
            f"{', '.join(shares)}. All three signed the split."
        )
        before, on = (self.report.rates[name][0] for name in ("before", "on the day"))
        teller.done(
            f"{BIRTHDAY_PERSON.name.split()[0]} collects on the day before her birthday at {Amount(before)} an hour, "
            f"and on the day itself at {Amount(on)}."
        )
        teller.done("Els leaves and Gerda takes over: one grant and one revocation, both on the chain.")
        teller.done(
            f"{self.report.collections} collections by {len(self.report.collected_cents)} people, each at a random "
            f"time, into a slot drawn at random; {self.report.collect_gas_median:,} gas each."
        )

    def _give_up(self) -> None:
        """Somebody chooses a task and gives it up; it is free again."""
        number, hanna = self.spare[2], self.town.citizens["Hanna Smeets"].wallet
        view, town = self.doing.view, self.town
        town.board.choose(GroupChoice.of([hanna.earning.choose(view, number, now=town.now())]))
        town.board.give_up(hanna.earning.give_up(self.doing.view, number, now=town.now()))
        self.teller.done("Hanna gives a task up, and it is free again for somebody else.")

    def _birthday(self, jobs: list[Job]) -> None:
        """Two awards on the day before; one is collected then, the other on the birthday."""
        doing, town, report = self.doing, self.town, self.report
        noor, day = town.citizens[BIRTHDAY_PERSON.name], _birthday()
        doing.choose(jobs)
        doing.advance(datetime(day.year, day.month, day.day, 10, tzinfo=UTC) - timedelta(days=1))
        doing.do(jobs)
        doing.verify(jobs, "Els")
        doing.learn()
        for job, when, days in ((jobs[0], "before", 0), (jobs[1], "on the day", 1)):
            moment = datetime(day.year, day.month, day.day, 11, tzinfo=UTC) - timedelta(days=1 - days)
            town.chain.travel_to(to_unix(moment))
            doing.collect(noor, doing.numbers[job.number])
            report.rates[when] = [noor.wallet.earning.book[-1].cents_per_hour]

    def _hand_over(self) -> None:
        """Els leaves."""
        town = self.town
        leaving, coming = (parse_address(town.employees[name].address) for name in ("Els", "Gerda"))
        town.purse.hand_over_desk(leaving, coming, sponsor=town.officers.sponsor)
        self.report.handovers += 1
        self.attempts.former_employee(self.spare[3])

    # ---- 7: the cap ----

    def cap(self) -> None:
        """Exactly EUR 1,500.00, and not a cent more."""
        teller, doing = self.teller, self.doing
        teller.chapter("The yearly cap: exactly €1,500.00 passes, and one cent more is refused")
        rows = []
        for person, euros in ((AMIRA, 5), (BAS, 2)):
            cents = self.report.collected_cents[person.name]
            rows.append(
                (person.name.split()[0], str(Amount(euros * 100)), f"{cents / euros / 100:g}", str(Amount(cents)))
            )
        teller.table("Two people who reached it", ("", "an hour", "hours", "collected"), rows)
        extra = next(job for job in JOBS if job.quarters == 4)
        self.attempts.no_room(extra)
        doing.choose([extra], despite_cap=True)
        doing.do([extra])
        doing.verify([extra], "Gerda")
        doing.learn()
        self.attempts.one_cent_more(BAS.name, extra)
        teller.done("An hour of that is 200 cents that stay time: the wallet had warned before.")

    # ---- 8 and 9: money ----

    def spend(self) -> None:
        """At local shops only."""
        teller, report = self.teller, self.report
        teller.chapter("They spend it at local shops, cafés, the cinema and the pool")
        self.doing.advance(self.town.now() + _FORTNIGHT, self.spending.go)
        total = sum(report.collected_cents.values())
        teller.done(f"{report.payments} payments, {Amount(report.paid_cents)} of {Amount(total)} collected.")
        self.attempts.chain_store()
        teller.sees(
            the_shop="a valid permit and the amount; not who pays, or for which work",
            everyone="that an account with at most €50.00 paid a shop",
        )

    def settle(self) -> None:
        """(7) The municipality reimburses."""
        teller, town = self.teller, self.town
        teller.chapter("The municipality reimburses the shops in real euros")
        transfers = self.spending.settle(self.folder)
        names = {shop.address: shop for shop in town.shops}
        teller.table(
            "pain.001: one credit transfer for each shop",
            ("shop", "IBAN", "amount"),
            ((names[one.merchant].name, names[one.merchant].iban, str(one.amount)) for one in transfers),
            right=2,
        )
        teller.done(
            f"{Amount(self.report.settled_cents)} burnt on the chain, the same in {self.report.settlement_file}."
        )

    # ---- 10 to 13: anyone can check ----

    def check_books(self) -> None:
        """Replay the events and compare."""
        teller, town = self.teller, self.town
        teller.chapter("Anyone replays the events and gets the same books, and the same tasks")
        ledger = town.municipality.check_books([town.purse])
        self.report.ledger_checked = town.followed.ledger.check(town.board)
        books = self.report.books = ledger.books
        teller.table(
            "The books",
            ("", "cents"),
            (
                ("deposits at the bank", f"{books.deposits.cents:,}"),
                ("− settled with shops", f"{books.settled.cents:,}"),
                ("= supply of euro tokens", f"{books.supply.cents:,}"),
                ("  in the budget, not earned", f"{(books.unallocated + books.outside).cents:,}"),
                ("  in citizens' accounts", f"{books.accounts.cents:,}"),
                ("  owed to shops", f"{books.merchants.cents:,}"),
            ),
        )
        verdict = "They balance." if books.is_balanced else "[red]They do not balance.[/red]"
        teller.done(f"{verdict} {self.report.ledger_checked} tasks and task accounts are what their events say.")

    def read_earnings_books(self) -> None:
        """Each citizen's own, from the wallet only."""
        teller, town = self.teller, self.town
        teller.chapter("The earnings book and the yearly statement: in the wallet, and nowhere else")
        self.folder.mkdir(parents=True, exist_ok=True)
        for person in PEOPLE:
            statement = town.citizens[person.name].wallet.earning.statement(self.doing.view, STARTS_AT.year)
            self.report.statements[person.name] = statement.cents
        noor = town.citizens[BIRTHDAY_PERSON.name].wallet.earning.statement(self.doing.view, STARTS_AT.year)
        for language in Language:
            (self.folder / f"statement-{language.value}.txt").write_text(to_text(noor, language), encoding="utf-8")
            (self.folder / f"statement-{language.value}.pdf").write_bytes(to_pdf(noor, language))
        teller.table(
            f"The yearly statement that {BIRTHDAY_PERSON.name.split()[0]} makes",
            ("collected on", "task", "hours", "an hour", "amount"),
            [
                *(
                    (
                        f"{line.at:%Y-%m-%d}",
                        line.title.en,
                        f"{line.seconds / 3600:g}",
                        *_euros(line.cents_per_hour, line.cents),
                    )
                    for line in noor.lines
                ),
                *(("together", "", f"{time_ / 3600:g}", *_euros(rate, cents)) for rate, time_, cents in noor.by_rate()),
            ],
            right=2,
        )
        teller.done(f"Together {Amount(noor.cents)}; the year's cap leaves {Amount(noor.left_cents)}.")
        teller.done(f"The same in Dutch and as PDF in {self.folder}. She shows it to whom she likes, or to nobody.")
        teller.sees(the_municipality="nothing of it, in no system", everyone="nothing of it")

    def observe(self) -> None:
        """What an observer of the chain can link, and what not."""
        teller, town, report = self.teller, self.town, self.report
        teller.chapter("What an observer of the chain can link, and what not")
        heaps = heaps_of(town.chain.events([town.board.contract]))
        report.heaps, report.largest_heap_cents = len(heaps), heaps[0].cents
        sizes = Counter((heap.tasks, heap.slots) for heap in heaps)
        teller.table(
            "Heaps: collections that are one person's for certain",
            ("tasks in the heap", "slots in the heap", "heaps"),
            ((str(tasks), str(slots), str(count)) for (tasks, slots), count in sorted(sizes.items())),
            right=0,
        )
        report.pseudonyms_of_the_cap = len(
            {line.scope.slot for line in town.citizens[BAS.name].wallet.earning.book if line.year == STARTS_AT.year}
        )
        own = {f"account {line.account}" for line in town.citizens[BAS.name].wallet.earning.book}
        bas = [heap for heap in heaps if own & heap.marks]
        teller.done(
            f"{len(heaps)} heaps for {len(PEOPLE)} people, and nothing joins two of them. The largest is "
            f"{Amount(report.largest_heap_cents)}: one large task, seen through its own task account."
        )
        teller.done(
            f"Bas earned {Amount(report.collected_cents[BAS.name])}: {report.pseudonyms_of_the_cap} pseudonyms in "
            f"{len(bas)} heaps. Only his wallet knows that they belong together."
        )
        teller.sees(
            everyone="each task, its accounts, what counted; of a collection the slot, the amount, and under 21 or not",
            nobody="a year's earnings of anybody; who is who; a birth date",
        )

    def scan(self, first_block: int) -> None:
        """Search the chain for the validator's records."""
        teller, town = self.teller, self.town
        teller.chapter("Is anything personal on the chain?")
        contracts = [
            town.municipality.registry.contract,
            town.municipality.euro.contract,
            town.board.contract,
            town.purse.contract,
        ]
        columns = {
            name: kind
            for name, kind in HOUSEHOLD_COLUMNS.items()
            if name in {"person", "name", "birth_date", "address"}
        }
        rows = [
            {
                "person": record.person,
                "name": record.name,
                "birth_date": record.birth_date.isoformat(),
                "address": record.address,
            }
            for record in town.records
        ]
        needles = Needles(personal_values(rows, columns))
        found = scan(fragments(self.chain, contracts, from_block=first_block), needles, public_numbers=frozenset())
        self.report.personal_data_findings = len(found.findings)
        for finding in found.findings[:10]:
            teller.say(f"[red]{finding.source}, {finding.form}: {finding.place}[/red]")
        teller.done(
            f"{found.octets:,} octets of calldata, events, code and storage, searched for {found.needles:,} forms of "
            f"names, birth dates, addresses and numbers: {len(found.findings)} findings."
        )

    def conclude(self) -> None:
        """The goals: target, published result, and what the chain computes."""
        teller, town = self.teller, self.town
        teller.chapter("The goals: what Heerlen published, and what this chain computes")
        self.chain.travel_to(to_unix(_KEY_FIGURES_AT))  # three months after the last collection
        events = town.municipality.events([town.board, town.purse])
        figures = board_figures(events, town.board.address, town.purse.address)
        values = figures.kpis(as_of=town.now(), registered=town.registered)
        self.report.kpis = {value.kpi: value for value in values}
        teller.table(
            "Key figures (computed / published)",
            ("goal", "computed here", "published", "target", "met"),
            (
                (
                    goal.title,
                    computed(goal, self.report.kpis),
                    goal.shown(goal.result),
                    goal.shown(goal.target),
                    "yes" if goal.is_met else "no",
                )
                for goal in GOALS
            ),
        )
        teller.say(f"As of {town.now():%d %B %Y}.")
        teller.done(f"By the published columns, {met()} of {len(GOALS)} goals were met.")
        teller.say(
            f"Hours, tasks and shares are those of Heerlen. People are fewer: {len(PEOPLE)} active of "
            f"{town.registered} registered, the same 13%. The chain cannot count people; it gives bounds that hold "
            "whatever wallets do."
        )


def _birthday() -> date:
    return BIRTHDAY_PERSON.born.replace(year=BIRTHDAY_PERSON.born.year + 21)


def _euros(*cents: int) -> tuple[str, ...]:
    return tuple(str(Amount(one)) for one in cents)


def _hours(quarters: int) -> str:
    return f"{quarters / 4:g}"
