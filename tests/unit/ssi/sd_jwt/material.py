# SPDX-License-Identifier: EUPL-1.2
"""An issuer, a holder and a verifier with fixed keys, and ways to make what an honest one never would."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ssi.base64url import encode_base64url
from ssi.errors import Reason, VerificationError
from ssi.jose.jws import sign_jwt
from ssi.keys import KeyType, PrivateKey
from ssi.sd_jwt.parse import UnverifiedSdJwt
from ssi.sd_jwt.present import choose_disclosures
from ssi.sd_jwt.vc import (
    NoStatusIsChecked,
    StatusChecks,
    TrustedKey,
    VerifiedSdJwtVc,
    issue_sd_jwt_vc,
    verify_presentation,
)

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
VCT = "urn:stuiver:credential:household-income:1"
ISSUER_NAME = "did:web:desk.example"
AUDIENCE = "x509_hash:verifier"
NONCE = "a nonce of the request"
ISSUER = PrivateKey.from_octets(KeyType.P256, bytes(range(1, 33)))
AMIRA = PrivateKey.from_octets(KeyType.P256, bytes(range(2, 34)))
CATO = PrivateKey.from_octets(KeyType.P256, bytes(range(3, 35)))
CLAIMS: dict[str, object] = {"municipality": "GM1969", "children": 3, "income": 182_300, "norm": 187_214}


@dataclass(frozen=True)
class TrustList:
    """Trusts one issuer by name for some types."""

    issuer: str = ISSUER_NAME
    key: PrivateKey = ISSUER
    vcts: frozenset[str] = frozenset({VCT})

    def issuer_key(
        self, unverified_header: Mapping[str, object], unverified_issuer: str | None, vct: str, now: datetime
    ) -> TrustedKey:
        """Its key, for its types."""
        if unverified_issuer != self.issuer or vct not in self.vcts:
            raise VerificationError(Reason.UNKNOWN_ISSUER)
        return TrustedKey(self.key.public_key, self.issuer)


class Revoked:
    """Finds every credential revoked."""

    def check(self, unverified_status: Mapping[str, object], issuer: str, vct: str, now: datetime) -> None:
        """Refuse."""
        raise VerificationError(Reason.REVOKED)


def issue(**changes: Any) -> str:
    """A credential of Amira's, with some arguments changed."""
    arguments: dict[str, Any] = {
        "claims": CLAIMS,
        "signer": ISSUER,
        "vct": VCT,
        "issuer": ISSUER_NAME,
        "issued_at": NOW - timedelta(days=1),
        "expires_at": NOW + timedelta(days=30),
        "holder_key": AMIRA.public_key,
        **changes,
    }
    return issue_sd_jwt_vc(arguments.pop("claims"), arguments.pop("signer"), **arguments)


def present(credential: str, paths: Iterable[Sequence[str | int | None]] = (("income",),), **changes: Any) -> str:
    """Amira's presentation of a credential, with some arguments changed."""
    arguments: dict[str, Any] = {"holder": AMIRA, "audience": AUDIENCE, "nonce": NONCE, "now": NOW, **changes}
    return choose_disclosures(UnverifiedSdJwt.parse(credential), paths).present(arguments.pop("holder"), **arguments)


def verify(text: str, **changes: Any) -> VerifiedSdJwtVc:
    """Verify a presentation as the verifier, with some arguments changed."""
    status: StatusChecks = NoStatusIsChecked()
    arguments: dict[str, Any] = {
        "vcts": {VCT},
        "audience": AUDIENCE,
        "nonce": NONCE,
        "now": NOW,
        "trust": TrustList(),
        "status": status,
        "max_age": timedelta(minutes=5),
        **changes,
    }
    return verify_presentation(UnverifiedSdJwt.parse(text), **arguments)


def disclosure(*parts: object) -> str:
    """The text of a disclosure of these parts, whatever they are."""
    return encode_base64url(json.dumps(parts).encode())


def digest(text: str) -> str:
    """The digest of a disclosure."""
    return encode_base64url(hashlib.sha256(text.encode()).digest())


def forge(changes: Mapping[str, object] | None = None, disclosures: Sequence[str] = (), **header: object) -> str:
    """A credential with any payload, signed correctly; None takes a member away."""
    payload: dict[str, object] = {
        "iss": ISSUER_NAME,
        "vct": VCT,
        "exp": SECONDS + 1000,
        "cnf": {"jwk": AMIRA.public_key.to_jwk()},
        **(changes or {}),
    }
    kept = {name: value for name, value in payload.items() if value is not None}
    typ = str(header.pop("typ", "dc+sd-jwt"))
    return "~".join([sign_jwt(kept, ISSUER, typ=typ, header=header), *disclosures, ""])


def bind(sd_jwt: str, *, signer: PrivateKey = AMIRA, typ: str = "kb+jwt", **changes: object) -> str:
    """An SD-JWT with a key binding whose claims are changed; None takes a member away."""
    claims: dict[str, object] = {
        "iat": SECONDS,
        "aud": AUDIENCE,
        "nonce": NONCE,
        "sd_hash": digest(sd_jwt),
        **changes,
    }
    return sd_jwt + sign_jwt({name: value for name, value in claims.items() if value is not None}, signer, typ=typ)
