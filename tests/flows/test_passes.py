# SPDX-License-Identifier: EUPL-1.2
"""A pass from activation to the shop's bank account, on every chain; and everything that must not work."""

import secrets
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holder.refusals import IssuanceRefusedError as WalletRefusal
from holder.refusals import NotEligibleError
from issuer.errors import IssuanceRefusedError
from issuer.errors import RefusalReason as IssuanceRefusal
from issuer.passes.model import PassAccount
from programmable_money.fund import WrongRulesError
from programmable_money.messages import PaymentDomain, address_of, parse_address
from programmable_money.messages.pass_offers import MOST_CENTS
from programmable_money.messages.passes import PassRequest, SignedPassRequest
from programmable_money.model import Amount
from programmable_money.passes.contract import WrongOfferError
from programmable_money.refusals import RefusalReason, RefusedError
from programmable_money.service import Municipality, Officers, WrongFundError, relay_activation
from programmable_money.settlement import BankAccount, BankOrder, read_payment_file
from programmable_money.settlement.burning import FundBurning, chain_books
from programmable_money.settlement.model import BatchState
from programmable_money.settlement.service import Settlements
from programmable_money.settlement.store import SettlementStore
from programmable_money.shops.model import Application
from programmable_money.shops.service import ShopRegister
from programmable_money.shops.store import ShopStore
from ssi.errors import Reason
from tests.flows.city import (
    INCOME,
    LIMIT,
    PASS,
    PASS_DESK,
    RULEBOOK,
    YEAR,
    City,
    household,
    offer,
)
from tests.flows.june import chain, city, refused
from tests.flows.passing import forge_activation, pass_key
from tests.flows.settling import DEBTOR, JOKE, SIEM

__all__ = ["chain", "city"]


def test_a_pass_is_activated_issued_used_and_the_shop_is_paid(city: City) -> None:
    (swim,) = city.publish(offer(sponsor_percent=80))
    amira = city.holder("amira")
    listed = amira.passes.offers(city.view(), now=city.now)
    assert [(item.number, item.left, item.why_not) for item in listed] == [(swim, 3, None)]
    receipt = city.use(amira, swim, "pool", 550)
    used = next(event.arguments for event in receipt.events if event.name == "OfferUsed")
    assert (used["offer"], used["number"], used["price"], used["reduction"], used["sponsorPart"]) == (
        swim,
        0,
        550,
        550,
        440,
    )
    city.check_books()
    shop = city.shop("pool")
    banks = {shop: BankAccount.from_text("Zwembad De Papiermolen", "NL91ABNA0417164300", field="shop")}
    debtor = BankAccount.from_text("Gemeente Groningen", "NL68BNGH0000000100", field="debtor")
    order = BankOrder(debtor, banks, (city.now + timedelta(days=1)).date(), city.now)
    batch = city.municipality.settle(city.opened, [shop], reference="PAS-1", bank=order)
    assert read_payment_file(batch.file).total == Amount(440)
    city.check_books()
    assert amira.passes.offers(city.view(), now=city.now)[0].left == 2


# ---- activating ----


def test_a_pass_is_activated_once_by_one_person_and_once_for_one_account(city: City) -> None:
    amira = city.citizen("amira")
    plan = amira.passes.plan_activation(city.view(), now=city.now)
    assert plan.amount_cents == 0
    relay_activation(city.opened, amira.passes.activate(plan, now=city.now))
    again = amira.passes.activate(plan, now=city.now)
    with refused(RefusalReason.PASS_ACCOUNT_TAKEN):
        relay_activation(city.opened, again)
    other = forge_activation(city, amira, address_of(secrets.token_bytes(32)))
    with refused(RefusalReason.ALREADY_CLAIMED):
        relay_activation(city.opened, other)
    bas = city.citizen("bas")
    with refused(RefusalReason.PASS_ACCOUNT_TAKEN):
        relay_activation(city.opened, forge_activation(city, bas, amira.passes.account(city.view())))
    assert city.opened.activations_of(parse_address(city.validator.address)) == 1


