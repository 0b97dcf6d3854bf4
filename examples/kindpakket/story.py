# SPDX-License-Identifier: EUPL-1.2
"""The Kindpakket of 2017 done right, told chapter by chapter on a real chain.

Every step is the real thing: credentials are issued blindly, wallets prove in zero knowledge, the contract checks each
proof. What must be accepted and refused follows from the household file and the rulebook, for any file.
"""

import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from statistics import median

from eth_account.signers.local import LocalAccount

from examples.kindpakket import attempts
from examples.kindpakket.cast import DEBTOR, Cast, Citizen
from examples.kindpakket.report import Expectation, Report
from examples.kindpakket.spending import Till
from examples.scanning import scan_everything
from examples.telling import Teller
from holder.programme import ProgrammeView
from issuer.model import Household
from programmable_money.books import BooksError
from programmable_money.chain import Chain
from programmable_money.description import describe
from programmable_money.fund import Fund
from programmable_money.messages import Address, ClaimMessage, parse_address
from programmable_money.model import Amount
from programmable_money.refusals import RefusedError, sentence
from programmable_money.service import Opening, relay_claim
from programmable_money.settlement import BankOrder
from programmable_money.store import Store
from ssi.rulebook.qualification import Allowed

__all__ = ["Story"]

_KEY_DAYS = timedelta(days=800)


