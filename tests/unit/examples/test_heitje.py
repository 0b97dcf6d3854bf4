# SPDX-License-Identifier: EUPL-1.2
"""What an observer can link in the Heitje's story, on events that are made up for it."""

from examples.heitje.observer import heaps_of
from programmable_money.messages import Address
from programmable_money.model import ChainEvent


def collected(number: int, pseudonym: int, task: int, account: int, cents: int) -> ChainEvent:
    arguments = {
        "nullifier": pseudonym.to_bytes(32, "big"),
        "taskAccount": Address(f"0x{task:040x}"),
        "account": Address(f"0x{account:040x}"),
        "amount": cents,
    }
    return ChainEvent(number, 0, 0, "0x", "TaskBoard", Address("0x" + "b0" * 20), "Collected", arguments)


def test_what_shares_nothing_is_not_linked() -> None:
    heaps = heaps_of([collected(1, 1, 11, 21, 500), collected(2, 2, 12, 22, 700)])
    assert [(heap.tasks, heap.slots, heap.cents) for heap in heaps] == [(1, 1, 700), (1, 1, 500)]


def test_a_slot_a_task_account_and_a_payment_account_link() -> None:
    """1 and 2 share a slot, 2 and 3 a task account, 3 and 4 a payment account; 5 stands alone."""
    events = [
        collected(1, 1, 11, 21, 100),
        collected(2, 1, 12, 21, 100),
        collected(3, 2, 12, 22, 100),
        collected(4, 3, 13, 22, 100),
        collected(5, 4, 14, 24, 100),
    ]
    assert [(heap.tasks, heap.slots, heap.cents) for heap in heaps_of(events)] == [(3, 3, 400), (1, 1, 100)]
    assert heaps_of([]) == ()
