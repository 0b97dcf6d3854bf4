# SPDX-License-Identifier: EUPL-1.2
"""The authorization server as one object: what the web service and the credential endpoint call.

Invariants:
    * A ``Grant`` leaves ``authorise`` only for a token that is known, current and not withdrawn, with a spent proof of
      the key that it is bound to.
    * A bound token is never accepted as a bearer token, nor an unbound one as a bound one.
"""

import re
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from issuer.authorization.errors import Advice, OAuthError
from issuer.authorization.model import Activations, Grant, Login, TokenBinding
from issuer.authorization.nonces import Purpose, stamp
from issuer.authorization.proofs import ProofChecker
from issuer.authorization.pushing import PAR_PATH, PushEndpoint
from issuer.authorization.settings import AuthorizationSettings
from issuer.authorization.store import Records
from issuer.authorization.tokens import TOKEN_PATH, TokenEndpoint
from issuer.authorization.transactions import in_transaction
from issuer.authorization.visits import Visits
from issuer.model import PersonId
from issuer.store import Store, Transaction
from ssi.openid.authorization import CREDENTIAL_DETAIL, PushedAuthorizationResponse
from ssi.openid.errors import ErrorCode
from ssi.openid.offer import AUTHORIZATION_CODE, PRE_AUTHORIZED_CODE, REFRESH_TOKEN
from ssi.openid.possession import USUAL_ALGORITHMS
from ssi.openid.server_metadata import AuthorizationServerMetadata
from ssi.openid.token import TokenResponse

__all__ = ["AUTHORIZE_PATH", "AuthorizationService"]

AUTHORIZE_PATH: Final = "/authorize"
_AUTHORIZATION: Final = re.compile(r"(DPoP|Bearer) +([A-Za-z0-9._~+/-]{1,200}=*)", re.IGNORECASE)
_SWEEP_EVERY: Final = timedelta(minutes=1)


