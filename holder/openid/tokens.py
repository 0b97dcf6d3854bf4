# SPDX-License-Identifier: EUPL-1.2
"""Getting and using access tokens, bound to a key of the wallet (RFC 9449) where the server takes that.

Invariants:
    * A proof of possession is made for one request; a server's nonce is used once it gave one.
    * An error answer becomes an ``AnswerError`` with the server's code; tokens are in no error and no ``repr``.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from edge.fetch import Fetched, FetchError, GuardedFetch, StatusError
from holder.openid.errors import AnswerError, LinkError, LinkProblem
from ssi.credential.document import DocumentError
from ssi.errors import SsiError
from ssi.jose.jws import Signer
from ssi.openid.dpop import make_dpop_proof
from ssi.openid.errors import ErrorResponse
from ssi.openid.token import TokenResponse

__all__ = ["Caller"]

_DPOP_NONCE: Final = "use_dpop_nonce"
_JWT: Final = "application/jwt"


@dataclass(slots=True)
class Caller:
    """Calls the endpoints of one issuer and its authorization server.

    Args:
        fetch: the guarded fetch.
        key: what the tokens are bound to; None where the server knows no DPoP.
        clock: gives the time, aware.
    """

    fetch: GuardedFetch
    key: Signer | None = field(repr=False)
    clock: Callable[[], datetime]
    _nonces: dict[str, str] = field(default_factory=dict, repr=False)

    def token(self, url: str, form: Mapping[str, str]) -> TokenResponse:
        """Ask for a token; AnswerError, LinkError."""
        return _read(
            TokenResponse.from_json, self._send(url, lambda headers: self.fetch.post_form(url, form, headers=headers))
        )

    def form(self, url: str, form: Mapping[str, str]) -> bytes:
        """Post a form that answers JSON, such as a pushed authorization request; AnswerError, LinkError."""
        return self._send(url, lambda headers: self.fetch.post_form(url, form, headers=headers)).octets

    def protected(self, url: str, token: TokenResponse, document: Mapping[str, object] | bytes) -> bytes:
        """Post to an endpoint that asks for the token; AnswerError, LinkError.

        Args:
            document: JSON, or an encrypted request as it is.
        """

        def send(headers: Mapping[str, str]) -> Fetched:
            sent = {**headers, "Authorization": f"{token.token_type} {token.access_token}"}
            if isinstance(document, bytes):
                return self.fetch.post(url, document, content_type=_JWT, accept="*/*", headers=sent)
            return self.fetch.post_json(url, document, accept="*/*", headers=sent)

        bound = token.access_token if token.token_type == "DPoP" else None  # noqa: S105 - the name of a token type
        return self._send(url, send, access_token=bound).octets

    def _send(
        self, url: str, send: Callable[[Mapping[str, str]], Fetched], *, access_token: str | None = None
    ) -> Fetched:
        for last in (False, True):
            try:
                fetched = send(self._headers(url, access_token))
            except StatusError as error:
                self._remember(url, error.response)
                code, description = _error_of(error.response)
                if code == _DPOP_NONCE and self.key is not None and not last:
                    continue
                raise AnswerError(code, description) from None
            except FetchError as error:
                raise LinkError(LinkProblem.UNREACHABLE, error.reason.value) from error
            self._remember(url, fetched)
            return fetched
        raise RuntimeError("the second attempt returns or raises")

    def _headers(self, url: str, access_token: str | None) -> dict[str, str]:
        if self.key is None:
            return {}
        proof = make_dpop_proof(
            self.key,
            method="POST",
            url=url,
            issued_at=self.clock(),
            jti=secrets.token_urlsafe(16),
            nonce=self._nonces.get(_origin(url)),
            access_token=access_token,
        )
        return {"DPoP": proof}

    def _remember(self, url: str, fetched: Fetched) -> None:
        nonce = fetched.headers.get("dpop-nonce")
        if nonce:
            self._nonces[_origin(url)] = nonce


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _error_of(response: Fetched) -> tuple[str, str]:
    """The code and words of an error answer: in its body (RFC 6749, 5.2) or its header (RFC 6750, 3)."""
    challenge = response.headers.get("www-authenticate", "")
    if f'error="{_DPOP_NONCE}"' in challenge:
        return _DPOP_NONCE, ""
    try:
        document = ErrorResponse.from_json(response.octets)
    except (SsiError, json.JSONDecodeError):
        return f"status_{response.status}", ""
    return document.error, document.error_description or ""


def _read(read: Callable[[bytes], TokenResponse], fetched: Fetched) -> TokenResponse:
    try:
        return read(fetched.octets)
    except DocumentError as error:
        raise LinkError(LinkProblem.MALFORMED_ANSWER, str(error)) from error