def test_cato_whose_income_is_a_cent_too_high_activates_nothing(city: City) -> None:
    cato = city.citizen("cato", record=household("cato", income=LIMIT + 1))
    with pytest.raises(NotEligibleError) as denied:
        cato.passes.plan_activation(city.view(), now=city.now)
    assert [reason.code for reason in denied.value.reasons] == ["income_at_most_120_percent"]
    neighbour = city.citizen("noor", record=household("noor", municipality="GM0917"))
    with pytest.raises(NotEligibleError) as denied:
        neighbour.passes.plan_activation(city.view(), now=city.now)
    assert [reason.code for reason in denied.value.reasons] == ["municipality_differs"]
    forged = forge_activation(city, cato, address_of(secrets.token_bytes(32)), loosened=True)
    with refused(RefusalReason.PROOF_INVALID):
        relay_activation(city.opened, forged)


def test_a_relayer_cannot_take_an_activation_for_itself(city: City) -> None:
    amira = city.citizen("amira")
    message = amira.passes.activate(amira.passes.plan_activation(city.view(), now=city.now), now=city.now)
    with refused(RefusalReason.PROOF_INVALID):
        relay_activation(city.opened, replace(message, account=address_of(secrets.token_bytes(32))))
    elsewhere = replace(message, domain=PaymentDomain(1, message.domain.fund))
    with pytest.raises(WrongFundError):
        relay_activation(city.opened, elsewhere)
    relay_activation(city.opened, message)


# ---- the desk ----


def test_the_desk_gives_nothing_to_an_account_without_a_pass_or_without_its_signature(city: City) -> None:
    amira, cato = city.citizen("amira"), city.citizen("cato")
    account = PassAccount(amira.passes.account(city.view()))
    with pytest.raises(IssuanceRefusedError, match=IssuanceRefusal.ACCOUNT_NOT_ACTIVATED.value):
        city.pass_desk.open_session(account)
    city.activate(amira)
    city.activate(cato)
    session = city.pass_desk.open_session(account)
    asked = cato.passes.request(city.view(), PASS_DESK, session.nonce, now=city.now)
    with pytest.raises(IssuanceRefusedError) as error:  # Cato's request and signature, Amira's account
        city.pass_desk.issue(account, session.nonce, asked.request, asked.signed.signature)
    assert error.value.reason is IssuanceRefusal.NOT_SIGNED_BY_ACCOUNT
    theirs = PassAccount(asked.account)
    with pytest.raises(IssuanceRefusedError) as error:  # his own account, with Amira's challenge
        city.pass_desk.issue(theirs, session.nonce, asked.request, asked.signed.signature)
    assert error.value.reason is IssuanceRefusal.SESSION_OF_ANOTHER_PERSON
    own = amira.passes.request(city.view(), PASS_DESK, session.nonce, now=city.now)
    with pytest.raises(IssuanceRefusedError) as error:  # a stranger puts another request under her signature
        city.pass_desk.issue(account, session.nonce, asked.request, own.signed.signature)
    assert error.value.reason is IssuanceRefusal.NOT_SIGNED_BY_ACCOUNT
    city.pass_desk.issue(account, session.nonce, own.request, own.signed.signature)
    with pytest.raises(IssuanceRefusedError) as error:
        city.pass_desk.issue(account, session.nonce, own.request, own.signed.signature)
    assert error.value.reason is IssuanceRefusal.SESSION_USED
    with pytest.raises(IssuanceRefusedError) as error:
        city.pass_desk.issue(account, bytes(32), own.request, own.signed.signature)
    assert error.value.reason is IssuanceRefusal.SESSION_UNKNOWN
    late = city.pass_desk.open_session(account)
    asked = amira.passes.request(city.view(), PASS_DESK, late.nonce, now=city.now)
    city.chain.travel_to(city.chain.now() + 3_601)
    with pytest.raises(IssuanceRefusedError) as error:
        city.pass_desk.issue(account, late.nonce, asked.request, asked.signed.signature)
    assert error.value.reason is IssuanceRefusal.SESSION_EXPIRED


