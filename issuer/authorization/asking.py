# SPDX-License-Identifier: EUPL-1.2
"""Which credentials a wallet asks for, by authorization details, by scope, or by the offer that it follows.

Sources: OpenID4VCI 1.0, 5.1 and 6.1; RFC 9396, 5 and 6.1.
"""

from collections.abc import Iterable, Sequence

from issuer.authorization.errors import Advice, OAuthError
from issuer.authorization.settings import AuthorizationSettings
from ssi.openid.authorization import AuthorizationDetail
from ssi.openid.errors import ErrorCode

__all__ = ["asked", "details_of", "narrowed", "narrowed_by_scope"]


def asked(
    settings: AuthorizationSettings,
    scope: Iterable[str],
    details: Sequence[AuthorizationDetail],
    offered: tuple[str, ...] | None,
) -> tuple[str, ...]:
    """The configurations that an authorization request asks for, in the order of the settings.

    Args:
        scope: values that are not known are ignored, as OpenID4VCI 5.1.2 demands.
        details: each must be of a configuration here.
        offered: what the offer of its ``issuer_state`` has; the request may not go beyond it. None without an offer.
    Raises:
        OAuthError: ``invalid_authorization_details`` or ``invalid_scope``.
    """
    wanted = _named(settings, details) | {settings.by_scope[value].id for value in scope if value in settings.by_scope}
    if offered is not None:
        wanted = wanted or set(offered)
        if not wanted <= set(offered):
            raise OAuthError(ErrorCode.INVALID_SCOPE, Advice.UNKNOWN_CREDENTIAL, detail="more than the offer has")
    if not wanted:
        raise OAuthError(ErrorCode.INVALID_SCOPE, Advice.NOTHING_ASKED)
    return tuple(name for name in settings.by_id if name in wanted)


def narrowed(
    settings: AuthorizationSettings, granted: tuple[str, ...], details: Sequence[AuthorizationDetail]
) -> tuple[str, ...]:
    """What a token request with authorization details is for: all that was granted, or a part of it.

    Raises:
        OAuthError: ``invalid_authorization_details``: not a part of it.
    """
    if not details:
        return granted
    wanted = _named(settings, details)
    if not wanted <= set(granted):
        raise OAuthError(ErrorCode.INVALID_AUTHORIZATION_DETAILS, Advice.UNKNOWN_CREDENTIAL, detail="not granted")
    return tuple(name for name in granted if name in wanted)


def narrowed_by_scope(
    settings: AuthorizationSettings, granted: tuple[str, ...], scope: Sequence[str]
) -> tuple[str, ...]:
    """What a refresh with a scope is for (RFC 6749 6): all that was granted, or a part of it.

    Raises:
        OAuthError: ``invalid_scope``: not a part of it.
    """
    if not scope:
        return granted
    wanted = {settings.by_scope[value].id for value in scope if value in settings.by_scope}
    if not wanted or not wanted <= set(granted):
        raise OAuthError(ErrorCode.INVALID_SCOPE, Advice.UNKNOWN_CREDENTIAL, detail="not granted")
    return tuple(name for name in granted if name in wanted)


def details_of(configuration_ids: Iterable[str]) -> tuple[AuthorizationDetail, ...]:
    """The authorization details of a token response: one identifier for each configuration, the same text."""
    return tuple(AuthorizationDetail(name, credential_identifiers=(name,)) for name in configuration_ids)


def _named(settings: AuthorizationSettings, details: Sequence[AuthorizationDetail]) -> set[str]:
    """The configurations of authorization details."""
    for detail in details:
        if detail.credential_configuration_id not in settings.by_id:
            raise OAuthError(ErrorCode.INVALID_AUTHORIZATION_DETAILS, Advice.UNKNOWN_CREDENTIAL)
        if detail.locations and settings.issuer not in detail.locations:
            raise OAuthError(
                ErrorCode.INVALID_AUTHORIZATION_DETAILS,
                Advice.UNKNOWN_CREDENTIAL,
                detail="locations name another issuer",
            )
    return {detail.credential_configuration_id for detail in details}
