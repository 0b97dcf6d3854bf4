# SPDX-License-Identifier: EUPL-1.2
"""What a municipality does with programmes: set up, deposit, open a fund, carry claims and payments, settle, close.

Every step is the contracts' to allow; nothing here decides about money. Chain, accounts, clock and directory are
passed in.

Invariants:

- A fund that is opened or joined follows its rulebook: its contract's rules are compared with the compiled ones.
- Nothing is burnt before a payment file can be made for it; the file then pays what the contract's events say.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from eth_account.signers.local import LocalAccount

from programmable_money.books import Ledger, compare, ledger_from, same
from programmable_money.budget_contract import BudgetContract
from programmable_money.chain import Chain, Deployed, Receipt
from programmable_money.euro import MunicipalEuro
from programmable_money.fund import Fund
from programmable_money.messages import (
    Address,
    ClaimMessage,
    PaymentDomain,
    SignedCharge,
    SignedPermit,
    SignedRefund,
)
from programmable_money.messages.pass_offers import PassOffer
from programmable_money.messages.passes import ActivationMessage, SignedOfferUse
from programmable_money.model import Amount, ChainEvent, MoneyError
from programmable_money.passes.contract import Pass
from programmable_money.passes.opening import PassOpening
from programmable_money.refusals import RefusalReason, RefusedError
from programmable_money.registry import TrustRegistry
from programmable_money.rules import rules_of, spending_rules_of
from programmable_money.settlement import BankOrder, Settlement, Transfer, reference_octets
from programmable_money.spending_contract import SpendingContract
from programmable_money.tasks.board import TaskBoard
from programmable_money.tasks.purse import Purse
from programmable_money.tasks.rules import board_rules_of, purse_rules_of
from ssi.credential.types import CredentialType
from ssi.rulebook.model import Rulebook

__all__ = [
    "Municipality",
    "Officers",
    "Opening",
    "SettledBatch",
    "WrongFundError",
    "relay_activation",
    "relay_claim",
    "relay_offer_use",
    "relay_payment",
    "relay_refund",
]


class Budgeted(Protocol):
    """An opening: what a sponsor's money is put in for."""

    @property
    def budget(self) -> Amount:
        """Minted and paid in; nothing if zero."""

    @property
    def deposit(self) -> str:
        """The bank's reference of the deposit."""


class OnChain(Protocol):
    """A contract of ours: what has events."""

    @property
    def contract(self) -> Deployed:
        """Where it is."""


class WrongFundError(MoneyError):
    """A message was signed for another fund or chain than the one it was brought to."""


@dataclass(frozen=True, slots=True)
class Officers:
    """Who acts for the municipality; each may be another person's key.

    Attributes:
        admin: appoints the others.
        registrar: admits validators.
        minter: reads the bank account and mints deposits.
        sponsor: opens funds, approves shops, closes.
        settler: settles shops.
    """

    admin: LocalAccount
    registrar: LocalAccount
    minter: LocalAccount
    sponsor: LocalAccount
    settler: LocalAccount

    @classmethod
    def one(cls, account: LocalAccount) -> Self:
        """A small municipality: one account does everything."""
        return cls(account, account, account, account, account)

    @property
    def accounts(self) -> tuple[LocalAccount, ...]:
        """Each account once."""
        everyone = (self.admin, self.registrar, self.minter, self.sponsor, self.settler)
        return tuple({account.address: account for account in everyone}.values())


@dataclass(frozen=True, slots=True)
class Opening:
    """What a fund is opened with.

    Attributes:
        period: the year.
        validators: accounts whose credentials count, admitted at the registry or to be admitted later.
        budget: minted against the deposit and paid in; nothing if zero.
        deposit: the bank's reference of the deposit, as text (``reference_octets``).
    """

    rulebook: Rulebook
    credential_type: CredentialType
    period: int
    validators: tuple[Address, ...]
    budget: Amount
    deposit: str