def test_an_account_gets_credentials_for_one_secret_and_a_secret_for_one_account(city: City) -> None:
    amira, bas = city.holder("amira"), city.citizen("bas")
    city.activate(bas)
    view = city.view()
    city.fetch(amira)  # once more, for the same secret: two credentials, one pseudonym
    assert len(amira.credentials) == 3
    account, key = PassAccount(amira.passes.account(view)), pass_key(amira, view)
    session = city.pass_desk.open_session(account)
    request = bas.request_credential(PASS_DESK, session.nonce, PASS, now=city.now).to_octets()
    signed = SignedPassRequest.sign(view.domain, PassRequest.of(session.nonce, request), key)
    with pytest.raises(IssuanceRefusedError) as error:  # Amira signs for another wallet
        city.pass_desk.issue(account, session.nonce, request, signed.signature)
    assert error.value.reason is IssuanceRefusal.PINNED_TO_ANOTHER_WALLET
    theirs = PassAccount(bas.passes.account(view))
    session = city.pass_desk.open_session(theirs)
    request = amira.request_credential(PASS_DESK, session.nonce, PASS, now=city.now).to_octets()
    signed = SignedPassRequest.sign(view.domain, PassRequest.of(session.nonce, request), pass_key(bas, view))
    with pytest.raises(IssuanceRefusedError) as error:  # and Bas for hers
        city.pass_desk.issue(theirs, session.nonce, request, signed.signature)
    assert error.value.reason is IssuanceRefusal.PINNED_TO_ANOTHER_RECORD


def test_a_stolen_pass_credential_is_of_no_use_in_another_wallet(city: City) -> None:
    amira, thief = city.citizen("amira"), city.citizen("cato")
    city.activate(amira)
    city.activate(thief)
    view, account = city.view(), PassAccount(amira.passes.account(city.view()))
    session = city.pass_desk.open_session(account)
    asked = amira.passes.request(view, PASS_DESK, session.nonce, now=city.now)
    issued = city.pass_desk.issue(account, session.nonce, asked.request, asked.signed.signature)
    thief.passes.request(view, PASS_DESK, bytes(32), now=city.now)
    with pytest.raises(WalletRefusal) as refusal:
        thief.passes.accept(view, issued, city.pass_desk.keys.public_key(PASS), now=city.now)
    assert refusal.value.reason is Reason.INVALID_SIGNATURE
    with pytest.raises(WalletRefusal) as refusal:  # and no wallet takes a credential of a key that is not the desk's
        amira.passes.accept(view, issued, city.desk.keys.public_key(INCOME), now=city.now)
    assert refusal.value.reason is Reason.INVALID_PUBLIC_KEY


# ---- the sponsor ----


def test_a_pass_that_is_joined_follows_its_rulebook_and_is_the_municipalitys(city: City) -> None:
    assert city.municipality.join_pass(city.opened.address, city.opening).address == city.opened.address
    with pytest.raises(WrongRulesError):
        city.municipality.join_pass(city.opened.address, replace(city.opening, period=YEAR + 1))
    stranger = Municipality.set_up(
        city.chain, Officers.one(city.chain.account(secrets.token_bytes(32))), officer_gas_wei=10**18
    )
    with pytest.raises(WrongFundError):
        stranger.join_pass(city.opened.address, city.opening)
    with refused(RefusalReason.REFERENCE_USED):
        city.municipality.open_pass(city.opening)


def test_an_offer_that_the_contract_would_not_take_is_refused_by_name(city: City) -> None:
    bad = replace(offer(), category=200)
    with refused(RefusalReason.PASS_BAD_OFFER) as error:
        city.municipality.publish_offers(city.opened, [bad])
    assert bytes(error.value.fields["field"]).rstrip(b"\0") == b"category"
    (swim,) = city.publish(offer())
    with pytest.raises(WrongOfferError):
        city.opened.check_offer(swim, offer(price_cents=551))
    with pytest.raises(WrongOfferError):
        city.opened.check_offer(swim, replace(city.offers[swim], total=3))
    stranger = city.chain.account(secrets.token_bytes(32))
    city.chain.provide_gas(parse_address(stranger.address), 10**18)
    with refused(RefusalReason.NOT_AUTHORISED):
        city.opened.publish_offer(offer(), sponsor=stranger)


