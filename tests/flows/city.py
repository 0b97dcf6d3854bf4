# SPDX-License-Identifier: EUPL-1.2
"""A city with an open pass for the flow tests: a validator of incomes, the pass's desk, shops, citizens."""

import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from eth_account.signers.local import LocalAccount

import specs
from holder.model import Catalogue
from holder.passes.view import PassView
from holder.service import Wallet
from holder.wallet_file import KeyWork
from issuer.keys import ValidatorKeys
from issuer.model import Household, PersonId, Validator
from issuer.passes.model import PassAccount, PassTerms
from issuer.passes.service import PassDesk
from issuer.service import Desk
from issuer.store import Store
from programmable_money.chain import Chain, Receipt
from programmable_money.messages import Address, parse_address, recipient
from programmable_money.messages.pass_offers import PassOffer
from programmable_money.messages.passes import OfferUseMessage, SignedOfferUse
from programmable_money.model import Amount, from_unix
from programmable_money.passes.accounts import PassAccountsOnChain
from programmable_money.passes.contract import Pass
from programmable_money.passes.description import describe_pass, describe_uses, desk_keys_of
from programmable_money.passes.opening import PassOpening
from programmable_money.passes.rules import use_terms_of
from programmable_money.passes.till import PassTill
from programmable_money.service import Municipality, Officers, relay_activation, relay_offer_use
from ssi.claim.registry_key import parse_registry_key
from ssi.credential.types import CredentialType
from ssi.rulebook.model import Rulebook

YEAR: Final = 2026
STARTS_AT: Final = datetime(YEAR, 6, 2, 9, tzinfo=UTC)
RULEBOOK: Final = Rulebook.from_json(specs.rulebook_octets("stadjerspas", 1))
INCOME: Final = CredentialType.from_json(specs.credential_type_octets("household-income", 1))
PASS: Final = CredentialType.from_json(specs.credential_type_octets("stadjerspas", 1))
CATALOGUE: Final = Catalogue.of([INCOME, PASS], [RULEBOOK])
DESK: Final = "did:web:inkomen.groningen.example"
PASS_DESK: Final = f"did:web:pas.groningen.example:{YEAR}"
LIMIT: Final = 154_060
"""Cents a month: 120 percent of the norm of a single person."""
BUDGET: Final = Amount(100_000)
ETHER: Final = 10**18


def offer_document(**changes: Any) -> bytes:
    """A published offer: a swimming ticket, three times a year, free."""
    content: dict[str, Any] = {
        "stuiver": "pass-offer/1",
        "title": {"nl": "Zwemkaartje", "en": "Swimming ticket"},
        "text": {"nl": "Een keer zwemmen.", "en": "One swim."},
        "category": "swimming",
        "reduction": {"kind": "free"},
        "price_cents": 550,
        "sponsor_percent": 100,
        "months": list(range(1, 13)),
        "uses_per_pass": 3,
    }
    content |= changes
    kept = {name: value for name, value in content.items() if value is not None}
    return json.dumps(kept, ensure_ascii=False).encode()


def offer(**changes: Any) -> PassOffer:
    """The same, read."""
    return PassOffer.from_json(offer_document(**changes), RULEBOOK)


def household(name: str, *, income: int = LIMIT, municipality: str = "GM0014") -> Household:
    """A record of a single person."""
    return Household(
        PersonId(f"p-{name}"),
        name.title(),
        date(1989, 4, 12),
        "Grote Markt 1",
        "single_21_plus",
        income,
        128_383,
        0,
        municipality,
    )


