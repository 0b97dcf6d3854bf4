# SPDX-License-Identifier: EUPL-1.2
"""The benchmark's own judgement: what holds, what does not, and what forge's report says."""

import os
from typing import Any

import pytest

from tests.bench.figures import gas_figures, payment_figures, replay_figures
from tests.bench.processor import spent_by
from tests.bench.steps import steps_of

_GOOD: dict[str, Any] = {
    "offered_per_second": 50,
    "offered": 3000,
    "per_second": 49.9,
    "p95_ms": 120,
    "lost": 0,
    "doubled": 0,
    "machine_load": 1.5,
    "processor_ms": {"relayer": 8.0, "node": 4.0},
}


def test_payments_hold() -> None:
    assert [figure.holds for figure in payment_figures(_GOOD)] == [True] * 4


@pytest.mark.parametrize(
    ("number", "worse"),
    [
        (0, {"per_second": 49.4}),
        (1, {"p95_ms": 1000}),
        (1, {"p95_ms": None}),
        (2, {"lost": 1}),
        (2, {"doubled": 1}),
        (3, {"processor_ms": {"relayer": 16.0, "node": 4.0}}),
        (3, {"processor_ms": {}}),
    ],
)
def test_each_figure_of_payments_can_fail(number: int, worse: dict[str, Any]) -> None:
    holds = [figure.holds for figure in payment_figures(_GOOD | worse)]
    assert holds == [place != number for place in range(4)]


def test_gas_at_the_limit_does_not_hold() -> None:
    gas = {"claim": {"0": {"total": 370_000}, "2": {"total": 394_999}}, "money": {"payment": 90_000}}
    assert [figure.holds for figure in gas_figures(gas)] == [False, True, False]


def test_a_replay_of_fewer_events_is_judged_by_its_rate() -> None:
    assert not replay_figures({"events": 10_000, "total_seconds": 6.1}, 1.0)[0].holds
    assert replay_figures({"events": 10_000, "total_seconds": 5.9}, 1.0)[0].holds


def test_forge_report() -> None:
    test = {"status": "Success", "decoded_logs": ["repeat payment: 81234", "claim, predicates: 2: 380000"]}
    report = {"test/fund/Gas.t.sol:GasTest": {"test_results": {"test_aPayment()": test}}}
    assert steps_of(report) == {"repeat payment": 81_234, "claim, predicates: 2": 380_000}


def test_a_step_that_costs_too_much_is_no_figure() -> None:
    test = {"status": "Failure", "reason": "repeat payment: 91000 > 90000", "decoded_logs": ["repeat payment: 91000"]}
    with pytest.raises(RuntimeError, match="repeat payment"):
        steps_of({"suite": {"test_results": {"test_aPayment()": test}}})
    with pytest.raises(RuntimeError, match="no figure"):
        steps_of({})


def test_processor_time_of_this_process() -> None:
    before, until = spent_by(os.getpid()), sum(os.times()[:2]) + 0.1
    while sum(os.times()[:2]) < until:
        pass
    assert spent_by(os.getpid()) > before
