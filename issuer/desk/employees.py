# SPDX-License-Identifier: EUPL-1.2
"""Employees of the desk: a name, and a passphrase of which only an Argon2id hash is kept.

Invariants:
    * An unknown name, a wrong passphrase, an employee who has left and a paused name give one answer, after the same
      work.
    * Five wrong passphrases in a row pause a name for a quarter of an hour.
    * Names are lower-case ASCII, so that no two look alike: four-eyes approval compares them. A name is never given to
      somebody else.
    * Who was added, changed or removed, and when, is logged.
"""

import re
import threading
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from typing import Final, TypeVar

import nacl.exceptions
import nacl.pwhash
import nacl.utils

from issuer.activation.model import Action, Event
from issuer.activation.store import ActivationTables
from issuer.desk.errors import EmployeeError, EmployeeRefusal
from issuer.desk.store import Employee, EmployeeTable
from issuer.errors import StoreBusyError
from issuer.store import ConflictError, Store, Transaction

__all__ = ["FAILURES", "PAUSE", "Employees", "PassphraseWork"]

FAILURES: Final = 5
PAUSE: Final = timedelta(minutes=15)
_NAME: Final = re.compile(r"[a-z][a-z0-9.-]{1,39}")
_PASSPHRASE: Final = range(12, 1025)
_ATTEMPTS: Final = 5
_AT_ONCE: Final = threading.BoundedSemaphore(2)
"""Each check takes much memory; so many run at the same time."""
_T = TypeVar("_T")


class PassphraseWork(Enum):
    """What a guess of a passphrase costs: operations and octets of memory of Argon2id."""

    SMALL = (nacl.pwhash.argon2id.OPSLIMIT_MIN, nacl.pwhash.argon2id.MEMLIMIT_MIN)
    """For tests and demonstrations."""
    INTERACTIVE = (nacl.pwhash.argon2id.OPSLIMIT_INTERACTIVE, nacl.pwhash.argon2id.MEMLIMIT_INTERACTIVE)


