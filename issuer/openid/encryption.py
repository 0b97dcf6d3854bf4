# SPDX-License-Identifier: EUPL-1.2
"""Encrypted requests and responses (OpenID4VCI 1.0 section 10).

Invariant: an encrypted response is made only for an encrypted request, because whoever could change a request in the
clear would put their own key into it (section 8.2).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from issuer.openid.errors import Refusal, refuse
from ssi.errors import VerificationError
from ssi.jose.jwe import ALGORITHM, ENCRYPTIONS, EphemeralKey, encrypt
from ssi.openid.encryption import EncryptionParameters, RequestEncryption, ResponseEncryption

__all__ = ["MEDIA_TYPE", "MessageEncryption"]

MEDIA_TYPE: Final = "application/jwt"
"""Of an encrypted request or response."""


@dataclass(frozen=True, slots=True)
class MessageEncryption:
    """Opens what wallets send, and seals what they asked to be sealed.

    Args:
        key: of the service; its public half is in the metadata.
    """

    key: EphemeralKey = field(repr=False)

    @property
    def of_requests(self) -> RequestEncryption:
        """For the metadata."""
        return RequestEncryption((self.key.public_jwk(),), ENCRYPTIONS, required=False)

    @property
    def of_responses(self) -> ResponseEncryption:
        """For the metadata."""
        return ResponseEncryption((ALGORITHM,), ENCRYPTIONS, required=False)

    def open(self, unverified: bytes) -> bytes:
        """The content of an encrypted request.

        Raises:
            OpenIdError: ``invalid_encryption_parameters``.
        """
        try:
            return self.key.decrypt(unverified.decode("ascii", "replace").strip())
        except VerificationError:
            raise refuse(Refusal.UNDECRYPTABLE) from None

    def check(self, parameters: EncryptionParameters | None, *, was_encrypted: bool) -> None:
        """Refuse what could not be done at the end, before anything is decided.

        Raises:
            OpenIdError: ``invalid_encryption_parameters``.
        """
        if parameters is None:
            return
        if not was_encrypted:
            raise refuse(Refusal.REQUEST_NOT_ENCRYPTED)
        if parameters.zip is not None or parameters.jwk.get("alg") != ALGORITHM:
            raise refuse(Refusal.ENCRYPTION_UNUSABLE)
        self.seal({}, parameters)

    def seal(self, response: Mapping[str, object], parameters: EncryptionParameters) -> str:
        """An encrypted response; OpenIdError ``invalid_encryption_parameters``."""
        try:
            return encrypt(json.dumps(response).encode(), parameters.jwk, parameters.enc)
        except (ValueError, VerificationError):
            raise refuse(Refusal.ENCRYPTION_UNUSABLE) from None
