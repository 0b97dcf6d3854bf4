# SPDX-License-Identifier: EUPL-1.2
"""Recovery as the whole validator does it: whoever has the lost wallet, or a letter beside it, gets no more.

Invariants:
    * Letters, tokens, copies and pin end together, in one transaction, or none of them does.
    * The person may be issued new credentials at once: no standing changes.
    * Letters end before the tokens that they give, and tokens before the copies that they fetch: what another
      transaction makes of the one meanwhile is ended with the next.
"""

from datetime import datetime

from issuer.activation.desk import revoke_codes_of
from issuer.authorization.store import Records
from issuer.model import PersonId
from issuer.service import Desk
from issuer.status.model import LIST_SIZE
from issuer.status.store import StatusRecords
from issuer.store import Transaction

__all__ = ["recover_person"]


def recover_person(desk: Desk, person: PersonId, *, employee: str, reason: str) -> None:
    """Let a person begin again with another wallet.

    Ends the person's activation codes that were not used, every authorization and token, every SD-JWT copy that has not
    expired (by its status), and the pin.

    Args:
        desk: the validator's.
        person: who has lost both wallet and recovery phrase.
        employee: who checked the person's identity; logged.
        reason: what happened, in words; logged.
    Raises:
        IssuanceRefusedError: ``unknown_person``, or ``nothing_to_recover``: there was nothing of all this to end.
        SettingsError: no employee or no reason.
        StoreBusyError: nothing was changed.
    """

    def end(transaction: Transaction, now: datetime) -> bool:
        codes = revoke_codes_of(transaction, person, employee=employee.strip(), reason=reason.strip(), now=now)
        tokens = Records(transaction).revoke_person(person, now)
        copies = StatusRecords(transaction, size=LIST_SIZE).end_copies_of(person, now)
        return bool(codes or tokens or copies)

    desk.recover(person, employee=employee, reason=reason, ending=end)
