# SPDX-License-Identifier: EUPL-1.2
"""What happens in the browser: a wallet's request is followed, a person logs in, sees what will be given, and decides.

Invariants:
    * A reference to a request is followed once; a visit ends with one decision.
    * The cookie changes when a person has logged in, so that nobody can have planted it.
    * A decision needs the form token of the visit's own cookie.
    * Nothing goes to the wallet's address before a person pressed a button.
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from issuer.authorization.errors import Advice, LoginRefusal, LoginRefusedError, OAuthError
from issuer.authorization.model import AuthorizationRequest, Configuration, Login, Visit
from issuer.authorization.redirects import answer_url, origin_of
from issuer.authorization.settings import AuthorizationSettings
from issuer.authorization.store import Records
from issuer.authorization.tokens import new_grant_id, new_secret
from issuer.authorization.transactions import in_transaction
from issuer.model import PersonId
from issuer.store import Store, Transaction
from ssi.base64url import encode_base64url
from ssi.openid.errors import ErrorCode

__all__ = ["Consent", "Visits"]

_LONGEST_PERSON: Final = 200


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person is asked.

    Attributes:
        client_id: what the wallet calls itself.
        destination: scheme and host, or scheme, of the address that the answer goes to.
        configurations: what it would receive; the formats of one credential are shown once.
    """

    client_id: str
    destination: str
    configurations: tuple[Configuration, ...]


@dataclass(frozen=True, slots=True)
class Visits:
    """Leads browsers from a pushed request to an authorization code.

    Args:
        settings: lifetimes and what can be asked for.
        store: the validator's database.
        login: finds out who it is.
        clock: the present, aware UTC.
    """

    settings: AuthorizationSettings
    store: Store
    login: Login
    clock: Callable[[], datetime]

    def follow(self, unverified_client_id: str, unverified_reference: str) -> tuple[str, str]:
        """Follow a pushed request, once.

        Returns:
            The cookie of the new visit, and where the browser goes to log in.
        Raises:
            OAuthError: ``invalid_request_uri``: unknown, too old, used, or of another wallet.
            LoginRefusedError: ``unavailable``; the request can be followed again.
        """
        start = self.login.start()
        cookie = new_secret()

        def work(transaction: Transaction) -> OAuthError | None:
            records, now = Records(transaction), self.clock()
            request = records.take_request(unverified_reference, unverified_client_id, now)
            if request is None:
                return OAuthError(ErrorCode.INVALID_REQUEST_URI, Advice.REQUEST_GONE)
            records.add_visit(cookie, Visit(request, start.kept), now + self.settings.lifetimes.visit)
            return None

        in_transaction(self.store, work)
        return cookie, start.url

    def start_again(self, unverified_cookie: str) -> tuple[str, str]:
        """Begin the login of a visit again; returns and raises as ``follow``."""
        self.find(unverified_cookie)
        start = self.login.start()
        return self._replace(unverified_cookie, lambda visit: Visit(visit.request, start.kept)), start.url

    def find(self, unverified_cookie: str) -> Visit:
        """The visit of a browser.

        Raises:
            OAuthError: there is none.
        """
        visit = in_transaction(
            self.store, lambda transaction: Records(transaction).find_visit(unverified_cookie, self.clock())
        )
        if visit is None:
            raise _gone()
        return visit

    def log_in(self, unverified_cookie: str, unverified_answer: Mapping[str, str]) -> str:
        """Finish the login.

        Args:
            unverified_answer: of the form, or of the query that the browser brings back.
        Returns:
            The visit's new cookie.
        Raises:
            OAuthError: there is no such visit.
            LoginRefusedError: with the reason; the visit goes on without a person.
        """
        visit = self.find(unverified_cookie)
        if visit.person is not None:
            raise _gone()
        person = self.login.finish(visit.kept, unverified_answer)
        if not self._is_known(person):
            raise LoginRefusedError(LoginRefusal.UNKNOWN_PERSON)
        return self._replace(unverified_cookie, lambda visit: Visit(visit.request, "", person))

    def _is_known(self, person: PersonId) -> bool:
        """Whether there is a record of a person; a text that no database takes is nobody's reference."""
        if not 1 <= len(person) <= _LONGEST_PERSON or not person.isprintable():
            return False
        return in_transaction(self.store, lambda transaction: transaction.find_household(person)) is not None

    def consent(self, unverified_cookie: str) -> Consent:
        """What to ask the person of a visit.

        Raises:
            OAuthError: there is no such visit, or nobody has logged in.
        """
        visit = self.find(unverified_cookie)
        if visit.person is None:
            raise _gone()
        return self.describe(visit.request)

    def describe(self, request: AuthorizationRequest) -> Consent:
        """What a request is for, for people."""
        asked = [self.settings.by_id[name] for name in request.configuration_ids]
        shown = {(configuration.name, configuration.claims): configuration for configuration in reversed(asked)}
        return Consent(request.client_id, origin_of(request.redirect_uri), tuple(reversed(shown.values())))

    def form_token(self, cookie: str) -> str:
        """What the forms of a visit carry, so that no other site can send them."""
        return encode_base64url(
            hmac.digest(self.settings.secret, b"stuiver authorization: form\0" + cookie.encode(), sha256)
        )

    def check_form(self, unverified_cookie: str, unverified_token: str) -> None:
        """Refuse a form that does not come from our page in this visit."""
        if not hmac.compare_digest(self.form_token(unverified_cookie).encode(), unverified_token.encode()):
            raise _gone()

    def decide(self, unverified_cookie: str, *, allowed: bool) -> str:
        """End a visit with the person's decision; check the form first.

        Returns:
            Where the browser goes: the wallet's address with a code or with ``access_denied``, the state, and ``iss``.
        Raises:
            OAuthError: there is no such visit, or it is allowed and nobody has logged in.
        """
        code, grant_id = new_secret(), new_grant_id()

        def work(transaction: Transaction) -> AuthorizationRequest | OAuthError:
            records, now = Records(transaction), self.clock()
            visit = records.take_visit(unverified_cookie, now)
            if visit is None:
                return _gone()
            if not allowed:
                return visit.request
            if visit.person is None:
                return _gone()
            lifetimes = self.settings.lifetimes
            records.add_code(
                code,
                grant_id,
                visit.person,
                visit.request,
                expires_at=now + lifetimes.code,
                forget_at=now + lifetimes.code + lifetimes.refresh_token,
            )
            return visit.request

        request = in_transaction(self.store, work)
        answer = [("code", code)] if allowed else [("error", ErrorCode.ACCESS_DENIED.value)]
        if request.state is not None:
            answer.append(("state", request.state))
        return answer_url(request.redirect_uri, [*answer, ("iss", self.settings.issuer)])

    def _replace(self, unverified_cookie: str, change: Callable[[Visit], Visit]) -> str:
        """Give a visit a new cookie and a new content, in one transaction."""
        cookie = new_secret()

        def work(transaction: Transaction) -> OAuthError | None:
            records, now = Records(transaction), self.clock()
            visit = records.take_visit(unverified_cookie, now)
            if visit is None:
                return _gone()
            records.add_visit(cookie, change(visit), now + self.settings.lifetimes.visit)
            return None

        in_transaction(self.store, work)
        return cookie


def _gone() -> OAuthError:
    return OAuthError(ErrorCode.INVALID_REQUEST, Advice.JOURNEY_GONE)