@dataclass(frozen=True, slots=True)
class SettledBatch:
    """A settlement on the chain and the payment file that pays it."""

    settlement: Settlement
    file: bytes
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality on a chain: its registry, its euro and its officers."""

    chain: Chain
    registry: TrustRegistry
    euro: MunicipalEuro
    officers: Officers

    @classmethod
    def set_up(cls, chain: Chain, officers: Officers, *, officer_gas_wei: int = 0) -> Self:
        """Deploy registry and euro and appoint the officers.

        Args:
            officer_gas_wei: fees that a relayer gives each officer first; 0 where they have their own.
        """
        if officer_gas_wei:
            for account in officers.accounts:
                chain.provide_gas(Address(account.address), officer_gas_wei)
        registry = TrustRegistry.deploy(chain, admin=officers.admin, registrar=Address(officers.registrar.address))
        euro = MunicipalEuro.deploy(chain, admin=officers.admin, minter=Address(officers.minter.address))
        return cls(chain, registry, euro, officers)

    @classmethod
    def join(cls, chain: Chain, officers: Officers, *, registry: str, euro: str) -> Self:
        """Use contracts that are there already."""
        known = TrustRegistry(chain, chain.at("TrustRegistry", registry))
        return cls(chain, known, MunicipalEuro(chain, chain.at("MunicipalEuro", euro)), officers)

    # ---- validators ----

    def admit_validator(self, validator: Address, credential_type: CredentialType) -> None:
        """Make the type known if it is not, and let the validator add keys for it."""
        self.registry.ensure_type(credential_type, sender=self.officers.registrar)
        self.registry.admit(validator, credential_type.type_id, registrar=self.officers.registrar)

    # ---- funds ----

    def deposit(self, amount: Amount, reference: str) -> Receipt:
        """Mint a bank deposit to the sponsor; each reference counts once."""
        to = Address(self.officers.sponsor.address)
        return self.euro.mint(to, amount, reference_octets(reference), minter=self.officers.minter)

    def open_fund(self, opening: Opening) -> Fund:
        """Deploy a fund with the rulebook's rules, let it settle, and pay its budget in.

        The credential type must be known to the registry (``admit_validator``).

        Raises:
            RulebookRefusedError, DocumentError, TermsError: the rulebook must not be opened.
            RefusedError: a contract refused.
            WrongRulesError: the contract holds other rules than were sent; cannot happen with our bytecode.
        """
        officers = self.officers
        self._check_deposit(opening)
        rules = rules_of(opening.rulebook, opening.credential_type, opening.period, opening.validators)
        spending = spending_rules_of(opening.rulebook)
        fund = Fund.deploy(self.chain, rules, spending, self.registry, self.euro, sponsor=officers.sponsor)
        fund.check_rules(rules, spending)
        self._put_in(fund, opening)
        return fund

    def open_board(self, opening: Opening) -> tuple[TaskBoard, Purse]:
        """Deploy a task board and its purse with the rulebook's rules, and pay the budget in; errors as ``open_fund``.

        The purse comes first, for the address that the board gets by being its sponsor's next contract.
        """
        sponsor = self.officers.sponsor
        self._check_deposit(opening)
        rules = board_rules_of(opening.rulebook, opening.credential_type, opening.period, opening.validators)
        coins, spending = purse_rules_of(opening.rulebook, opening.period), spending_rules_of(opening.rulebook)
        at = self.chain.next_contract(sponsor, after=1)
        purse = Purse.deploy(self.chain, coins, spending, at, self.euro, sponsor=sponsor)
        board = TaskBoard.deploy(self.chain, rules, self.registry, purse, sponsor=sponsor)
        board.check_rules(rules)
        purse.check_rules(coins, spending)
        self._put_in(purse, opening)
        return board, purse

    def join_board(self, address: str, opening: Opening) -> tuple[TaskBoard, Purse]:
        """Use a task board that is there already, with its purse, after checking both; errors as ``join_fund``."""
        board = TaskBoard(self.chain, self.chain.at("TaskBoard", address))
        board.check_rules(board_rules_of(opening.rulebook, opening.credential_type, opening.period, opening.validators))
        purse = board.purse()
        purse.check_rules(purse_rules_of(opening.rulebook, opening.period), spending_rules_of(opening.rulebook))
        if purse.board() != board.address:
            raise WrongFundError("the purse is another board's")
        self._check_parties(board.registry(), purse)
        return board, purse

    def open_pass(self, opening: PassOpening) -> Pass:
        """Deploy a pass with the rulebook's rules, let it settle, and pay its budget in; errors as ``open_fund``.

        Both credential types must be known to the registry (``admit_validator``).
        """
        self._check_deposit(opening)
        rules = opening.rules
        opened = Pass.deploy(self.chain, rules, self.registry, self.euro, sponsor=self.officers.sponsor)
        opened.check_rules(rules)
        self._put_in(opened, opening)
        return opened

    def join_pass(self, address: str, opening: PassOpening) -> Pass:
        """Use a pass that is there already, after checking it; errors as ``join_fund``."""
        known = Pass(self.chain, self.chain.at("Pass", address))
        known.check_rules(opening.rules)
        self._check_parties(known.registry(), known)
        return known

    def publish_offers(self, to: Pass, offers: Iterable[PassOffer]) -> dict[int, PassOffer]:
        """Publish offers, and compare what stands on the chain with each document; by number.

        Raises:
            RefusedError: ``pass_bad_offer``, ``outside_period`` or ``not_authorised``; earlier ones are published.
            WrongOfferError: the contract holds another offer than was sent; cannot happen with our bytecode.
        """
        published = {to.publish_offer(offer, sponsor=self.officers.sponsor): offer for offer in offers}
        for number, offer in published.items():
            to.check_offer(number, offer)
        return published

    def top_up(self, fund: BudgetContract, amount: Amount) -> None:
        """Pay euros that the sponsor holds into a fund."""
        self.euro.approve(fund.address, amount, owner=self.officers.sponsor)
        fund.top_up(amount, sponsor=self.officers.sponsor)

    def join_fund(self, address: str, opening: Opening) -> Fund:
        """Use a fund that is there already, after checking that it follows its rulebook and is the municipality's.

        A fund with the right rules and a trust registry of somebody else's would pay that somebody.

        Raises:
            WrongRulesError: it does not follow its rulebook.
            WrongFundError: it has another registry, euro or sponsor than this municipality.
        """
        fund = Fund(self.chain, self.chain.at("Fund", address))
        rules = rules_of(opening.rulebook, opening.credential_type, opening.period, opening.validators)
        fund.check_rules(rules, spending_rules_of(opening.rulebook))
        self._check_parties(fund.registry(), fund)
        return fund

    def approve_merchants(
        self, fund: BudgetContract, merchants: Mapping[Address, int], *, progress: Callable[[int], None] | None = None
    ) -> None:
        """Let shops take part.

        Args:
            merchants: the category index of each shop.
            progress: told how many are done.
        """
        for done, (merchant, category) in enumerate(merchants.items(), start=1):
            fund.approve_merchant(merchant, category, sponsor=self.officers.sponsor)
            if progress is not None:
                progress(done)

    def close_fund(self, fund: BudgetContract) -> Amount:
        """After the end: take back what nobody spent; how much came back."""
        receipt = fund.close(sponsor=self.officers.sponsor)
        return Amount(next(event.arguments["returned"] for event in receipt.events if event.name == "Closed"))

    def _check_deposit(self, opening: Budgeted) -> None:
        """Refuse a deposit that was minted, before anything is deployed for it."""
        deposit = reference_octets(opening.deposit)
        if opening.budget and self.euro.is_deposited(deposit):
            raise RefusedError(RefusalReason.REFERENCE_USED, "MunicipalEuroDepositUsed", {"depositReference": deposit})

    def _put_in(self, fund: BudgetContract, opening: Budgeted) -> None:
        """Let a contract burn what it settles, appoint the settler, and pay the budget in."""
        officers = self.officers
        self.euro.admit_fund(fund.address, admin=officers.admin)
        fund.appoint_settler(Address(officers.settler.address), sponsor=officers.sponsor)
        if opening.budget:
            self.deposit(opening.budget, opening.deposit)
            self.top_up(fund, opening.budget)

    def _check_parties(self, registry: TrustRegistry, fund: BudgetContract) -> None:
        parties = (
            ("registry", registry.contract.address, self.registry.contract.address),
            ("euro", fund.euro().contract.address, self.euro.contract.address),
            ("sponsor", fund.sponsor(), Address(self.officers.sponsor.address)),
        )
        for party, theirs, ours in parties:
            if theirs != ours:
                raise WrongFundError(f"the fund has another {party} than this municipality")

    # ---- settlement ----

    def settle(
        self,
        fund: BudgetContract,
        merchants: Iterable[Address],
        *,
        reference: str,
        bank: BankOrder,
    ) -> SettledBatch:
        """Burn what shops are owed and make the payment file for it.

        Args:
            merchants: shops to settle; those that are owed nothing are passed over.
            reference: of the file and of the settlement on the chain, used once.
            bank: the municipality's account, the shops' accounts and the day.
        Raises:
            SettlementError: the file cannot be made; then nothing was burnt.
            RefusedError: ``nothing_to_settle``, ``reference_used`` or ``not_authorised``.
        """
        owed = tuple(
            Transfer(merchant, balance)
            for merchant in dict.fromkeys(merchants)
            if (balance := fund.merchant(merchant).balance)
        )
        if not owed:
            raise RefusedError(RefusalReason.NOTHING_TO_SETTLE, "FundNothingToSettle", {})
        planned = Settlement(reference, owed, sum((transfer.amount for transfer in owed), Amount(0)))

        file = bank.file(planned)
        shops = [transfer.merchant for transfer in owed]
        receipt = fund.settle(shops, reference_octets(reference), settler=self.officers.settler)
        settled = _settlement_of(reference, receipt.events)
        return SettledBatch(settled, file if settled == planned else bank.file(settled), receipt)

    def find_settlement(self, fund: BudgetContract, reference: str) -> Settlement | None:
        """A settlement that was done, by its events, to make its payment file again; None if there is none."""
        octets = reference_octets(reference)
        events = tuple(
            event
            for event in self.events([fund])
            if event.arguments.get("settlementReference") == octets
            and fund.address in (event.address, event.arguments.get("from"))
        )
        return _settlement_of(reference, events) if events else None

    # ---- books ----

    def events(self, funds: Sequence[OnChain], *, from_block: int = 0) -> tuple[ChainEvent, ...]:
        """All events of the registry, the euro and these contracts."""
        contracts: list[Deployed] = [self.registry.contract, self.euro.contract]
        return self.chain.events([*contracts, *(fund.contract for fund in funds)], from_block=from_block)

    def check_books(self, funds: Sequence[BudgetContract]) -> Ledger:
        """Replay all events and compare the result with the contracts.

        Raises:
            BooksError: for the first figure that differs.
        """
        ledger = ledger_from(self.events(funds))
        compare(
            ledger,
            self.euro.supply(),
            {fund.address: fund.books() for fund in funds},
            {fund.address: self.euro.balance_of(fund.address) for fund in funds},
        )
        return ledger

    def check_balances(self, fund: BudgetContract, ledger: Ledger) -> int:
        """Compare every single account and shop of a fund with the contract; returns how many. One call for each.

        A pass has no accounts that hold money, only shops.

        Raises:
            BooksError: for the first balance that differs.
        """
        followed = ledger.funds[fund.address]
        if isinstance(fund, SpendingContract):
            for account, cents in followed.accounts.items():
                same(f"account {account}", Amount(cents), fund.balance_of(account))
        for merchant, cents in followed.merchants.items():
            same(f"merchant {merchant}", Amount(cents), fund.merchant(merchant).balance)
        return len(followed.accounts) + len(followed.merchants)


def relay_claim(fund: Fund, message: ClaimMessage, *, sender: LocalAccount | None = None) -> Receipt:
    """Carry a citizen's claim to its fund; the fees are the relayer's.

    Raises:
        WrongFundError: the claim is for another fund.
        RefusedError: the contract refused the claim.
    """
    _check_domain(fund, message.domain)
    return fund.claim(message, sender=sender)


def relay_payment(
    fund: SpendingContract, permit: SignedPermit, charge: SignedCharge, *, sender: LocalAccount | None = None
) -> Receipt:
    """Carry a payment; errors as ``relay_claim``."""
    _check_domain(fund, permit.domain)
    _check_domain(fund, charge.domain)
    return fund.pay(permit, charge, sender=sender)


def relay_refund(
    fund: SpendingContract, account: Address, nonce: int, refund: SignedRefund, *, sender: LocalAccount | None = None
) -> Receipt:
    """Carry a refund of the payment that used ``account``'s permit ``nonce``; errors as ``relay_claim``."""
    _check_domain(fund, refund.domain)
    return fund.refund(account, nonce, refund, sender=sender)


