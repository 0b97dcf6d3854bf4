# SPDX-License-Identifier: EUPL-1.2
"""The connection to a chain: many at once, clocks, and nodes that are not there."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from programmable_money.chain import Chain, ChainError
from programmable_money.messages import SignedCharge, SignedPermit, address_of
from programmable_money.model import Amount, from_unix, to_unix
from programmable_money.node import find_anvil, open_chain, run_anvil
from programmable_money.refusals import RefusalReason, RefusedError
from programmable_money.service import relay_claim, relay_payment
from tests.anvil import require_anvil
from tests.flows.money import STARTS_AT, Citizen, World


@pytest.mark.anvil
def test_fifty_payments_at_once_are_all_made_and_none_twice() -> None:
    with open_chain("anvil", starts_at=STARTS_AT, relayers=3) as chain:
        world = World.open(chain)
        amira = Citizen.with_credential(world.validator, record="amira")
        relay_claim(world.fund, amira.prove(world.fund))
        permits = [amira.permit(world.fund, 100) for _ in range(50)]
        orders = [(permit, world.toys.charge(world.fund, permit, 7)) for permit in permits]

        def pay(order: tuple[SignedPermit, SignedCharge]) -> RefusalReason | None:
            try:
                relay_payment(world.fund, *order)
            except RefusedError as refused:
                return refused.reason
            return None

        with ThreadPoolExecutor(8) as threads:
            outcomes = list(threads.map(pay, [*orders, *orders]))
        assert outcomes.count(None) == 50
        assert outcomes.count(RefusalReason.PERMIT_USED) == 50
        assert world.fund.balance_of(amira.account) == Amount(45_000 - 350)
        world.check_books()


def test_the_clock_of_a_test_chain_moves_forward_only(chain: Chain) -> None:
    assert abs(chain.now() - to_unix(STARTS_AT)) < 30
    later = to_unix(STARTS_AT + timedelta(days=40))
    chain.travel_to(later)
    chain.provide_gas(address_of(b"\x09" * 32), 1)
    assert 0 <= chain.now() - later < 30
    assert from_unix(chain.block(chain.block_number())["timestamp"]) >= STARTS_AT + timedelta(days=40)


def test_a_live_embedded_chain_follows_the_wall_clock() -> None:
    with open_chain("embedded", live=True) as chain:
        before = chain.now()
        chain.provide_gas(address_of(b"\x09" * 32), 1)
        assert 0 <= chain.now() - before < 30


@pytest.mark.anvil
def test_a_chain_without_relayer_says_who_is_missing(anvil_url: str) -> None:
    chain = Chain.rpc(anvil_url)
    deployer = chain.account(b"\x0a" * 32)
    chain.request("anvil_setBalance", [deployer.address, hex(10**20)])
    euro = chain.deploy("MunicipalEuro", deployer.address, sender=deployer)
    with pytest.raises(ChainError, match="relayer"):
        chain.send(euro, "burn", 1, bytes(32))


def test_nobody_at_the_url_is_a_chain_error() -> None:
    with pytest.raises(ChainError), open_chain("http://127.0.0.1:9"):
        pass


@pytest.mark.anvil
def test_anvil_ends_with_its_context() -> None:
    assert find_anvil() is not None
    with run_anvil(STARTS_AT) as url:
        assert Chain.rpc(url).block_number() == 0
    with pytest.raises(ChainError):
        Chain.rpc(url)


def test_a_missing_node_skips_here_and_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.anvil.find_anvil", lambda: None)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="anvil"):
        require_anvil()
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception, match="anvil"):
        require_anvil()
