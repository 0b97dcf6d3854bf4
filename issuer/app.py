# SPDX-License-Identifier: EUPL-1.2
"""The validator's service: everything of the issuer behind one address.

The public URL is the credential issuer identifier, the authorization server's identifier and, by HTTPS, the did:web of
the issuer.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final

from fastapi import FastAPI

from edge.hosts import hosts_of
from edge.limits import RateLimit, RateLimiter
from edge.problems import Problem
from edge.service import guard_service
from edge.target import Target
from edge.web.shell import PageShell
from issuer.activation.desk import ActivationDesk
from issuer.activation.letters import LetterPress
from issuer.activation.posting import PostRoom
from issuer.activation.secrets import activation_secret
from issuer.activation.service import ActivationService
from issuer.activation.settings import Sender
from issuer.authorization.api import OAUTH_PATHS, authorization_router
from issuer.authorization.model import Configuration, Login, TokenBinding
from issuer.authorization.service import AuthorizationService
from issuer.authorization.settings import AuthorizationSettings
from issuer.authorization.web.api import visit_router
from issuer.desk.api import DeskPages, desk_router
from issuer.desk.employees import Employees
from issuer.desk.sessions import DeskSessions
from issuer.errors import SettingsError, StoreBusyError, StoreDamagedError
from issuer.openid.api import ISSUANCE_PATHS, MOST_OCTETS, IssuanceParts, issuance_router
from issuer.openid.configurations import IssuedConfiguration, configurations_of
from issuer.openid.descriptions import SECURITY_SCHEMES
from issuer.openid.encryption import MessageEncryption
from issuer.openid.metadata import issuer_metadata
from issuer.openid.nonces import NonceMint
from issuer.openid.offers import OfferDesk
from issuer.openid.orders import OrderDesk
from issuer.openid.service import CredentialService
from issuer.openid.types import PublishedTypes
from issuer.service import Desk
from issuer.service_keys import ServiceKeys
from issuer.status.api import status_router
from issuer.status.service import StatusPublisher
from issuer.type_names import get_type, type_name, type_reference
from ssi.credential.types import CredentialType
from ssi.openid.offer import AuthorizationCodeGrant, CredentialOffer, OfferReference

__all__ = ["IssuerSettings", "create_app", "offer_link"]

_PAGES: Final = "issuer.authorization.web"
_PER_SECOND: Final = 50.0
_LOGINS_PER_SECOND: Final = 0.5
_LOGINS: Final = 30
_BURST: Final = 500
"""Token requests of one address: a school or a town hall may be behind it."""


@dataclass(frozen=True, slots=True)
class IssuerSettings:
    """How the service is reached and what it lets wallets do.

    Args:
        public_url: where wallets find it: https, or http on this machine; no path, no slash at its end.
        token_binding: whether access tokens must be bound to a key of the wallet.
        redirect_schemes: schemes of wallets' own addresses, for logging in.
        login: finds out who sits at a browser; None lets nobody log in, so that letters are the only way.
        sender: who sends the letters that employees make in a browser; None lets them make none there.
        has_desk: whether employees find their pages at ``/desk``.
        requests_per_second: token requests of one address that are answered, in the long run.
    Raises:
        SettingsError: a URL that cannot be used.
    """

    public_url: str
    token_binding: TokenBinding = TokenBinding.DPOP
    redirect_schemes: frozenset[str] = frozenset()
    login: Login | None = None
    sender: Sender | None = None
    has_desk: bool = True
    requests_per_second: float = _PER_SECOND

    def __post_init__(self) -> None:
        try:
            target = Target.from_url(self.public_url)
        except (ValueError, OSError):
            target = None
        if (
            target is None
            or target.origin != self.public_url
            or not (target.scheme == "https" or target.names_this_machine)
        ):
            rule = "must be like https://desk.example, or http on this machine: no path, no slash at its end"
            raise SettingsError("public_url", rule)
        if self.sender is not None and self.sender.public_url != self.public_url:
            raise SettingsError("public_url", "must be the one that letters name, see `activation setup`")


def create_app(settings: IssuerSettings, desk: Desk, keys: ServiceKeys) -> FastAPI:
    """Put the service together.

    Args:
        settings: how it is reached.
        desk: the validator's desk; its store must be usable by several threads.
        keys: the service's secrets.
    """
    public_url = settings.public_url
    configurations = configurations_of(desk.types)
    activation = ActivationService(
        desk.store,
        activation_secret(desk.keys),
        credential_issuer=public_url,
        configurations={
            type_name(kind): tuple(name for name, found in configurations.items() if found.type == kind)
            for kind in desk.types
        },
    )
    authorization = AuthorizationService(
        AuthorizationSettings(
            issuer=public_url,
            issuer_name=desk.validator.name,
            configurations=tuple(_authorized(found) for found in configurations.values()),
            secret=keys.derive("authorization"),
            token_binding=settings.token_binding,
            redirect_schemes=settings.redirect_schemes,
        ),
        desk.store,
        activation,
        settings.login,
        desk.clock,
    )
    publisher = StatusPublisher(desk.store, keys.document_keys, public_url, desk.clock)
    encryption = MessageEncryption(keys.request_key)
    parts = IssuanceParts(
        CredentialService(
            desk,
            keys.document_keys,
            OrderDesk(public_url, desk.validator.did, configurations, NonceMint(keys.derive("c_nonce"))),
            publisher,
            PublishedTypes(desk.types),
        ),
        authorization,
        encryption,
        OfferDesk(public_url, configurations, activation, authorization, desk.clock),
        keys.document_keys,
        issuer_metadata(public_url, desk.validator, configurations, encryption),
    )
    app = FastAPI(
        title=f"Stuiver issuer: {desk.validator.name}",
        version=version("stuiver"),
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    limits = RateLimiter(per_second=settings.requests_per_second, burst=_BURST)
    app.include_router(authorization_router(authorization, limits))
    if settings.login is not None:
        app.include_router(visit_router(authorization, limits))
    app.include_router(issuance_router(parts))
    app.include_router(status_router(publisher))
    if settings.has_desk:
        app.include_router(desk_router(_desk_pages(settings, desk, keys, activation)))
    _describe_security(app)
    guard_service(
        app,
        hosts=hosts_of(public_url),
        shell=PageShell(_PAGES, issuer_name=desk.validator.name),
        translate={StoreBusyError: _busy, StoreDamagedError: _damaged},
        oauth_paths=(*OAUTH_PATHS, *ISSUANCE_PATHS),
        larger=dict.fromkeys(ISSUANCE_PATHS, MOST_OCTETS),
        rate=RateLimit(RateLimiter(per_second=_LOGINS_PER_SECOND, burst=_LOGINS), ("/desk/login",)),
        https=public_url.startswith("https:"),
    )
    return app


def _desk_pages(settings: IssuerSettings, desk: Desk, keys: ServiceKeys, activation: ActivationService) -> DeskPages:
    """The employees' pages."""
    sender, titles = settings.sender, {type_name(kind): kind.title for kind in desk.types}

    def post_room(is_pin_apart: bool) -> PostRoom:
        if sender is None:
            raise RuntimeError("no letters without a sender")
        press = LetterPress(activation, sender, titles, is_pin_apart=is_pin_apart)
        return PostRoom(desk.store, desk.clock, activation_secret(desk.keys), press)

    return DeskPages(
        issuer_name=desk.validator.name,
        employees=Employees(desk.store, desk.clock),
        desk=ActivationDesk(desk.store, desk.clock),
        post_room=None if sender is None else post_room,
        credentials=tuple(titles),
        sessions=DeskSessions(
            keys.derive("desk sessions"), desk.clock, is_https=settings.public_url.startswith("https:")
        ),
        clock=desk.clock,
    )