QUOTED: tuple[dict[str, object], ...] = (
    {},
    {"price_cents": None, "max_reduction_cents": 333},
    {"price_cents": None, "reduction": {"kind": "fixed", "cents": 3_000}, "sponsor_percent": 0},
    {"price_cents": None, "reduction": {"kind": "fixed", "cents": 3_000}, "sponsor_percent": 33},
    {"price_cents": None, "reduction": {"kind": "percentage", "percent": 25}, "max_reduction_cents": 1_999},
    {"price_cents": 7_501, "reduction": {"kind": "percentage", "percent": 33}, "sponsor_percent": 67},
    {"price_cents": None, "reduction": {"kind": "percentage", "percent": 100}, "max_reduction_cents": MOST_CENTS},
)


NO_PRICE = {RefusalReason.WRONG_PRICE, RefusalReason.ZERO_AMOUNT, RefusalReason.AMOUNT_TOO_LARGE}


def test_quotes_are_the_contracts_to_the_cent(city: City) -> None:
    numbers = city.publish(*(offer(**changes) for changes in QUOTED))

    @settings(max_examples=150, deadline=None)
    @given(
        number=st.sampled_from(numbers),
        price=st.one_of(
            st.integers(0, 12_000),
            st.sampled_from((550, 7_501, MOST_CENTS, MOST_CENTS + 1)),
            st.integers(0, MOST_CENTS),
        ),
    )
    def quoted(number: int, price: int) -> None:
        ours = city.offers[number].quote(price)
        if ours is None:
            with pytest.raises(RefusedError) as error:
                city.opened.quote(number, price)
            assert error.value.reason in NO_PRICE
            return
        assert ours == city.opened.quote(number, price)
        assert ours.citizen + ours.sponsor + ours.merchant == price == ours.price

    quoted()


# ---- shops and settlement, as for a fund ----


def test_a_shop_joins_with_four_eyes_and_is_settled_with_four_eyes(city: City, tmp_path: Path) -> None:
    shops = ShopStore(f"sqlite:///{tmp_path / 'shops.db'}")
    register = ShopRegister(shops, city.opened, RULEBOOK, lambda: city.now)
    account = city.chain.account(secrets.token_bytes(32))
    city.shops["walk"] = account
    at = parse_address(account.address)
    register.apply(
        Application.from_form(
            account=at,
            name="De Wilde Oogst",
            iban="NL91ABNA0417164300",
            category="nature",
            contact="oogst@oogst.example",
            is_chain_store=False,
        )
    )
    for employee in ("joke", "siem"):
        register.agree(at, employee)
    register.write_approval(at, sponsor=city.municipality.officers.sponsor)
    (walk,) = city.publish(offer(category="nature", price_cents=1_250, sponsor_percent=50, shop=at))
    city.use(city.holder("amira"), walk, "walk", 1_250, category="nature")
    register.suspend(at, "joke", "closed", sponsor=city.municipality.officers.sponsor)
    with refused(RefusalReason.WRONG_SHOP):
        city.use(city.holder("bas"), walk, "walk", 1_250, category="nature")

    store = SettlementStore("sqlite://")
    settlements = Settlements(store, lambda: city.now)
    settlements.add_employee("joke", address_of(JOKE))
    settlements.add_employee("siem", address_of(SIEM))
    chain = FundBurning(city.opened, city.municipality.officers.settler)
    payees = {at: register.shop(at).bank}
    day = (city.now + timedelta(days=1)).date()
    settlements.propose(chain, "PAS-2", payees, debtor=DEBTOR, execute_on=day, private_key=JOKE)
    settlements.approve("PAS-2", private_key=SIEM)
    batch = settlements.execute("PAS-2", chain)
    assert (batch.state, batch.total) == (BatchState.FILED, Amount(625))
    assert chain_books(city.municipality.euro, [city.opened]).burns[0].total == Amount(625)
    city.check_books()
    shops.close()
    store.close()
