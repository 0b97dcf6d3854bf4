# SPDX-License-Identifier: EUPL-1.2
"""The token endpoint: a code or an older token in, an access token out (RFC 6749, OpenID4VCI 1.0, 6).

Invariants:
    * A proof, the code or refresh token, and the new tokens stand or fall together, in one transaction.
    * Everything that a wallet can get right by trying again (parameters, proof, missing PIN) is checked before a code
      is spent; a code that is presented with the wrong verifier, address or wallet is spent.
    * A bound token is renewed with the same key only; an unbound token is not renewed.
"""

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from issuer.activation.errors import ActivationRefusal, ActivationRefusedError
from issuer.activation.model import Redeemed
from issuer.authorization.asking import details_of, narrowed, narrowed_by_scope
from issuer.authorization.clients import check_client
from issuer.authorization.errors import Advice, OAuthError
from issuer.authorization.model import Activations, StoredGrant, TokenBinding
from issuer.authorization.proofs import ProofChecker, ProvenKey, spend
from issuer.authorization.reading import read_request
from issuer.authorization.settings import AuthorizationSettings
from issuer.authorization.store import Records
from issuer.authorization.transactions import in_transaction
from issuer.store import Store, Transaction
from ssi.base64url import encode_base64url
from ssi.errors import VerificationError
from ssi.openid.errors import ErrorCode
from ssi.openid.pkce import verify_code_verifier
from ssi.openid.token import (
    AuthorizationCodeTokenRequest,
    PreAuthorizedTokenRequest,
    RefreshTokenRequest,
    TokenResponse,
    parse_token_request,
)

__all__ = ["TokenEndpoint", "new_grant_id", "new_secret"]

TOKEN_PATH: Final = "/token"  # noqa: S105 - an address


def new_secret() -> str:
    """A token, code, reference or cookie: 32 random octets, 43 characters."""
    return encode_base64url(secrets.token_bytes(32))


