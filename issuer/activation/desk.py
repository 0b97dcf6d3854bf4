# SPDX-License-Identifier: EUPL-1.2
"""What employees do with activation codes, except printing: prepare, approve, replace, revoke, look.

Invariants:
    * Who prepared a batch does not approve it. A new letter in the place of an old one is a batch as well.
    * A change of state and the line of the log about it stand or fall together.
    * Everything is logged with who and when.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from edge.fonts import is_printable
from issuer.activation.errors import DeskActionError, DeskRefusal
from issuer.activation.model import (
    MAX_BATCH,
    OPEN,
    TIMED,
    Action,
    ActivationCode,
    ActivationState,
    Approval,
    Batch,
    Event,
)
from issuer.activation.store import ActivationTables
from issuer.errors import StoreBusyError
from issuer.model import PersonId
from issuer.store import ConflictError, Store, Transaction

__all__ = ["ActivationDesk", "batch_of", "code_of", "reason_of", "revoke_codes_of"]

_ATTEMPTS: Final = 5
_LONGEST_REASON: Final = 500
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class ActivationDesk:
    """The letter's side that faces employees. Who calls has made sure who the employee is.

    Args:
        store: the validator's database.
        clock: the present, aware UTC.
    """

    store: Store
    clock: Callable[[], datetime]

    # preparing and approving

    def prepare(self, approvals: Sequence[Approval], *, employee: str) -> int:
        """Keep a list of persons who shall get a letter, for another employee to approve.

        Returns:
            The number of the batch.
        Raises:
            DeskActionError: ``empty_batch``, ``batch_too_large``, ``unknown_person`` or ``has_open_code``.
        """
        if not approvals:
            raise DeskActionError(DeskRefusal.EMPTY_BATCH)
        if len(approvals) > MAX_BATCH:
            raise DeskActionError(DeskRefusal.BATCH_TOO_LARGE)
        now = self._now()

        def work(transaction: Transaction) -> int:
            tables = ActivationTables(transaction)
            persons = [approval.person for approval in approvals]
            if any(transaction.find_household(person) is None for person in persons):
                raise DeskActionError(DeskRefusal.UNKNOWN_PERSON)
            self._expire(tables, now)
            if tables.open_persons(persons) or len(set(persons)) != len(persons):
                raise DeskActionError(DeskRefusal.HAS_OPEN_CODE)
            batch = tables.add_batch(approvals, employee=employee, at=now)
            tables.log([Event(Action.PREPARED, now, employee, None, batch, "")])
            return batch

        return self._in_transaction(work)

    def refusal_of(self, person: PersonId) -> str | None:
        """Why this person cannot get a letter now, in words, or None; for ``read_approvals``."""
        with self.store.transaction() as transaction:
            household = transaction.find_household(person)
            if household is None:
                return "has no household record; import the household file first"
            if not (is_printable(household.name) and is_printable(household.address)):
                return "has a name or address with characters that the letter cannot print"
            codes = ActivationTables(transaction).codes(person=person, now=self._now())
        if any(code.state_at(self._now()) in OPEN for code in codes):
            return "has a code that still works; revoke it or send a new letter"
        return None

    def approve(self, batch: int, *, employee: str) -> int:
        """Approve a batch that another employee prepared.

        Returns:
            How many codes now wait for their letter.
        Raises:
            DeskActionError: ``unknown_batch``, ``same_employee`` or ``already_approved``.
        """
        now = self._now()

        def work(transaction: Transaction) -> int:
            tables = ActivationTables(transaction)
            found = batch_of(tables, batch)
            if found.approved_by is not None:
                raise DeskActionError(DeskRefusal.ALREADY_APPROVED)
            if found.prepared_by == employee:
                raise DeskActionError(DeskRefusal.SAME_EMPLOYEE)
            tables.approve_batch(batch, employee=employee, at=now)
            tables.log([Event(Action.APPROVED, now, employee, None, batch, "")])
            return len(tables.codes(batch=batch, state=ActivationState.APPROVED, now=now))

        return self._in_transaction(work)

    # replacing

    def resend(self, code_id: int, *, employee: str, reason: str) -> int:
        """End a code that was sent, and prepare a new letter in its place, for another employee to approve.

        Returns:
            The number of the batch with the new code; nothing of the old one is kept.
        Raises:
            DeskActionError: ``unknown_code``, ``reason_missing``, ``has_open_code``, or ``wrong_state``: only a code
                that was sent, is locked or has expired can be replaced.
        """
        return self._replace(code_id, Action.RESENT, TIMED | {ActivationState.EXPIRED}, employee, reason)

    def unlock(self, code_id: int, *, employee: str, reason: str) -> int:
        """As ``resend``, for a code that wrong PINs have locked; DeskActionError ``wrong_state`` for another."""
        return self._replace(code_id, Action.UNLOCKED, frozenset({ActivationState.LOCKED}), employee, reason)

    # ending

    def revoke(self, code_id: int, *, employee: str, reason: str) -> None:
        """End a code that has not been used.

        Raises:
            DeskActionError: ``unknown_code``, ``reason_missing``, or ``wrong_state``: it has ended already.
        """
        now, words = self._now(), reason_of(reason)

        def work(transaction: Transaction) -> None:
            tables = ActivationTables(transaction)
            code = code_of(tables, code_id)
            if code.state_at(now) not in TIMED | {ActivationState.PREPARED, ActivationState.APPROVED}:
                raise DeskActionError(DeskRefusal.WRONG_STATE)
            tables.end(code, ActivationState.REVOKED)
            tables.log([Event(Action.REVOKED, now, employee, code.id, code.batch, words)])

        self._in_transaction(work)

    def expire(self) -> int:
        """Note that the time of codes is over, and forget old counts of attempts. Returns how many codes.

        A code stops working at its moment whether this has run or not.
        """
        now = self._now()
        return self._in_transaction(lambda transaction: self._expire(ActivationTables(transaction), now))

    # looking

    def codes(
        self,
        *,
        batch: int | None = None,
        person: PersonId | None = None,
        state: ActivationState | None = None,
        most: int | None = None,
        after: int = 0,
    ) -> tuple[ActivationCode, ...]:
        """The codes with these properties, in the order of their numbers; ``state`` is that of now."""
        with self.store.transaction() as transaction:
            return ActivationTables(transaction).codes(
                batch=batch, person=person, state=state, now=self._now(), most=most, after=after
            )

    def code(self, code_id: int) -> ActivationCode:
        """One code; DeskActionError ``unknown_code``."""
        with self.store.transaction() as transaction:
            return code_of(ActivationTables(transaction), code_id)

    def batch(self, batch: int) -> Batch:
        """One batch; DeskActionError ``unknown_batch``."""
        with self.store.transaction() as transaction:
            return batch_of(ActivationTables(transaction), batch)

    def batches(self) -> tuple[Batch, ...]:
        """Every batch, the newest first."""
        with self.store.transaction() as transaction:
            return ActivationTables(transaction).batches()

    def log(self, *, code: int | None = None, batch: int | None = None) -> tuple[Event, ...]:
        """Who did what with a code or a batch, oldest first."""
        with self.store.transaction() as transaction:
            return ActivationTables(transaction).events(code=code, batch=batch)

    # parts

    def _replace(
        self, code_id: int, action: Action, states: frozenset[ActivationState], employee: str, reason: str
    ) -> int:
        now, words = self._now(), reason_of(reason)

        def work(transaction: Transaction) -> int:
            tables = ActivationTables(transaction)
            old = code_of(tables, code_id)
            if old.state_at(now) not in states:
                raise DeskActionError(DeskRefusal.WRONG_STATE)
            tables.end(old, ActivationState.REPLACED)
            if tables.open_persons([old.person]):
                raise DeskActionError(DeskRefusal.HAS_OPEN_CODE)
            approval = Approval(old.person, old.language, old.credentials)
            batch = tables.add_batch([approval], employee=employee, at=now, replaces=old.id)
            tables.log(
                [
                    Event(action, now, employee, old.id, old.batch, words),
                    Event(Action.PREPARED, now, employee, None, batch, ""),
                ]
            )
            return batch

        return self._in_transaction(work)

    def _expire(self, tables: ActivationTables, now: datetime) -> int:
        over = [code for code in tables.codes(state=ActivationState.EXPIRED, now=now) if code.state in TIMED]
        for code in over:
            tables.end(code, ActivationState.EXPIRED)
        tables.log(Event(Action.EXPIRED, now, None, code.id, code.batch, "") for code in over)
        tables.forget_attempts(now)
        return len(over)

    def _now(self) -> datetime:
        return self.clock().replace(microsecond=0)

    def _in_transaction(self, work: Callable[[Transaction], _T]) -> _T:
        """Run work in a transaction, again when another was faster: the second time it sees what the other did."""
        for _ in range(_ATTEMPTS):
            try:
                with self.store.transaction() as transaction:
                    return work(transaction)
            except ConflictError:
                continue
        raise StoreBusyError


def revoke_codes_of(transaction: Transaction, person: PersonId, *, employee: str, reason: str, now: datetime) -> int:
    """End every open code of a person, in the caller's transaction; returns how many. For a recovery.

    Raises:
        ConflictError: a code was changed meanwhile; try again.
    """
    tables = ActivationTables(transaction)
    found = [code for code in tables.codes(person=person, now=now) if code.state_at(now) in OPEN]
    for code in found:
        tables.end(code, ActivationState.REVOKED)
    tables.log(Event(Action.REVOKED, now, employee, code.id, code.batch, reason) for code in found)
    return len(found)


def batch_of(tables: ActivationTables, batch: int) -> Batch:
    """A batch; DeskActionError ``unknown_batch``."""
    found = tables.find_batch(batch)
    if found is None:
        raise DeskActionError(DeskRefusal.UNKNOWN_BATCH)
    return found


def code_of(tables: ActivationTables, code_id: int) -> ActivationCode:
    """A code; DeskActionError ``unknown_code``."""
    found = tables.find_code(code_id)
    if found is None:
        raise DeskActionError(DeskRefusal.UNKNOWN_CODE)
    return found


def reason_of(text: str) -> str:
    """The reason that an employee gives, on one line of characters that show; DeskActionError ``reason_missing``."""
    words = "".join(character if character.isprintable() else " " for character in text).strip()
    if not 1 <= len(words) <= _LONGEST_REASON:
        raise DeskActionError(DeskRefusal.REASON_MISSING)
    return words
