# SPDX-License-Identifier: EUPL-1.2
"""What can be asked for: each credential type in each format, under the name that offers and requests use."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from issuer.credentials import SD_JWT_LEFT_OUT
from issuer.type_names import type_reference
from ssi.credential.types import ALGORITHM, CredentialType
from ssi.openid.displays import ClaimDescription, Display
from ssi.openid.metadata import CredentialConfiguration

__all__ = ["CredentialFormat", "IssuedConfiguration", "configurations_of"]


class CredentialFormat(StrEnum):
    """How a credential is written; the value is the format identifier."""

    SD_JWT = "dc+sd-jwt"
    """SD-JWT VC: for every verifier of the standards; copies are handed out in batches."""
    BBS = "dc+jwp"
    """Ours, a JSON Web Proof: one credential, shown by proofs that cannot be linked."""


@dataclass(frozen=True, slots=True)
class IssuedConfiguration:
    """One credential type in one format."""

    type: CredentialType
    format: CredentialFormat

    @property
    def id(self) -> str:
        """Its name in metadata, offers and requests; its scope too."""
        return f"{type_reference(self.type)}-{'sd-jwt' if self.format is CredentialFormat.SD_JWT else 'bbs'}"

    def metadata(self) -> CredentialConfiguration:
        """What the issuer publishes about it."""
        title = self.type.title
        is_sd_jwt = self.format is CredentialFormat.SD_JWT
        return CredentialConfiguration(
            format=self.format.value,
            vct=self.type.vct,
            scope=self.id,
            signing_algorithms=("ES256",) if is_sd_jwt else (ALGORITHM,),
            binding_methods=("jwk",) if is_sd_jwt else ("stuiver_holder_secret",),
            proof_types={"jwt": ("ES256",)} if is_sd_jwt else {"bbs_commitment": (ALGORITHM,)},
            display=(Display(name=title.nl, locale="nl"), Display(name=title.en, locale="en")),
            claims=tuple(
                ClaimDescription(
                    (claim.name,),
                    not claim.optional,
                    (Display(name=claim.title.nl, locale="nl"), Display(name=claim.title.en, locale="en")),
                )
                for claim in self.type.claims
                if not (is_sd_jwt and claim.name in SD_JWT_LEFT_OUT)
            ),
        )


def configurations_of(types: Iterable[CredentialType]) -> Mapping[str, IssuedConfiguration]:
    """Every configuration by its name: all types as SD-JWT VC, then all as BBS credentials."""
    types = tuple(types)
    made = [IssuedConfiguration(kind, credential_format) for credential_format in CredentialFormat for kind in types]
    return {configuration.id: configuration for configuration in made}
