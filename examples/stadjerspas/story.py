# SPDX-License-Identifier: EUPL-1.2
"""The Stadjerspas with a proof instead of a card, told chapter by chapter on a real chain.

Every step is the real thing: blind credentials, zero-knowledge proofs, a till that verifies by itself, a contract that
verifies again. What must be accepted, refused and paid follows from the files and the rulebook.
"""

import time
from calendar import month_abbr
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from examples.scanning import scan_everything
from examples.stadjerspas import attempts
from examples.stadjerspas.cast import DEBTOR, Cast, Citizen, read_documents
from examples.stadjerspas.comparing import activation_pieces, pieces_of, shared_by_shops, use_pieces
from examples.stadjerspas.report import Expectation, Report, middle
from examples.stadjerspas.shopping import Tills
from examples.stadjerspas.visits import read_visits
from examples.telling import Teller
from issuer.model import Household
from programmable_money.books import BooksError
from programmable_money.chain import Chain
from programmable_money.messages import address_of
from programmable_money.messages.pass_offers import PassOffer, Reduction
from programmable_money.model import Amount
from programmable_money.service import relay_activation
from programmable_money.settlement import BankOrder
from ssi.keccak import keccak256
from ssi.rulebook.qualification import Allowed

__all__ = ["STARTS_AT", "Story"]

STARTS_AT: Final = datetime(2023, 5, 30, 9, tzinfo=UTC)
"""When the story plays: in the year in which 19 June was a Monday."""
_BUDGET: Final = Amount(250_000)


