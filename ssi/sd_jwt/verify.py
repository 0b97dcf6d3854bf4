# SPDX-License-Identifier: EUPL-1.2
"""Verifying an SD-JWT whose issuer's key is known (RFC 9901 section 7.1; specs/protocols/sd-jwt.md 3).

Credentials are verified by ``ssi.sd_jwt.vc``, which also finds the key, and demands key binding.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ssi.errors import Reason, VerificationError
from ssi.jose.jws import verify_jws
from ssi.jose.times import check_validity
from ssi.keys import PublicKey
from ssi.sd_jwt.parse import UnverifiedSdJwt
from ssi.sd_jwt.unpack import Unpacked, unpack

__all__ = ["VerifiedSdJwt", "confirmation_key", "verify_sd_jwt"]


@dataclass(frozen=True, slots=True)
class VerifiedSdJwt:
    """An SD-JWT that its issuer signed, with its disclosures in place. Who presented it is not established.

    Args:
        header: the issuer-signed token's.
        unpacked: the claims, and where they were disclosed.
    """

    header: Mapping[str, object]
    unpacked: Unpacked


def verify_sd_jwt(unverified: UnverifiedSdJwt, key: PublicKey, *, typ: str, now: datetime) -> VerifiedSdJwt:
    """Verify type, signature, disclosures and times; not the key binding.

    Args:
        unverified: the parsed SD-JWT.
        key: the issuer's.
        typ: the ``typ`` of the issuer-signed token.
        now: the time.
    Raises:
        VerificationError: as ``verify_jws``, ``unpack`` and ``check_validity`` say.
    """
    header = verify_jws(unverified.jws, key, typ=typ).header
    unpacked = unpack(unverified.unverified_claims, unverified.disclosures)
    check_validity(unpacked.claims, now)
    return VerifiedSdJwt(header, unpacked)


def confirmation_key(claims: Mapping[str, object]) -> PublicKey:
    """The holder's key in ``cnf`` (RFC 7800), given as ``jwk``; other methods of confirmation are not known here.

    Raises:
        VerificationError: ``MISSING_KEY_BINDING`` if there is none, ``INVALID_PUBLIC_KEY`` if it is none.
    """
    confirmation = claims.get("cnf")
    jwk = confirmation.get("jwk") if isinstance(confirmation, dict) else None
    if not isinstance(jwk, dict):
        raise VerificationError(Reason.MISSING_KEY_BINDING, "the credential names no key of its holder")
    return PublicKey.from_jwk(jwk)
