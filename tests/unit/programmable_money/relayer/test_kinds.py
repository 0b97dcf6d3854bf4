# SPDX-License-Identifier: EUPL-1.2
"""Every kind of errand: what it is made of, what it achieves, and what shows that it was done."""

from dataclasses import replace
from typing import Any, Final

import pytest

from programmable_money.abi import interface
from programmable_money.messages import (
    ZERO_ADDRESS,
    Charge,
    ClaimMessage,
    PaymentDomain,
    PaymentPermit,
    Refund,
    SignedCharge,
    SignedPermit,
    SignedRefund,
    address_of,
)
from programmable_money.messages.passes import ActivationMessage, OfferUseMessage, SignedOfferUse, pseudonym_hash
from programmable_money.messages.tasks import (
    WHOLE,
    Appeal,
    Choice,
    Collection,
    CollectionMessage,
    GivingUp,
    GroupChoice,
    SignedAppeal,
    SignedChoice,
    SignedDone,
    SignedGivingUp,
    TaskDone,
)
from programmable_money.model import Amount, Language
from programmable_money.passes.wording import OWN_WORDS
from programmable_money.refusals import RefusalReason, sentence
from programmable_money.relayer.errands import (
    ALONE,
    KINDS,
    ActivationErrand,
    AppealErrand,
    ChoiceErrand,
    ClaimErrand,
    CollectionErrand,
    Errand,
    ErrandKind,
    ErrandOfOne,
    GivingUpErrand,
    OfferUseErrand,
    PaymentErrand,
    RefundErrand,
    ReportErrand,
    StatementErrand,
    errands,
    parse_message,
)
from programmable_money.relayer.model import RelayerSettings
from programmable_money.relayer.wording import refusal_sentence
from ssi.errors import VerificationError

KEY, SHOP, OTHER = b"\x11" * 32, b"\x22" * 32, b"\x33" * 32
DOMAIN: Final = PaymentDomain(31337, address_of(b"\x44" * 32))
PROOF: Final = bytes(range(256)) * 2
KEY_ID: Final = b"\x05" * 32
SLOT: Final = 2026 * 256


def choice(key: bytes = KEY, task: int = 3, round_: int = 1) -> ChoiceErrand:
    said = Choice(task, round_, b"\x06" * 32, (address_of(key),), (WHOLE,))
    return ChoiceErrand("choice", GroupChoice.of([SignedChoice.sign(DOMAIN, said, key)]))


def use(key: bytes = SHOP, **changes: Any) -> OfferUseErrand:
    shown = OfferUseMessage(DOMAIN, 2, 1, KEY_ID, address_of(SHOP), 950, 46_000, PROOF)
    return OfferUseErrand("use", SignedOfferUse.sign(replace(shown, **changes), key))


def collection(total: int = 1_800, terms: int = 0, key: bytes = KEY) -> CollectionErrand:
    said = Collection(address_of(KEY), address_of(OTHER), SLOT, total)
    signed = CollectionMessage.sign(DOMAIN, said, key, terms=terms, key_id=KEY_ID, as_of=46_000, proof=PROOF)
    return CollectionErrand("collection", signed)


def permit(nonce: int = 7) -> SignedPermit:
    return SignedPermit.sign(DOMAIN, PaymentPermit(address_of(KEY), ZERO_ADDRESS, 2_500, nonce, 2_000_000_000), KEY)


def payment(amount: int = 1_995) -> PaymentErrand:
    charge = Charge(permit().permit.payment, address_of(SHOP), amount)
    return PaymentErrand("payment", permit(), SignedCharge.sign(DOMAIN, charge, SHOP))


def refund(total: int = 500) -> RefundErrand:
    return RefundErrand("refund", permit(), SignedRefund.sign(DOMAIN, Refund(permit().permit.payment, total), SHOP))


