# SPDX-License-Identifier: EUPL-1.2
"""What the authorization server writes down: requests, visits, codes, grants, tokens, and proofs that were used.

Invariants:
    * Tokens, codes, references and the browsers' cookies are stored as SHA-256 digests only.
    * Whatever is used once is used by one statement that compares and writes: of two transactions one succeeds, on any
      database and at any isolation level.
    * A used code and a used refresh token stay known until their grant ends, so that a second use is noticed.
    * ``forget`` removes everything that has expired.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import BigInteger, delete, insert, select, update
from sqlmodel import Field

from issuer.authorization.model import AuthorizationRequest, StoredGrant, Visit
from issuer.model import PersonId
from issuer.store import Table, Transaction

__all__ = ["Records", "digest"]


class ProofRow(Table, table=True):
    """That a DPoP proof was used."""

    __tablename__ = "authorization_proof"
    digest: bytes = Field(primary_key=True)
    expires_at: int = Field(index=True, sa_type=BigInteger)


class PushedRequestRow(Table, table=True):
    """A pushed authorization request that no browser has followed yet."""

    __tablename__ = "authorization_request"
    digest: bytes = Field(primary_key=True)
    request: str
    expires_at: int = Field(index=True, sa_type=BigInteger)


class VisitRow(Table, table=True):
    """A browser between a request and a decision."""

    __tablename__ = "authorization_visit"
    digest: bytes = Field(primary_key=True)
    request: str
    kept: str
    person: str | None = Field(foreign_key="person.person", index=True)
    expires_at: int = Field(index=True, sa_type=BigInteger)


class CodeRow(Table, table=True):
    """An authorization code; ``grant_id`` is that of the grant that it gives."""

    __tablename__ = "authorization_code"
    digest: bytes = Field(primary_key=True)
    grant_id: str
    person: str = Field(foreign_key="person.person", index=True)
    request: str
    expires_at: int = Field(sa_type=BigInteger)
    used_at: int | None = Field(sa_type=BigInteger)
    forget_at: int = Field(index=True, sa_type=BigInteger)


class GrantRow(Table, table=True):
    """What one wallet may have for one person."""

    __tablename__ = "authorization_grant"
    id: str = Field(primary_key=True)
    person: str = Field(foreign_key="person.person", index=True)
    client_id: str | None
    thumbprint: str | None
    configuration_ids: str
    uses_identifiers: bool
    revoked_at: int | None = Field(sa_type=BigInteger)
    expires_at: int = Field(index=True, sa_type=BigInteger)


class AccessTokenRow(Table, table=True):
    """An access token; it may be for less than its grant."""

    __tablename__ = "authorization_access_token"
    digest: bytes = Field(primary_key=True)
    grant_id: str = Field(foreign_key="authorization_grant.id", index=True)
    configuration_ids: str
    expires_at: int = Field(index=True, sa_type=BigInteger)


class RefreshTokenRow(Table, table=True):
    """A refresh token; ends with its grant."""

    __tablename__ = "authorization_refresh_token"
    digest: bytes = Field(primary_key=True)
    grant_id: str = Field(foreign_key="authorization_grant.id", index=True)
    used_at: int | None = Field(sa_type=BigInteger)


_PROOF: Final[Any] = ProofRow.__table__  # type: ignore[attr-defined]
_REQUEST: Final[Any] = PushedRequestRow.__table__  # type: ignore[attr-defined]
_VISIT: Final[Any] = VisitRow.__table__  # type: ignore[attr-defined]
_CODE: Final[Any] = CodeRow.__table__  # type: ignore[attr-defined]
_GRANT: Final[Any] = GrantRow.__table__  # type: ignore[attr-defined]
_ACCESS: Final[Any] = AccessTokenRow.__table__  # type: ignore[attr-defined]
_REFRESH: Final[Any] = RefreshTokenRow.__table__  # type: ignore[attr-defined]


def digest(secret: str) -> bytes:
    """What is stored of a random text: 32 octets."""
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


class Records:
    """The authorization server's tables in one transaction."""

    __slots__ = ("_connection",)

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.database.connection()

    # proofs

    def spend_proof(self, identifier: str, until: datetime) -> bool:
        """Remember a proof until it would be refused for its age; False when it is remembered already.

        Two transactions that race for one proof: the primary key lets one commit, the other ends with ConflictError.
        """
        key = digest(identifier)
        if self._connection.execute(select(_PROOF.c.digest).where(_PROOF.c.digest == key)).first() is not None:
            return False
        self._connection.execute(insert(_PROOF).values(digest=key, expires_at=_after(until)))
        return True

    # the browser's way

    def add_request(self, reference: str, request: AuthorizationRequest, expires_at: datetime) -> None:
        """Keep a pushed request under its reference."""
        self._connection.execute(
            insert(_REQUEST).values(
                digest=digest(reference),
                request=_write(request),
                expires_at=_seconds(expires_at),
            )
        )

    def take_request(
        self, unverified_reference: str, unverified_client_id: str, now: datetime
    ) -> AuthorizationRequest | None:
        """Remove a pushed request and give it, to one caller only; None when it is gone, too old or another's."""
        key = digest(unverified_reference)
        found = self._connection.execute(
            select(_REQUEST.c.request, _REQUEST.c.expires_at).where(_REQUEST.c.digest == key)
        ).first()
        if found is None:
            return None
        request = _read(found.request)
        if request.client_id != unverified_client_id:
            return None
        if self._connection.execute(delete(_REQUEST).where(_REQUEST.c.digest == key)).rowcount != 1:
            return None
        return request if _seconds(now) <= found.expires_at else None

    def add_visit(self, cookie: str, visit: Visit, expires_at: datetime) -> None:
        """Keep a browser's visit under its cookie."""
        self._connection.execute(
            insert(_VISIT).values(
                digest=digest(cookie),
                request=_write(visit.request),
                kept=visit.kept,
                person=visit.person,
                expires_at=_seconds(expires_at),
            )
        )

    def find_visit(self, unverified_cookie: str, now: datetime) -> Visit | None:
        """The current visit of a browser."""
        found = self._connection.execute(
            select(_VISIT).where(_VISIT.c.digest == digest(unverified_cookie), _VISIT.c.expires_at >= _seconds(now))
        ).first()
        if found is None:
            return None
        return Visit(_read(found.request), found.kept, None if found.person is None else PersonId(found.person))

    def take_visit(self, unverified_cookie: str, now: datetime) -> Visit | None:
        """Remove a visit and give it, to one caller only."""
        visit = self.find_visit(unverified_cookie, now)
        removed = self._connection.execute(delete(_VISIT).where(_VISIT.c.digest == digest(unverified_cookie)))
        return visit if removed.rowcount == 1 else None

    # codes

    def add_code(
        self,
        code: str,
        grant_id: str,
        person: PersonId,
        request: AuthorizationRequest,
        *,
        expires_at: datetime,
        forget_at: datetime,
    ) -> None:
        """Keep an authorization code, known until ``forget_at`` so that a second use is noticed."""
        self._connection.execute(
            insert(_CODE).values(
                digest=digest(code),
                grant_id=grant_id,
                person=person,
                request=_write(request),
                expires_at=_seconds(expires_at),
                used_at=None,
                forget_at=_after(forget_at),
            )
        )

    def spend_code(self, unverified_code: str, now: datetime) -> tuple[str, PersonId, AuthorizationRequest] | None:
        """Use a code: grant id, person and request; None when it is unknown or too old.

        A second use ends the grant that the first one gave (RFC 6749 4.1.2), and gives None.
        """
        key = digest(unverified_code)
        found = self._connection.execute(select(_CODE).where(_CODE.c.digest == key)).first()
        if found is None:
            return None
        spent = self._connection.execute(
            update(_CODE).where(_CODE.c.digest == key, _CODE.c.used_at.is_(None)).values(used_at=_seconds(now))
        )
        if spent.rowcount != 1:
            self.revoke_grant(found.grant_id, now)
            return None
        if found.expires_at < _seconds(now):
            return None
        return found.grant_id, PersonId(found.person), _read(found.request)

    # grants and tokens

    def add_grant(self, grant: StoredGrant) -> None:
        """Keep a new grant."""
        self._connection.execute(
            insert(_GRANT).values(
                id=grant.id,
                person=grant.person,
                client_id=grant.client_id,
                thumbprint=grant.thumbprint,
                configuration_ids=_join(grant.configuration_ids),
                uses_identifiers=grant.uses_identifiers,
                revoked_at=None,
                expires_at=_seconds(grant.expires_at),
            )
        )

    def add_access_token(
        self, token: str, grant_id: str, configuration_ids: Sequence[str], expires_at: datetime
    ) -> None:
        """Keep an access token."""
        self._connection.execute(
            insert(_ACCESS).values(
                digest=digest(token),
                grant_id=grant_id,
                configuration_ids=_join(configuration_ids),
                expires_at=_seconds(expires_at),
            )
        )

    def add_refresh_token(self, token: str, grant_id: str) -> None:
        """Keep a refresh token."""
        self._connection.execute(insert(_REFRESH).values(digest=digest(token), grant_id=grant_id, used_at=None))

    def find_access(self, unverified_token: str, now: datetime) -> tuple[StoredGrant, tuple[str, ...], datetime] | None:
        """The grant, configurations and last moment of an access token that is good now."""
        found = self._connection.execute(
            select(
                _GRANT,
                _ACCESS.c.configuration_ids.label("allowed"),
                _ACCESS.c.expires_at.label("ends_at"),
            )
            .join(_ACCESS, _ACCESS.c.grant_id == _GRANT.c.id)
            .where(
                _ACCESS.c.digest == digest(unverified_token),
                _ACCESS.c.expires_at >= _seconds(now),
                _GRANT.c.revoked_at.is_(None),
            )
        ).first()
        return None if found is None else (_grant(found), _split(found.allowed), _moment(found.ends_at))

    def find_refresh(self, unverified_token: str, now: datetime) -> StoredGrant | None:
        """The grant of a refresh token, used or not, while the grant is good."""
        found = self._connection.execute(
            select(_GRANT)
            .join(_REFRESH, _REFRESH.c.grant_id == _GRANT.c.id)
            .where(
                _REFRESH.c.digest == digest(unverified_token),
                _GRANT.c.revoked_at.is_(None),
                _GRANT.c.expires_at >= _seconds(now),
            )
        ).first()
        return None if found is None else _grant(found)

    def spend_refresh(self, unverified_token: str, now: datetime) -> bool:
        """Use a refresh token; False when it was used before."""
        spent = self._connection.execute(
            update(_REFRESH)
            .where(_REFRESH.c.digest == digest(unverified_token), _REFRESH.c.used_at.is_(None))
            .values(used_at=_seconds(now))
        )
        return spent.rowcount == 1

    def revoke_grant(self, grant_id: str, now: datetime) -> None:
        """End a grant with all its tokens."""
        self._connection.execute(
            update(_GRANT)
            .where(_GRANT.c.id == grant_id, _GRANT.c.revoked_at.is_(None))
            .values(revoked_at=_seconds(now))
        )

    def revoke_person(self, person: PersonId, now: datetime) -> bool:
        """End every visit, code and grant of a person; returns whether there was any.

        In this order: a visit gives a code and a code a grant, so what another transaction makes meanwhile ends too.
        """
        ended = [
            self._connection.execute(statement).rowcount
            for statement in (
                delete(_VISIT).where(_VISIT.c.person == person),
                update(_CODE).where(_CODE.c.person == person, _CODE.c.used_at.is_(None)).values(used_at=_seconds(now)),
                update(_GRANT)
                .where(_GRANT.c.person == person, _GRANT.c.revoked_at.is_(None))
                .values(revoked_at=_seconds(now)),
            )
        ]
        return any(ended)

    def forget(self, now: datetime) -> None:
        """Remove what has expired."""
        moment = _seconds(now)
        ended = select(_GRANT.c.id).where(_GRANT.c.expires_at < moment)
        for statement in (
            delete(_PROOF).where(_PROOF.c.expires_at < moment),
            delete(_REQUEST).where(_REQUEST.c.expires_at < moment),
            delete(_VISIT).where(_VISIT.c.expires_at < moment),
            delete(_CODE).where(_CODE.c.forget_at < moment),
            delete(_ACCESS).where(_ACCESS.c.expires_at < moment),
            delete(_REFRESH).where(_REFRESH.c.grant_id.in_(ended)),
            delete(_ACCESS).where(_ACCESS.c.grant_id.in_(ended)),
            delete(_GRANT).where(_GRANT.c.expires_at < moment),
        ):
            self._connection.execute(statement)


def _write(request: AuthorizationRequest) -> str:
    return json.dumps({name: getattr(request, name) for name in AuthorizationRequest.__slots__})


def _read(text: str) -> AuthorizationRequest:
    members: dict[str, Any] = json.loads(text)
    members["configuration_ids"] = tuple(members["configuration_ids"])
    return AuthorizationRequest(**members)


def _join(configuration_ids: Sequence[str]) -> str:
    return json.dumps(list(configuration_ids))


def _split(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def _grant(row: Any) -> StoredGrant:
    return StoredGrant(
        id=row.id,
        person=PersonId(row.person),
        client_id=row.client_id,
        thumbprint=row.thumbprint,
        configuration_ids=_split(row.configuration_ids),
        uses_identifiers=row.uses_identifiers,
        expires_at=_moment(row.expires_at),
    )


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _after(moment: datetime) -> int:
    """The first whole second after a moment: nothing is forgotten too early."""
    return int(moment.timestamp()) + 1


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
