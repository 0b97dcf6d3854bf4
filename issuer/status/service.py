# SPDX-License-Identifier: EUPL-1.2
"""Deciding about credentials that were issued, and publishing what was decided.

Invariants:
    * One decision in one transaction, whatever the number of copies and lists.
    * A token says the same whichever process signs it: its moment is that of the last change, or the last round moment
      if that is later.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from issuer.document_keys import DocumentKey, DocumentKeys
from issuer.errors import IssuanceRefusedError, RefusalReason, SettingsError, UnknownTypeError
from issuer.model import PersonId
from issuer.service import Desk
from issuer.status.model import BITS, LIST_SIZE, Changed, ListVersion, Standing, StatusAction
from issuer.status.store import StatusRecords
from issuer.store import Store, Transaction
from ssi.credential.types import CredentialType
from ssi.status.lists import StatusList, StatusValue
from ssi.status.reference import status_aggregation
from ssi.status.tokens import StatusListClaims, TokenFormat, status_list_cwt, status_list_jwt

__all__ = ["TIME_TO_LIVE", "PublishedList", "StatusDesk", "StatusPublisher"]

TIME_TO_LIVE: Final = timedelta(minutes=5)
"""How long others may keep a list before they fetch it again."""
_VALID_FOR: Final = timedelta(days=1)
"""How long a list may be relied on when no fresh one can be fetched."""


@dataclass(frozen=True, slots=True)
class StatusDesk:
    """What an employee decides.

    Args:
        desk: whose credentials they are.
    """

    desk: Desk

    def decide(
        self, person: PersonId, credential_type: CredentialType, action: StatusAction, *, employee: str, reason: str
    ) -> Changed:
        """Suspend, reinstate or revoke every copy that a person has, and what may be issued from now on.

        A credential for blind proofs has no status: it ends by its own last day. None is issued while the type is
        suspended or revoked for the person.

        Args:
            person: whose credentials.
            credential_type: which of them.
            action: what is decided. Reinstating after revoking lets new credentials be issued; revoked ones stay so.
            employee: who decides; logged.
            reason: why, in words; logged.
        Raises:
            IssuanceRefusedError: ``unknown_person``, ``nothing_to_suspend`` or ``nothing_to_reinstate``.
            SettingsError: no employee or no reason.
            UnknownTypeError: not a type of this desk.
        """
        if credential_type not in self.desk.types:
            raise UnknownTypeError
        for member, text in (("employee", employee), ("reason", reason)):
            if not 1 <= len(text.strip()) <= 500:
                raise SettingsError(member, "must have 1 to 500 characters")
        now = self.desk.clock()

        def work(transaction: Transaction) -> Changed:
            if transaction.find_household(person) is None:
                raise IssuanceRefusedError(RefusalReason.UNKNOWN_PERSON)
            records = StatusRecords(transaction, size=LIST_SIZE)
            held = records.standing(person, credential_type.vct)
            if action is StatusAction.REINSTATE and held.status is StatusValue.VALID:
                raise IssuanceRefusedError(RefusalReason.NOTHING_TO_REINSTATE)
            if action is StatusAction.SUSPEND and held.status is StatusValue.INVALID:
                raise IssuanceRefusedError(RefusalReason.NOTHING_TO_SUSPEND)
            standing = Standing(person, credential_type.vct, action.status, now, employee.strip())
            return records.decide(standing, action.changes, reason.strip(), now.date())

        return self.desk.in_transaction(work)

    def standing(self, person: PersonId, credential_type: CredentialType) -> Standing:
        """The last decision about a person's credentials of a type."""
        with self.desk.store.transaction() as transaction:
            return StatusRecords(transaction, size=LIST_SIZE).standing(person, credential_type.vct)


@dataclass(frozen=True, slots=True)
class PublishedList:
    """A signed list.

    Attributes:
        octets: the token.
        tag: the same for the same content, for HTTP's ``ETag``.
        max_age: how long a copy is fresh.
    """

    octets: bytes = field(repr=False)
    media_type: str
    tag: str
    max_age: timedelta


@dataclass(frozen=True, slots=True)
class StatusPublisher:
    """What anybody may fetch.

    Args:
        store: the validator's records.
        keys: the document keys.
        public_url: of the service.
        clock: the present, aware UTC.
        size: of a list, as its records were made.
    """

    store: Store
    keys: DocumentKeys
    public_url: str
    clock: Callable[[], datetime]
    size: int = LIST_SIZE
    _made: dict[tuple[int, TokenFormat], PublishedList] = field(default_factory=dict, init=False, repr=False)

    @property
    def aggregation_uri(self) -> str:
        """Where all lists are named."""
        return f"{self.public_url}/status-lists"

    def uri(self, number: int) -> str:
        """Where a list is published."""
        return f"{self.aggregation_uri}/{number}"

    def aggregation(self) -> dict[str, object]:
        """The document that names all lists."""
        with self.store.reading() as transaction:
            lists = StatusRecords(transaction, size=self.size).lists()
        return status_aggregation([self.uri(version.number) for version in lists])

    def find(self, number: int, token_format: TokenFormat) -> PublishedList | None:
        """A list's token; None when there is no such list."""
        with self.store.reading() as transaction:
            records = StatusRecords(transaction, size=self.size)
            version = records.find_list(number)
            if version is None:
                return None
            made_at = max(version.changed_at, _round_moment(self.clock()))
            tag = f"{number}-{version.version}-{int(made_at.timestamp())}-{token_format.name.lower()}"
            made = self._made.get((number, token_format))
            if made is not None and made.tag == tag:
                return made
            statuses = records.not_valid(number)
        made = PublishedList(
            self._sign(version, made_at, statuses, token_format), token_format.media_type, tag, TIME_TO_LIVE
        )
        self._made[number, token_format] = made
        return made

    def _sign(
        self, version: ListVersion, made_at: datetime, statuses: dict[int, int], token_format: TokenFormat
    ) -> bytes:
        key = self._key_of(version.issuer)
        claims = StatusListClaims(
            self.uri(version.number),
            made_at,
            made_at + _VALID_FOR,
            TIME_TO_LIVE,
            StatusList.of_size(BITS, self.size).with_statuses(statuses),
            self.aggregation_uri,
            key.issuer(self.public_url),
        )
        header = key.header(self.public_url)
        if token_format is TokenFormat.CWT:
            return status_list_cwt(claims, key.signer, key_header=header)
        return status_list_jwt(claims, key.signer, key_header=header).encode("ascii")

    def _key_of(self, issuer: str) -> DocumentKey:
        """The newest key under which this issuer signs: a did:jwk names one key only, so its lists stay with it."""
        keys = (self.keys.current, *self.keys.previous)
        return next((key for key in keys if key.issuer(self.public_url) == issuer), self.keys.current)


def _round_moment(now: datetime) -> datetime:
    seconds = int(TIME_TO_LIVE.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)
