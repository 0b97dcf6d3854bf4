# SPDX-License-Identifier: EUPL-1.2
"""Which wallets may come, and to which of their addresses a browser may return. Wallets are public clients."""

import re
from typing import Final

from issuer.authorization.errors import Advice, OAuthError
from issuer.authorization.redirects import is_allowed_redirect, is_registered
from issuer.authorization.settings import AuthorizationSettings
from ssi.openid.errors import ErrorCode

__all__ = ["check_client", "check_redirect"]

_CLIENT_ID: Final = re.compile(r"[\x20-\x7E]{1,512}")
"""RFC 6749 A.1, no longer than the database needs."""


def check_client(settings: AuthorizationSettings, unverified_client_id: str | None) -> None:
    """Refuse a wallet that may not come.

    Args:
        unverified_client_id: what it calls itself; None is allowed unless there is a list (OpenID4VCI 1.0, 6.1).
    Raises:
        OAuthError: ``invalid_client``.
    """
    if settings.clients is None and unverified_client_id is None:
        return
    if unverified_client_id is None or _CLIENT_ID.fullmatch(unverified_client_id) is None:
        raise OAuthError(ErrorCode.INVALID_CLIENT, Advice.CLIENT)
    if settings.clients is not None and unverified_client_id not in settings.clients:
        raise OAuthError(ErrorCode.INVALID_CLIENT, Advice.CLIENT)


def check_redirect(settings: AuthorizationSettings, client_id: str, unverified_redirect_uri: str) -> None:
    """Refuse an address that a browser may not be sent to.

    Args:
        client_id: of a wallet that may come.
    Raises:
        OAuthError: ``invalid_request``.
    """
    allowed = is_allowed_redirect(unverified_redirect_uri, settings.redirect_schemes)
    if allowed and settings.clients is not None:
        allowed = is_registered(unverified_redirect_uri, settings.clients[client_id])
    if not allowed:
        raise OAuthError(ErrorCode.INVALID_REQUEST, Advice.REDIRECT_URI)