def new_grant_id() -> str:
    """A grant's name: 16 random octets, 22 characters."""
    return encode_base64url(secrets.token_bytes(16))


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """Gives tokens.

    Args:
        settings: what can be granted, for how long and how bound.
        store: the validator's database.
        activations: redeems the codes of letters.
        proofs: checks DPoP proofs.
        clock: the present, aware UTC.
    """

    settings: AuthorizationSettings
    store: Store
    activations: Activations
    proofs: ProofChecker
    clock: Callable[[], datetime]

    def answer(self, unverified_pairs: Iterable[tuple[str, str]], unverified_proofs: Sequence[str]) -> TokenResponse:
        """Answer a token request.

        Args:
            unverified_pairs: the form's parameters, repeated ones included.
            unverified_proofs: every ``DPoP`` header.
        Raises:
            OAuthError: refused; ``use_dpop_nonce`` when the wallet is to try again with a nonce.
            StoreBusyError: nothing was changed.
        """
        request = read_request(parse_token_request, unverified_pairs)
        check_client(self.settings, request.client_id)
        if isinstance(request, AuthorizationCodeTokenRequest) and request.client_id is None:
            raise OAuthError(ErrorCode.INVALID_REQUEST, Advice.MALFORMED, detail="$.client_id: is missing")
        key = self._key(unverified_proofs)
        if isinstance(request, PreAuthorizedTokenRequest):
            return self._redeem_activation(request, key)
        if isinstance(request, AuthorizationCodeTokenRequest):
            return in_transaction(self.store, lambda transaction: self._redeem_code(transaction, request, key))
        return in_transaction(self.store, lambda transaction: self._refresh(transaction, request, key))

    def _key(self, unverified_proofs: Sequence[str]) -> ProvenKey | None:
        key = self.proofs.prove(unverified_proofs, url=self.settings.url(TOKEN_PATH))
        if key is None and self.settings.token_binding is TokenBinding.DPOP:
            raise OAuthError(ErrorCode.INVALID_DPOP_PROOF, Advice.PROOF_NEEDED)
        return key

    def _redeem_activation(self, request: PreAuthorizedTokenRequest, key: ProvenKey | None) -> TokenResponse:
        if request.tx_code is None:
            raise OAuthError(ErrorCode.INVALID_REQUEST, Advice.PIN_MISSING)
        now = self.clock()
        answers: list[TokenResponse] = []

        def write(transaction: Transaction, redeemed: Redeemed) -> None:
            records = Records(transaction)
            spend(records, key)
            granted = tuple(name for name in self.settings.by_id if name in redeemed.configuration_ids)
            if not granted:
                raise OAuthError(ErrorCode.INVALID_GRANT, Advice.UNKNOWN_CREDENTIAL)
            allowed = narrowed(self.settings, granted, request.authorization_details)
            grant = StoredGrant(
                id=new_grant_id(),
                person=redeemed.person,
                client_id=request.client_id,
                thumbprint=None if key is None else key.thumbprint,
                configuration_ids=allowed,
                uses_identifiers=bool(request.authorization_details),
                expires_at=now + self.settings.lifetimes.refresh_token,
            )
            records.add_grant(grant)
            answers.append(self._give(records, grant, allowed, now))

        try:
            self.activations.redeem(request.pre_authorized_code, request.tx_code, now, and_then=write)
        except ActivationRefusedError as error:
            too_many = error.reason is ActivationRefusal.TOO_MANY_ATTEMPTS
            code = ErrorCode.TEMPORARILY_UNAVAILABLE if too_many else ErrorCode.INVALID_GRANT
            raise OAuthError(code, error.reason, retry_after=error.retry_after) from None
        return answers[-1]

    def _redeem_code(
        self, transaction: Transaction, request: AuthorizationCodeTokenRequest, key: ProvenKey | None
    ) -> TokenResponse | OAuthError:
        now = self.clock()
        records = Records(transaction)
        spend(records, key)
        found = records.spend_code(request.code, now)
        if found is None:
            return OAuthError(ErrorCode.INVALID_GRANT, Advice.CODE)
        grant_id, person, pushed = found
        if request.client_id != pushed.client_id or request.redirect_uri != pushed.redirect_uri:
            return OAuthError(ErrorCode.INVALID_GRANT, Advice.CODE, detail="of another client_id or redirect_uri")
        try:
            verify_code_verifier(request.code_verifier, pushed.code_challenge)
        except VerificationError:
            return OAuthError(ErrorCode.INVALID_GRANT, Advice.CODE, detail="code_verifier does not fit")
        thumbprint = None if key is None else key.thumbprint
        if pushed.thumbprint is not None and pushed.thumbprint != thumbprint:
            return OAuthError(ErrorCode.INVALID_DPOP_PROOF, Advice.PROOF, detail="not the key that was announced")
        try:
            allowed = narrowed(self.settings, pushed.configuration_ids, request.authorization_details)
        except OAuthError as error:
            return error
        grant = StoredGrant(
            id=grant_id,
            person=person,
            client_id=pushed.client_id,
            thumbprint=thumbprint,
            configuration_ids=allowed,
            uses_identifiers=pushed.uses_identifiers or bool(request.authorization_details),
            expires_at=now + self.settings.lifetimes.refresh_token,
        )
        records.add_grant(grant)
        return self._give(records, grant, allowed, now)

    def _refresh(
        self, transaction: Transaction, request: RefreshTokenRequest, key: ProvenKey | None
    ) -> TokenResponse | OAuthError:
        now = self.clock()
        records = Records(transaction)
        spend(records, key)
        refused = OAuthError(ErrorCode.INVALID_GRANT, Advice.REFRESH_TOKEN)
        grant = records.find_refresh(request.refresh_token, now)
        if grant is None or key is None or key.thumbprint != grant.thumbprint:
            return refused
        if request.client_id is not None and request.client_id != grant.client_id:
            return refused
        try:
            allowed = narrowed_by_scope(self.settings, grant.configuration_ids, request.scope)
        except OAuthError as error:
            return error
        if not records.spend_refresh(request.refresh_token, now):
            records.revoke_grant(grant.id, now)  # used before: one of the two who have it is a thief (RFC 9700 4.14.2)
            return refused
        return self._give(records, grant, allowed, now)

    def _give(self, records: Records, grant: StoredGrant, allowed: tuple[str, ...], now: datetime) -> TokenResponse:
        """New tokens of a grant."""
        access_token = new_secret()
        expires_at = min(now + self.settings.lifetimes.access_token, grant.expires_at)
        records.add_access_token(access_token, grant.id, allowed, expires_at)
        answer = TokenResponse(
            access_token,
            "Bearer" if grant.thumbprint is None else "DPoP",
            expires_in=int((expires_at - now).total_seconds()),
            scope=tuple(self.settings.by_id[name].scope for name in allowed),
            authorization_details=details_of(allowed) if grant.uses_identifiers else (),
        )
        if grant.thumbprint is None:
            return answer
        refresh_token = new_secret()
        records.add_refresh_token(refresh_token, grant.id)
        return replace(answer, refresh_token=refresh_token)
