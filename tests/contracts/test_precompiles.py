# SPDX-License-Identifier: EUPL-1.2
"""The embedded chain's BLS12-381 precompiles cannot be told apart from py-evm's originals.

Compared case by case on output, refusal (the exception's class) and gas. Cases:
G1ADD 82, G2ADD 99, G1MSM 81, G2MSM 100, PAIRING 82, MAP_FP_TO_G1 43, MAP_FP2_TO_G2 56.
Then one accepted and one refused call of each operation through a real transaction on both chains, and the gas
against EIP-2537's own formulas. The originals are slow (a pairing takes about 0.2 s), so an MSM or a pairing gets at
most five pairs here; the price of longer ones is found without running them, by offering gas.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from eth.abc import ComputationAPI, StateAPI
from eth.exceptions import OutOfGas, VMError
from eth.vm.forks.prague.computation import PragueComputation
from eth.vm.message import Message
from eth.vm.transaction_context import BaseTransactionContext
from eth_tester import EthereumTester, PyEVMBackend
from eth_typing import Address

from programmable_money.embedded import embedded_chain
from programmable_money.embedded.precompiles import ARKWORKS_PRECOMPILES
from programmable_money.embedded.vm import EMBEDDED_PRECOMPILES, EmbeddedComputation
from tests.contracts.precompile_cases import CASES, PLENTY_OF_GAS, REFUSED, VALID, Case, Operation

ORIGINAL: type[ComputationAPI] = PragueComputation
OURS: type[ComputationAPI] = EmbeddedComputation
CALLER = Address(b"\x51" * 20)
RELAYER_KEY = (1).to_bytes(32, "big")
CALL_GAS = 400_000
# Calls the address in word 0 with the gas in word 1 and the rest as input; logs success, then what came back.
FORWARDER = bytes.fromhex("604036038060405f375f5f825f5f35602035fa5f523d5f60203e3d6020015fa000")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a caller, and the block's gas, can see of a call."""

    output: bytes
    refusal: type[Exception] | None
    gas_used: int


@cache
def _state() -> StateAPI:
    chain = embedded_chain(relayer_keys=[RELAYER_KEY], starts_at=datetime(2024, 1, 1, tzinfo=UTC), clock=None)
    state: StateAPI = chain.backend.chain.get_vm().state
    return state


def _run(machine: type[ComputationAPI], case: Case) -> Outcome:
    message = Message(
        gas=case.gas, to=Address(case.operation.address), sender=CALLER, value=0, data=case.data, code=b""
    )
    context = BaseTransactionContext(gas_price=1, origin=CALLER)
    computation = machine.apply_message(_state(), message, context)
    refusal = type(computation.error) if computation.is_error else None
    return Outcome(computation.output, refusal, computation.get_gas_used())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_output_refusal_and_gas_equal_the_originals(case: Case) -> None:
    ours = _run(OURS, case)
    assert ours == _run(ORIGINAL, case)
    if ours.refusal is not None:
        assert ours.output == b""
        assert ours.gas_used == case.gas


def test_every_operation_gets_the_stated_number_of_cases() -> None:
    counted = Counter(case.operation.name for case in CASES)
    assert ", ".join(f"{name} {count}" for name, count in counted.items()) in " ".join(str(__doc__).split())
    assert len({str(case) for case in CASES}) == len(CASES)


def test_cases_reach_both_answers_of_every_operation() -> None:
    reached = {(case.operation, _run(OURS, case).refusal) for case in CASES}
    assert reached == {(operation, refusal) for operation in Operation for refusal in (None, VMError, OutOfGas)}
    pairing = {_run(OURS, case).output for case in CASES if case.operation is Operation.PAIRING}
    assert pairing == {b"", bytes(32), bytes(31) + b"\x01"}


def test_only_the_seven_addresses_are_replaced() -> None:
    originals = PragueComputation.get_precompiles()
    assert set(ARKWORKS_PRECOMPILES) == {operation.address for operation in Operation}
    assert set(EMBEDDED_PRECOMPILES) == set(originals)
    replaced = {address for address, run in EMBEDDED_PRECOMPILES.items() if originals[address] is not run}
    assert replaced == set(ARKWORKS_PRECOMPILES)


