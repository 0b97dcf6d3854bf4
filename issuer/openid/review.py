# SPDX-License-Identifier: EUPL-1.2
"""What an employee decides about issuing to a person: look first, go on, or not at all."""

from dataclasses import dataclass

from issuer.errors import IssuanceRefusedError, RefusalReason, SettingsError
from issuer.model import PersonId
from issuer.openid.model import Review, ReviewState
from issuer.openid.store import IssuanceRecords
from issuer.service import Desk
from issuer.store import Transaction

__all__ = ["ReviewDesk"]


@dataclass(frozen=True, slots=True)
class ReviewDesk:
    """The desk's word about records.

    Args:
        desk: that has them.
    """

    desk: Desk

    def decide(self, person: PersonId, state: ReviewState, *, employee: str, reason: str) -> None:
        """Say whether credentials are issued for a record.

        While it is under review wallets are told to come back; what they asked for is issued when it is clear.

        Args:
            person: whose record.
            state: from now on.
            employee: who decides; logged.
            reason: why, in words; logged.
        Raises:
            IssuanceRefusedError: ``unknown_person``.
            SettingsError: no employee or no reason.
        """
        for member, text in (("employee", employee), ("reason", reason)):
            if not 1 <= len(text.strip()) <= 500:
                raise SettingsError(member, "must have 1 to 500 characters")
        review = Review(person, state, employee.strip(), reason.strip(), self.desk.clock())

        def work(transaction: Transaction) -> None:
            if transaction.find_household(person) is None:
                raise IssuanceRefusedError(RefusalReason.UNKNOWN_PERSON)
            IssuanceRecords(transaction).save_review(review)

        self.desk.in_transaction(work)

    def state(self, person: PersonId) -> ReviewState:
        """Whether credentials are issued for a record."""
        with self.desk.store.transaction() as transaction:
            review = IssuanceRecords(transaction).review(person)
        return ReviewState.CLEAR if review is None else review.state
