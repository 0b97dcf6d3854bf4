# SPDX-License-Identifier: EUPL-1.2
"""What the authorization server knows. All of it frozen; ``repr`` shows no person and no secret.

Invariants:
    * Times are aware UTC.
    * A ``Grant`` is made by ``AuthorizationService.authorise`` only, after every check of the access token.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from issuer.activation.model import Redeemed
from issuer.model import PersonId
from issuer.store import Transaction
from ssi.credential.document import Wording

__all__ = [
    "CALLBACK_PATH",
    "LOGIN_PATH",
    "Activations",
    "AuthorizationRequest",
    "Configuration",
    "Grant",
    "Login",
    "LoginStart",
    "StoredGrant",
    "TokenBinding",
    "Visit",
]


LOGIN_PATH: Final = "/authorize/login"
"""Where a person logs in, or begins to."""
CALLBACK_PATH: Final = "/authorize/callback"
"""Where another site's login sends the browser back to."""


class TokenBinding(StrEnum):
    """Whether an access token works with a key of the wallet only."""

    DPOP = "dpop"
    """Every token is bound to the key of a DPoP proof."""
    DPOP_OR_BEARER = "dpop_or_bearer"
    """A wallet that sends no proof gets an unbound token, and no refresh token."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """One credential configuration, as far as authorization goes.

    Args:
        id: its name in the issuer's metadata; the only credential identifier of it is the same text.
        scope: the scope that asks for it.
        name: the credential's name, for people.
        claims: the names of what is in it, for people.
    """

    id: str
    scope: str
    name: Wording
    claims: tuple[Wording, ...] = ()


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What a wallet asked for, checked.

    Attributes:
        configuration_ids: not empty, in the order of the settings.
        uses_identifiers: whether it used ``authorization_details``, so that the token response has them too.
        code_challenge: of PKCE S256.
        thumbprint: of the key that the tokens must be bound to, when the wallet named it already.
    """

    client_id: str
    redirect_uri: str
    state: str | None = field(repr=False)
    code_challenge: str
    configuration_ids: tuple[str, ...]
    uses_identifiers: bool
    thumbprint: str | None


@dataclass(frozen=True, slots=True)
class Visit:
    """A browser between a wallet's request and the person's decision.

    Attributes:
        request: what the wallet asked for.
        kept: what the login wants to remember until the browser returns.
        person: who logged in; None before that.
    """

    request: AuthorizationRequest
    kept: str = field(repr=False)
    person: PersonId | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class StoredGrant:
    """What one wallet may have for one person, over all refreshes of its tokens.

    Attributes:
        id: 22 characters, random.
        thumbprint: of the key that every token is bound to; None for unbound tokens.
        expires_at: the last moment of the whole grant.
    """

    id: str
    person: PersonId = field(repr=False)
    client_id: str | None
    thumbprint: str | None
    configuration_ids: tuple[str, ...]
    uses_identifiers: bool
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Grant:
    """What the bearer of a good access token may do now.

    Attributes:
        id: the same over all refreshes.
        person: whose credentials may be issued.
        configuration_ids: which ones; never empty.
        uses_identifiers: whether a credential request names its credential by identifier, or else by configuration id
            (OpenID4VCI 1.0, 8.2).
        client_id: what the wallet calls itself; None when it does not.
        expires_at: of the access token.
    """

    id: str
    person: PersonId = field(repr=False)
    configuration_ids: tuple[str, ...]
    uses_identifiers: bool
    client_id: str | None
    expires_at: datetime

    def configuration_of(self, *, identifier: str | None, configuration_id: str | None) -> str | None:
        """The configuration that a credential request names, or None when this grant does not allow it.

        Args:
            identifier: ``credential_identifier`` of the request.
            configuration_id: ``credential_configuration_id`` of the request.
        """
        named, other = (identifier, configuration_id) if self.uses_identifiers else (configuration_id, identifier)
        return named if other is None and named in self.configuration_ids else None


class Activations(Protocol):
    """Redeems pre-authorised codes: ``issuer.activation.service.ActivationService``."""

    def redeem(
        self,
        unverified_code: str,
        unverified_tx_code: str | None,
        now: datetime,
        *,
        and_then: Callable[[Transaction, Redeemed], None] | None = None,
    ) -> Redeemed:
        """Spend a code. What ``and_then`` writes is kept with it; when that raises, the code is not spent.

        Raises:
            ActivationRefusedError: with the reason.
        """
        ...


@dataclass(frozen=True, slots=True)
class LoginStart:
    """Where a login begins.

    Attributes:
        url: where the browser goes next.
        kept: what ``Login.finish`` needs, 4096 characters at most; stays on the server.
    """

    url: str = field(repr=False)
    kept: str = field(repr=False)


class Login(Protocol):
    """Finds out who sits at the browser."""

    @property
    def asks_here(self) -> bool:
        """True when the person answers on our own page, which visitors of this machine alone may see.

        False when another site sends the browser back to ``CALLBACK_PATH``.
        """
        ...

    def start(self) -> LoginStart:
        """Begin.

        Raises:
            LoginRefusedError: ``unavailable``.
        """
        ...

    def finish(self, kept: str, unverified_answer: Mapping[str, str]) -> PersonId:
        """Who it is, from the fields of our page's form, or from the query that the browser brings back.

        Raises:
            LoginRefusedError: with the reason.
        """
        ...
