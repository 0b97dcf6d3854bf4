# SPDX-License-Identifier: EUPL-1.2
"""A verifier from its folder, ready to work: the one place where files, network and clock come together."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import specs
from edge.did_webvh import WebvhMethod
from edge.fetch import GuardedFetch
from ssi.credential.types import CredentialType
from ssi.did import JwkMethod, KeyMethod, Resolver, WebMethod
from ssi.status import MAX_TOKEN_OCTETS, USUAL_FRESHNESS, StatusChecker, TokenFormat
from ssi.trust import KeyRegistry, TrustList
from verifier.app import assemble
from verifier.errors import SettingsError, TrustListMissingError
from verifier.folder import VerifierFolder
from verifier.policy.shelf import PolicyShelf
from verifier.service import Verifier
from verifier.settings import ClientName, VerifierSettings
from verifier.store import Store

__all__ = ["fetch_for", "open_verifier", "published_types"]

_TYPES: Final = (("household-income", 1), ("age", 1))


def published_types() -> tuple[CredentialType, ...]:
    """The credential types that come with the project."""
    return tuple(CredentialType.from_json(specs.credential_type_octets(name, version)) for name, version in _TYPES)


def fetch_for(settings: VerifierSettings) -> GuardedFetch:
    """The guarded way out: other services of this machine may be asked by a verifier that is on this machine itself."""
    return GuardedFetch.for_this_machine() if settings.is_loopback else GuardedFetch()


def open_verifier(
    folder: VerifierFolder,
    passphrase: str,
    *,
    registry: KeyRegistry,
    clock: Callable[[], datetime],
    settings: VerifierSettings | None = None,
    store: Store | None = None,
) -> Verifier:
    """Open what is in a folder.

    Args:
        folder: made by ``VerifierFolder.create``, with a trust list in it.
        passphrase: of the key file.
        registry: the trust registry on the chain, for entries of the trust list that say so; ``NoKeyRegistry``
            where there is no chain.
        clock: the time, aware UTC.
        settings: in place of those in the folder.
        store: in place of the folder's own database.
    Raises:
        TrustListMissingError: there is no ``trust.json``.
        VerifierError, SsiError: something in the folder cannot be used.
    """
    settings = settings or folder.settings()
    keys = folder.keys(passphrase)
    types = published_types()
    fetch = fetch_for(settings)
    try:
        listed = folder.trust.read_bytes()
    except FileNotFoundError:
        raise TrustListMissingError from None
    chain = folder.chain(keys)
    if settings.client is ClientName.X509_HASH and chain.ends_at() <= clock():
        raise SettingsError("certificate", "has ended: get another with `certificate --request` and `--use`")
    resolver = Resolver.of((KeyMethod(), JwkMethod(), WebMethod(fetch), WebvhMethod(fetch)))
    trust = TrustList.from_json(listed, resolver=resolver, registry=registry)

    def get_token(uri: str) -> bytes:
        return fetch.get(uri, accept=TokenFormat.JWT.media_type, most=MAX_TOKEN_OCTETS).octets

    return assemble(
        settings,
        keys,
        chain,
        PolicyShelf.of_folders(folder.policy_folders(), types),
        types,
        store or folder.store(),
        trust=trust,
        proof_keys=trust,
        status=StatusChecker(get_token, trust, token_format=TokenFormat.JWT, freshness=USUAL_FRESHNESS),
        clock=clock,
    )
