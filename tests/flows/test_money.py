# SPDX-License-Identifier: EUPL-1.2
"""The life of a budget, from deposit to bank file, on both chains, with every refusal on the way."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from holder.programme import ProgrammeView, check_statement
from programmable_money import raw
from programmable_money.chain import ChainError
from programmable_money.description import describe
from programmable_money.fund import Fund, WrongRulesError
from programmable_money.messages import ZERO_ADDRESS, Address, ClaimMessage
from programmable_money.model import Amount, PaymentState, to_unix
from programmable_money.refusals import RefusalReason, RefusedError
from programmable_money.registry import TrustRegistry
from programmable_money.rules import rules_of
from programmable_money.scan import Needles, PersonalValue, ValueKind, scan
from programmable_money.service import (
    Municipality,
    Officers,
    WrongFundError,
    relay_claim,
    relay_payment,
    relay_refund,
)
from programmable_money.settlement import BankAccount, BankOrder, SettlementError, read_payment_file
from programmable_money.store import Store
from ssi.claim.prove import NotQualifiedError
from ssi.claim.statement import Statement
from tests.flows.money import ETHER, RULEBOOK, TERMS, TOYS, TYPE, YEAR, Citizen, Shop, Validator, World, today

MUNICIPALITY = BankAccount.from_text("Gemeente Westland", "NL91ABNA0417164300", field="sponsor")
TOY_SHOP = BankAccount.from_text("De Speelkoffer", "NL20INGB0001234567", field="toys")
BICYCLE_SHOP = BankAccount.from_text("Fietsen Van Dam", "DE89370400440532013000", field="bicycles")
AFTER_THE_YEAR = datetime(YEAR + 1, 1, 1, 12, tzinfo=UTC)


def reason_of(caught: pytest.ExceptionInfo[RefusedError]) -> RefusalReason:
    return caught.value.reason


def amira_with_money(world: World) -> Citizen:
    amira = Citizen.with_credential(world.validator, record="amira")
    relay_claim(world.fund, amira.prove(world.fund))
    return amira


def test_a_budget_lives_from_deposit_to_bank_file(world: World) -> None:
    fund, chain = world.fund, world.chain
    amira = Citizen.with_credential(world.validator, record="amira")

    receipt = relay_claim(fund, ClaimMessage.from_json(amira.prove(fund).to_json()))
    claimed = next(event for event in receipt.events if event.name == "Claimed")
    assert claimed.arguments["amount"] == 45_000
    assert fund.is_claimed(claimed.arguments["nullifier"])
    assert fund.balance_of(amira.account) == Amount(45_000)
    assert fund.claims_of(world.validator.address) == 1
    world.check_books()

    first = amira.permit(fund, 5_000)
    relay_payment(fund, first, world.toys.charge(fund, first, 3_995))
    second = amira.permit(fund, 12_000, merchant=world.bicycles.address)
    relay_payment(fund, second, world.bicycles.charge(fund, second, 12_000))
    assert fund.balance_of(amira.account) == Amount(45_000 - 3_995 - 12_000)
    world.check_books()

    relay_refund(fund, amira.account, first.permit.nonce, world.toys.refund(fund, first, 1_000))
    payment = fund.payment(first.permit.payment)
    assert payment is not None
    assert (payment.refunded, payment.state) == (Amount(1_000), PaymentState.PARTLY_REFUNDED)
    world.check_books()

    settled = world.municipality.settle(
        fund,
        [world.toys.address, world.bicycles.address],
        reference="KP-2026-01",
        bank=bank({world.toys.address: TOY_SHOP, world.bicycles.address: BICYCLE_SHOP}),
    )
    assert world.municipality.find_settlement(fund, "KP-2026-01") == settled.settlement
    assert world.municipality.find_settlement(fund, "KP-2026-02") is None
    file = read_payment_file(settled.file)
    assert file.total == settled.settlement.total == Amount(2_995 + 12_000)
    assert file.transfers == (
        ("NL20INGB0001234567", "De Speelkoffer", Amount(2_995)),
        ("DE89370400440532013000", "Fietsen Van Dam", Amount(12_000)),
    )
    assert file.reference == "KP-2026-01"
    world.check_books()

    chain.travel_to(to_unix(AFTER_THE_YEAR))
    returned = world.municipality.close_fund(fund)
    assert returned == Amount(300_000 - 2_995 - 12_000)
    assert fund.balance_of(amira.account) == Amount(0)
    books = world.municipality.check_books([fund]).books
    assert books.is_balanced
    assert (books.outside, books.settled, books.supply) == (returned, Amount(14_995), returned)


def test_amira_cannot_claim_twice_not_even_for_another_account(world: World) -> None:
    amira = amira_with_money(world)
    with pytest.raises(RefusedError) as caught:
        relay_claim(world.fund, amira.prove(world.fund, account=Shop().address))
    assert reason_of(caught) is RefusalReason.ALREADY_CLAIMED
    world.check_books()


def test_bas_cannot_redirect_amiras_claim(world: World) -> None:
    amira = Citizen.with_credential(world.validator, record="amira")
    bas = Citizen.with_credential(world.validator, record="bas")
    stolen = replace(amira.prove(world.fund), account=bas.account)
    with pytest.raises(RefusedError) as caught:
        relay_claim(world.fund, stolen)
    assert reason_of(caught) is RefusalReason.PROOF_INVALID
    more_children = replace(amira.prove(world.fund), disclosed=(4,))
    with pytest.raises(RefusedError) as caught:
        relay_claim(world.fund, more_children)
    assert reason_of(caught) is RefusalReason.PROOF_INVALID


def test_cato_one_cent_above_the_limit_cannot_even_make_a_proof(world: World) -> None:
    cato = Citizen.with_credential(world.validator, record="cato", income=154_061)
    with pytest.raises(NotQualifiedError):
        cato.prove(world.fund)


def test_cato_without_children_is_refused_by_the_contract(world: World) -> None:
    cato = Citizen.with_credential(world.validator, record="cato", children=0)
    with pytest.raises(RefusedError) as caught:
        relay_claim(world.fund, cato.prove(world.fund))
    assert reason_of(caught) is RefusalReason.UNITS_OUT_OF_RANGE
    assert dict(caught.value.fields) == {"units": 0, "minimum": 1, "maximum": 15}


def test_a_claim_of_two_days_ago_is_stale_and_one_of_yesterday_is_not(world: World) -> None:
    amira = Citizen.with_credential(world.validator, record="amira")
    with pytest.raises(RefusedError) as caught:
        relay_claim(world.fund, amira.prove(world.fund, as_of=today(world.chain) - 2))
    assert reason_of(caught) is RefusalReason.STALE_CLAIM
    relay_claim(world.fund, amira.prove(world.fund, as_of=today(world.chain) - 1))


def test_the_budget_runs_out(chain: object) -> None:
    world = World.open(chain, budget=Amount(60_000))  # type: ignore[arg-type]
    amira_with_money(world)
    bas = Citizen.with_credential(world.validator, record="bas", children=2)
    with pytest.raises(RefusedError) as caught:
        relay_claim(world.fund, bas.prove(world.fund))
    assert reason_of(caught) is RefusalReason.NO_BUDGET_LEFT
    assert dict(caught.value.fields) == {"available": 15_000, "needed": 30_000}
    world.municipality.deposit(Amount(15_000), "BANK-2026-0002")
    world.municipality.top_up(world.fund, Amount(15_000))
    relay_claim(world.fund, bas.prove(world.fund))
    world.check_books()


def test_claims_end_with_the_year(world: World) -> None:
    amira = Citizen.with_credential(world.validator, record="amira")
    message = amira.prove(world.fund)
    world.chain.travel_to(to_unix(AFTER_THE_YEAR))
    with pytest.raises(RefusedError) as caught:
        relay_claim(world.fund, message)
    assert reason_of(caught) is RefusalReason.OUTSIDE_PERIOD


def test_a_revoked_key_and_an_unknown_validator_are_refused(world: World) -> None:
    amira = Citizen.with_credential(world.validator, record="amira")
    message = amira.prove(world.fund)
    stranger = Validator()
    with pytest.raises(RefusedError) as caught:
        relay_claim(world.fund, replace(message, key_id=stranger.key_id))
    assert reason_of(caught) is RefusalReason.VALIDATOR_NOT_ACCEPTED

    world.chain.provide_gas(stranger.address, ETHER)
    world.municipality.admit_validator(stranger.address, TYPE)
    now = world.chain.now()
    registry, account = world.municipality.registry, world.chain.account(stranger.account_key)
    possession = stranger.possession(registry)
    key = registry.add_key(TYPE.type_id, stranger.public_key, now - 5, now + 86_400, possession, validator=account)
    with pytest.raises(RefusedError) as caught:
        world.fund.accept(key)
    assert reason_of(caught) is RefusalReason.VALIDATOR_NOT_ACCEPTED

    world.municipality.registry.revoke_key(world.validator.key_id, sender=world.municipality.officers.registrar)
    assert not world.municipality.registry.is_valid(world.validator.key_id)
    with pytest.raises(RefusedError) as caught:
        relay_claim(world.fund, message)
    assert reason_of(caught) is RefusalReason.VALIDATOR_REVOKED


def test_a_validator_cannot_register_the_key_of_another(world: World) -> None:
    """It would otherwise take a new key, seen before it is in a block, and revoke it for good."""
    registry, thief, desk = world.municipality.registry, Validator(), Validator()
    for validator in (thief, desk):
        world.chain.provide_gas(validator.address, ETHER)
        world.municipality.admit_validator(validator.address, TYPE)
    now = world.chain.now()
    validity, account = (now - 5, now + 86_400), world.chain.account(thief.account_key)
    for possession in (desk.possession(registry), thief.possession(registry), bytes(128), b""):
        with pytest.raises(RefusedError) as caught:
            registry.add_key(TYPE.type_id, desk.public_key, *validity, possession, validator=account)
        assert (caught.value.reason, caught.value.error) == (RefusalReason.BAD_KEY, "TrustRegistryNoPossession")
    owner = world.chain.account(desk.account_key)
    key = registry.add_key(TYPE.type_id, desk.public_key, *validity, desk.possession(registry), validator=owner)
    assert registry.is_valid(key)


def test_every_refusal_at_the_till_has_its_own_reason(world: World) -> None:
    fund, toys = world.fund, world.toys
    amira = amira_with_money(world)

    def refused(permit_limit: int, amount: int, shop: Shop = toys, **options: object) -> RefusalReason:
        permit = amira.permit(fund, permit_limit, **options)  # type: ignore[arg-type]
        with pytest.raises(RefusedError) as caught:
            relay_payment(fund, permit, shop.charge(fund, permit, amount))
        return reason_of(caught)

    assert refused(1_000, 1_001) is RefusalReason.AMOUNT_ABOVE_LIMIT
    assert refused(1_000, 0) is RefusalReason.ZERO_AMOUNT
    assert refused(45_001, 45_001) is RefusalReason.NOT_ENOUGH_BALANCE
    assert refused(1_000, 500, seconds=-60) is RefusalReason.PERMIT_EXPIRED
    assert refused(1_000, 500, shop=Shop()) is RefusalReason.WRONG_SHOP
    assert refused(1_000, 500, merchant=world.bicycles.address) is RefusalReason.WRONG_SHOP

    permit = amira.permit(fund, 1_000)
    relay_payment(fund, permit, toys.charge(fund, permit, 500))
    with pytest.raises(RefusedError) as caught:
        relay_payment(fund, permit, toys.charge(fund, permit, 500))
    assert reason_of(caught) is RefusalReason.PERMIT_USED

    other = amira.permit(fund, 1_000)
    forged = replace(toys.charge(fund, other, 500), charge=replace(toys.charge(fund, other, 500).charge, amount=501))
    with pytest.raises(RefusedError) as caught:
        relay_payment(fund, other, forged)
    assert reason_of(caught) is RefusalReason.BAD_SIGNATURE

    fund.suspend_merchant(toys.address, sponsor=world.municipality.officers.sponsor)
    assert refused(1_000, 500) is RefusalReason.WRONG_SHOP
    fund.pause(sponsor=world.municipality.officers.sponsor)
    assert refused(1_000, 500, shop=world.bicycles) is RefusalReason.PAUSED
    world.check_books()


def test_the_off_licence_cannot_be_approved(world: World) -> None:
    with pytest.raises(RefusedError) as caught:
        world.municipality.approve_merchants(world.fund, {Shop().address: 200})
    assert reason_of(caught) is RefusalReason.CATEGORY_NOT_ALLOWED
    with pytest.raises(RefusedError) as caught:
        world.fund.approve_merchant(Shop().address, TOYS, sponsor=world.chain.account(world.validator.account_key))
    assert reason_of(caught) is RefusalReason.NOT_AUTHORISED


def test_refunds_end_with_settlement(world: World) -> None:
    fund, toys = world.fund, world.toys
    amira = amira_with_money(world)
    permit = amira.permit(fund, 2_000)
    relay_payment(fund, permit, toys.charge(fund, permit, 2_000))
    nonce = permit.permit.nonce
    relay_refund(fund, amira.account, nonce, toys.refund(fund, permit, 500))
    for total in (500, 2_001):
        with pytest.raises(RefusedError) as caught:
            relay_refund(fund, amira.account, nonce, toys.refund(fund, permit, total))
        assert reason_of(caught) is RefusalReason.REFUND_OUT_OF_RANGE
    with pytest.raises(RefusedError) as caught:
        relay_refund(fund, amira.account, nonce + 1, toys.refund(fund, permit, 600))
    assert reason_of(caught) is RefusalReason.PAYMENT_UNKNOWN
    settle(world, "KP-1")
    with pytest.raises(RefusedError) as caught:
        relay_refund(fund, amira.account, nonce, toys.refund(fund, permit, 600))
    assert reason_of(caught) is RefusalReason.PAYMENT_SETTLED
    with pytest.raises(RefusedError) as caught:
        settle(world, "KP-2")
    assert reason_of(caught) is RefusalReason.NOTHING_TO_SETTLE


def bank(directory: dict[Address, BankAccount]) -> BankOrder:
    return BankOrder(MUNICIPALITY, directory, date(YEAR, 4, 1), datetime(YEAR, 3, 31, 9, tzinfo=UTC))


def settle(world: World, reference: str, *, directory: dict[Address, BankAccount] | None = None) -> None:
    shops = {world.toys.address: TOY_SHOP} if directory is None else directory
    world.municipality.settle(world.fund, [world.toys.address], reference=reference, bank=bank(shops))


def test_nothing_is_burnt_without_a_payment_file(world: World) -> None:
    fund, toys = world.fund, world.toys
    amira = amira_with_money(world)
    permit = amira.permit(fund, 2_000)
    relay_payment(fund, permit, toys.charge(fund, permit, 2_000))
    with pytest.raises(SettlementError, match="directory"):
        settle(world, "KP-1", directory={})
    assert fund.merchant(toys.address).balance == Amount(2_000)
    settle(world, "KP-1")
    again = amira.permit(fund, 100)
    relay_payment(fund, again, toys.charge(fund, again, 100))
    with pytest.raises(RefusedError) as caught:
        settle(world, "KP-1")
    assert reason_of(caught) is RefusalReason.REFERENCE_USED
    world.check_books()


def test_a_deposit_counts_once(world: World) -> None:
    with pytest.raises(RefusedError) as caught:
        world.municipality.deposit(Amount(1), "BANK-2026-0001")
    assert reason_of(caught) is RefusalReason.REFERENCE_USED


def test_a_message_for_another_fund_is_not_carried(world: World) -> None:
    amira = Citizen.with_credential(world.validator, record="amira")
    elsewhere = replace(amira.prove(world.fund).domain, chain_id=1)
    with pytest.raises(WrongFundError):
        relay_claim(world.fund, replace(amira.prove(world.fund), domain=elsewhere))


def test_joining_checks_that_a_fund_follows_its_rulebook(world: World) -> None:
    municipality = world.municipality
    joined = Municipality.join(
        world.chain,
        Officers.one(municipality.officers.admin),
        registry=municipality.registry.contract.address,
        euro=municipality.euro.contract.address,
    )
    assert joined.join_fund(world.fund.address, world.opening).rules() == world.fund.rules()
    with pytest.raises(WrongRulesError, match="member 1 "):
        joined.join_fund(world.fund.address, replace(world.opening, period=YEAR + 1))
    assert world.fund.raw_rules() == rules_of(RULEBOOK, TYPE, YEAR, [world.validator.address])
    with pytest.raises(ChainError, match="no contract"):
        world.chain.at("Fund", ZERO_ADDRESS)


def test_joining_refuses_a_fund_on_a_registry_of_somebody_elses(world: World) -> None:
    """The genuine contract with the true rules, and a registry in which the attacker admits validators."""
    ours = world.municipality
    admin = ours.officers.admin
    own = TrustRegistry.deploy(world.chain, admin=admin, registrar=Address(admin.address))
    own.register_type(TYPE.header)
    rules = rules_of(RULEBOOK, TYPE, YEAR, [world.validator.address])
    planted = Fund.deploy(world.chain, rules, world.fund.raw_spending_rules(), own, ours.euro, sponsor=admin)
    with pytest.raises(WrongFundError, match="another registry"):
        ours.join_fund(planted.address, world.opening)


def test_a_wallet_agrees_with_the_published_description(world: World) -> None:
    view = ProgrammeView.from_json(describe(world.fund).encode())
    assert view.scope == world.fund.scope()
    view.check_terms(TERMS, TYPE)
    key = view.find_key(TYPE.type_id, world.validator.public_key)
    assert key is not None
    check_statement(key, Statement.of(TERMS, world.validator.public_key, view.scope.context_id))
    world.municipality.registry.revoke_key(world.validator.key_id, sender=world.municipality.officers.registrar)
    assert ProgrammeView.from_json(describe(world.fund).encode()).keys == ()


def test_the_read_model_is_the_same_rebuilt_and_step_by_step(world: World) -> None:
    fund, toys = world.fund, world.toys
    step_by_step, rebuilt = Store("sqlite://"), Store("sqlite://")
    amira = amira_with_money(world)
    step_by_step.apply(world.municipality.events([fund]))
    permit = amira.permit(fund, 2_000)
    relay_payment(fund, permit, toys.charge(fund, permit, 1_500))
    relay_refund(fund, amira.account, permit.permit.nonce, toys.refund(fund, permit, 500))
    settle(world, "KP-1")
    events = world.municipality.events([fund])
    since = step_by_step.last()[0]
    step_by_step.apply(world.municipality.events([fund], from_block=since))
    assert step_by_step.apply(events) == 0
    rebuilt.rebuild(events)
    rebuilt.rebuild(events)
    for store in (step_by_step, rebuilt):
        assert [payment.refunded for payment in store.payments(fund.address)] == [Amount(500)]
        assert store.payments(fund.address)[0].payment == permit.permit.payment
        assert [claim.account for claim in store.claims(fund.address)] == [amira.account]
        assert [shop.batch for shop in store.shops(fund.address) if shop.merchant == toys.address] == [1]
    for read in ("deposits", "funds", "keys"):
        assert getattr(step_by_step, read)() == getattr(rebuilt, read)() != ()
    for read in ("claims", "payments", "shops", "settlements"):
        assert getattr(step_by_step, read)(fund.address) == getattr(rebuilt, read)(fund.address) != ()
    step_by_step.close()
    rebuilt.close()


def test_the_scan_finds_nothing_of_amira_and_finds_what_is_planted(world: World) -> None:
    amira = amira_with_money(world)
    permit = amira.permit(world.fund, 2_000)
    relay_payment(world.fund, permit, world.toys.charge(world.fund, permit, 1_500))
    values = [
        PersonalValue(ValueKind.TEXT, "row 1, name", "Amira Yıldız"),
        PersonalValue(ValueKind.TEXT, "row 1, address", "Kerkstraat 12, 2671 AB Naaldwijk"),
        PersonalValue(ValueKind.DATE, "row 1, birth_date", "1991-02-28"),
        PersonalValue(ValueKind.INCOME, "row 1, net_income", "1540.60"),
    ]
    contracts = [world.fund.contract, world.municipality.euro.contract, world.municipality.registry.contract]
    public = frozenset(world.municipality.check_books([world.fund]).public_numbers)
    report = scan(raw.fragments(world.chain, contracts), Needles(values), public_numbers=public)
    assert report.findings == ()
    assert report.octets > 50_000

    world.municipality.deposit(Amount(1), "Kerkstraat")
    report = scan(raw.fragments(world.chain, contracts), Needles(values), public_numbers=public)
    kinds = {finding.place.split(",")[-1].split()[0] for finding in report.findings}
    assert {finding.source for finding in report.findings} == {"row 1, address"}
    assert kinds >= {"calldata", "event"}
    world.municipality.euro.mint(
        world.validator.address, Amount(154_060), b"x" * 32, minter=world.municipality.officers.minter
    )
    report = scan(raw.fragments(world.chain, contracts), Needles(values), public_numbers=public)
    assert any("storage" in finding.place for finding in report.findings)
    assert "row 1, net_income" in {finding.source for finding in report.findings}
