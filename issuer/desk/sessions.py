# SPDX-License-Identifier: EUPL-1.2
"""Log-ins of employees: a signed cookie, and a token for each form.

The cookie says who logged in, in which epoch of that employee, when, and when they were seen last, under HMAC-SHA-256.
Nothing is stored: an employee who logs out, leaves or gets a new passphrase enters another epoch, and with it every
session of theirs ends, a copied cookie's too.

Invariants:
    * A session ends half an hour after the last page, and ten hours after the log-in.
    * A form counts only with the token of the session that it was shown in.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from issuer.desk.store import Employee
from ssi.base64url import decode_base64url, encode_base64url

__all__ = ["IDLE", "LONGEST", "DeskSession", "DeskSessions"]

IDLE: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=10)
_LONGEST_COOKIE: Final = 1000
_SECRET_LENGTH: Final = 32


@dataclass(frozen=True, slots=True)
class DeskSession:
    """An employee who is logged in."""

    name: str
    epoch: int
    started_at: datetime
    seen_at: datetime
    token: str = field(repr=False)
    """For the session's forms."""


@dataclass(frozen=True, slots=True)
class DeskSessions:
    """Makes and reads the cookies.

    Args:
        secret: 32 octets, the same in every process.
        clock: the present, aware UTC.
        is_https: whether the pages are reached by HTTPS; only then the cookie gets its ``__Host-`` name.
    Raises:
        ValueError: a secret of another length.
    """

    secret: bytes = field(repr=False)
    clock: Callable[[], datetime]
    is_https: bool

    def __post_init__(self) -> None:
        if len(self.secret) != _SECRET_LENGTH:
            raise ValueError("the secret of the desk's sessions has 32 octets")

    @property
    def cookie(self) -> str:
        """The cookie's name."""
        return "__Host-stuiver-desk" if self.is_https else "stuiver-desk"

    def open(self, employee: Employee) -> DeskSession:
        """A session that begins now."""
        now = self.clock()
        return DeskSession(employee.name, employee.epoch, now, now, secrets.token_urlsafe(32))

    def seen(self, session: DeskSession) -> DeskSession:
        """The session, seen now."""
        return replace(session, seen_at=self.clock())

    def write(self, session: DeskSession) -> str:
        """The cookie's value."""
        body = json.dumps(
            [
                session.name,
                session.epoch,
                int(session.started_at.timestamp()),
                int(session.seen_at.timestamp()),
                session.token,
            ]
        ).encode()
        return f"{encode_base64url(body)}.{encode_base64url(self._mac(body))}"

    def find(self, unverified: str | None) -> DeskSession | None:
        """The session of a cookie's value; None when it is not ours or is over."""
        if unverified is None or len(unverified) > _LONGEST_COOKIE:
            return None
        try:
            first, second = unverified.split(".")
            body, mac = decode_base64url(first), decode_base64url(second)
        except ValueError:
            return None
        if not hmac.compare_digest(mac, self._mac(body)):
            return None
        name, epoch, started, seen, token = json.loads(body)
        session = DeskSession(
            name, epoch, datetime.fromtimestamp(started, UTC), datetime.fromtimestamp(seen, UTC), token
        )
        now = self.clock()
        is_over = now >= session.seen_at + IDLE or now >= session.started_at + LONGEST
        return None if is_over else session

    @staticmethod
    def is_token(session: DeskSession, unverified: str) -> bool:
        """Whether a form was shown in this session."""
        return hmac.compare_digest(session.token.encode(), unverified.encode("utf-8", "surrogatepass"))

    def _mac(self, body: bytes) -> bytes:
        return hmac.new(self.secret, b"stuiver/desk-session/v1" + body, hashlib.sha256).digest()
