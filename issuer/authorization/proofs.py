# SPDX-License-Identifier: EUPL-1.2
"""DPoP proofs at this server's own endpoints and at the credential issuer's (RFC 9449).

Invariants:
    * A proof without a current nonce of this server is never looked at further.
    * Every proof that is relied on is spent in the database, in the transaction of what it allows.
    * More than one proof in a request is refused (RFC 9449 4.3, step 1).
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from issuer.authorization.errors import Advice, OAuthError
from issuer.authorization.nonces import Purpose, read_stamped, stamp
from issuer.authorization.settings import AuthorizationSettings
from issuer.authorization.store import Records
from ssi.errors import VerificationError
from ssi.openid.dpop import unverified_dpop_nonce, verify_dpop_proof, verify_dpop_proof_of_token
from ssi.openid.errors import ErrorCode

__all__ = ["ProofChecker", "ProvenKey", "spend"]

_RANDOMNESS: Final = 8


@dataclass(frozen=True, slots=True)
class ProvenKey:
    """A proof that holds and is still to be spent.

    Attributes:
        thumbprint: of the wallet's key (RFC 7638), 43 characters.
        identifier: what makes the proof one of a kind.
        until: from when on it would be refused for its age.
    """

    thumbprint: str
    identifier: str
    until: datetime


class _Noted:
    """Stands where a proof would be spent at once, and remembers what is to be spent later."""

    def __init__(self) -> None:
        self.noted: tuple[str, datetime] | None = None

    def spend(self, identifier: str, until: datetime) -> bool:
        self.noted = (identifier, until)
        return True


class _InDatabase:
    def __init__(self, records: Records) -> None:
        self._records = records

    def spend(self, identifier: str, until: datetime) -> bool:
        return self._records.spend_proof(identifier, until)


@dataclass(frozen=True, slots=True)
class ProofChecker:
    """Checks proofs.

    Args:
        settings: secret, lifetime of a nonce, whether proofs are required.
        clock: the present, aware UTC.
        max_age: how old a proof may be.
    """

    settings: AuthorizationSettings
    clock: Callable[[], datetime]
    max_age: timedelta = timedelta(seconds=60)

    def nonce(self) -> str:
        """A new nonce for the header ``DPoP-Nonce``."""
        until = self.clock() + self.settings.lifetimes.proof_nonce
        return stamp(self.settings.secret, Purpose.PROOF_NONCE, secrets.token_bytes(_RANDOMNESS), until)

    def prove(self, unverified_proofs: Sequence[str], *, url: str) -> ProvenKey | None:
        """The key of the proof that came with a POST to this server; None when there is no proof.

        Args:
            unverified_proofs: every ``DPoP`` header of the request.
            url: the public address of the endpoint, without a query.
        Raises:
            OAuthError: ``invalid_dpop_proof`` or ``use_dpop_nonce``.
        """
        if not unverified_proofs:
            return None
        unverified, nonce, now = self._one(unverified_proofs)
        noted = _Noted()
        try:
            proof = verify_dpop_proof(
                unverified, method="POST", url=url, nonce=nonce, now=now, max_age=self.max_age, spent=noted
            )
        except VerificationError as error:
            raise _refused(error) from None
        if noted.noted is None:
            raise RuntimeError("a proof was accepted without being spent")
        return ProvenKey(proof.thumbprint, *noted.noted)

    def prove_token(
        self,
        unverified_proofs: Sequence[str],
        *,
        method: str,
        url: str,
        access_token: str,
        thumbprint: str,
        records: Records,
    ) -> None:
        """Check the proof that came with an access token, and spend it.

        Args:
            url: the public address that was asked for, without a query.
            thumbprint: of the key that the token is bound to.
            records: of the transaction in which the token was found.
        Raises:
            OAuthError: ``invalid_dpop_proof`` or ``use_dpop_nonce``.
        """
        unverified, nonce, now = self._one(unverified_proofs)
        try:
            verify_dpop_proof_of_token(
                unverified,
                method=method,
                url=url,
                nonce=nonce,
                now=now,
                max_age=self.max_age,
                spent=_InDatabase(records),
                access_token=access_token,
                thumbprint=thumbprint,
            )
        except VerificationError as error:
            raise _refused(error) from None

    def _one(self, unverified_proofs: Sequence[str]) -> tuple[str, str, datetime]:
        """The only proof, its nonce, which is one of ours, and the present."""
        if len(unverified_proofs) != 1:
            raise OAuthError(ErrorCode.INVALID_DPOP_PROOF, Advice.PROOF, detail="exactly one DPoP header")
        try:
            nonce = unverified_dpop_nonce(unverified_proofs[0])
        except VerificationError as error:
            raise _refused(error) from None
        now = self.clock()
        if nonce is None or read_stamped(self.settings.secret, Purpose.PROOF_NONCE, nonce, now) is None:
            raise OAuthError(ErrorCode.USE_DPOP_NONCE, Advice.NONCE)
        return unverified_proofs[0], nonce, now


def spend(records: Records, key: ProvenKey | None) -> None:
    """Spend a proof; nothing when there was none.

    Raises:
        OAuthError: it was used before.
    """
    if key is not None and not records.spend_proof(key.identifier, key.until):
        raise OAuthError(ErrorCode.INVALID_DPOP_PROOF, Advice.PROOF, detail="replayed")


def _refused(error: VerificationError) -> OAuthError:
    return OAuthError(ErrorCode.INVALID_DPOP_PROOF, Advice.PROOF, detail=error.reason.value)
