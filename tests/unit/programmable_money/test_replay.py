# SPDX-License-Identifier: EUPL-1.2
"""The events that replay is measured with are well formed: the ledger and the read model agree on them."""

import pytest

from programmable_money.books import ledger_from
from tests.bench.replay import decoded, logs_of_a_year, measure_replay


def test_year_is_the_same_every_time_and_balances() -> None:
    events = decoded(logs_of_a_year(2_500))
    assert events == decoded(logs_of_a_year(2_500))
    ledger = ledger_from(events)
    assert ledger.books.is_balanced
    assert ledger.books.settled.cents > 0
    assert {"Deposited", "Opened", "Claimed", "Paid", "Refunded", "MerchantSettled", "Settled"} <= {
        event.name for event in events
    }


def test_replay_counts_every_event() -> None:
    figures = measure_replay(1_000)
    assert figures["events"] == 1_000
    assert figures["events_per_second"] > 0


def test_year_of_a_few_events_is_no_year() -> None:
    with pytest.raises(ValueError, match="at least"):
        logs_of_a_year(999)
