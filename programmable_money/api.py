# SPDX-License-Identifier: EUPL-1.2
"""The open books over HTTP: pages for people, ``/books.json`` for programs. Read only, no login, no cookie.

Invariants:

- Nothing here writes, and no request carries anything that is kept.
- Every answer has the same strict headers; a page can load the style sheet of this origin and nothing else.
- Errors are RFC 9457 problem documents, made here in one place; a browser that asks for HTML gets the same in words.
- Routes are coroutines: they run in the server's own thread, one after the other, which is what the embedded chain needs.
"""

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import FastAPI, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from programmable_money.model import Language, MoneyError
from programmable_money.open_books import BooksReader
from programmable_money.web.language import choose_language
from programmable_money.web.pages import Page, Pages, style_sheet

__all__ = ["create_app"]

_READ: Final = ["GET", "HEAD"]
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cache-Control": "no-cache",
}

Lang = Annotated[str | None, Query(max_length=20)]
AcceptLanguage = Annotated[str | None, Header()]


def create_app(reader: BooksReader, *, hosts: Sequence[str]) -> FastAPI:
    """Make the application.

    Args:
        reader: where the books come from.
        hosts: names under which it may be called; a request under another name is refused (DNS rebinding).
    """
    app = FastAPI(title="Stuiver open books", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)
    pages, css = Pages(), style_sheet()

    @app.middleware("http")
    async def add_headers(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await go_on(request)
        response.headers.update(_HEADERS)
        return response

    @app.api_route(Page.BOOKS.path, methods=_READ)
    async def books(lang: Lang = None, accept_language: AcceptLanguage = None) -> Response:
        return _page(Page.BOOKS, choose_language(lang, accept_language))

    @app.api_route(Page.RULES.path, methods=_READ)
    async def rules(lang: Lang = None, accept_language: AcceptLanguage = None) -> Response:
        return _page(Page.RULES, choose_language(lang, accept_language))

    @app.api_route(Page.VISIBLE.path, methods=_READ)
    async def visible(lang: Lang = None, accept_language: AcceptLanguage = None) -> Response:
        return _page(Page.VISIBLE, choose_language(lang, accept_language))

    @app.api_route("/books.json", methods=_READ)
    async def figures() -> Response:
        return JSONResponse(reader.read().to_json())

    @app.api_route("/style.css", methods=_READ)
    async def style() -> Response:
        return Response(css, media_type="text/css")

    def _page(page: Page, language: Language) -> Response:
        return _html(pages.show(page, reader.read(), language), language)

    def _problem(request: Request, status: int, headers: dict[str, str] | None = None) -> Response:
        """The one place where an error becomes an answer."""
        asked, accepted = request.query_params.get("lang"), request.headers.get("accept-language")
        language = choose_language(asked, accepted)
        if "text/html" in request.headers.get("accept", ""):
            response = _html(pages.problem(status, language), language, status)
        else:
            document = {
                "type": "about:blank",
                "title": HTTPStatus(status).phrase,
                "status": status,
                "detail": pages.problem_title(status, language),
            }
            response = JSONResponse(document, status, media_type="application/problem+json")
        response.headers.update({**(headers or {}), **_HEADERS})
        return response

    async def refused(request: Request, error: Exception) -> Response:
        headers: Any = getattr(error, "headers", None)
        return _problem(request, getattr(error, "status_code", 500), headers)

    async def unreadable(request: Request, error: Exception) -> Response:
        return _problem(request, 422)

    async def unavailable(request: Request, error: Exception) -> Response:
        return _problem(request, 503)

    async def failed(request: Request, error: Exception) -> Response:
        return _problem(request, 500)

    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(RequestValidationError, unreadable)
    app.add_exception_handler(MoneyError, unavailable)
    app.add_exception_handler(Exception, failed)
    return app


def _html(text: str, language: Language, status: int = 200) -> Response:
    headers = {"Content-Language": language.value, "Vary": "Accept, Accept-Language"}
    return HTMLResponse(text, status, headers)
