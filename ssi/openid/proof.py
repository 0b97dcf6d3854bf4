# SPDX-License-Identifier: EUPL-1.2
"""The proof of possession of the key of a credential: proof type ``jwt`` (OpenID4VCI 1.0 appendix F).

The numbers are those of specs/protocols/openid.md section 2.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from ssi.errors import Reason, VerificationError
from ssi.jose.jws import Signer, UnverifiedJws, sign_jwt
from ssi.jose.times import check_made_recently
from ssi.keys import Algorithm, PublicKey
from ssi.openid.possession import LONGEST_PROOF, USUAL_ALGORITHMS, verify_by_own_key

__all__ = ["TYP", "UnverifiedKeyProof", "VerifiedKeyProof", "make_key_proof"]

TYP: Final = "openid4vci-proof+jwt"


@dataclass(frozen=True, slots=True)
class VerifiedKeyProof:
    """A key whose owner asks this issuer, now, for a credential. Made by ``UnverifiedKeyProof.verify`` only."""

    key: PublicKey
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class UnverifiedKeyProof:
    """A proof as received.

    Attributes:
        unverified_nonce: what it calls its nonce. An issuer whose nonces are stateless checks this text first, then
            verifies the proof for it; all proofs of a request are verified for the one nonce.
    """

    unverified_nonce: str | None = field(repr=False)
    _jws: UnverifiedJws = field(repr=False)

    @classmethod
    def parse(cls, unverified_text: str) -> "UnverifiedKeyProof":
        """Split a proof.

        Raises:
            VerificationError: ``TOO_LARGE``, ``TOO_DEEP``, ``MALFORMED`` or ``UNKNOWN_CRITICAL_HEADER``.
        """
        jws = UnverifiedJws.parse(unverified_text, longest=LONGEST_PROOF)
        nonce = jws.unverified_claims(longest=LONGEST_PROOF).get("nonce")
        if nonce is not None and not isinstance(nonce, str):
            raise VerificationError(Reason.MALFORMED, "the nonce is no text")
        return cls(nonce, jws)

    def verify(
        self,
        *,
        audience: str,
        nonce: str,
        now: datetime,
        max_age: timedelta,
        client_id: str | None,
        algorithms: Collection[Algorithm] = USUAL_ALGORITHMS,
    ) -> VerifiedKeyProof:
        """Verify the proof.

        Args:
            audience: the credential issuer's identifier.
            nonce: a fresh ``c_nonce`` of this issuer; that it is fresh and unspent is the caller's to know.
            now: the present moment.
            max_age: how long ago the proof may have been made.
            client_id: of the client that the access token was issued to; None after anonymous access.
            algorithms: as in ``proof_signing_alg_values_supported``.
        Raises:
            VerificationError: (2.1) ``WRONG_TYPE``, (2.2) ``UNRESOLVABLE_KEY``, ``INVALID_PUBLIC_KEY``,
                ``WRONG_ALGORITHM``, (2.3) ``INVALID_SIGNATURE``, (2.4) ``WRONG_AUDIENCE``, (2.5) ``WRONG_NONCE``,
                (2.6) ``MALFORMED``, ``NOT_YET_VALID``, ``TOO_OLD``, (2.7) ``UNKNOWN_ISSUER``.
        """
        verified, key = verify_by_own_key(self._jws, typ=TYP, algorithms=algorithms)  # (2.1) to (2.3)
        if verified.claims.get("aud") != audience:  # (2.4)
            raise VerificationError(Reason.WRONG_AUDIENCE)
        if verified.claims.get("nonce") != nonce:  # (2.5)
            raise VerificationError(Reason.WRONG_NONCE)
        issued_at = check_made_recently(verified.claims, now, max_age)  # (2.6)
        if "iss" in verified.claims and (client_id is None or verified.claims["iss"] != client_id):  # (2.7)
            raise VerificationError(Reason.UNKNOWN_ISSUER)
        return VerifiedKeyProof(key, issued_at)


def make_key_proof(
    signer: Signer, *, audience: str, nonce: str | None, issued_at: datetime, client_id: str | None
) -> str:
    """Prove possession of a key to a credential issuer.

    Args:
        signer: the key.
        audience: the credential issuer's identifier.
        nonce: its ``c_nonce``; None only when it has no nonce endpoint.
        issued_at: now.
        client_id: of this wallet; None after anonymous access with a pre-authorised code.
    """
    claims: dict[str, object] = {"aud": audience, "iat": int(issued_at.timestamp())}
    if nonce is not None:
        claims["nonce"] = nonce
    if client_id is not None:
        claims["iss"] = client_id
    return sign_jwt(claims, signer, typ=TYP, header={"jwk": signer.public_key.to_jwk()})
