# SPDX-License-Identifier: EUPL-1.2
"""A login for demonstrations and tests, on this machine only: a person's reference and one passphrase for everybody.

Invariants:
    * It does not start for a public URL that is not of this machine.
    * The passphrase is compared in constant time, and a wrong one costs time.
"""

import hmac
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

from edge.limits import RateLimiter
from issuer.authorization.errors import LoginRefusal, LoginRefusedError
from issuer.authorization.model import LOGIN_PATH, LoginStart
from issuer.authorization.redirects import is_loopback
from issuer.errors import SettingsError
from issuer.model import PersonId

__all__ = ["LoopbackLogin"]

_SHORTEST: Final = 8
_LONGEST: Final = 200
_TRIES: Final = 10
_TRIES_PER_SECOND: Final = 1 / 6


class LoopbackLogin:
    """Believes whoever knows the demonstration's passphrase.

    Args:
        public_url: of the service; must be of this machine.
        passphrase: 8 to 200 characters.
        limits: how often a passphrase may be tried; ten at once and then ten in a minute, if none is given.
    Raises:
        SettingsError: another machine's URL, or no usable passphrase.
    """

    def __init__(self, public_url: str, passphrase: str, limits: RateLimiter | None = None) -> None:
        if not is_loopback(urlsplit(public_url).hostname):
            raise SettingsError("login", "must be a real login: the page for demonstrations is for this machine only")
        if not _SHORTEST <= len(passphrase) <= _LONGEST:
            raise SettingsError("login", f"must have a passphrase of {_SHORTEST} to {_LONGEST} characters")
        self._url = public_url + LOGIN_PATH
        self._passphrase = passphrase.encode()
        self._limits = limits or RateLimiter(per_second=_TRIES_PER_SECOND, burst=_TRIES, slots=1)

    @classmethod
    def from_file(cls, public_url: str, path: Path) -> Self:
        """With the passphrase in the first line of a file.

        Raises:
            OSError: the file cannot be read.
            SettingsError: as for the class, or the file is not UTF-8.
        """
        try:
            line = path.read_text(encoding="utf-8").split("\n", 1)[0].rstrip("\r")
        except UnicodeDecodeError:
            raise SettingsError("login", "must have its passphrase in a file of UTF-8 text") from None
        return cls(public_url, line)

    @property
    def asks_here(self) -> bool:
        """The person answers on our own page."""
        return True

    def start(self) -> LoginStart:
        """Our own page, and nothing to remember."""
        return LoginStart(self._url, "")

    def finish(self, kept: str, unverified_answer: Mapping[str, str]) -> PersonId:
        """The person whose reference was entered with the right passphrase.

        Args:
            unverified_answer: ``person`` and ``passphrase``.
        Raises:
            LoginRefusedError: ``wrong`` or ``too_many``.
        """
        if self._limits.take("") > 0:
            raise LoginRefusedError(LoginRefusal.TOO_MANY)
        passphrase = unverified_answer.get("passphrase", "").encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(passphrase, self._passphrase):
            raise LoginRefusedError(LoginRefusal.WRONG)
        return PersonId(unverified_answer.get("person", "").strip())