@dataclass
class City:
    """A municipality with an open pass and no offers yet."""

    chain: Chain
    folder: Path
    municipality: Municipality
    desk: Desk
    pass_desk: PassDesk
    validator: LocalAccount
    opening: PassOpening
    opened: Pass
    key: bytes
    shops: dict[str, LocalAccount]
    offers: dict[int, PassOffer] = field(default_factory=dict)
    wallets: dict[str, Wallet] = field(default_factory=dict)

    @classmethod
    def open(
        cls,
        chain: Chain,
        folder: Path,
        *,
        budget: Amount = BUDGET,
        year: int = YEAR,
        pass_keys: ValidatorKeys | None = None,
    ) -> "City":
        officers = Officers.one(chain.account(secrets.token_bytes(32)))
        municipality = Municipality.set_up(chain, officers, officer_gas_wei=100 * ETHER)
        validator, clerk = (chain.account(secrets.token_bytes(32)) for _ in range(2))
        accounts = {"validator": parse_address(validator.address), "desk": parse_address(clerk.address)}
        for account in accounts.values():
            chain.provide_gas(account, 10 * ETHER)
        keys = ValidatorKeys.generate([INCOME], did=DESK)
        pass_keys = pass_keys or ValidatorKeys.generate([PASS], did=PASS_DESK)
        ids = [
            _register(municipality, holder, kept, kind)
            for holder, kept, kind in ((validator, keys, INCOME), (clerk, pass_keys, PASS))
        ]
        opening = PassOpening(
            RULEBOOK, (INCOME, PASS), year, (accounts["validator"],), accounts["desk"], budget, "BANK-PAS-1"
        )
        opened = municipality.open_pass(opening)
        opened.accept_activations(ids[0])

        def clock() -> datetime:
            return from_unix(chain.now())

        party = Validator(DESK, "Inkomen", frozenset({"GM0014", "GM0917"}))
        desk = Desk(party, keys, Store.in_memory(), (INCOME,), clock)
        pass_desk = PassDesk(
            pass_keys.did,
            pass_keys,
            Store.in_memory(),
            PASS,
            PassTerms.of(RULEBOOK, year),
            PassAccountsOnChain(opened),
            clock,
        )
        shops = {name: chain.account(secrets.token_bytes(32)) for name in ("pool", "school", "other_pool")}
        city = cls(chain, folder, municipality, desk, pass_desk, validator, opening, opened, ids[1], shops)
        categories = {"pool": "swimming", "school": "courses", "other_pool": "swimming"}
        indexes = {city.shop(name): RULEBOOK.category(category).index for name, category in categories.items()}
        municipality.approve_merchants(opened, indexes)
        return city

    def close(self) -> None:
        for wallet in self.wallets.values():
            wallet.close()
        self.desk.store.close()
        self.pass_desk.store.close()

    @property
    def now(self) -> datetime:
        return from_unix(self.chain.now())

    def shop(self, name: str) -> Address:
        return parse_address(self.shops[name].address)

    def publish(self, *offers: PassOffer) -> tuple[int, ...]:
        """Publish offers; their numbers."""
        published = self.municipality.publish_offers(self.opened, offers)
        self.offers |= published
        return tuple(published)

    def view(self) -> PassView:
        """What anybody can read of the pass."""
        return PassView.from_json(describe_pass(self.opened, self.offers).encode())

    def nullifiers(self) -> list[bytes]:
        """The whole list of what the pass has taken."""
        return [bytes.fromhex(item[2:]) for item in json.loads(describe_uses(self.opened))["nullifiers"]]

    def citizen(self, name: str, *, record: Household | None = None, phrase: str | None = None) -> Wallet:
        """Somebody with a wallet and an income credential."""
        wallet = self.wallet(name, phrase)
        self.attest(wallet, record or household(name))
        return wallet

    def attest(self, wallet: Wallet, record: Household) -> None:
        """Issue an income credential."""
        with self.desk.store.transaction() as transaction:
            transaction.save_households([record])
        session = self.desk.open_session(record.person)
        asked = wallet.request_credential(DESK, session.nonce, INCOME, now=self.now)
        issued = self.desk.issue(record.person, session.nonce, asked.to_octets(), INCOME)
        wallet.accept_credential(issued, self.desk.keys.public_key(INCOME), now=self.now)

    def wallet(self, name: str, phrase: str | None = None) -> Wallet:
        """A wallet, empty or restored."""
        path = self.folder / f"{len(self.wallets)}-{name}.wallet"
        if phrase is None:
            wallet, _ = Wallet.create(path, "a passphrase", CATALOGUE, work=KeyWork.INTERACTIVE)
        else:
            wallet = Wallet.restore(path, "a passphrase", phrase, CATALOGUE, work=KeyWork.INTERACTIVE)
        self.wallets[path.stem] = wallet
        return wallet

    def activate(self, wallet: Wallet) -> Receipt:
        """Activate the pass."""
        plan = wallet.passes.plan_activation(self.view(), now=self.now)
        return relay_activation(self.opened, wallet.passes.activate(plan, now=self.now))

    def fetch(self, wallet: Wallet) -> None:
        """Fetch the pass credential from the desk."""
        account = PassAccount(wallet.passes.account(self.view()))
        session = self.pass_desk.open_session(account)
        asked = wallet.passes.request(self.view(), PASS_DESK, session.nonce, now=self.now)
        issued = self.pass_desk.issue(account, session.nonce, asked.request, asked.signed.signature)
        wallet.passes.accept(self.view(), issued, self.pass_desk.keys.public_key(PASS), now=self.now)

    def holder(self, name: str) -> Wallet:
        """Somebody with a pass."""
        wallet = self.citizen(name)
        self.activate(wallet)
        self.fetch(wallet)
        return wallet

    def till(self, name: str, *, category: str = "swimming") -> PassTill:
        """A shop's till, with what it reads from the chain."""
        keys = {key: parse_registry_key(found) for key, found in desk_keys_of(self.opened).items()}
        terms = use_terms_of(RULEBOOK, (INCOME, PASS), self.opening.period)
        index = RULEBOOK.category(category).index
        return PassTill(
            self.opened.scope(), terms, keys, self.offers, index, self.shops[name].key, self.opened.is_claimed
        )

    def show(
        self, wallet: Wallet, number: int, shop: str, price: int, *, again: bool = False, category: str = "swimming"
    ) -> SignedOfferUse:
        """At the till: the wallet shows, the shop verifies and signs. Nothing is delivered yet."""
        plan = wallet.passes.plan_use(self.view(), number, self.shop(shop), price, now=self.now, again=again)
        message = OfferUseMessage.from_json(wallet.passes.use(plan, now=self.now).to_json())
        till = self.till(shop, category=category)
        signed = till.sign(till.verify(message, offer=number, price=price, now=self.now))
        return SignedOfferUse.from_json(signed.to_json())

    def use(self, wallet: Wallet, number: int, shop: str, price: int, *, category: str = "swimming") -> Receipt:
        """The same, delivered."""
        return relay_offer_use(self.opened, self.show(wallet, number, shop, price, category=category))

    def check_books(self) -> None:
        """The books from events are the chain's, and they balance."""
        ledger = self.municipality.check_books([self.opened])
        assert ledger.books.is_balanced
        assert self.municipality.check_balances(self.opened, ledger) == len(ledger.funds[self.opened.address].merchants)


def _register(municipality: Municipality, holder: LocalAccount, keys: ValidatorKeys, kind: CredentialType) -> bytes:
    at = parse_address(holder.address)
    municipality.admit_validator(at, kind)
    place = recipient(municipality.registry.contract.address), recipient(at)
    now = municipality.chain.now()
    return municipality.registry.add_key(
        kind.type_id,
        keys.public_key(kind),
        now - 10,
        now + 800 * 86_400,
        keys.prove_possession(kind, municipality.chain.chain_id, *place),
        validator=holder,
    )
