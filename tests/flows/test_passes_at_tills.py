# SPDX-License-Identifier: EUPL-1.2
"""A pass at the till: what a wallet shows, what till and contract take, and what two shops can compare."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from holder.consent import ConsentOutcome
from holder.passes.refusals import PassRefusal, PassRefusedError
from holder.passes.view import PassView
from holder.refusals import NotEligibleError, OverAskingError, PlantedStatementError
from holder.service import Wallet
from holder.wallet_file import KeyWork
from holder.wording import Language
from programmable_money.messages import PaymentDomain, address_of
from programmable_money.messages.passes import SignedOfferUse
from programmable_money.model import Amount
from programmable_money.passes.description import describe_pass
from programmable_money.refusals import RefusalReason
from programmable_money.service import relay_offer_use
from programmable_money.till import TillError
from tests.flows.city import (
    CATALOGUE,
    YEAR,
    City,
    household,
    offer,
    offer_document,
)
from tests.flows.june import chain, city, refused
from tests.flows.passing import forge_use, issue_without_activation, pieces

__all__ = ["chain", "city"]


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


def test_a_desk_with_a_key_for_each_citizen_is_refused(city: City) -> None:
    (swim,) = city.publish(offer())
    amira, view = city.holder("amira"), city.view()
    few = {bytes([number]) * 32: bytes(256) for number in range(2)}
    amira.passes.plan_use(
        replace(view, desk_keys={**view.desk_keys, **few}), swim, city.shop("pool"), 550, now=city.now
    )
    marked = replace(view, desk_keys={**view.desk_keys, **few, bytes([9]) * 32: bytes(256)})
    for step in (
        lambda: amira.passes.plan_use(marked, swim, city.shop("pool"), 550, now=city.now),
        lambda: amira.passes.plan_activation(marked, now=city.now),
        lambda: amira.passes.request(marked, city.pass_desk.did, bytes(32), now=city.now),
    ):
        with pytest.raises(PassRefusedError) as refusal:
            step()
        assert refusal.value.reason is PassRefusal.TOO_MANY_KEYS


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
