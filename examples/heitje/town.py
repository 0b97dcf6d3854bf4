# SPDX-License-Identifier: EUPL-1.2
"""The people and places of the story: a municipality with a task board, a desk that attests ages, shops, citizens."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from eth_account.signers.local import LocalAccount

import specs
from examples.casting import GAS_WEI, Shop, Wallets, account_of, read_shops, register_key
from examples.heitje.plan import PEOPLE, REGISTERED, STRANGER, Person
from holder.earning.board import BoardView
from holder.model import Catalogue
from holder.service import Wallet
from issuer.keys import ValidatorKeys
from issuer.model import Household, PersonId, Validator
from issuer.service import Desk
from issuer.store import Store
from programmable_money.chain import Chain, Receipt
from programmable_money.messages import (
    Address,
    Charge,
    SignedCharge,
    SignedPermit,
    parse_address,
)
from programmable_money.messages.offers import PublishedOffer
from programmable_money.messages.tasks import CollectionMessage
from programmable_money.model import Amount, from_unix
from programmable_money.service import Municipality, Officers, Opening, relay_payment
from programmable_money.settlement import BankAccount
from programmable_money.tasks.following import FollowedBoard
from ssi.credential.types import CredentialType
from ssi.rulebook.model import Rulebook

__all__ = ["BUDGET", "CHAIN_STORE", "DEBTOR", "Citizen", "Town"]

FOLDER: Final = Path(__file__).parent
DEBTOR: Final = BankAccount.from_text("Gemeente Heerlen", "NL68BNGH0000000100", field="debtor")
BUDGET: Final = Amount(2_000_000)
CHAIN_STORE: Final = "Grootwinkel, a chain store"
_DESK: Final = "did:web:loket.heerlen.example"
_KEY_SECONDS: Final = 400 * 86_400


@dataclass
class Citizen:
    """Somebody with a wallet that only they open."""

    person: Person
    wallet: Wallet = field(repr=False)
    phrase: str = field(repr=False)

    @property
    def first_name(self) -> str:
        """For the story; the real thing never asks."""
        return self.person.name.split()[0]


class Town:
    """Everybody, on one chain. Closing it removes the wallets' files.

    Args:
        chain: where the story is told; its clock is everybody's.
    """

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.rulebook = Rulebook.from_json(specs.rulebook_octets("heitje", 1))
        self.type = CredentialType.from_json(specs.credential_type_octets("age", 2))
        self.catalogue = Catalogue.of([self.type], [self.rulebook])
        roles = ("admin", "registrar", "minter", "sponsor", "settler")
        self.officers = Officers(*(self.account(role) for role in roles))
        self.municipality = Municipality.set_up(chain, self.officers, officer_gas_wei=GAS_WEI)
        self.validator = self.account("validator")
        self.employees = {name: self.account(name) for name in ("Els", "Frank", "Gerda")}
        for paid in (self.validator, *self.employees.values()):
            chain.provide_gas(parse_address(paid.address), GAS_WEI)
        self.shops = read_shops(FOLDER / "shops.csv", chain)
        self.chain_store = Shop(CHAIN_STORE, "shops", "", self.account(CHAIN_STORE))
        self.records = tuple(_record(number, person) for number, person in enumerate((*PEOPLE, STRANGER)))
        self.desk = Desk(
            Validator(_DESK, "Loket Heerlen", frozenset(record.municipality for record in self.records)),
            ValidatorKeys.generate([self.type], did=_DESK),
            Store.in_memory(),
            (self.type,),
            self.now,
        )
        with self.desk.store.transaction() as transaction:
            transaction.save_households(self.records)
        self.citizens: dict[str, Citizen] = {}
        self.registered = REGISTERED
        self._wallets = Wallets(self.catalogue)

    def close(self) -> None:
        """Close the wallets and remove their files."""
        self._wallets.close()
        self.desk.store.close()

    def now(self) -> datetime:
        """The time, which is the chain's."""
        return from_unix(self.chain.now())

    def account(self, role: str) -> LocalAccount:
        """A role's account, the same each time on one chain."""
        return account_of(self.chain, role)

    # ---- the municipality ----

    def open(self, period: int) -> None:
        """Admit the validator and its key, open board and purse, appoint employees, approve shops."""
        at = parse_address(self.validator.address)
        self.municipality.admit_validator(at, self.type)
        registry, now = self.municipality.registry, self.chain.now()
        register_key(
            registry, self.desk.keys, self.type, self.validator, valid_from=now, valid_until=now + _KEY_SECONDS
        )
        opening = Opening(self.rulebook, self.type, period, (at,), BUDGET, f"HEITJE-BUDGET-{period}")
        self.board, self.purse = self.municipality.open_board(opening)
        self.followed = FollowedBoard(self.board)
        for name in ("Els", "Frank"):
            employee = parse_address(self.employees[name].address)
            self.purse.appoint_employee(employee, sponsor=self.officers.sponsor)
        indexes = {shop.address: self.rulebook.category(shop.category).index for shop in self.shops}
        self.municipality.approve_merchants(self.purse, indexes)

    def publish(self, kind: int, quarters: int, places: int, until: datetime, employee: str) -> int:
        """Publish a task of one of the seven kinds; its number."""
        kinds = json.loads((FOLDER / "kinds.json").read_text(encoding="utf-8"))
        insurance = {
            "reference": "HRL-VRIJW-2025",
            "conditions": {
                "nl": "U bent verzekerd voor ongevallen en schade tijdens de klus, zoals vrijwilligers.",
                "en": "You are insured against accidents and damage during the task, as volunteers are.",
            },
        }
        rest = {"places": places, "quarter_hours": quarters, "until": f"{until:%Y-%m-%dT%H:%M:%SZ}"}
        content = {"stuiver": "task/1", **kinds[kind], "insurance": insurance, **rest}
        document = json.dumps(content, ensure_ascii=False).encode()
        offer = PublishedOffer.from_json(document, self.rulebook.earnings)
        self.followed.keep(document)
        return self.board.publish(offer, employee=self.employees[employee])

    def view(self) -> BoardView:
        """What anybody can read of the board, in the form that wallets take."""
        return BoardView.from_json(self.followed.describe().encode())

    def deliver(self, message: CollectionMessage) -> Receipt:
        """What a relayer does: build the slot's statement if nobody did, and carry the collection."""
        self.board.make_sure_of(message.key_id, message.collection.slot, message.terms)
        return self.board.collect(message)

    def charge(self, permit: SignedPermit, shop: Shop, amount: int) -> Receipt:
        """The shop scans the code, types the amount, signs, and is paid at once."""
        scanned = SignedPermit.from_json(permit.to_json())
        scanned.check()
        charge = Charge(scanned.permit.payment, shop.address, amount)
        return relay_payment(self.purse, scanned, SignedCharge.sign(self.purse.domain, charge, shop.account.key))

    def directory(self) -> dict[Address, BankAccount]:
        """The sponsor's own list of shops' bank accounts; never on the chain."""
        return {shop.address: BankAccount.from_text(shop.name, shop.iban, field=shop.name) for shop in self.shops}

    # ---- citizens ----

    def join(self, person: Person) -> Citizen:
        """A new wallet, with an age credential."""
        wallet, phrase = self._wallets.open(f"{len(self.citizens)}")
        citizen = self.citizens[person.name] = Citizen(person, wallet, phrase)
        self.issue(citizen)
        return citizen

    def issue(self, citizen: Citizen) -> None:
        """One credential, from session to wallet: what the desk attests is the age of today."""
        person = next(record.person for record in self.records if record.name == citizen.person.name)
        session = self.desk.open_session(person)
        request = citizen.wallet.request_credential(_DESK, session.nonce, self.type, now=self.now())
        issuance = self.desk.issue(person, session.nonce, request.to_octets(), self.type)
        citizen.wallet.accept_credential(issuance, self.desk.keys.public_key(self.type), now=self.now())


def _record(number: int, person: Person) -> Household:
    """The validator's record; of its columns an age credential uses two."""
    return Household(
        person=PersonId(f"hrl-{number:06}"),
        name=person.name,
        birth_date=person.born,
        address=person.address,
        kind="single_21_plus",
        income_cents=128_383,
        norm_cents=128_383,
        children=0,
        municipality=person.municipality,
    )
