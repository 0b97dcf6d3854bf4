# SPDX-License-Identifier: EUPL-1.2
"""Funds with a longer life are signed off too: keys that were rotated, a successor, an end."""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from programmable_money.audit.report import AuditReport, DifferenceKind
from programmable_money.audit.service import AuditRequest, audit
from programmable_money.chain import Chain
from programmable_money.messages import address_of
from programmable_money.model import to_unix
from programmable_money.node import open_chain
from programmable_money.service import relay_claim
from tests.flows.audited import find_rulebook, pay, served
from tests.flows.money import ETHER, STARTS_AT, TYPE, Citizen, Validator, World

AFTER_THE_YEAR = datetime(2027, 1, 1, 1, tzinfo=UTC)


@pytest.fixture
def world() -> Iterator[World]:
    with open_chain("embedded", starts_at=STARTS_AT) as chain:
        yield World.open(chain)


def audited(world: World) -> AuditReport:
    with served(world.chain, world) as url:
        return audit(Chain.rpc(url), AuditRequest(world.fund.address, find_rulebook))


def test_fund_whose_validator_rotated_and_revoked_keys_is_signed_off(world: World) -> None:
    registry, account = world.municipality.registry, world.chain.account(world.validator.account_key)
    relay_claim(world.fund, Citizen.with_credential(world.validator, record="amira").prove(world.fund))
    later = Validator(account_key=world.validator.account_key)
    now = world.chain.now()
    registry.add_key(
        TYPE.type_id, later.public_key, now - 10, now + 86_400, later.possession(registry), validator=account
    )
    world.fund.accept(later.key_id)
    registry.retire_key(world.validator.key_id, world.chain.now() + 3_600, validator=account)
    relay_claim(world.fund, Citizen.with_credential(later, record="bas").prove(world.fund))
    registry.revoke_key(later.key_id, sender=account)
    report = audited(world)
    assert report.differences == ()
    assert report.checked.proofs == 2


def test_fund_that_was_handed_over_and_closed_is_signed_off(world: World) -> None:
    citizen = Citizen.with_credential(world.validator, record="amira")
    relay_claim(world.fund, citizen.prove(world.fund))
    pay(world, citizen, 1_000)
    successor = world.chain.account(secrets.token_bytes(32))
    world.chain.provide_gas(address_of(bytes(successor.key)), ETHER)
    world.fund.hand_over(address_of(bytes(successor.key)), sponsor=world.municipality.officers.sponsor)
    world.chain.travel_to(to_unix(AFTER_THE_YEAR))
    world.fund.close(sponsor=successor)
    report = audited(world)
    assert report.differences == ()
    assert (report.books.unallocated.cents, report.books.accounts.cents, report.books.merchants.cents) == (0, 0, 1_000)
    assert report.books.outside.cents > 0


def test_audit_that_starts_after_the_contracts_does_not_sign_off(world: World) -> None:
    with served(world.chain, world) as url:
        report = audit(Chain.rpc(url), AuditRequest(world.fund.address, find_rulebook, from_block=10))
    assert DifferenceKind.CODE in {difference.kind for difference in report.differences}