# EIP-2537: discounts in thousandths for k pairs.
G1_DISCOUNTS = {1: 1000, 2: 949, 3: 848, 4: 797, 5: 764, 19: 665, 64: 576, 127: 520, 128: 519, 129: 519, 500: 519}
G2_DISCOUNTS = {1: 1000, 2: 1000, 3: 923, 4: 884, 5: 855, 19: 699, 64: 582, 127: 524, 128: 524, 129: 524, 500: 524}
EIP_2537_GAS = [
    (Operation.G1ADD, 256, 375),
    (Operation.G2ADD, 512, 600),
    (Operation.MAP_FP_TO_G1, 64, 5_500),
    (Operation.MAP_FP2_TO_G2, 128, 23_800),
    *((Operation.PAIRING, 384 * k, 32_600 * k + 37_700) for k in (1, 2, 3, 10, 50)),
    *((Operation.G1MSM, 160 * k, k * 12_000 * discount // 1000) for k, discount in G1_DISCOUNTS.items()),
    *((Operation.G2MSM, 288 * k, k * 22_500 * discount // 1000) for k, discount in G2_DISCOUNTS.items()),
]


@pytest.mark.parametrize("machine", [OURS, ORIGINAL], ids=["ours", "original"])
@pytest.mark.parametrize(("operation", "length", "gas"), EIP_2537_GAS)
def test_gas_is_the_formula_of_the_standard(
    machine: type[ComputationAPI], operation: Operation, length: int, gas: int
) -> None:
    # The input is nonsense, which is noticed once the gas is paid: so the price is where the refusal changes.
    nonsense = b"\xff" * length
    assert _run(machine, Case("paid", operation, nonsense, gas)).refusal is VMError
    assert _run(machine, Case("unpaid", operation, nonsense, gas - 1)).refusal is OutOfGas


def test_accepted_call_uses_exactly_the_gas_of_the_standard() -> None:
    expected = {
        Operation.G1ADD: 375,
        Operation.G1MSM: 2 * 12_000 * 949 // 1000,
        Operation.G2ADD: 600,
        Operation.G2MSM: 2 * 22_500,
        Operation.PAIRING: 2 * 32_600 + 37_700,
        Operation.MAP_FP_TO_G1: 5_500,
        Operation.MAP_FP2_TO_G2: 23_800,
    }
    used = {
        operation: _run(OURS, Case("gas", operation, data, PLENTY_OF_GAS)).gas_used for operation, data in VALID.items()
    }
    assert used == expected


@dataclass(frozen=True, slots=True)
class Forwarder:
    """A contract on one chain that forwards a call to a precompile."""

    chain: EthereumTester
    address: str

    def call(self, operation: Operation, data: bytes) -> dict[str, Any]:
        arguments = operation.address.rjust(32, b"\0") + CALL_GAS.to_bytes(32, "big") + data
        transaction = {"from": self.chain.get_accounts()[0], "to": self.address, "gas": 2 * CALL_GAS}
        sent = self.chain.send_transaction({**transaction, "data": "0x" + arguments.hex()})
        return dict(self.chain.get_transaction_receipt(sent))


def _deploy(chain: EthereumTester) -> Forwarder:
    size = len(FORWARDER)
    creation = bytes([0x60, size, 0x60, 0x0B, 0x5F, 0x39, 0x60, size, 0x5F, 0xF3, 0x00]) + FORWARDER
    sent = chain.send_transaction({"from": chain.get_accounts()[0], "gas": 200_000, "data": "0x" + creation.hex()})
    return Forwarder(chain, chain.get_transaction_receipt(sent)["contract_address"])


@pytest.fixture(scope="module")
def our_forwarder() -> Forwarder:
    return _deploy(embedded_chain(relayer_keys=[RELAYER_KEY], starts_at=datetime(2024, 1, 1, tzinfo=UTC), clock=None))


@pytest.fixture(scope="module")
def original_forwarder() -> Forwarder:
    return _deploy(EthereumTester(PyEVMBackend()))


@pytest.mark.parametrize("operation", list(Operation), ids=lambda operation: operation.name)
@pytest.mark.parametrize("inputs", [VALID, REFUSED], ids=["accepted", "refused"])
def test_transaction_has_the_same_receipt_on_both_chains(
    operation: Operation, inputs: dict[Operation, bytes], our_forwarder: Forwarder, original_forwarder: Forwarder
) -> None:
    ours = our_forwarder.call(operation, inputs[operation])
    original = original_forwarder.call(operation, inputs[operation])
    assert ours["status"] == original["status"] == 1
    assert ours["gas_used"] == original["gas_used"]
    logged = bytes.fromhex(ours["logs"][0]["data"][2:])
    assert logged == bytes.fromhex(original["logs"][0]["data"][2:])
    if inputs is VALID:
        assert logged[:32] == (1).to_bytes(32, "big")
        assert len(logged) > 32
    else:
        assert logged == bytes(32)
        assert ours["gas_used"] > CALL_GAS
