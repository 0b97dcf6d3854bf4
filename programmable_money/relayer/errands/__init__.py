# SPDX-License-Identifier: EUPL-1.2
"""A relayer's work: messages as received, put together into transactions. Pure.

Each kind is one class: what it is for, what it achieves, what it asks of the contract, and the event that shows that it
was done. ``reading`` knows all kinds; nothing else names them one by one.

Invariants:

- Two errands with one key can be done once only, and either does it.
- An errand asks of a contract what anyone may ask: who carries it decides nothing.
"""

from programmable_money.relayer.errands.claims import ClaimErrand
from programmable_money.relayer.errands.errand import Errand, ErrandKind, ErrandOfOne, RelayError
from programmable_money.relayer.errands.passes import ActivationErrand, OfferUseErrand
from programmable_money.relayer.errands.payments import PaidWith, PaymentErrand, RefundErrand, charge_key
from programmable_money.relayer.errands.reading import ALONE, KINDS, Message, errands, parse_message
from programmable_money.relayer.errands.statements import NOT_BUILT, StatementErrand
from programmable_money.relayer.errands.tasks import (
    AppealErrand,
    ChoiceErrand,
    CollectionErrand,
    GivingUpErrand,
    ReportErrand,
)

__all__ = [
    "ALONE",
    "KINDS",
    "NOT_BUILT",
    "ActivationErrand",
    "AppealErrand",
    "ChoiceErrand",
    "ClaimErrand",
    "CollectionErrand",
    "Errand",
    "ErrandKind",
    "ErrandOfOne",
    "GivingUpErrand",
    "Message",
    "OfferUseErrand",
    "PaidWith",
    "PaymentErrand",
    "RefundErrand",
    "RelayError",
    "ReportErrand",
    "StatementErrand",
    "charge_key",
    "errands",
    "parse_message",
]
