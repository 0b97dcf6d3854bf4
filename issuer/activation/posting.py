# SPDX-License-Identifier: EUPL-1.2
"""What employees print: the letters of a batch, and in the same way a new letter in the place of an old one.

Invariants:
    * Nothing is printed before two employees approved.
    * Codes and PINs are made at the moment of printing, go into the letters, and are kept as hashes only. A letter that
      was lost cannot be printed again; it is replaced.
    * Letters reach the caller before the codes begin to work, in one transaction: when writing them fails, nothing is
      sent.
    * Everything is logged with who and when.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from edge.language import Language
from issuer.activation.desk import batch_of
from issuer.activation.errors import DeskActionError, DeskRefusal
from issuer.activation.model import Action, ActivationCode, ActivationState, Event
from issuer.activation.secrets import ActivationSecret, LetterSecrets, code_hash
from issuer.activation.store import ActivationTables
from issuer.errors import SettingsError
from issuer.model import Household, PersonId
from issuer.store import ConflictError, Store, Transaction

__all__ = ["VALID_FOR", "Letter", "Letters", "PostRoom", "Press"]

VALID_FOR: Final = timedelta(days=30)
_VALIDITY: Final = (timedelta(days=1), timedelta(days=366))


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be printed for one person. Personal and secret; lives until it is printed."""

    name: str = field(repr=False)
    address: str = field(repr=False)
    language: Language
    credentials: tuple[str, ...]
    reference: str | None = field(repr=False)
    """For the QR code; None when only a new PIN is sent."""
    pin: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Letters:
    """Printed letters.

    Attributes:
        letters: a PDF with the letters; None when only new PINs were printed.
        pins: a PDF with the PINs by letters of their own; None when they stand in the letters.
    """

    letters: bytes | None = field(repr=False)
    pins: bytes | None = field(repr=False)


class Press(Protocol):
    """Makes PDF files of letters; ``issuer.activation.letters.LetterPress``."""

    def print(self, letters: Sequence[Letter]) -> Letters:
        """Print them all, or raise ``UnprintableError``."""


@dataclass(frozen=True, slots=True)
class PostRoom:
    """Where letters are made. Who calls has made sure who the employee is.

    Args:
        store: the validator's database.
        clock: the present, aware UTC.
        secret: 32 octets, as of ``ActivationService``.
        press: prints.
        valid_for: how long a code works after its letter was made; 1 to 366 days.
    Raises:
        SettingsError: a time that is out of range.
        ValueError: a secret of another length.
    """

    store: Store
    clock: Callable[[], datetime]
    secret: bytes = field(repr=False)
    press: Press
    valid_for: timedelta = VALID_FOR

    def __post_init__(self) -> None:
        ActivationSecret(self.secret)
        shortest, longest = _VALIDITY
        if not shortest <= self.valid_for <= longest:
            raise SettingsError("days", "must lie between 1 and 366")

    def make_letters(self, batch: int, *, employee: str, keep: Callable[[Letters], None]) -> int:
        """Make the letters of an approved batch; each code works from now on.

        Args:
            batch: its number.
            employee: who prints.
            keep: gets the letters before anything is committed; when it raises, no code works.
        Returns:
            How many letters were made.
        Raises:
            DeskActionError: ``unknown_batch``, ``not_approved`` or ``nothing_to_print``.
            UnprintableError: a name or address cannot be printed; nothing was sent.
        """
        now = self._now()
        with self.store.transaction() as transaction:
            tables = ActivationTables(transaction)
            if batch_of(tables, batch).approved_by is None:
                raise DeskActionError(DeskRefusal.NOT_APPROVED)
            codes = tables.codes(batch=batch, state=ActivationState.APPROVED, now=now)
            households = [_household(transaction, code.person) for code in codes]
        if not codes:
            raise DeskActionError(DeskRefusal.NOTHING_TO_PRINT)
        made = [LetterSecrets.generate() for _ in codes]
        until = now + self.valid_for
        letters = self.press.print(
            [
                _letter(code, household, secrets, until)
                for code, household, secrets in zip(codes, households, made, strict=True)
            ]
        )
        with self._once() as transaction:
            tables = ActivationTables(transaction)
            for code, secrets in zip(codes, made, strict=True):
                self._send(tables, code, secrets, now, until)
            tables.log(Event(Action.LETTER_MADE, now, employee, code.id, batch, "") for code in codes)
            keep(letters)
        return len(codes)

    def _send(
        self, tables: ActivationTables, code: ActivationCode, secrets: LetterSecrets, now: datetime, until: datetime
    ) -> None:
        secret = ActivationSecret(self.secret)
        hashed = code_hash(secret.code(secrets.reference))
        tables.send(code, code_hash=hashed, pin_hash=secret.pin_hash(hashed, secrets.pin), at=now, until=until)

    def _now(self) -> datetime:
        return self.clock().replace(microsecond=0)

    @contextmanager
    def _once(self) -> Iterator[Transaction]:
        """A transaction about codes that were looked at before; when one has changed since, nothing happens."""
        try:
            with self.store.transaction() as transaction:
                yield transaction
        except ConflictError:
            raise DeskActionError(DeskRefusal.WRONG_STATE) from None


def _household(transaction: Transaction, person: PersonId) -> Household:
    household = transaction.find_household(person)
    if household is None:
        raise DeskActionError(DeskRefusal.UNKNOWN_PERSON)
    return household


def _letter(code: ActivationCode, household: Household, secrets: LetterSecrets, until: datetime) -> Letter:
    return Letter(
        household.name,
        household.address,
        code.language,
        code.credentials,
        secrets.reference,
        secrets.pin,
        until,
    )