ERRANDS: Final[tuple[Errand, ...]] = (
    ClaimErrand("claim", ClaimMessage(DOMAIN, KEY_ID, address_of(KEY), 46_000, (3,), PROOF)),
    ActivationErrand("activation", ActivationMessage(DOMAIN, KEY_ID, address_of(KEY), 46_000, PROOF)),
    choice(),
    ReportErrand("report", SignedDone.sign(DOMAIN, TaskDone(3, 1), KEY)),
    GivingUpErrand("giving up", SignedGivingUp.sign(DOMAIN, GivingUp(3, 1), KEY)),
    AppealErrand("appeal", SignedAppeal.sign(DOMAIN, Appeal(3, 1, b"\x07" * 32), KEY)),
    StatementErrand("statement", DOMAIN, KEY_ID, 513, 1),
    collection(),
    use(),
    payment(),
    refund(),
)
each = pytest.mark.parametrize("errand", ERRANDS, ids=lambda errand: errand.kind.value)
of_one = [errand for errand in ERRANDS if isinstance(errand, ErrandOfOne)]


def test_there_is_one_of_each_kind_in_their_order() -> None:
    assert [errand.kind for errand in ERRANDS] == list(ErrandKind)
    assert {kind: type(errand) for kind, errand in zip(ErrandKind, ERRANDS, strict=True)} == KINDS
    assert {type(errand) for errand in of_one} == set(ALONE)
    assert len({kind.PATH for kind in ALONE}) == len({kind.WIRE for kind in ALONE}) == len(ALONE)


def test_each_kind_has_a_limit_of_gas() -> None:
    assert set(RelayerSettings().gas) == set(ErrandKind)


@pytest.mark.parametrize("errand", of_one, ids=lambda errand: errand.kind.value)
def test_a_message_alone_is_an_errand_of_its_kind(errand: ErrandOfOne[Any]) -> None:
    read = parse_message(errand.message.to_json())
    assert errands({errand.name: read}) == (errand,)


def test_messages_are_carried_in_the_order_in_which_they_build_on_each_other() -> None:
    brought = {errand.name: errand.message for errand in reversed(of_one)}
    assert errands(brought) == tuple(of_one)


@each
def test_a_key_says_where(errand: Errand) -> None:
    elsewhere = PaymentDomain(DOMAIN.chain_id + 1, DOMAIN.fund)
    assert len({one.key for one in ERRANDS}) == len(ERRANDS)
    match errand:
        case ErrandOfOne() if not isinstance(errand, ReportErrand | GivingUpErrand | AppealErrand):
            message = errand.message
            nested = {"shown": replace(message.shown, domain=elsewhere)} if isinstance(message, SignedOfferUse) else {}
            assert replace(errand, message=replace(message, domain=elsewhere, **nested)).key != errand.key
        case StatementErrand():
            assert replace(errand, contract=elsewhere).key != errand.key
        case PaymentErrand():
            assert replace(errand, charge=replace(errand.charge, domain=elsewhere)).key != errand.key
            assert not replace(errand, charge=replace(errand.charge, domain=elsewhere)).is_consistent


def test_a_key_is_what_is_achieved_and_no_signature() -> None:
    assert choice().key != choice(task=4).key
    assert choice().key != choice(round_=2).key
    assert choice().key != choice(OTHER).key
    assert use().key == use(OTHER).key  # who signed is the contract's to refuse
    assert (
        len({one.key for one in (use(), use(price=951), use(number=0), use(offer=3), use(merchant=DOMAIN.fund))}) == 5
    )
    assert use().key == use(as_of=46_001).key == use(key_id=b"\x08" * 32).key
    assert len({one.key for one in (collection(), collection(900), collection(terms=1))}) == 3
    assert payment().key != payment(1_996).key
    assert refund().key != refund(501).key


def test_a_claims_key_stays_what_outboxes_have() -> None:
    """Errands of before are found under the same key by a newer program."""
    claim = ERRANDS[0]
    assert isinstance(claim, ClaimErrand)
    assert claim.achieves == pseudonym_hash(PROOF) + bytes.fromhex(address_of(KEY)[2:])
    assert claim.key.hex() == "5778b9feab31d6a4aae8c82da7662df2bb741a1eb06cda135c34efe4ac575ddd"
    assert payment().key.hex() == "4cc7019bfe574b48a7c611254dfd4b97255569ea26879269e8111d101d218c4c"
    assert refund().key.hex() == "d94dccfd1813f0427427e11932a0e002c9df4bb961fd57efb102d38083b0350b"


