# SPDX-License-Identifier: EUPL-1.2
"""The verifier put together: the service for the public, and the employee's list for this machine."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from fastapi import FastAPI

from edge.hosts import hosts_of
from edge.limits import RateLimit, RateLimiter
from edge.service import guard_service
from ssi.credential.types import CredentialType
from ssi.sd_jwt.vc import IssuerTrust, StatusChecks
from verifier.api import PROBLEMS, protocol_router
from verifier.asking import Asker
from verifier.certificates import CertificateChain
from verifier.checking import Checker, ProofKeys
from verifier.keys import VerifierKeys
from verifier.policy.shelf import PolicyShelf
from verifier.service import Verifier
from verifier.settings import VerifierSettings
from verifier.store import Store
from verifier.web.api import desk_router, pages_router, shell

__all__ = ["assemble", "create_app", "create_desk_app"]

_LONGEST_BODY: Final = 1 << 19
_PER_SECOND: Final = 10.0
_BURST: Final = 200


def assemble(
    settings: VerifierSettings,
    keys: VerifierKeys,
    chain: CertificateChain,
    policies: PolicyShelf,
    types: Iterable[CredentialType],
    store: Store,
    *,
    trust: IssuerTrust,
    proof_keys: ProofKeys,
    status: StatusChecks,
    clock: Callable[[], datetime],
) -> Verifier:
    """A verifier from its parts.

    Args:
        settings: set once.
        keys: its two keys.
        chain: the certificate of the request key.
        policies: what may be asked.
        types: the published credential types.
        store: its database.
        trust: who may issue SD-JWT VCs; ``ssi.trust.TrustList`` is both this and ``proof_keys``.
        proof_keys: whose BBS credentials count.
        status: whether an SD-JWT VC was revoked.
        clock: the time, aware UTC.
    """
    checker = Checker(tuple(types), trust, proof_keys, status)
    asker = Asker(settings, keys.request, chain, checker)
    return Verifier(settings, keys, asker, policies, store, clock)


def create_app(verifier: Verifier, *, limiter: RateLimiter | None = None) -> FastAPI:
    """The service for wallets and browsers.

    Args:
        verifier: at work.
        limiter: how often one client may call what concerns requests; by default ten times a second.
    """
    limiter = limiter or RateLimiter(per_second=_PER_SECOND, burst=_BURST)
    app = FastAPI(title="Stuiver verifier", version="1", docs_url=None, redoc_url=None)
    pages = shell()
    guard_service(
        app,
        hosts=hosts_of(verifier.settings.public_url),
        shell=pages,
        translate=PROBLEMS,
        most_octets=_LONGEST_BODY,
        rate=RateLimit(limiter, ("/requests", "/requests/")),
        https=verifier.settings.is_https,
    )
    app.include_router(protocol_router(verifier))
    app.include_router(pages_router(verifier, pages, verifier.asker.checker.types))
    return app


def create_desk_app(verifier: Verifier) -> FastAPI:
    """The employee's list. Serve it on a loopback address: it asks for no login."""
    app = FastAPI(title="Stuiver verifier desk", docs_url=None, redoc_url=None, openapi_url=None)
    pages = shell()
    guard_service(app, hosts=hosts_of("http://127.0.0.1"), shell=pages, translate=PROBLEMS)
    app.include_router(desk_router(verifier, pages))
    return app
