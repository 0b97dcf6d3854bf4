# SPDX-License-Identifier: EUPL-1.2
"""The open books over HTTP: pages for people, ``/books.json`` for programs. Read only, no login, no cookie.

Invariants:

- Nothing here writes, and no request carries anything that is kept.
- Every answer has the same strict headers; a page can load the style sheet of this origin and nothing else.
- Errors are RFC 9457 problem documents, made here in one place; a browser that asks for HTML gets the same in words.
- Routes are coroutines: they run in the server's own thread, one after the other, as the embedded chain needs it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import FastAPI, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse

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
    pages, css = Pages(), style_sheet()
    problems = _Problems(pages)
    problems.add_to(app)

    @app.middleware("http")
    async def guard(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        host = request.headers.get("host", "").partition(":")[0].lower()
        response = await go_on(request) if host in hosts else problems.wrong_host(request)
        response.headers.update(_HEADERS)
        return response

    for page in Page:
        app.add_api_route(page.path, _page_route(page, pages, reader), methods=_READ)

    @app.api_route("/books.json", methods=_READ)
    async def figures() -> Response:
        return JSONResponse(reader.read().to_json())

    @app.api_route("/style.css", methods=_READ)
    async def style() -> Response:
        return Response(css, media_type="text/css")

    return app


def _page_route(page: Page, pages: Pages, reader: BooksReader) -> Callable[..., Awaitable[Response]]:
    async def show(lang: Lang = None, accept_language: AcceptLanguage = None) -> Response:
        language = choose_language(lang, accept_language)
        return _html(pages.show(page, reader.read(), language), language)

    return show


class _Problems:
    """Every error becomes an answer here."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def add_to(self, app: FastAPI) -> None:
        """Handle every kind of error."""
        app.add_exception_handler(HTTPStatus.NOT_FOUND, self._not_found)
        app.add_exception_handler(HTTPStatus.METHOD_NOT_ALLOWED, self._not_allowed)
        app.add_exception_handler(RequestValidationError, self._unreadable)
        app.add_exception_handler(MoneyError, self._unavailable)
        app.add_exception_handler(Exception, self._failed)

    def wrong_host(self, request: Request) -> Response:
        """The request was for another host than this one."""
        return self._answer(request, HTTPStatus.MISDIRECTED_REQUEST)

    async def _not_found(self, request: Request, error: Exception) -> Response:
        return self._answer(request, HTTPStatus.NOT_FOUND)

    async def _not_allowed(self, request: Request, error: Exception) -> Response:
        return self._answer(request, HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": ", ".join(_READ)})

    async def _unreadable(self, request: Request, error: Exception) -> Response:
        return self._answer(request, HTTPStatus.UNPROCESSABLE_ENTITY)

    async def _unavailable(self, request: Request, error: Exception) -> Response:
        return self._answer(request, HTTPStatus.SERVICE_UNAVAILABLE)

    async def _failed(self, request: Request, error: Exception) -> Response:
        return self._answer(request, HTTPStatus.INTERNAL_SERVER_ERROR)

    def _answer(self, request: Request, status: int, headers: Mapping[str, str] | None = None) -> Response:
        """A problem document; a page in words where a browser asks for one."""
        accepted = request.headers.get("accept-language")
        language = choose_language(request.query_params.get("lang"), accepted)
        response: Response
        if "text/html" in request.headers.get("accept", ""):
            response = _html(self._pages.problem(status, language), language, status)
        else:
            document = {
                "type": "about:blank",
                "title": HTTPStatus(status).phrase,
                "status": int(status),
                "detail": self._pages.problem_title(status, language),
            }
            response = JSONResponse(document, status, media_type="application/problem+json")
        response.headers.update({**(headers or {}), **_HEADERS})
        return response


def _html(text: str, language: Language, status: int = 200) -> Response:
    headers = {"Content-Language": language.value, "Vary": "Accept, Accept-Language"}
    return HTMLResponse(text, status, headers)
