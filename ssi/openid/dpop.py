# SPDX-License-Identifier: EUPL-1.2
"""DPoP: tokens that only the holder of a key can use (RFC 9449).

The numbers are those of specs/protocols/openid.md section 3.
"""

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from urllib.parse import quote, unquote_to_bytes, urlsplit

from ssi.base64url import encode_base64url
from ssi.errors import Reason, VerificationError
from ssi.jose.jws import Signer, UnverifiedJws, sign_jwt
from ssi.jose.times import SKEW, check_made_recently
from ssi.keys import Algorithm, PublicKey
from ssi.openid.possession import LONGEST_PROOF, USUAL_ALGORITHMS, verify_by_own_key
from ssi.openid.reading import LONGEST_URL

__all__ = [
    "TYP",
    "SpentIdentifiers",
    "VerifiedDpopProof",
    "access_token_hash",
    "make_dpop_proof",
    "normal_url",
    "unverified_dpop_nonce",
    "verify_dpop_proof",
    "verify_dpop_proof_of_token",
]

TYP: Final = "dpop+jwt"
_IDENTIFIER: Final = re.compile(r"[!-~]{1,256}")
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}
_UNRESERVED_AND_DELIMITERS: Final = "-._~!$&'()*+,;=:@/"


class SpentIdentifiers(Protocol):
    """Remembers what was used."""

    def spend(self, identifier: str, until: datetime) -> bool:
        """Whether this is the first use of an identifier; from then on it is used.

        Args:
            identifier: 43 characters.
            until: it may be forgotten after this moment.
        """
        ...


@dataclass(frozen=True, slots=True)
class VerifiedDpopProof:
    """A proof that holds. Made by the two functions below only."""

    key: PublicKey
    thumbprint: str
    """``jkt``: 43 characters."""
    issued_at: datetime


def make_dpop_proof(
    signer: Signer,
    *,
    method: str,
    url: str,
    issued_at: datetime,
    jti: str,
    nonce: str | None,
    access_token: str | None,
) -> str:
    """Make the ``DPoP`` header of a request.

    Args:
        signer: the key that the token is, or is to be, bound to.
        method: of the request, in capitals.
        url: of the request; query and fragment are left out.
        issued_at: now.
        jti: fresh and random, at least 96 bits.
        nonce: the server's last ``DPoP-Nonce``.
        access_token: the token that goes with the request, at a protected resource.
    """
    claims: dict[str, object] = {
        "jti": jti,
        "htm": method,
        "htu": url.partition("#")[0].partition("?")[0],
        "iat": int(issued_at.timestamp()),
    }
    if nonce is not None:
        claims["nonce"] = nonce
    if access_token is not None:
        claims["ath"] = access_token_hash(access_token)
    return sign_jwt(claims, signer, typ=TYP, header={"jwk": signer.public_key.to_jwk()})


def unverified_dpop_nonce(unverified: str) -> str | None:
    """What a proof calls its nonce: a server whose nonces are stateless checks this text, then verifies for it.

    Raises:
        VerificationError: as ``ssi.jose.jws.UnverifiedJws.parse``.
    """
    claims = UnverifiedJws.parse(unverified, longest=LONGEST_PROOF).unverified_claims(longest=LONGEST_PROOF)
    nonce = claims.get("nonce")
    return nonce if isinstance(nonce, str) else None


def verify_dpop_proof(
    unverified: str,
    *,
    method: str,
    url: str,
    nonce: str | None,
    now: datetime,
    max_age: timedelta,
    spent: SpentIdentifiers,
    algorithms: Collection[Algorithm] = USUAL_ALGORITHMS,
) -> VerifiedDpopProof:
    """Verify the proof of a request for a token, or of a pushed authorization request.

    Args:
        unverified: the ``DPoP`` header, of which the request has exactly one (RFC 9449 4.3, check 1).
        method: of the request.
        url: that the request was sent to, as the client knows it.
        nonce: the nonce that this server demands; None if it demands none.
        now: the present moment.
        max_age: how long ago the proof may have been made.
        spent: where identifiers are remembered.
        algorithms: those that are accepted.
    Returns:
        The proof; the token is to be bound to its ``thumbprint``.
    Raises:
        VerificationError: (3.1) as parsing, (3.2) ``WRONG_TYPE``, ``UNRESOLVABLE_KEY``, ``INVALID_PUBLIC_KEY``,
            ``WRONG_ALGORITHM``, ``INVALID_SIGNATURE``, (3.3) ``WRONG_AUDIENCE``, (3.4) ``WRONG_NONCE``, (3.5)
            ``MALFORMED``, ``NOT_YET_VALID``, ``TOO_OLD``, (3.7) ``REPLAYED``.
    """
    proof, claims = _verify(unverified, method, url, nonce, now, max_age, algorithms)
    _spend(proof, claims, now, max_age, spent)
    return proof


