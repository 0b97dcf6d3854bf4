# SPDX-License-Identifier: EUPL-1.2
"""The embedded chain as its users see it: accounts, clock, finding transactions, logs, snapshots."""

from datetime import UTC, datetime

import pytest
from eth_keys.datatypes import PrivateKey
from eth_tester import EthereumTester
from eth_tester.exceptions import TransactionNotFound, ValidationError

from programmable_money.embedded import CHAIN_ID, GAS_LIMIT, embedded_chain

KEYS = [bytes([index]) * 32 for index in (1, 2)]
STARTS_AT = datetime(2026, 1, 1, tzinfo=UTC)
GENESIS = int(STARTS_AT.timestamp())
# Stores word 1 of its input at the place that word 0 names, and logs word 1 with word 0 as the topic.
RECORDER = bytes.fromhex("6020355f35556020355f525f3560205fa100")


def _chain() -> EthereumTester:
    return embedded_chain(relayer_keys=KEYS, starts_at=STARTS_AT, clock=None)


def _deploy(chain: EthereumTester) -> str:
    size = len(RECORDER)
    creation = bytes([0x60, size, 0x60, 0x0B, 0x5F, 0x39, 0x60, size, 0x5F, 0xF3, 0x00]) + RECORDER
    sent = chain.send_transaction({"from": chain.get_accounts()[0], "gas": 200_000, "data": "0x" + creation.hex()})
    return str(chain.get_transaction_receipt(sent)["contract_address"])


def _record(chain: EthereumTester, contract: str, place: int, value: int) -> str:
    data = place.to_bytes(32, "big") + value.to_bytes(32, "big")
    sender = chain.get_accounts()[0]
    return str(chain.send_transaction({"from": sender, "to": contract, "gas": 100_000, "data": "0x" + data.hex()}))


def _block_time(chain: EthereumTester, sent: str) -> int:
    return int(chain.get_block_by_number(chain.get_transaction_receipt(sent)["block_number"])["timestamp"])


def test_only_the_named_relayers_hold_ether() -> None:
    outsider = bytes([7]) * 20
    chain = embedded_chain(relayer_keys=KEYS, relayer_addresses=[outsider], starts_at=STARTS_AT, clock=None)
    expected = [PrivateKey(key).public_key.to_checksum_address() for key in KEYS]
    assert list(chain.get_accounts()) == expected
    assert all(chain.get_balance(account) == 10**24 for account in (*expected, "0x" + outsider.hex()))
    well_known = PrivateKey((1).to_bytes(32, "big")).public_key.to_checksum_address()
    assert chain.get_balance(well_known) == 0


def test_genesis_is_the_same_for_the_same_arguments() -> None:
    first, second = _chain().get_block_by_number(0), _chain().get_block_by_number(0)
    assert first["hash"] == second["hash"]
    assert (first["timestamp"], first["gas_limit"]) == (GENESIS, GAS_LIMIT)
    assert GAS_LIMIT >= 60_000_000
    assert _chain().backend.chain.chain_id == CHAIN_ID


def test_gas_limit_stays_and_one_transaction_may_use_nearly_all_of_it() -> None:
    chain = _chain()
    contract = _deploy(chain)
    data = "0x" + bytes(31).hex() + "01" + "ff" * 32
    sent = chain.send_transaction(
        {"from": chain.get_accounts()[0], "to": contract, "gas": GAS_LIMIT - 1_000, "data": data}
    )
    assert chain.get_transaction_receipt(sent)["status"] == 1
    assert chain.get_block_by_number()["gas_limit"] == GAS_LIMIT


def test_raw_transaction_of_a_funded_address_is_accepted() -> None:
    signer = PrivateKey(bytes([9]) * 32)
    address = signer.public_key.to_canonical_address()
    chain = embedded_chain(relayer_keys=[], relayer_addresses=[address], starts_at=STARTS_AT, clock=None)
    builder = chain.backend.chain.get_transaction_builder()
    unsigned = builder.new_unsigned_dynamic_fee_transaction(
        chain_id=CHAIN_ID,
        nonce=0,
        max_priority_fee_per_gas=1,
        max_fee_per_gas=10**10,
        gas=21_000,
        to=bytes([5]) * 20,
        value=12,
        data=b"",
        access_list=(),
    )
    sent = chain.send_raw_transaction("0x" + unsigned.as_signed_transaction(signer).encode().hex())
    assert chain.get_transaction_receipt(sent)["status"] == 1
    assert chain.get_balance("0x" + "05" * 20) == 12


def test_blocks_are_one_second_apart_without_a_clock() -> None:
    chain = _chain()
    contract = _deploy(chain)
    times = [_block_time(chain, _record(chain, contract, 1, value)) for value in (1, 2, 3)]
    assert times == [GENESIS + 2, GENESIS + 3, GENESIS + 4]