def offer_link(settings: IssuerSettings, types: Iterable[CredentialType], name: str, *, by_value: bool = False) -> str:
    """A link that lets people log in and fetch a type of credential in every format.

    Args:
        settings: how the service is reached.
        types: what it issues.
        name: which of them.
        by_value: put the offer itself into the link.
    Raises:
        SettingsError: not one of the types.
    """
    known = tuple(types)
    kind = get_type(name, known)
    ids = tuple(id_ for id_, found in configurations_of(known).items() if found.type == kind)
    if by_value:
        return CredentialOffer(settings.public_url, ids, AuthorizationCodeGrant(None, None), None).link()
    return OfferReference(f"{settings.public_url}/offers/{type_reference(kind)}").link()


def _authorized(configuration: IssuedConfiguration) -> Configuration:
    kind = configuration.type
    claims = tuple(claim.title for claim in kind.claims)
    return Configuration(configuration.id, configuration.id, kind.title, claims)


def _busy(_: Exception) -> Problem:
    return Problem(503, headers={"Retry-After": "1"})


def _damaged(error: Exception) -> Problem:
    logging.getLogger(__name__).error("the database cannot be used: %s", type(error).__name__)
    return Problem(503, headers={"Retry-After": "60"})


def _describe_security(app: FastAPI) -> None:
    made = app.openapi

    def openapi() -> dict[str, Any]:
        document = made()
        document.setdefault("components", {})["securitySchemes"] = SECURITY_SCHEMES
        return document

    app.openapi = openapi  # type: ignore[method-assign]