def verify_dpop_proof_of_token(
    unverified: str,
    *,
    method: str,
    url: str,
    nonce: str | None,
    now: datetime,
    max_age: timedelta,
    spent: SpentIdentifiers,
    access_token: str,
    thumbprint: str,
    algorithms: Collection[Algorithm] = USUAL_ALGORITHMS,
) -> VerifiedDpopProof:
    """Verify the proof of a request that carries an access token; arguments and errors as ``verify_dpop_proof``.

    Args:
        access_token: as in the ``Authorization`` header.
        thumbprint: that the token is bound to (``cnf.jkt``).
    Raises:
        VerificationError: also (3.6) ``FOREIGN_KEY_BINDING``: another key, or made for another token.
    """
    proof, claims = _verify(unverified, method, url, nonce, now, max_age, algorithms)
    if proof.thumbprint != thumbprint or claims.get("ath") != access_token_hash(access_token):  # (3.6)
        raise VerificationError(Reason.FOREIGN_KEY_BINDING)
    _spend(proof, claims, now, max_age, spent)
    return proof


def access_token_hash(access_token: str) -> str:
    """``ath``: the SHA-256 of a token, 43 characters."""
    return encode_base64url(hashlib.sha256(access_token.encode("ascii", errors="replace")).digest())


def normal_url(url: str) -> str:
    """An address without query and fragment in its normal form (RFC 3986 sections 6.2.2 and 6.2.3).

    Raises:
        ValueError: not an http or https address.
    """
    parts = urlsplit(url)
    host = parts.hostname
    if parts.scheme not in _DEFAULT_PORTS or not host:
        raise ValueError("not an http or https address")
    port = "" if parts.port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{parts.port}"
    shown = f"[{host}]" if ":" in host else host
    steps: list[str] = []
    for step in parts.path.split("/")[1:]:
        plain = quote(unquote_to_bytes(step), safe=_UNRESERVED_AND_DELIMITERS.replace("/", ""))
        if plain == "..":
            steps = steps[:-1]
        elif plain != ".":
            steps.append(plain)
    if parts.path.endswith(("/.", "/..")):
        steps.append("")
    return f"{parts.scheme}://{shown}{port}/{'/'.join(steps)}"


def _verify(
    unverified: str,
    method: str,
    url: str,
    nonce: str | None,
    now: datetime,
    max_age: timedelta,
    algorithms: Collection[Algorithm],
) -> tuple[VerifiedDpopProof, Mapping[str, object]]:
    jws = UnverifiedJws.parse(unverified, longest=LONGEST_PROOF)  # (3.1)
    verified, key = verify_by_own_key(jws, typ=TYP, algorithms=algorithms)  # (3.2)
    claims = verified.claims
    if claims.get("htm") != method or not _is_same_url(claims.get("htu"), url):  # (3.3)
        raise VerificationError(Reason.WRONG_AUDIENCE)
    if nonce is not None and claims.get("nonce") != nonce:  # (3.4)
        raise VerificationError(Reason.WRONG_NONCE)
    issued_at = check_made_recently(claims, now, max_age)  # (3.5)
    return VerifiedDpopProof(key, key.thumbprint(), issued_at), claims


def _is_same_url(unverified_url: object, url: str) -> bool:
    if not isinstance(unverified_url, str) or len(unverified_url) > LONGEST_URL:
        return False
    try:
        return normal_url(unverified_url) == normal_url(url)
    except ValueError:
        return False


def _spend(
    proof: VerifiedDpopProof,
    claims: Mapping[str, object],
    now: datetime,
    max_age: timedelta,
    spent: SpentIdentifiers,
) -> None:
    """(3.7) The identifier is spent last, so that a refused proof spends none."""
    jti = claims.get("jti")
    if not isinstance(jti, str) or _IDENTIFIER.fullmatch(jti) is None:
        raise VerificationError(Reason.MALFORMED, "jti")
    identifier = encode_base64url(hashlib.sha256(f"{proof.thumbprint} {jti}".encode("ascii")).digest())
    if not spent.spend(identifier, now + max_age + 2 * SKEW):
        raise VerificationError(Reason.REPLAYED)
