# SPDX-License-Identifier: EUPL-1.2
"""The people and places of the story: a municipality, a desk for incomes, the pass's desk, shops and citizens."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from eth_account.signers.local import LocalAccount

import specs
from examples.casting import GAS_WEI, Shop, Wallets, account_of, read_records, read_shops, register_key
from examples.stadjerspas.visits import FOLDER
from holder.model import Catalogue
from holder.passes.view import PassView
from holder.service import Wallet
from issuer.keys import ValidatorKeys
from issuer.model import Household, Validator
from issuer.passes.model import PassAccount, PassTerms
from issuer.passes.service import PassDesk
from issuer.service import Desk
from issuer.store import Store
from programmable_money.chain import Chain
from programmable_money.messages import Address, parse_address
from programmable_money.messages.pass_offers import PassOffer
from programmable_money.model import Amount, from_unix
from programmable_money.passes.accounts import PassAccountsOnChain
from programmable_money.passes.contract import Pass
from programmable_money.passes.description import describe_pass, desk_keys_of
from programmable_money.passes.opening import PassOpening
from programmable_money.passes.rules import use_terms_of
from programmable_money.passes.till import PassTill
from programmable_money.service import Municipality, Officers
from programmable_money.settlement import BankAccount
from ssi.claim.registry_key import parse_registry_key
from ssi.credential.issuance import Issuance
from ssi.credential.types import CredentialType
from ssi.rulebook.model import Rulebook

__all__ = ["DEBTOR", "Cast", "Citizen", "read_documents", "read_households"]

DEBTOR: Final = BankAccount.from_text("Gemeente Groningen", "NL68BNGH0000000100", field="debtor")
_INCOME_DESK: Final = "did:web:inkomen.groningen.example"
_PASS_DESK: Final = "did:web:stadjerspas.groningen.example"  # noqa: S105 - no password
_KEY_SECONDS: Final = 400 * 86_400


@dataclass
class Citizen:
    """One household: the record that the validator has, and the wallet that only the citizen opens.

    Attributes:
        issued: the pass credential as the desk sent it.
    """

    record: Household
    wallet: Wallet
    phrase: str = field(repr=False)
    issued: Issuance | None = field(default=None, repr=False)

    @property
    def first_name(self) -> str:
        """For the story; the real thing never asks."""
        return self.record.name.split()[0]


def read_households(path: Path | None = None) -> tuple[Household, ...]:
    """The records of a household file, or of the sample; raises as ``read_records``."""
    rulebook = Rulebook.from_json(specs.rulebook_octets("stadjerspas", 1))
    return read_records(path or FOLDER / "households.csv", rulebook, otherwise="GM0014")


def read_documents() -> dict[str, bytes]:
    """The published offers by the name of their file, as octets."""
    return {path.stem: path.read_bytes() for path in sorted((FOLDER / "offers").glob("*.json"))}


class Cast:
    """Everybody, on one chain. Closing it removes the wallets' files.

    Args:
        chain: where the story is told; its clock is everybody's.
        households: the validator's records.
    """

    def __init__(self, chain: Chain, households: Iterable[Household]) -> None:
        self.chain = chain
        self.records = tuple(households)
        self.rulebook = Rulebook.from_json(specs.rulebook_octets("stadjerspas", 1))
        self.income = CredentialType.from_json(specs.credential_type_octets("household-income", 1))
        self.pass_type = CredentialType.from_json(specs.credential_type_octets("stadjerspas", 1))
        self.types = self.income, self.pass_type
        self.catalogue = Catalogue.of(self.types, [self.rulebook])
        self.documents = {name: PassOffer.from_json(text, self.rulebook) for name, text in read_documents().items()}
        self.shops = {shop.name: shop for shop in read_shops(FOLDER / "shops.csv", chain)}
        self.officers = Officers(
            *(account_of(chain, role) for role in ("admin", "registrar", "minter", "sponsor", "settler"))
        )
        self.validator, self.clerk = account_of(chain, "incomes"), account_of(chain, "passes")
        self.municipality = Municipality.set_up(chain, self.officers, officer_gas_wei=GAS_WEI)
        for account in (self.validator, self.clerk):
            chain.provide_gas(parse_address(account.address), GAS_WEI)
        self.period = self.now().year
        attested = frozenset(record.municipality for record in self.records) or frozenset({"GM0014"})
        party = Validator(_INCOME_DESK, "Inkomensloket", attested)
        keys = ValidatorKeys.generate([self.income], did=_INCOME_DESK)
        self.desk = Desk(party, keys, Store.in_memory(), (self.income,), self.now)
        with self.desk.store.transaction() as transaction:
            transaction.save_households(self.records)
        self._wallets = Wallets(self.catalogue)
        self._seen: tuple[int, PassView] | None = None
        self.numbers: dict[str, int] = {}

    def close(self) -> None:
        """Close the wallets and remove their files."""
        self._wallets.close()
        self.desk.store.close()
        if hasattr(self, "pass_desk"):
            self.pass_desk.store.close()

    def now(self) -> datetime:
        """The time, which is the chain's."""
        return from_unix(self.chain.now())

    # ---- opening ----

    def open_pass(self, budget: Amount) -> Pass:
        """Register both keys, open the pass with its budget, and set up its desk."""
        did = f"{_PASS_DESK}:{self.period}"
        pass_keys = ValidatorKeys.generate([self.pass_type], did=did)
        self.key = self._register(self.desk.keys, self.income, self.validator)
        self.desk_key = self._register(pass_keys, self.pass_type, self.clerk)
        validators, clerk = (parse_address(self.validator.address),), parse_address(self.clerk.address)
        opening = PassOpening(
            self.rulebook, self.types, self.period, validators, clerk, budget, f"STADJERSPAS-{self.period}"
        )
        self.opened = self.municipality.open_pass(opening)
        self.opened.accept_activations(self.key)
        indexes = {shop.address: self.rulebook.category(shop.category).index for shop in self.shops.values()}
        self.municipality.approve_merchants(self.opened, indexes)
        published = self.municipality.publish_offers(self.opened, self.documents.values())
        names = {offer.description: name for name, offer in self.documents.items()}
        self.offers = published
        self.numbers = {names[offer.description]: number for number, offer in published.items()}
        self.pass_desk = PassDesk(
            did,
            pass_keys,
            Store.in_memory(),
            self.pass_type,
            PassTerms.of(self.rulebook, self.period),
            PassAccountsOnChain(self.opened),
            self.now,
        )
        return self.opened

    def _register(self, keys: ValidatorKeys, kind: CredentialType, holder: LocalAccount) -> bytes:
        self.municipality.admit_validator(parse_address(holder.address), kind)
        now, registry = self.chain.now(), self.municipality.registry
        return register_key(registry, keys, kind, holder, valid_from=now, valid_until=now + _KEY_SECONDS)

    # ---- what anybody can read ----

    def view(self) -> PassView:
        """The pass as of the last block, in the form that wallets take."""
        block = self.chain.block_number()
        if self._seen is None or self._seen[0] != block:
            self._seen = block, PassView.from_json(describe_pass(self.opened, self.offers).encode())
        return self._seen[1]

    def till(self, shop: Shop) -> PassTill:
        """A shop's till, with what it read from the chain this morning."""
        keys = {key: parse_registry_key(found) for key, found in desk_keys_of(self.opened).items()}
        terms = use_terms_of(self.rulebook, self.types, self.period)
        category = self.rulebook.category(shop.category).index
        return PassTill(
            self.opened.scope(), terms, keys, self.offers, category, shop.account.key, self.opened.is_claimed
        )

    # ---- citizens ----

    def wallet(self, name: str, phrase: str | None = None) -> tuple[Wallet, str]:
        """A new wallet in a file of its own, or one restored from a phrase; and its phrase."""
        return self._wallets.open(name, phrase)

    def issue_income(self, citizen: Citizen, wallet: Wallet | None = None) -> None:
        """One income credential, from session to wallet: issuance.md from 2 to 4."""
        wallet = wallet or citizen.wallet
        session = self.desk.open_session(citizen.record.person)
        request = wallet.request_credential(self.desk.validator.did, session.nonce, self.income, now=self.now())
        issued = self.desk.issue(citizen.record.person, session.nonce, request.to_octets(), self.income)
        wallet.accept_credential(issued, self.desk.keys.public_key(self.income), now=self.now())

    def issue_pass(self, citizen: Citizen) -> bytes:
        """The pass credential for the citizen's pass account (pass.md 2.2); all that the desk saw of it, as octets."""
        view, passes = self.view(), citizen.wallet.passes
        account = PassAccount(passes.account(view))
        session = self.pass_desk.open_session(account)
        asked = passes.request(view, self.pass_desk.did, session.nonce, now=self.now())
        citizen.issued = self.pass_desk.issue(account, session.nonce, asked.request, asked.signed.signature)
        passes.accept(view, citizen.issued, self.pass_desk.keys.public_key(self.pass_type), now=self.now())
        return asked.request + asked.signed.signature + bytes.fromhex(account[2:])

    def directory(self) -> dict[Address, BankAccount]:
        """The sponsor's own list of shops' bank accounts; never on the chain."""
        return {
            shop.address: BankAccount.from_text(shop.name, shop.iban, field=shop.name) for shop in self.shops.values()
        }
