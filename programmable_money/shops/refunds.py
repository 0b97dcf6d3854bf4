# SPDX-License-Identifier: EUPL-1.2
"""Which settlement paid a payment out, for the words that explain why it cannot be refunded any more. Pure."""

from collections.abc import Iterable
from datetime import date

from programmable_money.model import ChainEvent, PaymentRecord, from_unix
from programmable_money.settlement.payment_file import reference_text
from programmable_money.statements.model import ZONE

__all__ = ["settlement_of"]


def settlement_of(paid: PaymentRecord, events: Iterable[ChainEvent]) -> tuple[str, date] | None:
    """Reference and day of the settlement of a payment; None while it can still be refunded.

    Args:
        events: of the payment's fund.
    """
    for event in events:
        given = event.arguments
        is_own = event.name == "MerchantSettled" and given["merchant"] == paid.merchant
        if is_own and given["batch"] == paid.batch + 1:
            return reference_text(given["settlementReference"]), from_unix(event.emitted_at).astimezone(ZONE).date()
    return None
