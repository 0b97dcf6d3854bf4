# SPDX-License-Identifier: EUPL-1.2
"""The pushed authorization request endpoint (RFC 9126): everything that a wallet asks for is checked here, once.

Invariant: what is kept has an allowed wallet, an allowed address, an S256 challenge and at least one credential that
this issuer has; the browser only brings the reference.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from issuer.authorization.asking import asked
from issuer.authorization.clients import check_client, check_redirect
from issuer.authorization.errors import Advice, OAuthError
from issuer.authorization.model import AuthorizationRequest
from issuer.authorization.nonces import Purpose, read_stamped
from issuer.authorization.proofs import ProofChecker, spend
from issuer.authorization.reading import read_request
from issuer.authorization.settings import AuthorizationSettings
from issuer.authorization.store import Records
from issuer.authorization.tokens import new_secret
from issuer.authorization.transactions import in_transaction
from issuer.store import Store, Transaction
from ssi.openid.authorization import IssuanceAuthorizationRequest, PushedAuthorizationResponse
from ssi.openid.errors import ErrorCode

__all__ = ["PAR_PATH", "PushEndpoint"]

PAR_PATH: Final = "/par"
REFERENCE: Final = "urn:ietf:params:oauth:request_uri:"
_LONGEST_STATE: Final = 2000


@dataclass(frozen=True, slots=True)
class PushEndpoint:
    """Takes what a wallet asks for.

    Args:
        settings: who may come, where a browser may return to, and what can be asked for.
        store: the validator's database.
        proofs: checks DPoP proofs.
        clock: the present, aware UTC.
    """

    settings: AuthorizationSettings
    store: Store
    proofs: ProofChecker
    clock: Callable[[], datetime]

    def answer(
        self, unverified_pairs: Iterable[tuple[str, str]], unverified_proofs: Sequence[str]
    ) -> PushedAuthorizationResponse:
        """Keep a request and give its reference.

        Args:
            unverified_pairs: the form's parameters, repeated ones included.
            unverified_proofs: every ``DPoP`` header; a proof binds the code to its key (RFC 9449 10.1).
        Raises:
            OAuthError: refused.
            StoreBusyError: nothing was changed.
        """
        pairs = list(unverified_pairs)
        _check_parameters(pairs)
        unverified = read_request(IssuanceAuthorizationRequest.from_form, pairs)
        check_client(self.settings, unverified.client_id)
        check_redirect(self.settings, unverified.client_id, unverified.redirect_uri)
        configuration_ids = asked(
            self.settings, unverified.scope, unverified.authorization_details, self._offered(unverified.issuer_state)
        )
        key = self.proofs.prove(unverified_proofs, url=self.settings.url(PAR_PATH))
        if key is not None and unverified.dpop_jkt not in {None, key.thumbprint}:
            raise OAuthError(ErrorCode.INVALID_DPOP_PROOF, Advice.PROOF, detail="not the key of dpop_jkt")
        request = AuthorizationRequest(
            client_id=unverified.client_id,
            redirect_uri=unverified.redirect_uri,
            state=unverified.state,
            code_challenge=unverified.code_challenge,
            configuration_ids=configuration_ids,
            uses_identifiers=bool(unverified.authorization_details),
            thumbprint=unverified.dpop_jkt if key is None else key.thumbprint,
        )
        reference = REFERENCE + new_secret()
        life = self.settings.lifetimes.pushed_request

        def work(transaction: Transaction) -> None:
            records = Records(transaction)
            spend(records, key)
            records.add_request(reference, request, self.clock() + life)

        in_transaction(self.store, work)
        return PushedAuthorizationResponse(reference, int(life.total_seconds()))

    def _offered(self, unverified_issuer_state: str | None) -> tuple[str, ...] | None:
        """What the offer has that a request follows; None when it follows none."""
        if unverified_issuer_state is None:
            return None
        said = read_stamped(self.settings.secret, Purpose.OFFER, unverified_issuer_state, self.clock())
        if said is None:
            raise OAuthError(ErrorCode.INVALID_REQUEST, Advice.OFFER)
        return tuple(said.decode().split(" "))


def _check_parameters(pairs: Sequence[tuple[str, str]]) -> None:
    """Refuse the parameters that change what a request means and that are not supported here."""
    for name, value in pairs:
        if name == "request_uri":  # RFC 9126 2.1
            raise OAuthError(ErrorCode.INVALID_REQUEST, Advice.MALFORMED, detail="$.request_uri: must not be pushed")
        if name == "request":
            raise OAuthError(ErrorCode.INVALID_REQUEST_OBJECT, Advice.MALFORMED, detail="$.request: is not supported")
        if name == "response_type" and value != "code":
            raise OAuthError(ErrorCode.UNSUPPORTED_RESPONSE_TYPE, Advice.MALFORMED)
        if name == "response_mode" and value != "query":
            raise OAuthError(ErrorCode.INVALID_REQUEST, Advice.MALFORMED, detail="$.response_mode: must be query")
        if name == "state" and len(value) > _LONGEST_STATE:
            raise OAuthError(ErrorCode.INVALID_REQUEST, Advice.MALFORMED, detail="$.state: must be shorter")
