# SPDX-License-Identifier: EUPL-1.2
"""What an authorization server is told when it starts; every value is checked here and nowhere else."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Final
from urllib.parse import urlsplit

from issuer.authorization.model import Configuration, TokenBinding
from issuer.authorization.redirects import is_custom_scheme, is_loopback
from issuer.errors import SettingsError

__all__ = ["AuthorizationSettings", "Lifetimes"]

SECRET_LENGTH: Final = 32
_NAME: Final = re.compile(r"[A-Za-z0-9:._~/-]{1,200}")


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long each thing lasts.

    Args:
        access_token: 5 to 10 minutes.
        refresh_token: of a whole grant, counted from its beginning; at most 366 days.
        pushed_request: from the wallet's request to the browser that follows it.
        visit: from the browser's first page to the decision.
        code: from the decision to the wallet's token request.
        offer: of an offer's ``issuer_state``.
        proof_nonce: of a nonce for DPoP proofs.
    Raises:
        SettingsError: out of range.
    """

    access_token: timedelta = timedelta(minutes=10)
    refresh_token: timedelta = timedelta(days=30)
    pushed_request: timedelta = timedelta(seconds=90)
    visit: timedelta = timedelta(minutes=15)
    code: timedelta = timedelta(seconds=60)
    offer: timedelta = timedelta(days=1)
    proof_nonce: timedelta = timedelta(minutes=5)

    def __post_init__(self) -> None:
        for name, least, most in (
            ("access_token", timedelta(minutes=5), timedelta(minutes=10)),
            ("refresh_token", timedelta(minutes=10), timedelta(days=366)),
            ("pushed_request", timedelta(seconds=5), timedelta(minutes=10)),
            ("visit", timedelta(minutes=1), timedelta(hours=1)),
            ("code", timedelta(seconds=5), timedelta(minutes=10)),
            ("offer", timedelta(minutes=1), timedelta(days=366)),
            ("proof_nonce", timedelta(seconds=30), timedelta(hours=1)),
        ):
            if not least <= getattr(self, name) <= most:
                raise SettingsError(name, f"must lie between {least} and {most}")


@dataclass(frozen=True)
class AuthorizationSettings:
    """How this authorization server works.

    Args:
        issuer: the public URL without a slash at its end; the ``iss`` of RFC 9207 and the base of every address.
        issuer_name: who gives the credentials, for people.
        configurations: what can be granted.
        secret: 32 octets that only this server has, the same in each of its processes.
        token_binding: whether access tokens must be bound to a key of the wallet.
        redirect_schemes: schemes of wallets' own addresses that are allowed beside https and this machine.
        clients: the wallets that may come, with their addresses; None lets any wallet come.
        lifetimes: how long each thing lasts.
    Raises:
        SettingsError: a value is not usable.
    """

    issuer: str
    issuer_name: str
    configurations: tuple[Configuration, ...]
    secret: bytes = field(repr=False)
    token_binding: TokenBinding = TokenBinding.DPOP
    redirect_schemes: frozenset[str] = frozenset()
    clients: Mapping[str, tuple[str, ...]] | None = None
    lifetimes: Lifetimes = Lifetimes()

    def __post_init__(self) -> None:
        _check_issuer(self.issuer)
        if not self.issuer_name.strip():
            raise SettingsError("issuer_name", "must not be empty")
        ids = [configuration.id for configuration in self.configurations]
        scopes = [configuration.scope for configuration in self.configurations]
        if not ids or len(set(ids)) != len(ids) or len(set(scopes)) != len(scopes):
            raise SettingsError("configurations", "must be one or more, each with its own id and scope")
        if not all(_NAME.fullmatch(name) for name in (*ids, *scopes)):
            raise SettingsError("configurations", "must have ids and scopes of letters, digits and :._~/-")
        if len(self.secret) != SECRET_LENGTH:
            raise SettingsError("secret", "must be 32 octets")
        if not all(is_custom_scheme(scheme) for scheme in self.redirect_schemes):
            raise SettingsError(
                "redirect_schemes", "must be schemes of applications, not http, https or a browser's own"
            )

    @property
    def is_local(self) -> bool:
        """Whether the public URL is one of this machine."""
        return is_loopback(urlsplit(self.issuer).hostname)

    @property
    def is_secure(self) -> bool:
        """Whether browsers come over https."""
        return self.issuer.startswith("https:")

    @cached_property
    def by_id(self) -> Mapping[str, Configuration]:
        """Every configuration by its id."""
        return {configuration.id: configuration for configuration in self.configurations}

    @cached_property
    def by_scope(self) -> Mapping[str, Configuration]:
        """Every configuration by its scope."""
        return {configuration.scope: configuration for configuration in self.configurations}

    def url(self, path: str) -> str:
        """The public address of a path that begins with a slash."""
        return self.issuer + path


def _check_issuer(issuer: str) -> None:
    try:
        parts = urlsplit(issuer)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise SettingsError("issuer", "must be a URL") from None
    if not host or parts.username is not None or parts.query or parts.fragment or issuer.endswith("/"):
        raise SettingsError("issuer", "must be a URL without a slash at its end, user, query or fragment")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise SettingsError("issuer", "must begin with https, or with http for this machine")
