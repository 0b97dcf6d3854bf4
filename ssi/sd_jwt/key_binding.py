# SPDX-License-Identifier: EUPL-1.2
"""Key binding: proof that the presenter holds the key of the credential, now and to this verifier.

Sources: RFC 9901 sections 4.3 and 7.3; OpenID for Verifiable Presentations 1.0 annex B.3.3 (transaction data);
specs/protocols/sd-jwt.md 5.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ssi.errors import Reason, VerificationError
from ssi.jose.jws import Signer, UnverifiedJws, sign_jwt, verify_jwt
from ssi.jose.times import check_made_recently, check_validity
from ssi.keys import PublicKey
from ssi.sd_jwt.disclosures import DEFAULT_ALGORITHM, digest_of
from ssi.sd_jwt.parse import UnverifiedSdJwt

__all__ = ["TYP", "VerifiedKeyBinding", "sign_key_binding", "verify_key_binding"]

TYP: Final = "kb+jwt"
"""The ``typ`` of a key binding token."""
_LONGEST: Final = 1 << 14


@dataclass(frozen=True, slots=True)
class VerifiedKeyBinding:
    """A key binding that holds.

    Args:
        holder_key: the key that made it, which is the credential's.
        made_at: its ``iat``.
    """

    holder_key: PublicKey
    made_at: datetime


def sign_key_binding(
    bound_text: str,
    holder: Signer,
    *,
    algorithm: str,
    audience: str,
    nonce: str,
    now: datetime,
    transaction_data: Sequence[str] = (),
) -> str:
    """Make a key binding token.

    Args:
        bound_text: the SD-JWT with the chosen disclosures, up to and including its last tilde.
        holder: the credential's key.
        algorithm: the hash function of the credential's digests.
        audience: who it is made for.
        nonce: the verifier's.
        now: its ``iat``.
        transaction_data: the texts, as received, that the holder approves by signing.
    """
    claims: dict[str, object] = {
        "iat": int(now.timestamp()),
        "aud": audience,
        "nonce": nonce,
        "sd_hash": digest_of(bound_text, algorithm),
    }
    if transaction_data:
        claims["transaction_data_hashes"] = [digest_of(text, DEFAULT_ALGORITHM) for text in transaction_data]
        claims["transaction_data_hashes_alg"] = DEFAULT_ALGORITHM
    return sign_jwt(claims, holder, typ=TYP)


def verify_key_binding(
    unverified: UnverifiedSdJwt,
    holder_key: PublicKey,
    *,
    algorithm: str,
    audience: str,
    nonce: str,
    now: datetime,
    max_age: timedelta,
    transaction_data: Sequence[str],
) -> VerifiedKeyBinding:
    """Verify the key binding of a presentation, in the steps of RFC 9901 section 7.3, number 5.

    Args:
        unverified: the presentation.
        holder_key: the key in the credential's ``cnf``.
        algorithm: the hash function of the credential's digests.
        audience: who we are.
        nonce: what we gave this presenter.
        now: the time.
        max_age: how long ago it may have been made.
        transaction_data: the texts that it must approve, as they were sent; it may approve no other.
    Raises:
        VerificationError: ``MISSING_KEY_BINDING``, ``FOREIGN_KEY_BINDING`` (another key, other disclosures),
            ``WRONG_AUDIENCE``, ``WRONG_NONCE``, ``TOO_OLD``, ``NOT_YET_VALID``, ``EXPIRED``,
            ``WRONG_TRANSACTION_DATA``, or the reasons of a token that is none.
    """
    if unverified.key_binding is None:
        raise VerificationError(Reason.MISSING_KEY_BINDING)
    token = UnverifiedJws.parse(unverified.key_binding, longest=_LONGEST)
    try:
        claims = verify_jwt(token, holder_key, typ=TYP).claims  # 5.2, 5.3, 5.4
    except VerificationError as error:
        if error.reason is Reason.INVALID_SIGNATURE:
            raise VerificationError(Reason.FOREIGN_KEY_BINDING) from None
        raise
    made_at = check_made_recently(claims, now, max_age)  # 5.5
    if claims.get("aud") != audience:  # 5.6
        raise VerificationError(Reason.WRONG_AUDIENCE)
    if claims.get("nonce") != nonce:
        raise VerificationError(Reason.WRONG_NONCE)
    if claims.get("sd_hash") != digest_of(unverified.bound_text, algorithm):  # 5.7
        raise VerificationError(Reason.FOREIGN_KEY_BINDING, "made for other disclosures")
    check_validity(claims, now)  # 5.8
    _check_transaction_data(
        claims.get("transaction_data_hashes"), claims.get("transaction_data_hashes_alg"), transaction_data
    )
    return VerifiedKeyBinding(holder_key, made_at)


def _check_transaction_data(unverified_hashes: object, unverified_algorithm: object, texts: Sequence[str]) -> None:
    """Exactly the transactions that were asked for are approved, in any order."""
    if unverified_hashes is None and not texts:
        return
    expected = sorted(digest_of(text, DEFAULT_ALGORITHM) for text in texts)
    if (
        unverified_algorithm not in (None, DEFAULT_ALGORITHM)
        or not isinstance(unverified_hashes, list)
        or not all(isinstance(item, str) for item in unverified_hashes)
        or sorted(unverified_hashes) != expected
    ):
        raise VerificationError(Reason.WRONG_TRANSACTION_DATA)
