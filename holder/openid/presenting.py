# SPDX-License-Identifier: EUPL-1.2
"""Showing what the citizen agreed to, and only that (OpenID4VP 1.0, section 8).

Invariants:
    * The copies are marked as shown and the consent log is on disk before anything leaves.
    * A presentation is bound to the verifier, its nonce and its transaction; it is of use to nobody else.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from edge.fetch import Fetched, FetchError, GuardedFetch, StatusError
from holder.consent import ConsentOutcome
from holder.openid.disclosure import Disclosure
from holder.openid.errors import AnswerError, LinkError, LinkProblem
from holder.service import Wallet
from holder.wording import Language
from ssi.credential.document import DocumentError
from ssi.errors import SsiError
from ssi.openid.errors import ErrorCode, ErrorResponse
from ssi.openid.request import AuthorizationRequest, ResponseMode
from ssi.openid.response import AuthorizationResponse, DirectPostAnswer, encrypt_response
from ssi.presentation import Binding, present
from ssi.sd_jwt.parse import UnverifiedSdJwt
from ssi.sd_jwt.present import present_sd_jwt

__all__ = ["Presenter"]


@dataclass(slots=True)
class Presenter:
    """Answers verifiers from a wallet.

    Args:
        wallet: open.
        fetch: the guarded fetch.
        clock: gives the time, aware.
        language: of the consent log.
    """

    wallet: Wallet
    fetch: GuardedFetch
    clock: Callable[[], datetime]
    language: Language

    def present(self, disclosure: Disclosure) -> DirectPostAnswer:
        """The citizen says yes: show what the disclosure says.

        Returns:
            Where the citizen's browser goes on, if it does, and the verifier's receipt, if it gives one; not verified.
        Raises:
            AnswerError: the verifier refused.
            LinkError: it could not be reached, or its answer is not one. What was shown counts as shown all the same.
        """
        request, now = disclosure.verified.request, self._now()
        tokens: dict[str, list[str | dict[str, object]]] = {}
        for copy in disclosure.copies:
            text = present_sd_jwt(
                UnverifiedSdJwt.parse(copy.copy.text),
                copy.paths,
                self.wallet.document_key(copy.copy.key_index),
                audience=str(request.client_id),
                nonce=request.nonce,
                now=now,
                transaction_data=_transaction(request, copy.query_id),
            )
            tokens.setdefault(copy.query_id, []).append(text)
        for proof in disclosure.proofs:
            binding = Binding(
                client_id=str(request.client_id),
                nonce=request.nonce,
                response_uri=request.response_uri,
                transaction_data=_transaction(request, proof.query_id),
            )
            shown = present(proof.held.credential, proof.request, binding, as_of=now.date())
            tokens.setdefault(proof.query_id, []).append(shown)
        response = AuthorizationResponse({name: tuple(shown) for name, shown in tokens.items()}, request.state)
        self.wallet.show_copies(
            tuple((copy.credential, copy.copy) for copy in disclosure.copies),
            str(request.client_id),
            disclosure.consent(ConsentOutcome.UNKNOWN, at=now, language=self.language),
        )
        form = response.to_form()
        if request.response_mode is ResponseMode.DIRECT_POST_JWT:
            form = encrypt_response(response, request).to_form()
        try:
            answer = self._post(request, form)
        except AnswerError:
            self._log(disclosure, ConsentOutcome.REFUSED)
            raise
        self._log(disclosure, ConsentOutcome.ACCEPTED)
        return answer

    def decline(self, disclosure: Disclosure) -> DirectPostAnswer:
        """The citizen says no: the verifier learns that and nothing else. Returns and raises as ``present``."""
        self._log(disclosure, ConsentOutcome.DECLINED)
        request = disclosure.verified.request
        refusal = ErrorResponse(ErrorCode.ACCESS_DENIED.value, None, request.state)
        return self._post(request, refusal.to_form())

    def _post(self, request: AuthorizationRequest, form: dict[str, str]) -> DirectPostAnswer:
        try:
            fetched = self.fetch.post_form(request.response_uri, form)
        except StatusError as error:
            raise _answer(error.response) from None
        except FetchError as error:
            raise LinkError(LinkProblem.UNREACHABLE, error.reason.value) from error
        try:
            return DirectPostAnswer.from_json(fetched.octets)
        except DocumentError as error:
            raise LinkError(LinkProblem.MALFORMED_ANSWER, str(error)) from error

    def _log(self, disclosure: Disclosure, outcome: ConsentOutcome) -> None:
        """How it ended. What was shown stands in the entry that was written before it left."""
        entry = disclosure.consent(outcome, at=self._now(), language=self.language)
        self.wallet.log(replace(entry, disclosed=(), proven=()))

    def _now(self) -> datetime:
        return self.clock().astimezone(UTC)


def _transaction(request: AuthorizationRequest, query_id: str) -> tuple[str, ...]:
    """The transactions that one credential approves, as they stand in the request."""
    return tuple(item.text for item in request.transaction_data if query_id in item.credential_ids)


def _answer(response: Fetched) -> AnswerError:
    try:
        said = ErrorResponse.from_json(response.octets)
    except SsiError:
        return AnswerError(f"status_{response.status}")
    return AnswerError(said.error, said.error_description or "")
