# SPDX-License-Identifier: EUPL-1.2
"""What a browser asks for between a wallet's request and the person's decision.

Invariants:
    * Each page is of one visit, which the cookie names; the cookie is for this site only and no script can read it.
    * Whatever changes something is a form with the visit's token, except following a wallet's link and coming back
      from a login elsewhere, which are known by their own references.
    * The login for demonstrations answers visitors of this machine only.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from edge.headers import ContentPolicy
from edge.limits import too_many
from edge.problems import OAuthProblem, Problem
from edge.visitors import client_key, language_of
from edge.web.shell import PageShell
from issuer.authorization.api import Limits, read_form
from issuer.authorization.errors import Advice, LoginRefusal, LoginRefusedError, OAuthError
from issuer.authorization.model import CALLBACK_PATH, LOGIN_PATH
from issuer.authorization.redirects import is_loopback
from issuer.authorization.service import AUTHORIZE_PATH, AuthorizationService
from issuer.authorization.visits import Visits
from issuer.authorization.wording import ADVICE, LOGIN_REFUSALS
from issuer.openid.descriptions import PAGE_ANSWERS
from ssi.credential.document import Wording

__all__ = ["visit_router"]

CONSENT_PATH: Final = "/authorize/consent"
_PACKAGE: Final = "issuer.authorization.web"
_STOPS: Final = Wording("Dit gaat hier niet verder", "This does not go on here")


def visit_router(service: AuthorizationService, limits: Limits) -> APIRouter:
    """The routes for browsers.

    Args:
        service: one that has a login.
        limits: how many requests of one address are answered.
    Raises:
        ValueError: the service has no login.
    """
    if service.visits is None:
        raise ValueError("without a login there is nothing for a browser to visit")
    pages = _Pages(service, service.visits, limits)
    router = APIRouter(tags=["authorization in a browser"], dependencies=[Depends(pages.check_rate)])
    routes: list[tuple[str, str, Callable[..., Response], str]] = [
        ("GET", AUTHORIZE_PATH, pages.follow, "Follow a pushed request"),
        ("GET", LOGIN_PATH, pages.show_login, "Log in, or begin to"),
        ("POST", LOGIN_PATH, pages.log_in, "Log in")
        if service.visits.login.asks_here
        else ("GET", CALLBACK_PATH, pages.come_back, "Return from the login"),
        ("GET", CONSENT_PATH, pages.show_consent, "What is asked"),
        ("POST", CONSENT_PATH, pages.decide, "Allow or not"),
    ]
    for method, path, endpoint, summary in routes:
        router.add_api_route(
            path, endpoint, methods=[method], summary=summary, response_class=HTMLResponse, responses=PAGE_ANSWERS
        )
    return router


async def _form(request: Request) -> list[tuple[str, str]]:
    """What a page's form sent."""
    try:
        return await read_form(request)
    except OAuthProblem as error:
        raise Problem(error.status_code) from None  # for people, and their programs, in the form of every problem


Form = Annotated[list[tuple[str, str]], Depends(_form)]
Reference = Annotated[str, Query(max_length=2000)]


