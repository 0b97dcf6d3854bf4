# SPDX-License-Identifier: EUPL-1.2
"""The decision about a pin (issuance.md 3.2 and 3.3): pure, and the only place that takes it.

Why ``recovered_at`` may lie after the day of recovery. The lost wallet still holds credentials, and whoever has it can
claim with them until they expire, in a period that begins before that. A period is closed to the new wallet only by
``recovered_at`` on or after its first day. So ``recovered_at`` is no earlier than the last day on which an old
credential can be used, plus the slack below; otherwise a wallet "lost" in December would claim in January beside its
successor.

``SLACK_DAYS``: a fund takes a claim of yesterday (UTC), and a period opens at local midnight, up to a day before it
does in UTC. A credential valid up to and including day E can thus be used in a period whose first day is E + 2.
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from issuer.errors import RefusalReason
from issuer.model import Pin

__all__ = ["SLACK_DAYS", "decide_pin", "remove_pin"]

SLACK_DAYS: Final = 2
"""How many days after its ``exp`` a credential can still be used in a period that has then begun."""


def decide_pin(pin: Pin, issuance_pseudonym: bytes, *, is_pinned_elsewhere: bool, today: date) -> Pin | RefusalReason:
    """(3.2) What becomes of a record's pin when a wallet with this issuance pseudonym asks.

    Args:
        pin: the record's.
        issuance_pseudonym: the wallet's, from a request whose proofs hold.
        is_pinned_elsewhere: whether another record is pinned to this wallet.
        today: the day of the request (UTC).
    Returns:
        The pin to keep, or the reason for refusing.
    """
    if pin.issuance_pseudonym == issuance_pseudonym:
        return pin
    if pin.issuance_pseudonym is not None:
        return RefusalReason.PINNED_TO_ANOTHER_WALLET
    if is_pinned_elsewhere:
        return RefusalReason.PINNED_TO_ANOTHER_RECORD
    pinned = replace(pin, issuance_pseudonym=issuance_pseudonym, is_recovering=False)
    return replace(pinned, recovered_at=_recovered_at(pin, today)) if pin.is_recovering else pinned


def remove_pin(pin: Pin) -> Pin | RefusalReason:
    """(3.3) What becomes of a record's pin when an employee recovers it."""
    if pin.issuance_pseudonym is None:
        return RefusalReason.NOTHING_TO_RECOVER
    return replace(pin, issuance_pseudonym=None, is_recovering=True)


def _recovered_at(pin: Pin, today: date) -> date:
    days = [today]
    if pin.recovered_at is not None:
        days.append(pin.recovered_at)
    if pin.valid_until is not None:
        days.append(pin.valid_until + timedelta(days=SLACK_DAYS))
    return max(days)