def test_time_travel_sets_the_next_block_exactly() -> None:
    chain = _chain()
    contract = _deploy(chain)
    target = GENESIS + 86_400
    chain.time_travel(target)
    assert _block_time(chain, _record(chain, contract, 1, 1)) == target
    assert _block_time(chain, _record(chain, contract, 1, 2)) == target + 1
    with pytest.raises(ValidationError):
        chain.time_travel(target)


def test_transaction_after_an_idle_hour_runs_at_the_time_it_is_then() -> None:
    now = GENESIS
    chain = embedded_chain(relayer_keys=KEYS, starts_at=STARTS_AT, clock=lambda: now)
    contract = _deploy(chain)
    now = GENESIS + 3_600
    assert _block_time(chain, _record(chain, contract, 1, 1)) == GENESIS + 3_600
    assert _block_time(chain, _record(chain, contract, 1, 2)) == GENESIS + 3_601


def test_time_travelled_is_added_to_the_clock() -> None:
    now = GENESIS + 10
    chain = embedded_chain(relayer_keys=KEYS, starts_at=STARTS_AT, clock=lambda: now)
    contract = _deploy(chain)
    chain.time_travel(GENESIS + 1_000)
    assert _block_time(chain, _record(chain, contract, 1, 1)) == GENESIS + 1_000
    now += 50
    assert _block_time(chain, _record(chain, contract, 1, 2)) == GENESIS + 1_050


def test_every_transaction_is_found_and_every_log_read() -> None:
    chain = _chain()
    contract = _deploy(chain)
    sent = [_record(chain, contract, index + 1, index) for index in range(30)]
    for index, transaction in enumerate(sent):
        receipt = chain.get_transaction_receipt(transaction)
        found = chain.get_transaction_by_hash(transaction)
        assert (receipt["block_number"], found["block_number"]) == (index + 2, index + 2)
        assert (receipt["transaction_hash"], found["hash"]) == (transaction, transaction)
    logs = chain.get_logs(from_block=0, to_block="latest", address=contract)
    assert [int(log["data"], 16) for log in logs] == list(range(30))
    assert [log["transaction_hash"] for log in logs] == sent


@pytest.mark.parametrize("contract_first", [True, False], ids=["after blocks", "at genesis"])
def test_snapshot_takes_back_state_and_transactions(contract_first: bool) -> None:
    chain = _chain()
    if contract_first:
        _deploy(chain)
    snapshot = chain.take_snapshot()
    contract = _deploy(chain)
    taken_back = _record(chain, contract, 1, 5)
    chain.revert_to_snapshot(snapshot)
    with pytest.raises(TransactionNotFound):
        chain.get_transaction_receipt(taken_back)
    assert chain.get_code(contract) == "0x"
    again = _deploy(chain)
    assert again == contract
    kept = _record(chain, again, 1, 6)
    assert chain.get_storage_at(again, "0x1") == f"0x{6:064x}"
    assert chain.get_transaction_receipt(kept)["status"] == 1


def test_transaction_that_never_was_is_not_found() -> None:
    with pytest.raises(TransactionNotFound):
        _chain().get_transaction_receipt("0x" + "ab" * 32)


def test_pending_transaction_is_found_while_mining_is_held_back() -> None:
    chain = _chain()
    contract = _deploy(chain)
    chain.disable_auto_mine_transactions()
    sent = _record(chain, contract, 1, 1)
    assert chain.get_transaction_by_hash(sent)["block_number"] is None
    chain.mine_block()
    assert chain.get_transaction_receipt(sent)["status"] == 1


def test_reset_starts_again_from_the_same_genesis() -> None:
    chain = _chain()
    genesis = chain.get_block_by_number(0)["hash"]
    contract = _deploy(chain)
    chain.reset_to_genesis()
    assert chain.get_block_by_number(0)["hash"] == genesis
    assert chain.get_code(contract) == "0x"


@pytest.mark.parametrize(
    "wrong",
    [
        {"relayer_keys": []},
        {"relayer_keys": [b"\x01" * 31]},
        {"relayer_addresses": [b"\x01" * 19]},
        {"starts_at": datetime(2026, 1, 1)},  # noqa: DTZ001
    ],
    ids=["nobody", "short key", "short address", "naive time"],
)
def test_refuses_arguments_that_cannot_be_meant(wrong: dict[str, object]) -> None:
    arguments: dict[str, object] = {"relayer_keys": KEYS, "starts_at": STARTS_AT, "clock": None}
    with pytest.raises(ValueError, match=r"relayer|aware"):
        embedded_chain(**{**arguments, **wrong})  # type: ignore[arg-type]
