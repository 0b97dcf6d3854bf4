# SPDX-License-Identifier: EUPL-1.2
"""Recovery as the whole validator does it: the desk forgets the lost wallet, and the service lets it in no longer.

Invariant: pin, sessions and tokens end together, in one transaction. Whoever found the wallet fetches nothing more.
"""

from issuer.authorization.store import Records
from issuer.model import PersonId
from issuer.service import Desk

__all__ = ["recover_person"]


def recover_person(desk: Desk, person: PersonId, *, employee: str, reason: str) -> None:
    """Let a person begin again with another wallet; arguments and errors as ``Desk.recover``."""
    desk.recover(
        person,
        employee=employee,
        reason=reason,
        and_then=lambda transaction: Records(transaction).revoke_person(person, desk.clock()),
    )
