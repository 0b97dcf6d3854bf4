# SPDX-License-Identifier: EUPL-1.2
"""A town with a task board for the flow tests: a desk that attests ages, employees, citizens with wallets, shops."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from eth_account.signers.local import LocalAccount

import specs
from holder.earning.board import BoardView
from holder.earning.collecting import PlannedCollection
from holder.model import Catalogue
from holder.service import Wallet
from holder.wallet_file import KeyWork
from issuer.keys import ValidatorKeys
from issuer.model import Household, PersonId, Validator
from issuer.service import Desk
from issuer.store import Store
from programmable_money.chain import Chain, Receipt
from programmable_money.messages import Address, Charge, SignedCharge, SignedPermit, parse_address, recipient
from programmable_money.messages.offers import PublishedOffer
from programmable_money.messages.tasks import CollectionMessage, GroupChoice, SignedChoice
from programmable_money.model import Amount, from_unix
from programmable_money.service import Municipality, Officers, Opening
from programmable_money.tasks.board import TaskBoard
from programmable_money.tasks.following import FollowedBoard
from programmable_money.tasks.purse import Purse
from ssi.credential.types import CredentialType
from ssi.rulebook.model import Rulebook

YEAR: Final = 2026
RULEBOOK: Final = Rulebook.from_json(specs.rulebook_octets("heitje", 1))
TYPE: Final = CredentialType.from_json(specs.credential_type_octets("age", 2))
CATALOGUE: Final = Catalogue.of([TYPE], [RULEBOOK])
REASONS: Final = {reason.id: reason.index for reason in RULEBOOK.earnings.reasons}
DESK: Final = "did:web:loket.heerlen.example"
ETHER: Final = 10**18
BUDGET: Final = Amount(1_000_000)
BORN: Final = {
    "amira": date(1989, 4, 12),
    "bas": date(2007, 8, 30),
    "cato": date(1985, 1, 30),
    "dina": date(1970, 2, 3),
}
"""Bas is under 21."""


def household(name: str, born: date, municipality: str = "GM0917") -> Household:
    """A record; only the birth date and the municipality matter here."""
    return Household(
        PersonId(f"p-{name}"), name.title(), born, "Tempsplein 1", "single_21_plus", 100_000, 128_383, 0, municipality
    )


def offer_document(title: str = "Bankje verven", **changes: Any) -> bytes:
    """A published task."""
    content: dict[str, Any] = {
        "stuiver": "task/1",
        "title": {"nl": title, "en": f"{title} (en)"},
        "text": {"nl": "Verf het bankje groen.", "en": "Paint the bench green."},
        "place": "Tempsplein, Heerlen",
        "tags": ["outdoors", "light"],
        "tools": [],
        "insurance": {"reference": "HRL-2026/1", "conditions": {"nl": "Zie de polis.", "en": "See the policy."}},
        "places": 3,
        "quarter_hours": 8,
        "until": f"{YEAR}-12-01T00:00:00Z",
    }
    return json.dumps(content | changes, ensure_ascii=False).encode()


@dataclass
class Town:
    """A municipality with an open board, two employees, a validator of ages and two shops."""

    chain: Chain
    folder: Path
    municipality: Municipality
    desk: Desk
    validator: LocalAccount
    opening: Opening
    board: TaskBoard
    purse: Purse
    key: bytes
    employees: tuple[LocalAccount, LocalAccount]
    shop: LocalAccount
    followed: FollowedBoard
    wallets: dict[str, Wallet] = field(default_factory=dict)
    phrases: dict[str, str] = field(default_factory=dict)

    @classmethod
    def open(cls, chain: Chain, folder: Path, *, budget: Amount = BUDGET, period: int = YEAR) -> "Town":
        officers = Officers.one(chain.account(secrets.token_bytes(32)))
        municipality = Municipality.set_up(chain, officers, officer_gas_wei=100 * ETHER)
        validator, *others = (chain.account(secrets.token_bytes(32)) for _ in range(4))
        for account in (validator, *others):
            chain.provide_gas(parse_address(account.address), 10 * ETHER)
        at = parse_address(validator.address)
        municipality.admit_validator(at, TYPE)
        keys = ValidatorKeys.generate([TYPE], did=DESK)
        place = recipient(municipality.registry.contract.address), recipient(at)
        key = municipality.registry.add_key(
            TYPE.type_id,
            keys.public_key(TYPE),
            chain.now() - 10,
            chain.now() + 800 * 86_400,
            keys.prove_possession(TYPE, chain.chain_id, *place),
            validator=validator,
        )
        party = Validator(DESK, "Loket Heerlen", frozenset({"GM0917", "GM0014"}))
        desk = Desk(party, keys, Store.in_memory(), (TYPE,), lambda: from_unix(chain.now()))
        opening = Opening(RULEBOOK, TYPE, period, (at,), budget, "BANK-HEITJE-1")
        board, purse = municipality.open_board(opening)
        employees = others[0], others[1]
        for employee in employees:
            purse.appoint_employee(parse_address(employee.address), sponsor=officers.sponsor)
        municipality.approve_merchants(purse, {parse_address(others[2].address): 0})
        return cls(
            chain,
            folder,
            municipality,
            desk,
            validator,
            opening,
            board,
            purse,
            key,
            employees,
            others[2],
            FollowedBoard(board),
        )

    def close(self) -> None:
        for wallet in self.wallets.values():
            wallet.close()
        self.desk.store.close()

    @property
    def now(self) -> datetime:
        return from_unix(self.chain.now())

    def citizen(self, name: str, *, born: date | None = None, municipality: str = "GM0917") -> Wallet:
        """Somebody with a wallet and an age credential."""
        path = self.folder / f"{name}.wallet"
        wallet, self.phrases[name] = Wallet.create(path, "a passphrase", CATALOGUE, work=KeyWork.INTERACTIVE)
        self.wallets[name] = wallet
        with self.desk.store.transaction() as transaction:
            transaction.save_households([household(name, born or BORN[name], municipality)])
        self.issue(name)
        return wallet

    def lose_telephone(self, name: str) -> Wallet:
        """The wallet's file is gone; a new one from the 24 words, and a credential from the desk again."""
        self.wallets.pop(name).close()
        path = self.folder / f"{name}-again.wallet"
        phrase = self.phrases[name]
        wallet = Wallet.restore(path, "a passphrase", phrase, CATALOGUE, work=KeyWork.INTERACTIVE)
        self.wallets[name] = wallet
        self.issue(name)
        return wallet

    def issue(self, name: str, wallet: Wallet | None = None) -> None:
        """One credential, as the age is today."""
        wallet, person = wallet or self.wallets[name], PersonId(f"p-{name}")
        session = self.desk.open_session(person)
        request = wallet.request_credential(DESK, session.nonce, TYPE, now=self.now)
        issuance = self.desk.issue(person, session.nonce, request.to_octets(), TYPE)
        wallet.accept_credential(issuance, self.desk.keys.public_key(TYPE), now=self.now)

    def view(self) -> BoardView:
        """What anybody can read of the board."""
        return BoardView.from_json(self.followed.describe().encode())

    def publish(self, title: str = "Bankje verven", **changes: Any) -> int:
        """An employee publishes a task."""
        offer = PublishedOffer.from_json(offer_document(title, **changes), RULEBOOK.earnings)
        self.followed.keep(offer.octets)
        return self.board.publish(offer, employee=self.employees[0])

    def choose(self, number: int, *wallets: Wallet, parts: Sequence[int] = (1_000,)) -> tuple[Address, ...]:
        """A group chooses; the accounts, in the order of the wallets."""
        view = self.view()
        accounts = tuple(wallet.earning.task_account(view, number) for wallet in wallets)
        split = dict(zip(accounts, parts, strict=True))
        signed = [wallet.earning.choose(view, number, now=self.now, split=split) for wallet in wallets]
        received = [SignedChoice.from_json(one.to_json()) for one in signed]
        self.board.choose(GroupChoice.from_json(GroupChoice.of(received).to_json()))
        return accounts

    def do(self, number: int, *wallets: Wallet, parts: Sequence[int] = (1_000,)) -> tuple[Address, ...]:
        """Choose, and report as done."""
        accounts = self.choose(number, *wallets, parts=parts)
        self.board.report_done(wallets[0].earning.report_done(self.view(), number, now=self.now))
        return accounts

    def earn(self, number: int, *wallets: Wallet, parts: Sequence[int] = (1_000,)) -> tuple[Address, ...]:
        """Choose, report and be verified in full; every wallet hears of it."""
        accounts = self.do(number, *wallets, parts=parts)
        quarters = self.board.task(number).quarters
        self.board.verify(number, quarters, 0, accounts, employee=self.employees[0])
        for wallet in wallets:
            wallet.earning.learn(self.view(), now=self.now)
        return accounts

    def collect(self, wallet: Wallet, number: int) -> list[tuple[PlannedCollection, Receipt]]:
        """Everything that is left of an award."""
        done = []
        while any(work.left for work in wallet.earning.work if work.task == number):
            plan = wallet.earning.plan_collection(self.view(), number, now=self.now)
            message = CollectionMessage.from_json(wallet.earning.collect(plan, now=self.now).to_json())
            done.append((plan, self.deliver(message)))
            wallet.earning.learn(self.view(), now=self.now)
        return done

    def deliver(self, message: CollectionMessage) -> Receipt:
        """What a relayer does: build the statement if nobody did, and carry the collection."""
        self.board.make_sure_of(message.key_id, message.collection.slot, message.terms)
        return self.board.collect(message)

    def pay(self, permit: SignedPermit, amount: int) -> Receipt:
        """The shop charges a code."""
        scanned = SignedPermit.from_json(permit.to_json())
        charge = Charge(scanned.permit.payment, parse_address(self.shop.address), amount)
        return self.purse.pay(scanned, SignedCharge.sign(self.purse.domain, charge, self.shop.key))

    def check_books(self) -> None:
        """The books from events are the chain's, and they balance."""
        ledger = self.municipality.check_books([self.purse])
        assert ledger.books.is_balanced
        assert self.municipality.check_balances(self.purse, ledger)
        assert self.followed.ledger.check(self.board)


def at(year: int, month: int, day: int, hour: int = 9) -> int:
    """A moment as the chain has it."""
    return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp())
