# SPDX-License-Identifier: EUPL-1.2
"""The OpenID4VC High Assurance Interoperability Profile 1.0, as far as metadata and requests show it.

An empty list means that nothing was found against the profile. What no message shows (that a redirect arrives in the
session that it left, that a request key is not shared) is for whoever runs the flow.
"""

from enum import StrEnum

from ssi.credential.document import DocumentError
from ssi.jose.jwe import ENCRYPTIONS
from ssi.openid.client_id import ClientIdPrefix
from ssi.openid.dcql import SD_JWT
from ssi.openid.metadata import CredentialIssuerMetadata
from ssi.openid.offer import AUTHORIZATION_CODE, CredentialOffer
from ssi.openid.request import AuthorizationRequest, ResponseMode
from ssi.openid.response import encryption_key
from ssi.openid.server_metadata import AuthorizationServerMetadata

__all__ = ["Violation", "issuer_violations", "offer_violations", "request_violations"]

_ES256 = "ES256"
_FORMATS = (SD_JWT, "mso_mdoc")


class Violation(StrEnum):
    """What breaks the profile; each with its section."""

    NO_PROFILED_FORMAT = "no_profiled_format"
    """4, 5: neither ``dc+sd-jwt`` nor ``mso_mdoc``."""
    NO_AUTHORIZATION_CODE = "no_authorization_code"
    """4: the authorization code flow is not supported."""
    NO_PUSHED_REQUESTS = "no_pushed_requests"
    """4: no pushed authorization requests."""
    NO_PKCE_S256 = "no_pkce_s256"
    """4: no PKCE with S256."""
    NO_ISSUER_IN_RESPONSE = "no_issuer_in_response"
    """4: ``iss`` is not in the authorization response."""
    NO_DPOP = "no_dpop"
    """4, 7: no DPoP with ES256."""
    NO_CLIENT_AUTHENTICATION = "no_client_authentication"
    """4.4.1: wallets need not authenticate themselves."""
    NO_SCOPE = "no_scope"
    """4.1: a configuration without scope."""
    NO_NONCE_ENDPOINT = "no_nonce_endpoint"
    """4.1: keys are bound, but there is no nonce endpoint."""
    NO_ES256_PROOF = "no_es256_proof"
    """7: a key proof with ES256 is not accepted."""
    NOT_SIGNED_BY_REFERENCE = "not_signed_by_reference"
    """5.1: not a signed request object behind a ``request_uri``."""
    WRONG_CLIENT_ID_PREFIX = "wrong_client_id_prefix"
    """5: another client identifier prefix than ``x509_hash``."""
    NOT_ENCRYPTED = "not_encrypted"
    """5.1: another response mode than ``direct_post.jwt``."""
    NO_RESPONSE_KEY = "no_response_key"
    """5: no P-256 key for ``ECDH-ES``."""
    NOT_BOTH_ENCRYPTIONS = "not_both_encryptions"
    """5: not both ``A128GCM`` and ``A256GCM`` are listed."""


def issuer_violations(metadata: CredentialIssuerMetadata, server: AuthorizationServerMetadata) -> tuple[Violation, ...]:
    """What the metadata of an issuer and of its authorization server show against the profile."""
    configurations = metadata.configurations.values()
    bound = [configuration for configuration in configurations if configuration.binding_methods]
    profiled = [configuration for configuration in configurations if configuration.format in _FORMATS]
    proofs = [
        dict(configuration.proof_types).get("jwt", ()) for configuration in profiled if configuration.binding_methods
    ]
    grants = server.grant_types_supported or (AUTHORIZATION_CODE,)
    methods = set(server.token_endpoint_auth_methods_supported)
    found = {
        Violation.NO_PROFILED_FORMAT: not profiled,
        Violation.NO_AUTHORIZATION_CODE: AUTHORIZATION_CODE not in grants or server.authorization_endpoint is None,
        Violation.NO_PUSHED_REQUESTS: server.pushed_authorization_request_endpoint is None,
        Violation.NO_PKCE_S256: "S256" not in server.code_challenge_methods_supported,
        Violation.NO_ISSUER_IN_RESPONSE: not server.authorization_response_iss_parameter_supported,
        Violation.NO_DPOP: _ES256 not in server.dpop_signing_alg_values_supported,
        Violation.NO_CLIENT_AUTHENTICATION: not methods or "none" in methods,
        Violation.NO_SCOPE: any(configuration.scope is None for configuration in configurations),
        Violation.NO_NONCE_ENDPOINT: bool(bound) and metadata.nonce_endpoint is None,
        Violation.NO_ES256_PROOF: any(_ES256 not in algorithms for algorithms in proofs),
    }
    return tuple(violation for violation, is_found in found.items() if is_found)


def offer_violations(offer: CredentialOffer) -> tuple[Violation, ...]:
    """What an offer shows against the profile."""
    return () if offer.authorization_code is not None else (Violation.NO_AUTHORIZATION_CODE,)


def request_violations(request: AuthorizationRequest, *, signed_by_reference: bool) -> tuple[Violation, ...]:
    """What a presentation request shows against the profile.

    Args:
        request: the request.
        signed_by_reference: whether it came as a signed request object from a ``request_uri``.
    """
    try:
        encryption_key(request)
        has_key = True
    except DocumentError:
        has_key = False
    listed = request.client_metadata.enc_values if request.client_metadata else ()
    formats = [credential.format for credential in request.dcql_query.credentials]
    found = {
        Violation.NO_PROFILED_FORMAT: not any(form in _FORMATS for form in formats),
        Violation.NOT_SIGNED_BY_REFERENCE: not signed_by_reference,
        Violation.WRONG_CLIENT_ID_PREFIX: request.client_id.prefix is not ClientIdPrefix.X509_HASH,
        Violation.NOT_ENCRYPTED: request.response_mode is not ResponseMode.DIRECT_POST_JWT,
        Violation.NO_RESPONSE_KEY: not has_key,
        Violation.NOT_BOTH_ENCRYPTIONS: not set(ENCRYPTIONS) <= set(listed),
    }
    return tuple(violation for violation, is_found in found.items() if is_found)