class Story:
    """One telling.

    Args:
        chain: embedded, anvil or any node.
        households: the records, already read and checked.
        teller: where it is told.
        folder: where the payment file is left.
    """

    def __init__(self, chain: Chain, households: Iterable[Household], teller: Teller, folder: Path) -> None:
        self.chain, self.teller, self.folder = chain, teller, folder
        self.records = tuple(households)
        self.report = Report()

    def tell(self) -> list[str]:
        """Tell it; what went otherwise than the file and the rulebook say, in words. Empty when all is well."""
        started = time.perf_counter()
        first_block = self.chain.block_number()
        self.cast = Cast(self.chain, self.records)
        try:
            self.expected = Expectation.of(self.records, self.cast.rulebook)
            self.open_programme()
            self.issue_credentials()
            self.look()
            self.claim()
            self.refuse_claims()
            self.spend()
            self.settle()
            self.check_books()
            self.scan(first_block)
            self.report.seconds = time.perf_counter() - started
            self.conclude()
        finally:
            self.cast.close()
        return self.expected.differences(self.report)

    # ---- 1 to 3: before anything is claimed ----

    def open_programme(self) -> None:
        """Publish the rules, put in the money, approve the shops."""
        cast, teller = self.cast, self.teller
        teller.chapter("The municipality publishes its rules and puts in the money")
        children = sum(record.children for record in self.records)
        self.budget = Amount(max(100_000, cast.rulebook.allotment.amount_cents * (children + 20)))
        cast.municipality.admit_validator(_address(cast.validator), cast.type)
        now = self.chain.now()
        self.key = cast.register_key(cast.desk, now, now + int(_KEY_DAYS.total_seconds()))
        self.fund = self._fund(cast.period, self.budget, "BUDGET")
        self.fund.accept(self.key)
        indexes = {shop.address: cast.rulebook.category(shop.category).index for shop in cast.shops}
        cast.municipality.approve_merchants(self.fund, indexes)
        teller.say(f"{cast.rulebook.title.en} {cast.period}: {cast.rulebook.summary.en}")
        teller.done(
            f"The rulebook is fixed in a contract: EUR {cast.rulebook.allotment.amount_cents // 100} for each child, "
            f"income at most 120% of the norm, {len(cast.shops)} shops."
        )
        teller.done(f"{self.budget} arrives at the bank, and exactly {self.budget} comes into being on the chain.")
        teller.sees(everyone="the rules, the shops' accounts and the budget")

    def issue_credentials(self) -> None:
        """A credential for each household."""
        cast, teller, report = self.cast, self.teller, self.report
        teller.chapter("The validator checks the records once, and gives each household a credential")
        teller.say("The wallet's secret goes in blinded: the credential will only ever work in this wallet.")
        self.citizens: list[Citizen] = []
        self.late = self.prepare_rotation()
        for record in teller.track(self.records, "credentials"):
            citizen = Citizen(record, *cast.wallet(record.person))
            if self.late is not None and record.person == self.late.person:
                self.late.citizen = citizen
                cast.issue(citizen, self.late.desk)
            else:
                cast.issue(citizen)
            self.citizens.append(citizen)
        report.households = len(self.citizens)
        report.children = sum(citizen.record.children for citizen in self.citizens)
        report.credentials_issued = sum(len(citizen.wallet.credentials) for citizen in self.citizens)
        teller.done(f"{report.credentials_issued} credentials, for households with {report.children} children.")
        teller.sees(
            the_validator="the records it has anyway, and that each record has one wallet; not the wallet's secret",
            the_municipality="nothing",
        )

    def look(self) -> None:
        """Each wallet decides for itself."""
        teller, report = self.teller, self.report
        teller.chapter("Each wallet looks for itself what its citizen has a right to")
        self.eligible: list[Citizen] = []
        reasons: dict[str, str] = {}
        for citizen in self.citizens:
            decision = citizen.wallet.qualifications(now=self.cast.now())[0].decision
            if isinstance(decision, Allowed):
                self.eligible.append(citizen)
                continue
            first = decision.reasons[0]
            reasons[first.code] = first.text.en
            report.claims_refused[first.code] += 1
        teller.done(f"{len(self.eligible)} households read: you can claim. Nobody learns that they looked.")
        for code, count in sorted(report.claims_refused.items()):
            teller.refused(f"{count} households read: not this time.", code, reasons[code])
        teller.sees(everyone="nothing: no message left a wallet")

    # ---- 4 and 5: claims ----

    def claim(self) -> None:
        """Whoever qualifies claims."""
        teller, report = self.teller, self.report
        teller.chapter("They claim: one zero-knowledge proof each, checked by the contract itself")
        programme = self._programme()
        if self.eligible:
            self._redirect(self.eligible[0], programme)
        for citizen in teller.track(self.eligible, "claims"):
            if self.late is None or citizen is not self.late.citizen:
                self._claim_with(citizen, programme)
        if self.late is not None and self.late.citizen is not None:
            self._claim_late(self.late, self.late.citizen)
        accounts = self.fund.books().accounts
        teller.done(
            f"{report.claims_accepted} claims accepted, {accounts} allotted, {report.claim_gas_median:,} gas each."
        )
        if self.eligible:
            amira = self.eligible[0]
            shown = amira.wallet.consents.entries[-1]
            teller.say(f"{amira.first_name}'s wallet wrote down what it showed and what it proved:")
            written = [("shown", f"{item.name} = {item.value}") for item in shown.disclosed]
            teller.shown([*written, *(("proved", text) for text in shown.proven)])
        teller.sees(
            everyone="that somebody who qualifies claimed for so many children, to a fresh account",
            nobody="who; the income; the kind of household; the expiry date of the credential",
        )

    def _claim_with(self, citizen: Citizen, programme: ProgrammeView) -> None:
        receipt = relay_claim(self.fund, self._message(citizen, programme))
        claimed = next(event for event in receipt.events if event.name == "Claimed")
        self.report.claims_accepted += 1
        self.report.claim_gas.append(receipt.gas_used)
        self.report.allotted_cents += claimed.arguments["amount"]

    def _redirect(self, citizen: Citizen, programme: ProgrammeView) -> None:
        """The first claim goes through a relayer that wants the money: nothing is used up by its attempt."""
        thief, _ = self.cast.wallet("relayer")
        redirected = attempts.redirect(self._message(citizen, programme), thief, self.fund)
        self._refused_claim(
            f"A dishonest relayer sends {citizen.first_name}'s proof on, with another account to pay.",
            lambda: relay_claim(self.fund, redirected),
        )

    def _programme(self) -> ProgrammeView:
        """What anybody can read of the fund, in the form that wallets take."""
        return ProgrammeView.from_json(describe(self.fund).encode())

    def _message(self, citizen: Citizen, programme: ProgrammeView) -> ClaimMessage:
        now = self.cast.now()
        return citizen.wallet.claim(citizen.wallet.plan_claim(programme, now=now), now=now)

    def _claim_late(self, late: attempts.LateCitizen, citizen: Citizen) -> None:
        """A household whose credential was signed with a key that is then revoked: refused, renewed, accepted."""
        message = self._message(citizen, self._programme())
        self.cast.municipality.registry.revoke_key(late.key, sender=self.cast.validator)
        self._refused_claim(
            f"{citizen.first_name} claims with a credential of a key that the validator has just revoked.",
            lambda: relay_claim(self.fund, message),
        )
        self.cast.issue(citizen)
        self.report.credentials_renewed += 1
        self._claim_with(citizen, self._programme())
        self.teller.done(f"The validator renews it with another key, and {citizen.first_name} claims after all.")

    def refuse_claims(self) -> None:
        """What must not be claimed is not."""
        teller, cast = self.teller, self.cast
        teller.chapter("What must not work, does not")
        rejected = [citizen for citizen in self.citizens if citizen not in self.eligible]
        above = [c for c in rejected if c.record.income_cents > attempts.limit_of(cast.rulebook, c.record)]
        if above:
            near = min(above, key=lambda c: c.record.income_cents - attempts.limit_of(cast.rulebook, c.record))
            over = Amount(near.record.income_cents - attempts.limit_of(cast.rulebook, near.record))
            forged = attempts.claim_with_own_rules(near, self.fund, self.key, cast)
            self._refused_claim(
                f"{near.first_name}, {over} above the limit, uses a wallet that proves a higher limit of its own.",
                lambda: relay_claim(self.fund, forged),
            )
        if not self.eligible:
            teller.say("Nobody in this file qualifies, so there is no claim to steal or to repeat.")
            return
        amira = self.eligible[0]
        stranger, _ = cast.wallet("stranger")
        attempts.steal_credential(stranger, amira, cast)
        self.report.claims_refused["credential_of_another_wallet"] += 1
        teller.refused(
            f"A thief copies {amira.first_name}'s credential into another wallet.",
            "credential_of_another_wallet",
            "The credential is bound to the secret of the wallet that asked for it.",
        )
        self._restore_and_repeat(amira)
        next_year = self._fund(cast.period + 1, Amount(0), "LATER")
        next_year.accept(self.key)
        early = attempts.claim_from(amira, next_year, self.key, cast)
        self._refused_claim(
            f"{amira.first_name} claims next year's package, which is not open yet.",
            lambda: relay_claim(next_year, early),
        )

    def _restore_and_repeat(self, amira: Citizen) -> None:
        """A lost telephone: the phrase gives the account back, and not a second claim."""
        account = amira.wallet.account_address(self.fund.scope())
        amira.wallet, _ = self.cast.wallet("restored", amira.phrase)
        self.cast.issue(amira)
        self.report.credentials_renewed += 1
        if amira.wallet.account_address(self.fund.scope()) != account:
            raise RuntimeError("a restored wallet has another account")
        amira.wallet.learn_balance(self.fund.scope(), self.fund.balance_of(account).cents)
        self.teller.done(f"{amira.first_name}'s telephone is lost. 24 words bring back the wallet and its account.")
        again = self._message(amira, self._programme())
        self._refused_claim(
            f"{amira.first_name} claims again, with the renewed credential in the restored wallet.",
            lambda: relay_claim(self.fund, again),
        )

    # ---- 6 and 7: money ----

    def spend(self) -> None:
        """Payments, refusals, a refund."""
        teller, report = self.teller, self.report
        teller.chapter("They spend it, a part at a time, in twelve shops")
        till = self.till = Till(self.cast, self.fund, report, teller)
        for index, citizen in enumerate(teller.track(self.eligible, "payments")):
            till.shop_around(citizen, index)
        if not self.eligible:
            teller.say("Nobody has a budget, so nothing is paid.")
            return
        teller.done(
            f"{report.payments_accepted} payments, {Amount(report.paid_cents)} in all: "
            f"{100 * report.paid_cents // report.allotted_cents}% of what was allotted."
        )
        till.refuse_payments(self.eligible[0])
        till.refund()
        teller.sees(
            the_shop="a valid permit and the amount; not who pays, why, or what is left",
            everyone="that an account paid a shop",
        )

    def settle(self) -> None:
        """The shops are paid by bank."""
        teller, report, cast = self.teller, self.report, self.cast
        teller.chapter("The shops are paid in real euros")
        reference = f"KINDPAKKET-{cast.period}-1"
        try:
            batch = cast.municipality.settle(
                self.fund,
                [shop.address for shop in cast.shops],
                reference=reference,
                bank=BankOrder(DEBTOR, cast.directory(), (cast.now() + timedelta(days=1)).date(), cast.now()),
            )
        except RefusedError as refused:
            teller.say(f"No shop is owed anything ({refused.reason.value}), so there is no payment file.")
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        report.settlement_file = self.folder / f"{reference.lower()}.xml"
        report.settlement_file.write_bytes(batch.file)
        report.settled_cents = batch.settlement.total.cents
        report.settled_shops = len(batch.settlement.transfers)
        names = {shop.address: shop for shop in cast.shops}
        teller.table(
            "pain.001: one credit transfer for each shop",
            ("shop", "IBAN", "amount"),
            ((names[t.merchant].name, names[t.merchant].iban, str(t.amount)) for t in batch.settlement.transfers),
            right=2,
        )
        teller.done(f"{batch.settlement.total} burnt on the chain, the same to the cent in {report.settlement_file}.")
        self.till.refuse_late_refund()

    # ---- 8 to 10: anyone can check ----

    def check_books(self) -> None:
        """Replay the events and compare."""
        teller, cast = self.teller, self.cast
        teller.chapter("Anyone replays the events and gets the same books")
        try:
            ledger = cast.municipality.check_books([self.fund])
        except BooksError as error:
            teller.say(f"[red]{error}[/red]")
            return
        store = Store("sqlite://")
        rebuilt = store.rebuild(cast.municipality.events([self.fund]))
        store.close()
        books = self.report.books = ledger.books
        teller.table(
            f"The books, from {rebuilt} events",
            ("", "cents"),
            (
                ("deposits at the bank", f"{books.deposits.cents:,}"),
                ("− settled with shops", f"{books.settled.cents:,}"),
                ("= supply of euro tokens", f"{books.supply.cents:,}"),
                ("  in the budget, not allotted", f"{(books.unallocated + books.outside).cents:,}"),
                ("  in citizens' accounts", f"{books.accounts.cents:,}"),
                ("  owed to shops", f"{books.merchants.cents:,}"),
            ),
        )
        verdict = "They balance." if books.is_balanced else "[red]They do not balance.[/red]"
        teller.done(f"{verdict} Every figure equals the contracts' own.")

    def scan(self, first_block: int) -> None:
        """Search the chain for the file."""
        teller = self.teller
        teller.chapter("Is anything personal on the chain?")
        report = scan_everything(self.chain, self.cast.municipality, [self.fund], self.records, from_block=first_block)
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
        refused = sum(report.claims_refused.values()), sum(report.payments_refused.values())
        self.teller.table(
            "What happened",
            ("", "accepted", "refused", "euros"),
            (
                ("households, children", f"{report.households}, {report.children}", "", ""),
                ("credentials", f"{report.credentials_issued} + {report.credentials_renewed} renewed", "", ""),
                ("claims", f"{report.claims_accepted}", f"{refused[0]}", str(Amount(report.allotted_cents))),
                ("payments", f"{report.payments_accepted}", f"{refused[1]}", str(Amount(report.paid_cents))),
                ("refunds", f"{report.refunds}", "", str(Amount(report.refunded_cents))),
                ("settled shops", f"{report.settled_shops}", "", str(Amount(report.settled_cents))),
                ("personal values on the chain", f"{report.personal_data_findings}", "", ""),
                (
                    "gas of a claim, of a payment",
                    f"{report.claim_gas_median:,}, {_median(report.payment_gas):,}",
                    "",
                    "",
                ),
                ("seconds", f"{report.seconds:.1f}", "", ""),
            ),
        )

    # ---- inside ----

    def _fund(self, period: int, budget: Amount, reference: str) -> Fund:
        cast = self.cast
        validators = (_address(cast.validator),)
        opening = Opening(cast.rulebook, cast.type, period, validators, budget, f"KINDPAKKET-{reference}-{period}")
        return cast.municipality.open_fund(opening)

    def prepare_rotation(self) -> attempts.LateCitizen | None:
        """A second key of the validator, for the last household that qualifies; none when too few do."""
        if len(self.expected.qualifying) < 2:
            return None
        cast = self.cast
        desk = cast.rotated_desk()
        now = self.chain.now()
        key = cast.register_key(desk, now, now + int(_KEY_DAYS.total_seconds()))
        self.fund.accept(key)
        return attempts.LateCitizen(self.expected.qualifying[-1].person, desk, key)

    def _refused_claim(self, attempt: str, action: Callable[[], object]) -> None:
        try:
            action()
        except RefusedError as refused:
            self.report.claims_refused[refused.reason.value] += 1
            self.teller.refused(attempt, refused.reason.value, sentence(refused.reason))
            return
        raise RuntimeError(f"this must be refused and was accepted: {attempt}")


def _address(account: LocalAccount) -> Address:
    return parse_address(account.address)


def _median(gas: list[int]) -> int:
    return int(median(gas)) if gas else 0