class Story:
    """One telling.

    Args:
        chain: embedded or anvil; the story lasts from May to September.
        households: the records, already read and checked.
        teller: where it is told.
        folder: where the payment file is left.
    """

    def __init__(self, chain: Chain, households: Iterable[Household], teller: Teller, folder: Path) -> None:
        self.chain, self.teller, self.folder = chain, teller, folder
        self.records, self.visits = tuple(households), read_visits()
        self.report = Report()

    def tell(self) -> list[str]:
        """Tell it; what went otherwise than the files and the rulebook say, in words. Empty when all is well."""
        started = time.perf_counter()
        first_block = self.chain.block_number()
        self.cast = Cast(self.chain, self.records)
        try:
            shops = {shop.name: shop.category for shop in self.cast.shops.values()}
            expected = Expectation.of(self.records, self.cast.rulebook, self.visits, read_documents(), shops)
            self.open_programme()
            self.issue_credentials()
            self.look()
            self.activate()
            self.issue_passes()
            self.visit_shops()
            self.compare()
            self.settle()
            self.check_books()
            self.scan(first_block)
            self.report.seconds = time.perf_counter() - started
            self.conclude()
        finally:
            self.cast.close()
        return expected.differences(self.report)

    # ---- before a pass is used ----

    def open_programme(self) -> None:
        """Publish the rules and the offers, put in the money, approve the shops."""
        cast, teller = self.cast, self.teller
        teller.chapter("The municipality publishes its rules and its offers, and puts in the money")
        cast.open_pass(_BUDGET)
        self.report.offers = cast.opened.offers()
        teller.say(f"{cast.rulebook.title.en} {cast.period}: {cast.rulebook.summary.en}")
        teller.table(
            f"{self.report.offers} offers, each a published document whose hash is on the chain",
            ("offer", "takes off", "when", "each pass", "sponsor"),
            (_offer_row(offer) for offer in cast.offers.values()),
            right=4,
        )
        teller.done(f"{_BUDGET} arrives at the bank, and exactly {_BUDGET} comes into being on the chain.")
        teller.sees(everyone="the rules, the offers, the shops' accounts and the budget")

    def issue_credentials(self) -> None:
        """A credential for each household."""
        cast, teller, report = self.cast, self.teller, self.report
        teller.chapter("The validator gives each household an income credential")
        self.citizens: dict[str, Citizen] = {}
        for record in teller.track(self.records, "credentials"):
            citizen = Citizen(record, *cast.wallet(record.person))
            cast.issue_income(citizen)
            self.citizens[record.person] = citizen
        report.households = len(self.citizens)
        report.credentials_issued = sum(len(citizen.wallet.credentials) for citizen in self.citizens.values())
        teller.done(f"{report.credentials_issued} credentials. The wallet's secret went in blinded.")

    def look(self) -> None:
        """Each wallet decides for itself."""
        teller, report = self.teller, self.report
        teller.chapter("Each wallet looks for itself whether its citizen has a right to a pass")
        self.holders: list[Citizen] = []
        self.others: list[Citizen] = []
        reasons: dict[str, str] = {}
        for citizen in self.citizens.values():
            decision = citizen.wallet.qualifications(now=self.cast.now())[0].decision
            if isinstance(decision, Allowed):
                self.holders.append(citizen)
                continue
            self.others.append(citizen)
            reasons[decision.reasons[0].code] = decision.reasons[0].text.en
            report.not_eligible[decision.reasons[0].code] += 1
        teller.done(f"{len(self.holders)} households read: you can get a pass. Nobody learns that they looked.")
        for code, count in sorted(report.not_eligible.items()):
            teller.refused(f"{count} household reads: not this time.", code, reasons[code])

    def activate(self) -> None:
        """Whoever qualifies activates a pass, once."""
        cast, teller, report = self.cast, self.teller, self.report
        teller.chapter("They activate a pass: one zero-knowledge proof a year, nothing disclosed")
        self.tills = Tills(cast, self.citizens, report, teller)
        self.activations = frozenset[bytes]()
        amira = self.holders[0]
        thief = address_of(keccak256(b"a dishonest relayer"))
        plan = amira.wallet.passes.plan_activation(cast.view(), now=cast.now())
        redirected = replace(amira.wallet.passes.activate(plan, now=cast.now()), account=thief)
        self.tills.refused(
            f"A dishonest relayer sends {amira.first_name}'s proof on, with an account of its own.",
            lambda: relay_activation(cast.opened, redirected),
        )
        for citizen in teller.track(self.holders, "activations"):
            plan = citizen.wallet.passes.plan_activation(cast.view(), now=cast.now())
            message = citizen.wallet.passes.activate(plan, now=cast.now())
            receipt = relay_activation(cast.opened, message)
            self.activations |= activation_pieces(message)
            report.activations += sum(event.name == "Activated" for event in receipt.events)
            report.activation_gas.append(receipt.gas_used)
        teller.done(f"{report.activations} passes activated, {middle(report.activation_gas):,} gas each.")
        self._refuse_activations(amira)
        teller.sees(
            everyone="that somebody who qualifies activated a pass for a fresh account",
            nobody="who; the income; the kind of household",
        )

    def _refuse_activations(self, amira: Citizen) -> None:
        """A second pass, and a pass for an income that is too high."""
        cast, refused = self.cast, self.tills.refused
        restored, _ = cast.wallet("restored", amira.phrase)
        cast.issue_income(amira, restored)
        again = restored.passes.activate(restored.passes.plan_activation(cast.view(), now=cast.now()), now=cast.now())
        refused(
            f"{amira.first_name} activates again, from a telephone restored with her 24 words.",
            lambda: relay_activation(cast.opened, again),
        )
        second = attempts.activate_for(amira, cast, address_of(keccak256(b"a second account")))
        refused(
            f"{amira.first_name} wants a second pass for another account, with software of her own.",
            lambda: relay_activation(cast.opened, second),
        )
        cato = next(one for one in self.others if one.record.municipality == amira.record.municipality)
        forged = attempts.activate_with_own_rules(cato, cast)
        refused(
            f"{cato.first_name}, one cent above the limit, proves a higher limit of her own.",
            lambda: relay_activation(cast.opened, forged),
        )

    def issue_passes(self) -> None:
        """The desk gives each activated account a pass credential, blindly."""
        cast, teller, report = self.cast, self.teller, self.report
        teller.chapter("The desk gives each activated account a pass, and never learns whose")
        amira, bas, cato = self.holders[0], self.holders[1], self.others[0]
        self.desk_saw = frozenset[bytes]()
        for citizen in teller.track(self.holders, "passes"):
            self.desk_saw |= pieces_of(cast.issue_pass(citizen))
        report.passes_issued = sum(
            any(held.type == cast.pass_type for held in citizen.wallet.credentials) for citizen in self.holders
        )
        teller.done(f"{report.passes_issued} pass credentials. They say: {cast.rulebook.title.en}, {cast.period}.")
        without, another = attempts.ask_without_pass(cato, cast), attempts.ask_for_another(bas, amira, cast)
        for attempt, reason in (
            (f"{cato.first_name} asks the desk for a pass that was never activated.", without),
            (f"{bas.first_name} asks the desk for {amira.first_name}'s pass.", another),
        ):
            report.attempts_refused[reason] += 1
            teller.refused(attempt, reason, _DESK_SAYS[reason])
        stranger, _ = cast.wallet("stranger")
        attempts.steal_pass(stranger, amira, cast)
        report.attempts_refused["credential_of_another_wallet"] += 1
        teller.refused(
            f"A thief copies {amira.first_name}'s pass into another wallet.",
            "credential_of_another_wallet",
            "The pass is bound to the secret of the wallet that asked for it.",
        )
        teller.sees(the_desk="an activated account and its signature; no name, and no way to know a later use")

    # ---- using ----

    def visit_shops(self) -> None:
        """The first visit in slow motion, then all others."""
        first, *others = self.visits
        self.teller.chapter("At the till: a proof for this shop and this price")
        self.tills.first_visit(first)
        self.teller.chapter(f"From May to September: {len(others)} more visits")
        for visit in self.teller.track(others, "visits"):
            self.tills.visit(visit)
        report = self.report
        self.teller.done(
            f"{report.uses} uses. Together the citizens paid {Amount(report.citizens_cents)}, the municipality "
            f"{Amount(report.sponsor_cents)}, the shops bore {Amount(report.shops_cents)}. "
            f"{middle(report.use_gas):,} gas each."
        )

    def compare(self) -> None:
        """Everybody puts together what they saw."""
        teller, report, seen = self.teller, self.report, self.tills.seen
        teller.chapter("The shops put everything together that they saw")
        uses = [use for shown in seen.values() for use in shown]
        cut = [use_pieces(use) for use in uses]
        everything = frozenset[bytes]().union(*cut)
        within = sum(len(one & other) for at, one in enumerate(cut) for other in cut[:at])
        elsewhere = len(everything & (self.activations | self.desk_saw))
        report.compared_values = len(everything)
        report.linked = shared_by_shops(seen) + within + elsewhere
        travellers = [citizen.first_name for citizen in self.holders if self._shops_of(citizen) > 1]
        teller.say(
            f"{', '.join(travellers[:-1])} and {travellers[-1]} went to several shops. The shops compare "
            f"{report.compared_values:,} values of {len(uses)} uses with each other, with the {report.activations} "
            "activations and with all that the desk saw."
        )
        teller.done(f"{report.linked} values occur twice: nothing ties one visit to another, or to an activation.")

    def _shops_of(self, citizen: Citizen) -> int:
        uses = (use for held in citizen.wallet.passes.held for use in held.uses)
        return len({use.merchant for use in uses})

    # ---- afterwards ----

    def settle(self) -> None:
        """The shops are paid by bank."""
        teller, report, cast = self.teller, self.report, self.cast
        teller.chapter("The shops are paid in real euros")
        reference = f"STADJERSPAS-{cast.period}-1"
        order = BankOrder(DEBTOR, cast.directory(), (cast.now() + timedelta(days=1)).date(), cast.now())
        shops = [shop.address for shop in cast.shops.values()]
        batch = cast.municipality.settle(cast.opened, shops, reference=reference, bank=order)
        self.folder.mkdir(parents=True, exist_ok=True)
        report.settlement_file = self.folder / f"{reference.lower()}.xml"
        report.settlement_file.write_bytes(batch.file)
        report.settled_cents = batch.settlement.total.cents
        report.settled_shops = len(batch.settlement.transfers)
        names = {shop.address: shop for shop in cast.shops.values()}
        teller.table(
            "pain.001: one credit transfer for each shop",
            ("shop", "IBAN", "amount"),
            ((names[t.merchant].name, names[t.merchant].iban, str(t.amount)) for t in batch.settlement.transfers),
            right=2,
        )
        teller.done(f"{batch.settlement.total} burnt on the chain, the same to the cent in {report.settlement_file}.")

    def check_books(self) -> None:
        """Replay the events and compare."""
        teller, cast = self.teller, self.cast
        teller.chapter("Anyone replays the events and gets the same books")
        try:
            ledger = cast.municipality.check_books([cast.opened])
            cast.municipality.check_balances(cast.opened, ledger)
        except BooksError as error:
            teller.say(f"[red]{error}[/red]")
            return
        books = self.report.books = ledger.books
        teller.table(
            "The books",
            ("", "cents"),
            (
                ("deposits at the bank", f"{books.deposits.cents:,}"),
                ("− settled with shops", f"{books.settled.cents:,}"),
                ("= supply of euro tokens", f"{books.supply.cents:,}"),
                ("  left in the budget", f"{(books.unallocated + books.outside).cents:,}"),
                ("  owed to shops", f"{books.merchants.cents:,}"),
            ),
        )
        verdict = "They balance." if books.is_balanced else "[red]They do not balance.[/red]"
        teller.done(f"{verdict} Every figure equals the contracts' own.")

    def scan(self, first_block: int) -> None:
        """Search the chain for the file."""
        teller, cast = self.teller, self.cast
        teller.chapter("Is anything personal on the chain?")
        report = scan_everything(self.chain, cast.municipality, [cast.opened], self.records, from_block=first_block)
        self.report.personal_data_findings = len(report.findings)
        for finding in report.findings[:10]:
            teller.say(f"[red]{finding.source}, {finding.form}: {finding.place}[/red]")
        teller.done(
            f"{report.octets:,} octets of calldata, events, code and storage, searched for {report.needles:,} forms of "
            f"the file's values and their hashes: {len(report.findings)} findings."
        )

    def conclude(self) -> None:
        """The table at the end."""
        report = self.report
        self.teller.table(
            "What happened",
            ("", "accepted", "refused", "euros"),
            (
                ("households", f"{report.households}", f"{sum(report.not_eligible.values())}", ""),
                ("passes activated, issued", f"{report.activations}, {report.passes_issued}", "", ""),
                ("visits", f"{report.uses}", f"{sum(report.visits_refused.values())}", str(self._prices())),
                ("  of it the citizens", "", "", str(Amount(report.citizens_cents))),
                ("  the municipality", "", "", str(Amount(report.sponsor_cents))),
                ("  the shops", "", "", str(Amount(report.shops_cents))),
                ("dishonest attempts", "0", f"{sum(report.attempts_refused.values())}", ""),
                ("settled shops", f"{report.settled_shops}", "", str(Amount(report.settled_cents))),
                ("values that link two visits", f"{report.linked}", "", ""),
                ("personal values on the chain", f"{report.personal_data_findings}", "", ""),
                ("gas: activation, use", f"{middle(report.activation_gas):,}, {middle(report.use_gas):,}", "", ""),
                ("seconds", f"{report.seconds:.1f}", "", ""),
            ),
        )

    def _prices(self) -> Amount:
        report = self.report
        return Amount(report.citizens_cents + report.sponsor_cents + report.shops_cents)


_DESK_SAYS: Final = {
    "account_not_activated": "No pass was activated for this account.",
    "not_signed_by_account": "The pass account did not sign this request.",
}


def _offer_row(offer: PassOffer) -> tuple[str, ...]:
    """A line of the table of offers."""
    off = {Reduction.FIXED: str(Amount(offer.value)), Reduction.PERCENTAGE: f"{offer.value}%"}.get(
        offer.reduction, "all"
    )
    if offer.max_reduction:
        off = f"up to {Amount(offer.max_reduction)}"
    when = "all year" if len(offer.months) == 12 else ", ".join(month_abbr[month] for month in sorted(offer.months))
    if offer.starts_at is not None:
        when = f"from {offer.starts_at.astimezone(ZoneInfo('Europe/Amsterdam')):%a %d %b}"
    times = f"{offer.uses_per_pass}x" + (f", {offer.total} in all" if offer.total else "")
    return offer.title.en, off, when, times, f"{offer.sponsor_percent}%"