class _Pages:
    """The endpoints."""

    def __init__(self, service: AuthorizationService, visits: Visits, limits: Limits) -> None:
        self._settings = service.settings
        self._visits = visits
        self._limits = limits
        self._shell = PageShell(_PACKAGE, issuer_name=service.settings.issuer_name)
        self._cookie = "__Host-visit" if service.settings.is_secure else "visit"

    def check_rate(self, request: Request) -> None:
        """Refuse who asks too often, and strangers when only this machine may ask."""
        if self._visits.login.asks_here and not is_loopback(request.client.host if request.client else None):
            raise Problem(HTTPStatus.FORBIDDEN)
        wait = self._limits.take(client_key(request.scope))
        if wait > 0:
            raise too_many(wait)

    def follow(self, request: Request, client_id: Reference = "", request_uri: Reference = "") -> Response:
        """A wallet's link: once, for a request that it has pushed."""
        if not client_id or not request_uri:
            raise _stop(Advice.PUSH_FIRST)
        return self._guarded(request, lambda: self._go(*self._visits.follow(client_id, request_uri)))

    def show_login(self, request: Request) -> Response:
        """Our login page, or the way to another site's."""
        cookie = self._cookie_of(request)
        if self._visits.login.asks_here:
            return self._guarded(request, lambda: self._login_page(request, cookie, None))
        return self._guarded(request, lambda: self._go(*self._visits.start_again(cookie)))

    def log_in(self, request: Request, form: Form) -> Response:
        """What was entered on our login page."""
        cookie, fields = self._cookie_of(request), dict(form)

        def work() -> Response:
            self._visits.check_form(cookie, fields.get("form_token", ""))
            try:
                return self._go(self._visits.log_in(cookie, fields), self._settings.url(CONSENT_PATH))
            except LoginRefusedError as error:
                return self._login_page(request, cookie, error)

        return self._guarded(request, work)

    def come_back(self, request: Request) -> Response:
        """A browser that another site's login sends back."""
        cookie, answer = self._cookie_of(request), dict(request.query_params)
        return self._guarded(
            request, lambda: self._go(self._visits.log_in(cookie, answer), self._settings.url(CONSENT_PATH))
        )

    def show_consent(self, request: Request) -> Response:
        """What the wallet would receive, and whether the person allows it."""
        cookie = self._cookie_of(request)

        def work() -> Response:
            consent = self._visits.consent(cookie)
            return self._page(request, cookie, "consent.html", consent=consent)

        return self._guarded(request, work)

    def decide(self, request: Request, form: Form) -> Response:
        """The person's decision; the browser goes to the wallet with it."""
        cookie, fields = self._cookie_of(request), dict(form)

        def work() -> Response:
            self._visits.check_form(cookie, fields.get("form_token", ""))
            response = RedirectResponse(
                self._visits.decide(cookie, allowed=fields.get("decision") == "allow"), HTTPStatus.SEE_OTHER
            )
            response.delete_cookie(self._cookie, path="/", secure=self._settings.is_secure, httponly=True)
            return response

        return self._guarded(request, work)

    def _guarded(self, request: Request, work: Callable[[], Response]) -> Response:
        """Answer, and tell a person in words when it cannot go on."""
        try:
            response = work()
        except OAuthError as error:
            if not isinstance(error.advice, Advice):
                raise
            raise _stop(error.advice) from None
        except LoginRefusedError as error:
            response = self._failed_page(request, error)
        response.headers["Cache-Control"] = "no-store"
        return response

    def _failed_page(self, request: Request, error: LoginRefusedError) -> Response:
        cookie, problem = self._cookie_of(request), LOGIN_REFUSALS[error.reason]
        try:
            self._visits.find(cookie)
        except OAuthError:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "login_refused", _STOPS, problem) from None
        return self._page(request, cookie, "failed.html", problem=language_of(request).of(problem))

    def _login_page(self, request: Request, cookie: str, error: LoginRefusedError | None) -> Response:
        problem = None if error is None else language_of(request).of(LOGIN_REFUSALS[error.reason])
        is_unknown = error is not None and error.reason is LoginRefusal.UNKNOWN_PERSON
        return self._page(request, cookie, "login.html", problem=problem, is_unknown=is_unknown)

    def _page(self, request: Request, cookie: str, template: str, **values: Any) -> Response:
        """A page of a visit; its forms may lead here, and through us to the wallet."""
        destination = self._visits.describe(self._visits.find(cookie).request).destination
        leads_to = "https:" if destination.startswith("https:") else destination
        return self._shell.page(
            template,
            language_of(request),
            policy=ContentPolicy(forms=("'self'", leads_to)),
            form_token=self._visits.form_token(cookie),
            **values,
        )

    def _go(self, cookie: str, url: str) -> Response:
        """To the next address, with the visit's cookie."""
        response = RedirectResponse(url, HTTPStatus.SEE_OTHER)
        response.set_cookie(
            self._cookie, cookie, path="/", secure=self._settings.is_secure, httponly=True, samesite="lax"
        )
        return response

    def _cookie_of(self, request: Request) -> str:
        return request.cookies.get(self._cookie, "")


def _stop(advice: Advice) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, advice.value, _STOPS, ADVICE[advice])
