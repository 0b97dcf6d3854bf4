# SPDX-License-Identifier: EUPL-1.2
"""The open books over HTTP: pages for people, ``/books.json`` for programs. Read only, no login, no cookie.

Invariants:

- Nothing here writes, and no request carries anything that is kept.
- Every answer has the strict headers of the edge; a page can load the style sheet of this origin and nothing else.
- Routes are coroutines: they run in the server's own thread, one after the other, as the embedded chain needs it.
"""

from collections.abc import Awaitable, Callable, Collection
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse

from edge.problems import Problem
from edge.service import guard_service
from edge.visitors import language_of
from programmable_money.model import MoneyError
from programmable_money.open_books import BooksReader
from programmable_money.web.pages import Page, Pages
from ssi.credential.document import Wording

__all__ = ["create_app"]

_READ: Final = ["GET", "HEAD"]
_FRESH: Final = {"Cache-Control": "no-cache"}
_UNCHECKED: Final = Wording("De boeken zijn nu niet te controleren", "The books cannot be checked now")
_UNCHECKED_TEXT: Final = Wording(
    "Wij laten liever niets zien dan cijfers die niet zijn gecontroleerd. Probeer het later nog eens.",
    "We would rather show nothing than figures that were not checked. Please try again later.",
)

Lang = Annotated[str | None, Query(max_length=20)]


def create_app(
    reader: BooksReader, *, hosts: Collection[str], https: bool = False, is_example: bool = False
) -> FastAPI:
    """Make the application.

    Args:
        reader: where the books come from.
        hosts: names under which it may be called; a request under another name is refused (DNS rebinding).
        https: whether it is reached by HTTPS.
        is_example: whether the programme is made up, which every page then says.
    """
    app = FastAPI(title="Stuiver open books", docs_url=None, redoc_url=None, openapi_url=None)
    pages = Pages(is_example=is_example)
    guard_service(app, hosts=hosts, shell=pages.shell, translate={MoneyError: _unavailable}, https=https)
    for page in Page:
        app.add_api_route(page.path, _page_route(page, pages, reader), methods=_READ)

    @app.api_route("/books.json", methods=_READ)
    async def figures() -> Response:
        return JSONResponse(reader.read().to_json(), headers=_FRESH)

    return app


def _page_route(page: Page, pages: Pages, reader: BooksReader) -> Callable[..., Awaitable[Response]]:
    async def show(request: Request, lang: Lang = None) -> Response:
        language = language_of(request)
        return pages.shell.answer(pages.show(page, reader.read(), language), language, headers=_FRESH)

    return show


def _unavailable(error: MoneyError) -> Problem:
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "books_unavailable", _UNCHECKED, _UNCHECKED_TEXT)
