# SPDX-License-Identifier: EUPL-1.2
"""The validator's desk: sessions, issuing, recovery. Implements issuance.md section 3; comments carry its numbers.

Invariants:
    * Permission, pin, credential log and signature stand or fall together, in one transaction. Nothing leaves before it
      is committed.
    * One decision, ``Desk.decide``, for everybody who vouches for a person: an employee's session and an access token.
    * A session ends with the first request whose proofs hold, whatever is decided; a damaged request does not end it.
    * Claims come from the record, never from the request.
"""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from issuer.credentials import VALID_DAYS, attest
from issuer.errors import IssuanceRefusedError, RefusalReason, SettingsError, StoreBusyError, UnknownTypeError
from issuer.keys import ValidatorKeys
from issuer.model import CredentialRecord, PersonId, Pin, Recovery, Session, Validator
from issuer.pinning import decide_pin, remove_pin
from issuer.store import ConflictError, Store, Transaction
from ssi.credential.issuance import Issuance, issue
from ssi.credential.pinning import IssuanceRequest, VerifiedRequest, holder_entropy
from ssi.credential.types import CredentialType

__all__ = ["MAX_VALID_DAYS", "NONCE_LENGTH", "SESSION_LIFE", "Desk"]

NONCE_LENGTH: Final = 32
SESSION_LIFE: Final = timedelta(hours=1)
"""How long a session lasts unless the validator chooses otherwise."""
MAX_VALID_DAYS: Final = 366
_REMEMBERED: Final = timedelta(days=7)
"""How long an expired session is told from an unknown one."""
_ATTEMPTS: Final = 5
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Desk:
    """What an employee or a service of the validator does.

    Args:
        validator: who issues.
        keys: its secrets, for the same DID.
        store: its records.
        types: the credential types that it issues.
        clock: the present, aware UTC.
        valid_days: a credential is valid up to and including so many days after it is issued, 1 to 366.
        session_life: how long a session lasts.
    Raises:
        SettingsError: the keys belong to another validator, or a setting is out of range.
    """

    validator: Validator
    keys: ValidatorKeys
    store: Store
    types: tuple[CredentialType, ...]
    clock: Callable[[], datetime]
    valid_days: int = VALID_DAYS
    session_life: timedelta = SESSION_LIFE

    def __post_init__(self) -> None:
        if self.keys.did != self.validator.did:
            raise SettingsError("did", "must be the one that the key file was made for")
        if not 1 <= self.valid_days <= MAX_VALID_DAYS:
            raise SettingsError("valid_days", f"must lie between 1 and {MAX_VALID_DAYS}")
        if not timedelta(0) < self.session_life <= timedelta(days=31):
            raise SettingsError("session_life", "must be at most 31 days")

    def open_session(self, person: PersonId) -> Session:
        """Let a person ask for one credential. The nonce goes to that person only.

        Raises:
            IssuanceRefusedError: ``unknown_person``.
        """
        return self.open_sessions([person])[0]

    def open_sessions(self, persons: Iterable[PersonId]) -> tuple[Session, ...]:
        """A session for each of these persons, or for none; raises as ``open_session``."""
        now = self.clock().replace(microsecond=0)

        def work(transaction: Transaction) -> tuple[Session, ...]:
            transaction.forget_sessions(now - _REMEMBERED)
            sessions = []
            for person in persons_:
                if transaction.find_household(person) is None:
                    raise IssuanceRefusedError(RefusalReason.UNKNOWN_PERSON)
                session = Session(person, secrets.token_bytes(NONCE_LENGTH), now + self.session_life)
                transaction.add_session(session)
                sessions.append(session)
            return tuple(sessions)

        persons_ = tuple(persons)
        return self.in_transaction(work)

    def find_person(self, nonce: bytes) -> PersonId:
        """Whose session a nonce is of; IssuanceRefusedError ``session_unknown``."""
        with self.store.transaction() as transaction:
            session = transaction.find_session(nonce)
        if session is None:
            raise IssuanceRefusedError(RefusalReason.SESSION_UNKNOWN)
        return session.person

    def issue(
        self, person: PersonId, nonce: bytes, unverified_request: bytes, credential_type: CredentialType
    ) -> Issuance:
        """Issue a credential to the wallet that asks for it (issuance.md 3).

        Args:
            person: whom the wallet is about to speak for; an employee or an activation code vouches for that.
            nonce: of that person's session.
            unverified_request: 288 octets, as received.
            credential_type: what is asked for.
        Returns:
            What the wallet accepts. Personal; goes to this wallet only.
        Raises:
            UnknownTypeError: not a type of this desk.
            VerificationError: the request's proofs do not hold for this validator and nonce. Nothing is decided.
            IssuanceRefusedError: with the reason. The session is spent if the proofs hold.
            StoreBusyError: nothing was changed.
        """
        if credential_type not in self.types:
            raise UnknownTypeError
        with self.store.transaction() as transaction:
            self._check_session(transaction, person, nonce)
        request = IssuanceRequest.from_octets(unverified_request).verify(
            validator=self.validator.did, nonce=nonce
        )  # (3.1)

        def work(transaction: Transaction) -> Issuance | RefusalReason:
            self._check_session(transaction, person, nonce)
            if not transaction.spend_session(nonce, self.clock()):
                raise IssuanceRefusedError(RefusalReason.SESSION_USED)
            return self.decide(transaction, person, request, credential_type)

        decision = self.in_transaction(work)
        if isinstance(decision, RefusalReason):
            raise IssuanceRefusedError(decision)
        return decision

    def decide(
        self, transaction: Transaction, person: PersonId, request: VerifiedRequest, credential_type: CredentialType
    ) -> Issuance | RefusalReason:
        """(3.2 and 3.4) Pin, log and sign, in the caller's transaction. The only way to a BBS credential.

        Args:
            transaction: that spends what the permission rests on: a session or a nonce. Nothing may leave before it is
                committed.
            person: whom somebody vouches for: an employee, an activation code, an access token.
            request: its proofs hold, for this validator and a nonce of this validator.
            credential_type: a type of this desk.
        Returns:
            What the wallet accepts, or the reason for refusing. A refusal is a value, so that what was spent stays so.
        Raises:
            UnknownTypeError: not a type of this desk.
            IssuanceRefusedError: ``unknown_person``.
            ConflictError: another transaction was faster; try again.
        """
        if credential_type not in self.types:
            raise UnknownTypeError
        now = self.clock()
        household = transaction.find_household(person)
        if household is None:
            raise IssuanceRefusedError(RefusalReason.UNKNOWN_PERSON)
        wallet = request.issuance_pseudonym
        held = transaction.pin(person)
        pin = decide_pin(
            held,
            wallet,
            is_pinned_elsewhere=transaction.is_pinned_elsewhere(wallet, person),
            today=now.date(),
        )
        if isinstance(pin, RefusalReason):
            return pin
        attestation = attest(
            credential_type,
            household,
            recovered_at=pin.recovered_at,
            today=now.date(),
            valid_days=self.valid_days,
        )
        transaction.save_pin(person, pin.with_credential(attestation.exp), replacing=held)
        key_id = self.keys.key_id(credential_type)
        transaction.add_credential(CredentialRecord(person, credential_type.vct, key_id, now, attestation.exp))
        entropy = holder_entropy(self.keys.pinning_secret, person)
        return issue(self.keys.signing_key(credential_type), credential_type, attestation.values, request, entropy)

    def recover(
        self,
        person: PersonId,
        *,
        employee: str,
        reason: str,
        ending: Callable[[Transaction, datetime], bool] | None = None,
    ) -> None:
        """(3.3) Remove a record's pin, after the person's identity was checked. Ends the person's open sessions.

        Only the desk's own part; ``issuer.recovering.recover_person`` is what employees do.

        Args:
            person: who has lost both wallet and recovery phrase.
            employee: who checked the person's identity; logged.
            reason: what happened, in words; logged.
            ending: ends what else the lost wallet has, in the same transaction, at this moment; returns whether there
                was anything.
        Raises:
            IssuanceRefusedError: ``unknown_person``, or ``nothing_to_recover``: no pin, and nothing else ended.
            SettingsError: no employee or no reason.
        """
        for member, text in (("employee", employee), ("reason", reason)):
            if not 1 <= len(text.strip()) <= 500:
                raise SettingsError(member, "must have 1 to 500 characters")
        now = self.clock()

        def work(transaction: Transaction) -> None:
            if transaction.find_household(person) is None:
                raise IssuanceRefusedError(RefusalReason.UNKNOWN_PERSON)
            has_ended = ending is not None and ending(transaction, now)
            held = transaction.pin(person)
            pin = remove_pin(held)
            if not isinstance(pin, RefusalReason):
                transaction.save_pin(person, pin, replacing=held)
            elif not has_ended:
                raise IssuanceRefusedError(pin)
            transaction.spend_sessions_of(person, now)
            transaction.add_recovery(Recovery(person, employee.strip(), reason.strip(), now))

        self.in_transaction(work)

    def pin(self, person: PersonId) -> Pin:
        """The pin of a person's record."""
        with self.store.transaction() as transaction:
            return transaction.pin(person)

    def in_transaction(self, work: Callable[[Transaction], _T]) -> _T:
        """Run work in a transaction, again when another was faster: the second time it sees what the other did.

        Raises:
            StoreBusyError: others were faster every time; nothing was changed.
        """
        for _ in range(_ATTEMPTS):
            try:
                with self.store.transaction() as transaction:
                    return work(transaction)
            except ConflictError:
                continue
        raise StoreBusyError

    def _check_session(self, transaction: Transaction, person: PersonId, nonce: bytes) -> None:
        if transaction.find_household(person) is None:
            raise IssuanceRefusedError(RefusalReason.UNKNOWN_PERSON)
        session = transaction.find_session(nonce)
        if session is None:
            raise IssuanceRefusedError(RefusalReason.SESSION_UNKNOWN)
        if session.person != person:
            raise IssuanceRefusedError(RefusalReason.SESSION_OF_ANOTHER_PERSON)
        if session.used_at is not None:
            raise IssuanceRefusedError(RefusalReason.SESSION_USED)
        if self.clock() >= session.expires_at:
            raise IssuanceRefusedError(RefusalReason.SESSION_EXPIRED)
