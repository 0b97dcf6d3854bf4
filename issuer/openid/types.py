# SPDX-License-Identifier: EUPL-1.2
"""Type metadata (SD-JWT VC): what a wallet shows about a credential, derived from the published credential types.

Invariant: a type's document is the same octets for ever, because credentials name their hash.
"""

import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from issuer.credentials import SD_JWT_LEFT_OUT
from ssi.credential.types import CredentialType

__all__ = ["PublishedTypes", "type_metadata"]


def type_metadata(kind: CredentialType) -> bytes:
    """The metadata document of a type: names in Dutch and English, and which claims may be disclosed selectively."""
    document = {
        "vct": kind.vct,
        "name": kind.title.en,
        "display": [{"locale": "nl", "name": kind.title.nl}, {"locale": "en", "name": kind.title.en}],
        "claims": [
            {
                "path": [claim.name],
                "display": [
                    {"locale": "nl", "label": claim.title.nl},
                    {"locale": "en", "label": claim.title.en},
                ],
                "mandatory": not claim.optional,
                "sd": "always",
            }
            for claim in kind.claims
            if claim.name not in SD_JWT_LEFT_OUT
        ],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class PublishedTypes:
    """The documents of an issuer's types.

    Args:
        types: what it issues.
    """

    types: Iterable[CredentialType]
    _documents: dict[tuple[str, int], bytes] = field(init=False, repr=False)
    _hashes: dict[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        documents = {(kind.name, kind.version): (kind, type_metadata(kind)) for kind in self.types}
        object.__setattr__(self, "_documents", {name: octets for name, (_, octets) in documents.items()})
        hashes = {kind.vct: _integrity(octets) for kind, octets in documents.values()}
        object.__setattr__(self, "_hashes", hashes)

    def find(self, name: str, version: int) -> bytes | None:
        """A type's document."""
        return self._documents.get((name, version))

    def integrity(self, kind: CredentialType) -> str:
        """The hash of a type's document, for ``vct#integrity``."""
        return self._hashes[kind.vct]


def _integrity(octets: bytes) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(octets).digest()).decode("ascii")
