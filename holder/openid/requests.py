# SPDX-License-Identifier: EUPL-1.2
"""From a verifier's link or QR to a request whose asker is known (OpenID4VP 1.0, section 5).

Invariants:
    * What is returned was verified: who asks, that the request is theirs, and that it answers this wallet's nonce.
    * A verifier that cannot prove who it is stays ``is_authenticated == False`` for everything that follows.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from edge.fetch import FetchError, GuardedFetch
from holder.openid.errors import LinkError, LinkProblem, RequestRefusedError
from holder.openid.offers import COPIED, PROVABLE
from ssi.credential.types import ALGORITHM
from ssi.did.resolver import Resolver
from ssi.errors import Reason, SsiError, VerificationError
from ssi.openid.client_id import Certificates
from ssi.openid.request import AuthorizationRequest
from ssi.openid.signed_request import (
    RequestReference,
    RequestUriMethod,
    RequestUriPost,
    SignedRequest,
    VerifiedAuthorizationRequest,
    accept_unsigned_request,
    parse_request_link,
    verify_request,
)
from ssi.trust import VerifiedChain

__all__ = ["KnownVerifiers", "NoCertificates", "read_request"]

_REQUEST: Final = "application/oauth-authz-req+jwt"
_ABILITIES: Final = json.dumps(
    {
        "vp_formats_supported": {
            COPIED: {"sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"]},
            PROVABLE: {"alg_values": [ALGORITHM]},
        }
    }
)
"""What the wallet can show; the same text for every citizen, so that it tells nobody apart."""


@dataclass(frozen=True, slots=True)
class KnownVerifiers:
    """How the wallet finds out who asks.

    Attributes:
        dids: resolves the DIDs of verifiers.
        certificates: verifies the certificates of verifiers; ``NoCertificates`` when none counts.
    """

    dids: Resolver
    certificates: Certificates


class NoCertificates:
    """For a wallet that knows nobody who certifies verifiers."""

    def verify(self, unverified_chain: Sequence[bytes], now: datetime) -> VerifiedChain:
        """VerificationError ``untrusted_certificate``, always."""
        raise VerificationError(Reason.UNTRUSTED_CERTIFICATE, "the wallet knows nobody who certifies verifiers")


def read_request(
    unverified_link: str, fetch: GuardedFetch, verifiers: KnownVerifiers, *, now: datetime
) -> VerifiedAuthorizationRequest:
    """Read a request, and find out who asks.

    Args:
        unverified_link: as scanned or clicked.
        now: aware.
    Raises:
        LinkError: it is not a request, or could not be fetched.
        RequestRefusedError: it is not in order; nobody was answered.
    """
    try:
        found = parse_request_link(unverified_link.strip())
    except SsiError as error:
        raise LinkError(LinkProblem.NOT_A_REQUEST, str(error)) from error
    try:
        if isinstance(found, AuthorizationRequest):
            return accept_unsigned_request(found)
        wallet_nonce: str | None = None
        if isinstance(found, SignedRequest):
            text = found.unverified_jwt
        else:
            text, wallet_nonce = _fetched(found, fetch)
        return verify_request(
            text,
            client_id=found.client_id,
            wallet_nonce=wallet_nonce,
            now=now,
            dids=verifiers.dids,
            certificates=verifiers.certificates,
        )
    except SsiError as error:
        raise RequestRefusedError(str(error)) from error


def _fetched(reference: RequestReference, fetch: GuardedFetch) -> tuple[str, str | None]:
    """The request object, and the nonce that it must repeat when the wallet could send one."""
    try:
        if reference.method is RequestUriMethod.GET:
            return fetch.get(reference.request_uri, accept=_REQUEST).octets.decode("ascii"), None
        nonce = secrets.token_urlsafe(24)
        form = RequestUriPost(nonce, _ABILITIES).to_form()
        return fetch.post_form(reference.request_uri, form, accept=_REQUEST).octets.decode("ascii"), nonce
    except FetchError as error:
        raise LinkError(LinkProblem.UNREACHABLE, error.reason.value) from error
    except UnicodeDecodeError:
        raise LinkError(LinkProblem.MALFORMED_ANSWER, "the request must be ASCII") from None