@dataclass(frozen=True, slots=True)
class Employees:
    """Who may do what the desk does.

    Args:
        store: the validator's database.
        clock: the present, aware UTC.
        work: for new passphrases, and for names that do not exist.
    """

    store: Store
    clock: Callable[[], datetime]
    work: PassphraseWork = PassphraseWork.INTERACTIVE

    def add(self, name: str, passphrase: str) -> None:
        """Let somebody in.

        Raises:
            EmployeeError: ``bad_name``, ``short_passphrase`` or ``exists``.
        """
        if _NAME.fullmatch(name) is None:
            raise EmployeeError(EmployeeRefusal.BAD_NAME)
        employee = Employee(name, self._hash(passphrase))

        def work(transaction: Transaction) -> None:
            table = EmployeeTable(transaction)
            if table.find(name) is not None:
                raise EmployeeError(EmployeeRefusal.EXISTS)
            table.add(employee)
            self._log(transaction, Action.EMPLOYEE_ADDED, name)

        self._in_transaction(work)

    def change_passphrase(self, name: str, passphrase: str) -> None:
        """Give an employee another passphrase; it ends their sessions and a pause.

        Raises:
            EmployeeError: ``short_passphrase``, ``unknown`` or ``has_left``: nobody comes back this way.
        """
        hashed = self._hash(passphrase)

        def change(old: Employee) -> Employee:
            if not old.is_active:
                raise EmployeeError(EmployeeRefusal.HAS_LEFT)
            return replace(old, passphrase_hash=hashed, epoch=old.epoch + 1, failures=0, paused_until=None)

        self._change(name, Action.EMPLOYEE_CHANGED, change)

    def remove(self, name: str) -> None:
        """Let an employee in no longer; it ends their sessions. EmployeeError ``unknown``."""
        self._change(name, Action.EMPLOYEE_REMOVED, lambda old: replace(old, epoch=old.epoch + 1, is_active=False))

    def log_out(self, name: str) -> None:
        """End every session of an employee, in every browser. EmployeeError ``unknown``."""
        self._change(name, None, lambda old: replace(old, epoch=old.epoch + 1))

    def log_in(self, name: str, unverified_passphrase: str) -> Employee:
        """Who this is.

        Raises:
            EmployeeError: ``log_in_refused``.
        """
        now = self.clock().replace(microsecond=0)
        known = self.find(name)
        is_right = _is_passphrase(_decoy(self.work) if known is None else known.passphrase_hash, unverified_passphrase)

        def work(transaction: Transaction) -> Employee | None:
            table = EmployeeTable(transaction)
            found = table.find(_lookup(name))
            if found is None or known is None or not found.is_active or found.epoch != known.epoch:
                return None
            if found.paused_until is not None and now < found.paused_until:
                return None
            if is_right:
                if found.failures or found.paused_until is not None:
                    table.save(replace(found, failures=0, paused_until=None), replacing=found)
                return found
            failures = found.failures + 1
            paused = (0, now + PAUSE) if failures >= FAILURES else (failures, None)
            table.save(replace(found, failures=paused[0], paused_until=paused[1]), replacing=found)
            return None

        employee = self._in_transaction(work)
        if employee is None:
            raise EmployeeError(EmployeeRefusal.LOG_IN_REFUSED)
        return employee

    def find(self, name: str) -> Employee | None:
        """One employee, also one who has left."""
        with self.store.transaction() as transaction:
            return EmployeeTable(transaction).find(_lookup(name))

    def names(self) -> tuple[str, ...]:
        """Who may log in."""
        with self.store.transaction() as transaction:
            return tuple(employee.name for employee in EmployeeTable(transaction).all() if employee.is_active)

    def _hash(self, passphrase: str) -> str:
        if len(passphrase) not in _PASSPHRASE:
            raise EmployeeError(EmployeeRefusal.SHORT_PASSPHRASE)
        operations, memory = self.work.value
        with _AT_ONCE:
            return nacl.pwhash.argon2id.str(_octets(passphrase), operations, memory).decode("ascii")

    def _change(self, name: str, action: Action | None, change: Callable[[Employee], Employee]) -> None:
        def work(transaction: Transaction) -> None:
            table = EmployeeTable(transaction)
            found = table.find(_lookup(name))
            if found is None:
                raise EmployeeError(EmployeeRefusal.UNKNOWN)
            table.save(change(found), replacing=found)
            if action is not None:
                self._log(transaction, action, name)

        self._in_transaction(work)

    def _log(self, transaction: Transaction, action: Action, name: str) -> None:
        event = Event(action, self.clock(), None, None, None, name)
        ActivationTables(transaction).log([event])

    def _in_transaction(self, work: Callable[[Transaction], _T]) -> _T:
        for _ in range(_ATTEMPTS):
            try:
                with self.store.transaction() as transaction:
                    return work(transaction)
            except ConflictError:
                continue
        raise StoreBusyError


def _lookup(unverified_name: str) -> str:
    """A name that the database can be asked for; nobody is called by the empty one."""
    return unverified_name if _NAME.fullmatch(unverified_name) else ""


def _octets(passphrase: str) -> bytes:
    return unicodedata.normalize("NFKC", passphrase).encode("utf-8", "surrogatepass")


def _is_passphrase(hashed: str, unverified: str) -> bool:
    try:
        with _AT_ONCE:
            return bool(nacl.pwhash.verify(hashed.encode("ascii"), _octets(unverified[: _PASSPHRASE.stop])))
    except nacl.exceptions.InvalidkeyError:
        return False


@cache
def _decoy(work: PassphraseWork) -> str:
    """The hash of a passphrase that nobody has, so that an unknown name takes as long as a known one."""
    return nacl.pwhash.argon2id.str(nacl.utils.random(32), *work.value).decode("ascii")
