# SPDX-License-Identifier: EUPL-1.2
"""A pass from activation to the shop's bank account, on every chain; and everything that must not work."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holder.consent import ConsentOutcome
from holder.passes.refusals import PassRefusal, PassRefusedError
from holder.passes.view import PassView
from holder.refusals import IssuanceRefusedError as WalletRefusal
from holder.refusals import NotEligibleError, OverAskingError, PlantedStatementError
from holder.service import Wallet
from holder.wallet_file import KeyWork
from holder.wording import Language
from issuer.errors import IssuanceRefusedError
from issuer.errors import RefusalReason as IssuanceRefusal
from issuer.passes.model import PassAccount
from programmable_money.chain import Chain
from programmable_money.fund import WrongRulesError
from programmable_money.messages import PaymentDomain, address_of, parse_address
from programmable_money.messages.pass_offers import MOST_CENTS
from programmable_money.messages.passes import PassRequest, SignedOfferUse, SignedPassRequest
from programmable_money.model import Amount
from programmable_money.node import open_chain
from programmable_money.passes.contract import WrongOfferError
from programmable_money.passes.description import describe_pass
from programmable_money.refusals import RefusalReason, RefusedError
from programmable_money.service import Municipality, Officers, WrongFundError, relay_activation, relay_offer_use
from programmable_money.settlement import BankAccount, BankOrder, read_payment_file
from programmable_money.settlement.burning import FundBurning, chain_books
from programmable_money.settlement.model import BatchState
from programmable_money.settlement.service import Settlements
from programmable_money.settlement.store import SettlementStore
from programmable_money.shops.model import Application
from programmable_money.shops.service import ShopRegister
from programmable_money.shops.store import ShopStore
from programmable_money.till import TillError
from ssi.errors import Reason
from tests.flows.city import (
    CATALOGUE,
    INCOME,
    LIMIT,
    PASS,
    PASS_DESK,
    RULEBOOK,
    STARTS_AT,
    YEAR,
    City,
    household,
    offer,
    offer_document,
)
from tests.flows.passing import forge_activation, forge_use, issue_without_activation, pass_key, pieces
from tests.flows.settling import DEBTOR, JOKE, SIEM


@pytest.fixture(params=["embedded", pytest.param("anvil", marks=pytest.mark.anvil)])
def chain(request: pytest.FixtureRequest) -> Iterator[Chain]:
    """A fresh chain, in June."""
    with open_chain(request.param, starts_at=STARTS_AT) as opened:
        yield opened


@pytest.fixture
def city(chain: Chain, tmp_path: Path) -> Iterator[City]:
    opened = City.open(chain, tmp_path)
    yield opened
    opened.close()


@contextmanager
def refused(reason: RefusalReason) -> Iterator[pytest.ExceptionInfo[RefusedError]]:
    """The contract refuses what is done inside, for this reason."""
    with pytest.raises(RefusedError) as error:
        yield error
    assert error.value.reason is reason, error.value.error


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


# ---- at the till ----


def test_the_offers_limits_hold_in_the_wallet_at_the_till_and_on_chain(city: City) -> None:
    swim, summer, later, ended, few = city.publish(
        offer(uses_per_pass=1),
        offer(months=[7]),
        offer(starts_at="2026-06-18T22:00:00Z"),
        offer(ends_at="2026-06-01T00:00:00Z"),
        offer(total=1),
    )
    amira, bas = city.holder("amira"), city.holder("bas")
    city.use(bas, few, "pool", 550)
    city.use(amira, swim, "pool", 550)
    expected = {
        swim: (PassRefusal.USED_UP, RefusalReason.ALREADY_CLAIMED),
        summer: (PassRefusal.NOT_THIS_MONTH, RefusalReason.OFFER_NOT_THIS_MONTH),
        later: (PassRefusal.NOT_STARTED, RefusalReason.OFFER_NOT_STARTED),
        ended: (PassRefusal.OVER, RefusalReason.OFFER_OVER),
        few: (PassRefusal.EXHAUSTED, RefusalReason.OFFER_EXHAUSTED),
    }
    listed = {item.number: item.why_not for item in amira.passes.offers(city.view(), now=city.now)}
    assert listed == {number: reason for number, (reason, _) in expected.items()}
    for number, (reason, on_chain) in expected.items():
        with pytest.raises(PassRefusedError) as refusal:
            amira.passes.plan_use(city.view(), number, city.shop("pool"), 550, now=city.now)
        assert refusal.value.reason is reason
        forged = forge_use(city, amira, number, 0, "pool", 550)
        if number != few:  # whether all places are taken, the till does not know
            with pytest.raises(TillError) as at_till:
                city.till("pool").verify(forged, offer=number, price=550, now=city.now)
            assert at_till.value.reason is on_chain
        with refused(on_chain):
            relay_offer_use(city.opened, SignedOfferUse.sign(forged, city.shops["pool"].key))
    forged = forge_use(city, amira, swim, 1, "pool", 550)
    with pytest.raises(TillError) as at_till:
        city.till("pool").verify(forged, offer=swim, price=550, now=city.now)
    assert at_till.value.reason is RefusalReason.OFFER_USED_UP
    with refused(RefusalReason.OFFER_USED_UP):
        city.opened.use(SignedOfferUse.sign(forged, city.shops["pool"].key))
    with refused(RefusalReason.UNKNOWN_SLOT):
        relay_offer_use(city.opened, SignedOfferUse.sign(forged, city.shops["pool"].key))
    city.opened.withdraw_offer(later, sponsor=city.municipality.officers.sponsor)
    with pytest.raises(PassRefusedError) as refusal:
        amira.passes.plan_use(city.view(), later, city.shop("pool"), 550, now=city.now)
    assert refusal.value.reason is PassRefusal.WITHDRAWN
    with refused(RefusalReason.OFFER_WITHDRAWN):
        city.opened.use(SignedOfferUse.sign(forge_use(city, amira, later, 0, "pool", 550), city.shops["pool"].key))
    with refused(RefusalReason.UNKNOWN_OFFER):
        city.opened.use(SignedOfferUse.sign(forge_use(city, amira, 9, 0, "pool", 550), city.shops["pool"].key))
    city.check_books()


def test_shop_and_price_are_the_proofs_own(city: City) -> None:
    swim, at_pool = city.publish(offer(price_cents=None, max_reduction_cents=500), offer(shop=city.shop("pool")))
    amira = city.holder("amira")
    plan = amira.passes.plan_use(city.view(), swim, city.shop("pool"), 550, now=city.now)
    shown = amira.passes.use(plan, now=city.now)
    pool, other, school = (city.till(name) for name in ("pool", "other_pool", "school"))
    dearer = replace(shown, price=990)
    moved = replace(shown, merchant=city.shop("other_pool"))
    for till, message, price, reason in (
        (pool, shown, 990, RefusalReason.WRONG_PRICE),
        (pool, dearer, 990, RefusalReason.PROOF_INVALID),
        (other, shown, 550, RefusalReason.WRONG_SHOP),
        (other, moved, 550, RefusalReason.PROOF_INVALID),
        (pool, replace(shown, number=1), 550, RefusalReason.PROOF_INVALID),
        (pool, replace(shown, domain=PaymentDomain(1, shown.domain.fund)), 550, RefusalReason.PROOF_INVALID),
        (pool, replace(shown, key_id=bytes(32)), 550, RefusalReason.VALIDATOR_NOT_ACCEPTED),
        (pool, replace(shown, as_of=shown.as_of - 2), 550, RefusalReason.STALE_CLAIM),
        (pool, replace(shown, as_of=shown.as_of - 1), 550, RefusalReason.PROOF_INVALID),
        (pool, replace(shown, offer=at_pool), 550, RefusalReason.BAD_INPUT),
        (pool, replace(shown, proof=shown.proof[:-1]), 550, RefusalReason.PROOF_INVALID),
    ):
        with pytest.raises(TillError) as refusal:
            till.verify(message, offer=swim, price=price, now=city.now)
        assert refusal.value.reason is reason, (message, price)
    for till, number, price, reason in (
        (other, at_pool, 550, RefusalReason.WRONG_SHOP),
        (city.till("school", category="courses"), swim, 550, RefusalReason.OFFER_OF_OTHER_SHOPS),
        (pool, at_pool, 551, RefusalReason.WRONG_PRICE),
        (pool, 99, 550, RefusalReason.UNKNOWN_OFFER),
    ):
        with pytest.raises(TillError) as refusal:
            till.verify(shown, offer=number, price=price, now=city.now)
        assert refusal.value.reason is reason
    keys = {name: account.key for name, account in city.shops.items()}
    for message, key, on_chain in (
        (dearer, keys["pool"], RefusalReason.PROOF_INVALID),
        (moved, keys["other_pool"], RefusalReason.PROOF_INVALID),
        (shown, keys["other_pool"], RefusalReason.BAD_SIGNATURE),
        (replace(shown, merchant=city.shop("school")), keys["school"], RefusalReason.OFFER_OF_OTHER_SHOPS),
        (replace(shown, merchant=address_of(bytes(31) + b"\x07")), bytes(31) + b"\x07", RefusalReason.WRONG_SHOP),
    ):
        with refused(on_chain):
            relay_offer_use(city.opened, SignedOfferUse.sign(message, key))
    with refused(RefusalReason.WRONG_PRICE):
        relay_offer_use(city.opened, SignedOfferUse.sign(forge_use(city, amira, at_pool, 0, "pool", 551), keys["pool"]))
    signed = pool.sign(pool.verify(shown, offer=swim, price=550, now=city.now))
    assert school.merchant == city.shop("school")
    relay_offer_use(city.opened, signed)
    with refused(RefusalReason.ALREADY_CLAIMED):
        relay_offer_use(city.opened, signed)
    with pytest.raises(TillError) as refusal:  # nor is it given twice
        pool.verify(shown, offer=swim, price=550, now=city.now)
    assert refusal.value.reason is RefusalReason.ALREADY_CLAIMED
    assert city.opened.books().merchants == Amount(500)
    city.check_books()


def test_a_till_without_a_network_gives_an_offer_once(city: City) -> None:
    (swim,) = city.publish(offer())
    amira, till = city.holder("amira"), replace(city.till("pool"), is_claimed=lambda _: False)
    shown = amira.passes.use(
        amira.passes.plan_use(city.view(), swim, city.shop("pool"), 550, now=city.now), now=city.now
    )
    verified = till.verify(shown, offer=swim, price=550, now=city.now)
    till.sign(verified)
    for attempt in (lambda: till.sign(verified), lambda: till.verify(shown, offer=swim, price=550, now=city.now)):
        with pytest.raises(TillError) as refusal:
            attempt()
        assert refusal.value.reason is RefusalReason.ALREADY_CLAIMED


def test_a_stolen_desk_key_makes_no_more_uses_than_passes(city: City) -> None:
    (swim,) = city.publish(offer(uses_per_pass=1))
    city.use(city.holder("amira"), swim, "pool", 550)
    thief = city.wallet("thief")
    credential = issue_without_activation(city, thief)
    forged = forge_use(city, thief, swim, 0, "pool", 550, held=credential)
    with refused(RefusalReason.MORE_USES_THAN_PASSES):
        relay_offer_use(city.opened, SignedOfferUse.sign(forged, city.shops["pool"].key))


def test_two_shops_that_compare_everything_share_nothing_of_a_pass(city: City) -> None:
    (swim,) = city.publish(offer())
    amira, bas = city.holder("amira"), city.holder("bas")
    uses = [city.show(amira, swim, "pool", 550), city.show(amira, swim, "other_pool", 550)]
    others = [city.show(bas, swim, "pool", 550), city.show(bas, swim, "other_pool", 550)]
    one, two = (pieces(use) for use in uses)
    assert len(one) > 20
    assert one & two == set()
    assert pieces(others[0]) & two == set()
    public = {"offer", "price", "key", "as_of", "chain", "fund", "stuiver"}
    same = json.loads(uses[0].to_json()).items() & json.loads(uses[1].to_json()).items()
    assert {name for name, _ in same} == public
    for use in (*uses, *others):
        relay_offer_use(city.opened, use)


def test_a_restored_wallet_finds_its_uses_without_asking_about_one(city: City) -> None:
    (swim,) = city.publish(offer())
    path = city.folder / "amira.wallet"
    wallet, phrase = Wallet.create(path, "a passphrase", CATALOGUE, work=KeyWork.INTERACTIVE)
    city.wallets["amira"] = wallet
    city.attest(wallet, household("amira"))
    city.activate(wallet)
    city.fetch(wallet)
    city.use(wallet, swim, "pool", 550)
    city.show(wallet, swim, "other_pool", 550)  # the shop never delivers it
    restored = city.wallet("restored", phrase)
    with pytest.raises(PassRefusedError) as refusal:
        restored.passes.plan_use(city.view(), swim, city.shop("pool"), 550, now=city.now)
    assert refusal.value.reason is PassRefusal.NOT_ACTIVATED
    restored.passes.restore(city.view())
    with pytest.raises(PassRefusedError) as refusal:
        restored.passes.plan_use(city.view(), swim, city.shop("pool"), 550, now=city.now)
    assert refusal.value.reason is PassRefusal.NO_PASS
    city.fetch(restored)
    known = restored.passes.learn(city.view(), city.nullifiers(), now=city.now)
    assert [(use.number, use.is_counted) for use in known.uses] == [(0, True)]
    city.use(restored, swim, "pool", 550)
    learnt = wallet.passes.learn(city.view(), city.nullifiers(), now=city.now)
    assert {use.number: use.is_counted for use in learnt.uses} == {0: True, 1: True}


def test_a_use_that_did_not_arrive_is_shown_again_at_the_same_shop_only(city: City) -> None:
    (swim,) = city.publish(offer(uses_per_pass=1))
    amira = city.holder("amira")
    lost = city.show(amira, swim, "pool", 550)
    for shop in ("pool", "other_pool"):
        with pytest.raises(PassRefusedError) as refusal:
            amira.passes.plan_use(city.view(), swim, city.shop(shop), 550, now=city.now)
        assert refusal.value.reason is PassRefusal.USED_UP
    with pytest.raises(PassRefusedError) as refusal:
        city.show(amira, swim, "other_pool", 550, again=True)
    assert refusal.value.reason is PassRefusal.NOTHING_TO_REPEAT
    repeated = city.show(amira, swim, "pool", 550, again=True)
    assert repeated.shown.nullifier == lost.shown.nullifier
    relay_offer_use(city.opened, repeated)
    amira.passes.learn(city.view(), city.nullifiers(), now=city.now)
    with pytest.raises(PassRefusedError) as refusal:
        city.show(amira, swim, "pool", 550, again=True)
    assert refusal.value.reason is PassRefusal.NOTHING_TO_REPEAT


def test_the_wallet_shows_offer_shop_and_price_and_logs_it(city: City) -> None:
    (swim,) = city.publish(offer())
    amira = city.holder("amira")
    plan = amira.passes.plan_use(city.view(), swim, city.shop("pool"), 550, now=city.now)
    assert [item.name for item in plan.shown(Language.EN)] == [
        "offer",
        "shop",
        "price_cents",
        "use",
        "as_of",
        "validator",
    ]
    amira.passes.decline(plan, now=city.now)
    assert amira.consents.entries[-1].outcome is ConsentOutcome.DECLINED
    assert amira.consents.entries[-1].disclosed == ()
    amira.passes.use(plan, now=city.now)
    logged = amira.consents.entries[-1]
    assert [(item.name, item.value) for item in logged.disclosed[:3]] == [
        ("offer", "Swimming ticket"),
        ("shop", city.shop("pool")),
        ("price_cents", 550),
    ]
    assert amira.passes.account(city.view()) not in str(logged)


def test_the_wallet_takes_no_pass_that_is_not_its_rulebooks(city: City) -> None:
    (swim,) = city.publish(offer())
    amira, view = city.holder("amira"), city.view()
    shown = replace(view, use=replace(view.use, disclosed=(3,)))
    asked = replace(view, activation=replace(view.activation, terms=replace(view.activation.terms, disclosed=(3,))))
    looser = replace(view, use=replace(view.use, constants=view.use.constants[:1]))
    slot = swim * 256
    planted = replace(view, statements={(city.key, slot): bytes(32)})
    moved = replace(view, activation=replace(view.activation, context_id=city.opened.scope_of(1 * 256).context_id))
    for wrong, error in (
        (shown, OverAskingError),
        (asked, OverAskingError),
        (looser, PlantedStatementError),
        (planted, PlantedStatementError),
        (moved, PlantedStatementError),
    ):
        with pytest.raises(error):
            amira.passes.plan_use(wrong, swim, city.shop("pool"), 550, now=city.now)
    other = json.loads(describe_pass(city.opened, city.offers))
    other["offers"][0]["document"] = offer_document(price_cents=551).decode()
    with pytest.raises(PassRefusedError) as refusal:
        amira.passes.plan_use(
            PassView.from_json(json.dumps(other).encode()), swim, city.shop("pool"), 550, now=city.now
        )
    assert refusal.value.reason is PassRefusal.OTHER_TEXT
    for number, shop, price, reason in (
        (7, "pool", 550, PassRefusal.UNKNOWN_OFFER),
        (swim, "pool", 551, PassRefusal.WRONG_PRICE),
    ):
        with pytest.raises(PassRefusedError) as refusal:
            amira.passes.plan_use(view, number, city.shop(shop), price, now=city.now)
        assert refusal.value.reason is reason
    (at_school,) = city.publish(offer(shop=city.shop("school"), category="courses"))
    with pytest.raises(PassRefusedError) as refusal:
        amira.passes.plan_use(city.view(), at_school, city.shop("pool"), 550, now=city.now)
    assert refusal.value.reason is PassRefusal.OTHER_SHOP


def test_a_pass_credential_of_the_past_year_is_refused_by_the_wallet(city: City) -> None:
    (swim,) = city.publish(offer())
    amira = city.holder("amira")
    view = city.view()
    without = replace(view, desk_keys={})
    with pytest.raises(NotEligibleError) as denied:
        amira.passes.plan_use(without, swim, city.shop("pool"), 550, now=city.now)
    assert [reason.code for reason in denied.value.reasons] == ["validator_not_accepted"]
    with pytest.raises(NotEligibleError) as denied:
        amira.passes.plan_use(view, swim, city.shop("pool"), 550, now=datetime(YEAR + 1, 1, 2, tzinfo=UTC))
    assert [reason.code for reason in denied.value.reasons] == ["pass_valid"]


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
