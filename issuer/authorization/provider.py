# SPDX-License-Identifier: EUPL-1.2
"""What a login provider publishes: its endpoints and keys (OpenID Connect Discovery 1.0), fetched and remembered.

Invariants:
    * The documents are of the configured issuer, or not used.
    * Keys are fetched again for a key that is not known, at most once a minute.
    * A provider that does not answer is left alone for some seconds, so that it cannot hold up everybody's requests.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from urllib.parse import urlsplit

from edge.fetched import Fetched, FetchError
from issuer.authorization.errors import LoginRefusal, LoginRefusedError
from issuer.authorization.id_token import IdTokenAlgorithm, find_key
from issuer.authorization.redirects import is_loopback
from ssi.errors import VerificationError
from ssi.jose.tokens_json import read_object
from ssi.keys import PublicKey

__all__ = ["Endpoints", "Fetch", "Provider"]

_REMEMBERED: Final = timedelta(hours=1)
_AGAIN: Final = timedelta(minutes=1)
_LEFT_ALONE: Final = timedelta(seconds=10)
_MOST: Final = 1 << 18


class Fetch(Protocol):
    """Asks other services: ``edge.fetch.GuardedFetch``."""

    def get(self, url: str, *, accept: str, most: int | None = None) -> Fetched:
        """What lies at a URL; FetchError when nothing usable does."""
        ...

    def post_form(
        self, url: str, fields: Mapping[str, str], *, most: int | None = None, headers: Mapping[str, str] | None = None
    ) -> Fetched:
        """The answer to a form; FetchError when there is none, StatusError when it is an error."""
        ...


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a provider does what.

    Attributes:
        names_itself: whether its answers through the browser carry ``iss`` (RFC 9207).
    """

    authorization: str
    token: str
    keys: str
    names_itself: bool


class Provider:
    """A login provider.

    Args:
        issuer: its identifier, exactly as it publishes it.
        fetch: the guarded way out.
        clock: the present, aware UTC.
    """

    def __init__(self, issuer: str, fetch: Fetch, clock: Callable[[], datetime]) -> None:
        self.issuer: Final = issuer
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._endpoints: tuple[Endpoints, datetime] | None = None
        self._keys: tuple[list[object], datetime] | None = None
        self._failed_at: datetime | None = None

    def endpoints(self) -> Endpoints:
        """Its endpoints.

        Raises:
            LoginRefusedError: ``unavailable``.
        """
        with self._lock:
            if self._endpoints is None or self._clock() - self._endpoints[1] > _REMEMBERED:
                self._endpoints = self._discover(), self._clock()
            return self._endpoints[0]

    def find_key(self, unverified_header: Mapping[str, object], algorithm: IdTokenAlgorithm) -> PublicKey | None:
        """The key that a token must have been signed with, or None.

        Raises:
            LoginRefusedError: ``unavailable``.
        """
        url = self.endpoints().keys
        with self._lock:
            age = None if self._keys is None else self._clock() - self._keys[1]
            if self._keys is None or age is None or age > _REMEMBERED:
                self._keys, age = (self._get_keys(url), self._clock()), timedelta(0)
            key = find_key(unverified_header, self._keys[0], algorithm)
            if key is None and age > _AGAIN:
                self._keys = self._get_keys(url), self._clock()
                key = find_key(unverified_header, self._keys[0], algorithm)
            return key

    def _discover(self) -> Endpoints:
        document = self._document(self.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if document.get("issuer") != self.issuer:
            raise LoginRefusedError(LoginRefusal.UNAVAILABLE)
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        authorization, token, keys = (self._address(document.get(name)) for name in names)
        return Endpoints(
            authorization, token, keys, document.get("authorization_response_iss_parameter_supported") is True
        )

    def _address(self, unverified: object) -> str:
        """An address with the security of the issuer's own: https, or this machine if the issuer is of this machine."""
        parts = urlsplit(unverified) if isinstance(unverified, str) else None
        own = urlsplit(self.issuer)
        is_local = parts is not None and parts.scheme == own.scheme == "http" and is_loopback(parts.hostname)
        if parts is None or parts.fragment or not (parts.scheme == "https" or is_local):
            raise LoginRefusedError(LoginRefusal.UNAVAILABLE)
        return parts.geturl()

    def _get_keys(self, url: str) -> list[object]:
        keys = self._document(url).get("keys")
        if not isinstance(keys, list):
            raise LoginRefusedError(LoginRefusal.UNAVAILABLE)
        return keys

    def _document(self, url: str) -> dict[str, object]:
        if self._failed_at is not None and self._clock() - self._failed_at < _LEFT_ALONE:
            raise LoginRefusedError(LoginRefusal.UNAVAILABLE)
        try:
            document = read_object(self._fetch.get(url, accept="application/json", most=_MOST).octets, longest=_MOST)
        except (FetchError, VerificationError):
            self._failed_at = self._clock()
            raise LoginRefusedError(LoginRefusal.UNAVAILABLE) from None
        self._failed_at = None
        return document
