# SPDX-License-Identifier: EUPL-1.2
"""A trust list's document, and the issuers that it names: a municipality by DID, an agency by certificate."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from ssi.base64url import encode_base64url
from ssi.bbs.keys import sk_to_pk
from ssi.did import Resolver, did_jwk_from, did_key_from
from ssi.keys import KeyType, PrivateKey
from ssi.trust import KeyRegistry, NoKeyRegistry, TrustList
from tests.pki import NOW, make_root

__all__ = [
    "AGE",
    "AGENCY",
    "BETWEEN",
    "DESK",
    "DESK_DID",
    "INCOME",
    "NOW",
    "ROOT",
    "STAND",
    "STAND_DID",
    "Registry",
    "document",
    "trust_list",
]

INCOME: Final = "urn:stuiver:credential:household-income:1"
AGE: Final = "urn:stuiver:credential:age:1"

DESK: Final = PrivateKey.from_octets(KeyType.P256, bytes(31) + b"\x11")
DESK_DID: Final = did_jwk_from(DESK.public_key)
STAND: Final = PrivateKey.from_octets(KeyType.ED25519, bytes(31) + b"\x12")
STAND_DID: Final = did_key_from(STAND.public_key)

ROOT: Final = make_root("Anchor of the agencies")
BETWEEN: Final = ROOT.intermediate()
AGENCY: Final = "https://agency.example"

BBS_KEYS: Final = tuple(sk_to_pk(number) for number in (11, 12, 13))
UNTIL: Final = "2026-12-31T23:59:59Z"


@dataclass(slots=True)
class Registry:
    """A trust registry on a chain that may be out of reach."""

    keys_of: Mapping[bytes, Sequence[bytes]] = field(default_factory=dict)
    is_down: bool = False
    asked: int = 0

    def keys(self, type_id: bytes, now: datetime) -> Sequence[bytes]:
        """The keys of a type."""
        self.asked += 1
        if self.is_down:
            raise OSError("no node answers")
        return self.keys_of.get(type_id, ())


def desk_entry(**changes: Any) -> dict[str, Any]:
    """A municipality: by DID, for incomes."""
    name = {"nl": "Gemeente", "en": "Municipality"}
    return {"name": name, "vcts": [INCOME], "dids": [DESK_DID, STAND_DID], **changes}


def agency_entry(**changes: Any) -> dict[str, Any]:
    """An agency: by certificate, for ages."""
    certified = {"anchors": [ROOT.pem], "issuers": [AGENCY]}
    return {"name": {"nl": "Dienst", "en": "Agency"}, "vcts": [AGE], "x509": certified, **changes}


def bbs_entry(**changes: Any) -> dict[str, Any]:
    """Listed BBS keys, for ages."""
    listed = [{"public_key": encode_base64url(key), "valid_until": UNTIL} for key in BBS_KEYS[:2]]
    return {"name": {"nl": "Sleutels", "en": "Keys"}, "vcts": [AGE], "bbs_keys": listed, **changes}


def document(*entries: dict[str, Any]) -> bytes:
    """The octets of a list; of all three entries when none is given."""
    listed = list(entries) or [desk_entry(), agency_entry(), bbs_entry()]
    return json.dumps({"format": "stuiver/trust-list/v1", "issuers": listed}).encode()


def trust_list(
    *entries: dict[str, Any], resolver: Resolver | None = None, registry: KeyRegistry | None = None
) -> TrustList:
    """A list that resolves did:key and did:jwk, and knows no chain, unless told otherwise."""
    return TrustList.from_json(
        document(*entries), resolver=resolver or Resolver.offline(), registry=registry or NoKeyRegistry()
    )