@each
def test_a_call_is_one_of_its_contract_and_its_event_has_what_is_looked_for(errand: Errand) -> None:
    effect = errand.EFFECT
    assert errand.call.function == effect.function
    given = effect.given(errand.call.data)
    shown = {name: make(given) for name, make in effect.shows.items()}
    members = {name for name, _ in effect.entry.inputs}
    assert set(shown) <= members
    assert set(effect.sought(given)) <= set(shown)
    assert effect.amount is None or effect.amount in members
    assert effect.function in interface(effect.contract).functions


@each
def test_what_was_done_is_found_by_its_event_and_nothing_else_is(errand: Errand) -> None:
    effect = errand.EFFECT
    given = effect.given(errand.call.data)
    members = {name: 0 for name, _ in effect.entry.inputs}
    event = members | {name: make(given) for name, make in effect.shows.items()}
    if effect.amount is not None and effect.amount not in effect.shows:
        event[effect.amount] = 300
    state: list[Any] = [0] * 6
    if effect.total is not None:
        state[effect.total.output] = effect.total.wanted(given)
        event[effect.total.adds] = 300
    found = effect.find(given, [event], lambda view, argument: tuple(state))
    assert found == event
    amount = 1_995 if errand.kind is ErrandKind.PAYMENT else 300
    assert effect.amount_of(event) == (None if effect.amount is None else Amount(amount))
    assert effect.find(given, [], lambda view, argument: tuple(state)) is None
    for name in effect.shows:
        wrong = event | {name: "something else"}
        assert effect.find(given, [wrong], lambda view, argument: tuple(state)) is None


def test_a_part_of_a_total_is_found_among_others() -> None:
    effect = CollectionErrand.EFFECT
    given = effect.given(collection(1_800).call.data)
    mine = {name: make(given) for name, make in effect.shows.items()} | {"time": 900, "amount": 250}
    before, after = mine | {"account": ZERO_ADDRESS}, mine | {"time": 2_700}

    def ask(view: str, account: str) -> tuple[int, ...]:
        assert (view, account) == ("workOf", address_of(KEY))
        return (3, 1, 1_000, 9_000, 4_500, 0)

    assert effect.find(given, [before, mine, after], ask) is mine  # 900, 1800, 4500
    assert effect.find(given, [before, mine | {"account": ZERO_ADDRESS}, after], ask) is None
    assert effect.find(given, [mine, before, after], ask) is None  # to this account, and another total


def test_what_needs_a_statement_says_which_and_whether_it_is_signed() -> None:
    first = use().first
    assert isinstance(first, StatementErrand)
    assert (first.domain, first.key_id, first.slot, first.terms) == (DOMAIN, KEY_ID, 513, 1)
    second = collection(terms=1).first
    assert isinstance(second, StatementErrand)
    assert (second.slot, second.terms) == (SLOT, 1)
    assert use().is_signed
    assert collection().is_signed
    assert not use(OTHER).is_signed
    assert not collection(key=OTHER).is_signed
    assert [errand.kind for errand in ERRANDS if errand.first is not None] == ["collection", "offer_use"]


def test_a_signature_that_nobody_can_have_made_is_no_errand() -> None:
    nobody = SignedDone(DOMAIN, bytes(31) + b"\x05" + bytes(31) + b"\x01\x1b", TaskDone(3, 1))
    with pytest.raises(VerificationError):
        _ = ReportErrand("report", nobody).key


@pytest.mark.parametrize("language", list(Language))
def test_a_refusal_of_a_pass_is_told_in_the_words_of_passes(language: Language) -> None:
    for reason in RefusalReason:
        told = {kind: refusal_sentence(kind, reason, language) for kind in ErrandKind}
        assert all(told.values())
        own = {kind for kind, words in told.items() if words != sentence(reason, language)}
        assert own == ({ErrandKind.ACTIVATION, ErrandKind.OFFER_USE} if reason in OWN_WORDS else set())