class AuthorizationService:
    """Who may have which credentials.

    Args:
        settings: how it works.
        store: the validator's database; opened so that several threads may use it.
        activations: redeems the codes of letters.
        login: finds out who sits at a browser; None leaves the authorization code grant out.
        clock: the present, aware UTC.
    """

    def __init__(
        self,
        settings: AuthorizationSettings,
        store: Store,
        activations: Activations,
        login: Login | None,
        clock: Callable[[], datetime],
    ) -> None:
        self.settings = settings
        self.visits = None if login is None else Visits(settings, store, login, clock)
        self._store = store
        self._clock = clock
        self._proofs = ProofChecker(settings, clock)
        self._tokens = TokenEndpoint(settings, store, activations, self._proofs, clock)
        self._pushing = PushEndpoint(settings, store, self._proofs, clock)
        self._swept_at = clock() - _SWEEP_EVERY
        self._sweeping = threading.Lock()

    def metadata(self) -> dict[str, object]:
        """What is served at ``/.well-known/oauth-authorization-server`` (RFC 8414)."""
        url = self.settings.url
        browser = self.visits is not None
        return AuthorizationServerMetadata(
            issuer=self.settings.issuer,
            token_endpoint=url(TOKEN_PATH),
            authorization_endpoint=url(AUTHORIZE_PATH) if browser else None,
            pushed_authorization_request_endpoint=url(PAR_PATH) if browser else None,
            require_pushed_authorization_requests=browser,
            scopes_supported=tuple(self.settings.by_scope),
            response_types_supported=("code",) if browser else (),
            grant_types_supported=(*((AUTHORIZATION_CODE,) if browser else ()), PRE_AUTHORIZED_CODE, REFRESH_TOKEN),
            token_endpoint_auth_methods_supported=("none",),
            code_challenge_methods_supported=("S256",),
            dpop_signing_alg_values_supported=tuple(self.proof_algorithms.split()),
            authorization_details_types_supported=(CREDENTIAL_DETAIL,),
            authorization_response_iss_parameter_supported=browser,
            pre_authorized_grant_anonymous_access_supported=self.settings.clients is None,
        ).to_json()

    def issuer_state(self, configuration_ids: Collection[str]) -> str:
        """The ``issuer_state`` of an offer of these configurations; requests that carry it may not go beyond them.

        Raises:
            ValueError: none, or one that is not in the settings.
        """
        if not configuration_ids or not all(name in self.settings.by_id for name in configuration_ids):
            raise ValueError("an offer is of one or more of the configurations in the settings")
        until = self._clock() + self.settings.lifetimes.offer
        return stamp(self.settings.secret, Purpose.OFFER, " ".join(configuration_ids).encode(), until)

    @property
    def proof_algorithms(self) -> str:
        """The algorithms of DPoP proofs, separated by spaces."""
        return " ".join(sorted(algorithm.value for algorithm in USUAL_ALGORITHMS))

    def dpop_nonce(self) -> str:
        """A new nonce for the header ``DPoP-Nonce``."""
        return self._proofs.nonce()

    def push(
        self, unverified_pairs: Iterable[tuple[str, str]], unverified_proofs: Sequence[str]
    ) -> PushedAuthorizationResponse:
        """Answer a pushed authorization request; see ``PushEndpoint.answer``."""
        if self.visits is None:
            raise OAuthError(ErrorCode.INVALID_REQUEST, Advice.NO_LOGIN)
        self._sweep()
        return self._pushing.answer(unverified_pairs, unverified_proofs)

    def token(self, unverified_pairs: Iterable[tuple[str, str]], unverified_proofs: Sequence[str]) -> TokenResponse:
        """Answer a token request; see ``TokenEndpoint.answer``."""
        self._sweep()
        return self._tokens.answer(unverified_pairs, unverified_proofs)

    def authorise(
        self, unverified_authorization: str | None, unverified_proofs: Sequence[str], *, method: str, url: str
    ) -> Grant:
        """What the sender of a request to the credential issuer may have.

        Args:
            unverified_authorization: the ``Authorization`` header.
            unverified_proofs: every ``DPoP`` header.
            method: of the request, such as ``POST``.
            url: the public address of the endpoint, without a query.
        Raises:
            OAuthError: ``invalid_token``, ``invalid_dpop_proof`` or ``use_dpop_nonce``; answered with 401.
            StoreBusyError: nothing was changed.
        """
        found = _AUTHORIZATION.fullmatch(unverified_authorization or "")
        if found is None:
            raise _no_token()
        token = found[2]
        is_bound = found[1].lower() == "dpop"
        if not is_bound and (unverified_proofs or self.settings.token_binding is TokenBinding.DPOP):
            raise _no_token()

        def work(transaction: Transaction) -> Grant | OAuthError:
            records, now = Records(transaction), self._clock()
            access = records.find_access(token, now)
            if access is None:
                return _no_token()
            grant, configuration_ids, expires_at = access
            if is_bound is (grant.thumbprint is None):
                return _no_token()
            if grant.thumbprint is not None:
                self._proofs.prove_token(
                    unverified_proofs,
                    method=method,
                    url=url,
                    access_token=token,
                    thumbprint=grant.thumbprint,
                    records=records,
                )
            return Grant(grant.id, grant.person, configuration_ids, grant.uses_identifiers, grant.client_id, expires_at)

        return in_transaction(self._store, work)

    def revoke_person(self, person: PersonId) -> None:
        """End every grant, open code and visit of a person."""
        in_transaction(self._store, lambda transaction: Records(transaction).revoke_person(person, self._clock()))

    def forget_expired(self) -> None:
        """Remove what has expired; also done by itself about once a minute."""
        in_transaction(self._store, lambda transaction: Records(transaction).forget(self._clock()))

    def _sweep(self) -> None:
        now = self._clock()
        with self._sweeping:
            if now - self._swept_at < _SWEEP_EVERY:
                return
            self._swept_at = now
        self.forget_expired()


def _no_token() -> OAuthError:
    return OAuthError(ErrorCode.INVALID_TOKEN, Advice.ACCESS_TOKEN)
