# SPDX-License-Identifier: EUPL-1.2
"""ID tokens of a login provider (OpenID Connect Core 1.0, 3.1.3.7), signed with ES256 or RS256.

Invariants:
    * The algorithm is the one of the configuration; neither the token nor the key set chooses it.
    * Claims are readable only when signature, issuer, audience, times and nonce hold.
"""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from ssi.errors import Reason, VerificationError
from ssi.jose.jws import UnverifiedJws, is_type
from ssi.jose.times import check_validity
from ssi.keys import KeyType, PublicKey
from ssi.keys.errors import KeyFormatError
from ssi.keys.points import load_rsa

__all__ = ["IdTokenAlgorithm", "VerifiedIdToken", "find_key", "verify_id_token"]

_LONGEST: Final = 1 << 15


class IdTokenAlgorithm(StrEnum):
    """How a provider signs."""

    ES256 = "ES256"
    RS256 = "RS256"

    @property
    def key_type(self) -> KeyType:
        """The type of its keys."""
        return KeyType.P256 if self is IdTokenAlgorithm.ES256 else KeyType.RSA


@dataclass(frozen=True, slots=True)
class VerifiedIdToken:
    """Who logged in, as the provider says. Made by ``verify_id_token`` only."""

    claims: Mapping[str, object] = field(repr=False)


def find_key(
    unverified_header: Mapping[str, object], keys: Iterable[object], algorithm: IdTokenAlgorithm
) -> PublicKey | None:
    """The one key of a key set (RFC 7517) that a token must have been signed with, or None.

    A token without ``kid`` is of the only key that fits; when several fit, of none.
    """
    kid = unverified_header.get("kid")
    found = []
    for unverified_jwk in keys:
        if not isinstance(unverified_jwk, Mapping) or unverified_jwk.get("use", "sig") != "sig":
            continue
        if (kid is not None and unverified_jwk.get("kid") != kid) or unverified_jwk.get("alg", algorithm) != algorithm:
            continue
        try:
            key = PublicKey.from_jwk(unverified_jwk)
        except KeyFormatError:
            continue
        if key.key_type is algorithm.key_type:
            found.append(key)
    return found[0] if len(found) == 1 else None


def parse_id_token(unverified_text: str) -> UnverifiedJws:
    """The parts of a token; VerificationError when it is none."""
    return UnverifiedJws.parse(unverified_text, longest=_LONGEST)


def verify_id_token(
    unverified: UnverifiedJws,
    key: PublicKey,
    *,
    algorithm: IdTokenAlgorithm,
    issuer: str,
    client_id: str,
    nonce: str,
    now: datetime,
) -> VerifiedIdToken:
    """Verify a token that came from the provider's token endpoint.

    Args:
        unverified: of ``parse_id_token``.
        key: of ``find_key``.
        algorithm: the one that the provider is configured to use.
        issuer: the provider's, exactly.
        client_id: ours.
        nonce: of this login.
        now: the present moment.
    Raises:
        VerificationError: ``WRONG_ALGORITHM``, ``WRONG_TYPE``, ``INVALID_SIGNATURE``, ``UNKNOWN_ISSUER``,
            ``WRONG_AUDIENCE``, ``WRONG_NONCE``, ``EXPIRED``, ``NOT_YET_VALID`` or ``MALFORMED``.
    """
    header = unverified.unverified_header
    if header.get("alg") != algorithm.value or key.key_type is not algorithm.key_type:
        raise VerificationError(Reason.WRONG_ALGORITHM)
    if "typ" in header and not is_type(header["typ"], "JWT"):
        raise VerificationError(Reason.WRONG_TYPE)
    _check_signature(unverified, key)
    claims = unverified.unverified_claims(longest=_LONGEST)
    if claims.get("iss") != issuer:
        raise VerificationError(Reason.UNKNOWN_ISSUER)
    _check_audience(claims, client_id)
    if "exp" not in claims or "iat" not in claims:
        raise VerificationError(Reason.MALFORMED, "an ID token has exp and iat")
    check_validity(claims, now)
    said = claims.get("nonce")
    if not isinstance(said, str) or not hmac.compare_digest(said.encode("utf-8", "surrogatepass"), nonce.encode()):
        raise VerificationError(Reason.WRONG_NONCE)
    return VerifiedIdToken(claims)


def _check_signature(unverified: UnverifiedJws, key: PublicKey) -> None:
    if key.key_type is not KeyType.RSA:
        key.verify(unverified.signing_input, unverified.signature)
        return
    try:
        load_rsa(key.octets).verify(unverified.signature, unverified.signing_input, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        raise VerificationError(Reason.INVALID_SIGNATURE) from None


def _check_audience(claims: Mapping[str, object], client_id: str) -> None:
    """For us, and where it is for others too, at our request (``azp``)."""
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    party = claims.get("azp", client_id if len(audiences) == 1 else None)
    if client_id not in audiences or party != client_id:
        raise VerificationError(Reason.WRONG_AUDIENCE)
