# SPDX-License-Identifier: EUPL-1.2
"""From the link in a letter to an offer that the citizen can decide on (OpenID4VCI 1.0, sections 4 and 12).

Invariants:
    * Nothing is accepted here; reading an offer tells the issuer no more than that somebody looked.
    * Every address in an offer is fetched through the one guarded fetch.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from edge.fetch import FetchError, GuardedFetch, StatusError
from holder.openid.errors import LinkError, LinkProblem
from ssi.credential.document import DocumentError
from ssi.errors import SsiError
from ssi.openid.metadata import (
    AUTHORIZATION_SERVER,
    CREDENTIAL_ISSUER,
    CredentialConfiguration,
    CredentialIssuerMetadata,
    well_known_url,
)
from ssi.openid.offer import CredentialOffer, OfferReference, TxCode, parse_offer_link
from ssi.openid.server_metadata import AuthorizationServerMetadata

__all__ = ["COPIED", "PROVABLE", "Offer", "Services", "read_offer", "read_services"]

COPIED: Final = "dc+sd-jwt"
"""The format of credentials that come in copies."""
PROVABLE: Final = "dc+jwp"
"""The format of credentials that prove without showing."""
_JSON: Final = "application/json"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Services:
    """An issuer and its authorization server, as they describe themselves."""

    issuer: CredentialIssuerMetadata
    server: AuthorizationServerMetadata

    @property
    def takes_dpop(self) -> bool:
        """Whether tokens can be bound to a key of the wallet (RFC 9449)."""
        return "ES256" in self.server.dpop_signing_alg_values_supported


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered, for the citizen to decide on."""

    offer: CredentialOffer
    services: Services

    @property
    def configurations(self) -> dict[str, CredentialConfiguration]:
        """What the wallet can keep of what is offered, by configuration id."""
        known = self.services.issuer.configurations
        named = {name: known[name] for name in self.offer.credential_configuration_ids if name in known}
        return {name: found for name, found in named.items() if found.format in {COPIED, PROVABLE}}

    @property
    def pin(self) -> TxCode | None:
        """The PIN that is asked for; None when there is none."""
        grant = self.offer.pre_authorized_code
        return None if grant is None else grant.tx_code


def read_offer(unverified_link: str, fetch: GuardedFetch) -> Offer:
    """Read an offer and everything that it refers to.

    Args:
        unverified_link: as scanned or clicked.
    Raises:
        LinkError: with the problem.
    """
    try:
        offer = parse_offer_link(unverified_link.strip())
    except SsiError as error:
        raise LinkError(LinkProblem.NOT_AN_OFFER, str(error)) from error
    if isinstance(offer, OfferReference):
        offer = _fetched(fetch, offer.uri, CredentialOffer.from_json)
    preferred = offer.pre_authorized_code or offer.authorization_code
    if preferred is None:
        raise LinkError(LinkProblem.NO_WAY_TO_ACCEPT)
    found = Offer(offer, read_services(offer.credential_issuer, fetch, server=preferred.authorization_server))
    if not found.configurations:
        raise LinkError(LinkProblem.NOTHING_USABLE)
    return found


def read_services(issuer: str, fetch: GuardedFetch, *, server: str | None = None) -> Services:
    """Read what an issuer and its authorization server say of themselves; LinkError.

    Args:
        issuer: the credential issuer's identifier, a URL.
        server: which of the issuer's authorization servers, where it names several.
    """
    metadata = _fetched(
        fetch,
        well_known_url(issuer, CREDENTIAL_ISSUER),
        lambda octets: CredentialIssuerMetadata.from_json(octets, issuer=issuer),
    )
    servers = metadata.authorization_servers or (issuer,)
    if server is not None and server not in servers:
        raise LinkError(
            LinkProblem.MALFORMED_ANSWER, "the offer names an authorization server that is not the issuer's"
        )
    chosen = server or servers[0]
    authorization = _fetched(
        fetch,
        well_known_url(chosen, AUTHORIZATION_SERVER),
        lambda octets: AuthorizationServerMetadata.from_json(octets, issuer=chosen),
    )
    return Services(metadata, authorization)


def _fetched(fetch: GuardedFetch, url: str, read: Callable[[bytes], _T]) -> _T:
    try:
        return read(fetch.get(url, accept=_JSON).octets)
    except StatusError as error:
        raise LinkError(LinkProblem.UNREACHABLE, f"status {error.response.status}") from error
    except FetchError as error:
        raise LinkError(LinkProblem.UNREACHABLE, error.reason.value) from error
    except DocumentError as error:
        raise LinkError(LinkProblem.MALFORMED_ANSWER, str(error)) from error
