# SPDX-License-Identifier: EUPL-1.2
"""Times and amounts of money are 64 bits in every table of every role: 32 bits end in 2038, and at 21 million euros."""

from typing import Final

from sqlalchemy import BigInteger, Integer

from tests.flows.test_migrations import ROLES

SMALL: Final = {
    "activation_attempts": {"attempts", "is_known"},
    "activation_batch": {"id"},
    "activation_code": {"id", "batch", "replaces", "wrong_pins"},
    "activation_event": {"id", "batch", "code"},
    "credential": {"id"},
    "decision": {"version"},
    "employee": {"epoch", "failures"},
    "money_claim": {"as_of"},  # days
    "money_cursor": {"id", "index"},
    "money_settlement": {"batch"},
    "money_shop": {"batch", "category"},
    "pass_pin": {"issued"},
    "person": {"children"},
    "recovery": {"id"},
    "relay_attempt": {"errand"},
    "relay_errand": {"id", "tries"},
    "request": {"attempts", "version"},
    "settlement_log": {"id"},
    "settlement_order": {"attempt", "number"},
    "shop_log": {"id"},
    "standing": {"status"},
    "status": {"list_index", "list_number", "status"},
    "status_list": {"number", "version"},
}
"""The whole numbers that are neither a time in seconds or minutes nor an amount: counts, numbers of things, days."""


def small_columns() -> dict[str, set[str]]:
    """By table, the columns whose whole numbers have 32 bits."""
    found: dict[str, set[str]] = {}
    for role in ROLES:
        for table in (table for metadata in role.metadata() for table in metadata.sorted_tables):
            for column in table.columns:
                if isinstance(column.type, Integer) and not isinstance(column.type, BigInteger):
                    found.setdefault(table.name, set()).add(column.name)
    return found


def test_whatever_is_not_named_here_is_64_bits() -> None:
    assert small_columns() == SMALL


def test_no_name_in_the_list_is_that_of_a_time_or_an_amount() -> None:
    words = ("_at", "_until", "_from", "_after", "_before", "cents", "amount", "minute", "since")
    assert [name for names in SMALL.values() for name in names if name == "at" or name.endswith(words)] == []