def relay_activation(to: Pass, message: ActivationMessage, *, sender: LocalAccount | None = None) -> Receipt:
    """Carry a citizen's activation to its pass; errors as ``relay_claim``."""
    _check_domain(to, message.domain)
    return to.activate(message, sender=sender)


def relay_offer_use(to: Pass, use: SignedOfferUse, *, sender: LocalAccount | None = None) -> Receipt:
    """Carry the use of an offer; builds its statement if nobody did (pass.md 1.3). Errors as ``relay_claim``."""
    _check_domain(to, use.domain)
    to.accept_uses(use.shown.key_id, use.shown.offer, [use.shown.number], sender=sender)
    return to.use(use, sender=sender)


def _check_domain(fund: BudgetContract, domain: PaymentDomain) -> None:
    if domain != fund.domain:
        raise WrongFundError("the message is for another fund or another chain")


def _settlement_of(reference: str, events: Sequence[ChainEvent]) -> Settlement:
    """What a settlement's own events say; its total is what the token burnt."""
    transfers = tuple(
        Transfer(event.arguments["merchant"], Amount(event.arguments["amount"]))
        for event in events
        if event.name == "MerchantSettled"
    )
    total = sum((event.arguments["amount"] for event in events if event.name == "Settled"), 0)
    return Settlement(reference, transfers, Amount(total))
