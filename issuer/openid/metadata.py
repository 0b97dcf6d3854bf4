# SPDX-License-Identifier: EUPL-1.2
"""What the credential issuer publishes about itself (OpenID4VCI 1.0 section 12.2), plain and signed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from issuer.document_keys import DocumentKeys
from issuer.model import Validator
from issuer.openid.configurations import IssuedConfiguration
from issuer.openid.encryption import MessageEncryption
from issuer.openid.orders import BATCH_SIZE
from ssi.jose.jws import sign_jwt
from ssi.openid.displays import Display
from ssi.openid.metadata import CredentialIssuerMetadata

__all__ = [
    "CREDENTIAL_PATH",
    "DEFERRED_PATH",
    "NONCE_PATH",
    "NOTIFICATION_PATH",
    "SIGNED_METADATA_TYPE",
    "issuer_metadata",
    "signed_metadata",
]

CREDENTIAL_PATH: Final = "/credential"
DEFERRED_PATH: Final = "/deferred_credential"
NONCE_PATH: Final = "/nonce"
NOTIFICATION_PATH: Final = "/notification"
SIGNED_METADATA_TYPE: Final = "openidvci-issuer-metadata+jwt"
_SIGNED_FOR: Final = timedelta(days=1)


def issuer_metadata(
    public_url: str,
    validator: Validator,
    configurations: Mapping[str, IssuedConfiguration],
    encryption: MessageEncryption,
) -> dict[str, object]:
    """The metadata document.

    Args:
        public_url: the credential issuer identifier; it is its own authorization server.
        validator: who issues.
        configurations: what it issues.
        encryption: how messages may be encrypted.
    """
    return CredentialIssuerMetadata(
        credential_issuer=public_url,
        credential_endpoint=public_url + CREDENTIAL_PATH,
        configurations={name: configuration.metadata() for name, configuration in configurations.items()},
        nonce_endpoint=public_url + NONCE_PATH,
        deferred_credential_endpoint=public_url + DEFERRED_PATH,
        notification_endpoint=public_url + NOTIFICATION_PATH,
        request_encryption=encryption.of_requests,
        response_encryption=encryption.of_responses,
        batch_size=BATCH_SIZE,
        display=tuple(Display(name=validator.name, locale=locale) for locale in ("nl", "en")),
        validator_did=validator.did,
    ).to_json()


def signed_metadata(document: Mapping[str, object], public_url: str, keys: DocumentKeys, now: datetime) -> str:
    """The same as a token (section 12.2.3)."""
    issued_at = int(now.timestamp())
    claims = {
        **document,
        "iss": keys.current.issuer(public_url),
        "sub": public_url,
        "iat": issued_at,
        "exp": issued_at + int(_SIGNED_FOR.total_seconds()),
    }
    return sign_jwt(claims, keys.current.signer, typ=SIGNED_METADATA_TYPE, header=keys.current.header(public_url))
