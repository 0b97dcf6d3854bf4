# SPDX-License-Identifier: EUPL-1.2
"""Every error of a service, answered in one place: RFC 9457 problem documents, and pages in words for people.

Source: RFC 9457 (problem details), RFC 6749 5.2 (OAuth error answers).

Invariants:
    * Every answer names its correlation id, and every problem is logged under it, once.
    * Neither an answer nor the log repeats anything that was received, and no message of an exception that is not ours:
      of an unexpected error the log has its type and the places in the code.
    * At the OAuth endpoints each error is one of RFC 6749, too: ``error`` and ``error_description`` beside the members
      of a problem document, as ``application/json``, never stored.
"""

import logging
import re
import secrets
import traceback
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final, Protocol

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edge.language import Language
from edge.visitors import language_of, wants_page
from edge.wording import REFUSED, status_wording
from ssi.credential.document import Wording
from ssi.errors import VerificationError

__all__ = [
    "OAuthProblem",
    "Problem",
    "ProblemPage",
    "ProblemView",
    "correlation_id",
    "install_problems",
    "require_media_type",
]

_LOG: Final = logging.getLogger(__name__)
_TYPE: Final = "urn:stuiver:problem:"
_INSTANCE: Final = "urn:stuiver:request:"
_ID_HEADER: Final = b"x-correlation-id"
_ID: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
_KIND: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_FIELD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_RESERVED: Final = frozenset({"type", "title", "status", "detail", "instance", "correlation_id"})
_MOST_ERRORS: Final = 20
_OAUTH_ERRORS: Final = {401: "invalid_token", 403: "access_denied", 429: "temporarily_unavailable"}
_NOT_IN_DESCRIPTION: Final = re.compile(r"[^\x20\x21\x23-\x5b\x5d-\x7e]")


class Problem(HTTPException):
    """An error that is answered with a problem document.

    Args:
        status: of HTTP.
        kind: what sort of problem it is, in ``snake_case``; the document's type is ``urn:stuiver:problem:`` and this.
            Without one the type is ``about:blank`` and the title that of the status.
        title: what happened, the same for every problem of this kind.
        detail: what to do about it, or more about this one; nothing that was received.
        headers: of the answer, such as WWW-Authenticate.
        extensions: further members of the document; values that JSON has.
    """

    def __init__(
        self,
        status: int,
        kind: str | None = None,
        title: Wording | str = "",
        detail: Wording | str = "",
        *,
        headers: Mapping[str, str] | None = None,
        **extensions: Any,
    ) -> None:
        if not 400 <= status <= 599 or (kind is not None and _KIND.fullmatch(kind) is None):
            raise ValueError("a problem has an error's status, and a kind in snake_case")
        if _RESERVED & extensions.keys():
            raise ValueError("an extension may not replace a member of a problem document")
        super().__init__(status, HTTPStatus(status).phrase, dict(headers or {}))
        self.kind = kind
        self.title = title
        self.words = detail
        self.extensions = extensions


class OAuthProblem(Problem):
    """An error in the form of RFC 6749 5.2 and its relatives, wherever it is raised.

    Args:
        error: the code that the standard gives it, such as ``invalid_grant``.
        description: for the developer of the client; English, nothing that was received.
    """

    def __init__(
        self,
        error: str,
        description: str = "",
        *,
        status: int = 400,
        headers: Mapping[str, str] | None = None,
        **extensions: Any,
    ) -> None:
        super().__init__(status, error, error, description, headers=headers, **extensions)
        self.error = error
        self.description = description


@dataclass(frozen=True, slots=True)
class ProblemView:
    """What a page says about a problem, in one language."""

    status: int
    title: str
    detail: str
    correlation_id: str


class ProblemPage(Protocol):
    """Makes the page."""

    def __call__(self, view: ProblemView, language: Language) -> str:
        """HTML."""
        ...


Translations = Mapping[type[Exception], Callable[[Any], Problem]]


def correlation_id(request: Request) -> str:
    """Under which this request and its answer are known in the log; empty before ``install_problems``."""
    return str(request.scope.get("edge.correlation_id", ""))


def require_media_type(*accepted: str) -> Callable[[Request], Awaitable[None]]:
    """A dependency that refuses a body of another media type (415)."""

    async def check(request: Request) -> None:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in accepted:
            raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, headers={"Accept-Post": ", ".join(accepted)})

    return check


def install_problems(
    app: FastAPI,
    *,
    translate: Translations | None = None,
    oauth_paths: Collection[str] = (),
    page: ProblemPage | None = None,
) -> None:
    """Answer every error of an application here.

    Args:
        translate: what an exception of ours is to a client; the most specific class counts.
        oauth_paths: where errors have the form of OAuth: whole paths, or beginnings that end in a slash.
        page: what a browser gets; a problem document if none.
    """
    answers = _Answers(translate or {}, frozenset(oauth_paths), page)
    app.add_exception_handler(HTTPException, answers.handle)
    app.add_exception_handler(RequestValidationError, answers.handle)
    app.add_middleware(_Guard, answers=answers)


class _Guard:
    """Gives every request its correlation id, and answers what no handler caught."""

    def __init__(self, app: ASGIApp, answers: "_Answers") -> None:
        self._app = app
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        identifier = scope["edge.correlation_id"] = _accepted_id(scope) or secrets.token_urlsafe(16)
        has_started = False

        async def send_named(message: Message) -> None:
            nonlocal has_started
            if message["type"] == "http.response.start":
                has_started = True
                message = {**message, "headers": [*message["headers"], (_ID_HEADER, identifier.encode())]}
            await send(message)

        try:
            await self._app(scope, receive, send_named)
        except Exception as error:
            response = self._answers.answer(Request(scope), error)
            if has_started:
                raise RuntimeError("an answer broke off; see the log of problems") from None
            await response(scope, receive, send_named)


def _accepted_id(scope: Scope) -> str | None:
    named = [value for name, value in scope["headers"] if name == _ID_HEADER]
    text = named[0].decode("latin-1") if len(named) == 1 else ""
    return text if _ID.fullmatch(text) else None


class _Answers:
    """From an exception to an answer."""

    def __init__(self, translate: Translations, oauth_paths: frozenset[str], page: ProblemPage | None) -> None:
        self._translate = translate
        self._oauth_paths = oauth_paths
        self._oauth_beginnings = tuple(path for path in oauth_paths if path.endswith("/"))
        self._page = page

    async def handle(self, request: Request, error: Exception) -> Response:
        """As an exception handler."""
        return self.answer(request, error)

    def answer(self, request: Request, error: Exception) -> Response:
        """Log a problem and answer with it."""
        problem = self._problem(error)
        if not isinstance(problem, OAuthProblem) and self._is_oauth(request.url.path):
            problem = _as_oauth(problem)
        _log(request, problem, error)
        language = language_of(request)
        view = _view(problem, language, correlation_id(request))
        headers = {"Content-Language": language.value, "Vary": "Accept, Accept-Language", "Cache-Control": "no-store"}
        headers.update(problem.headers or {})
        if self._page is not None and wants_page(request):
            return HTMLResponse(self._page(_for_people(problem, view, language), language), view.status, headers)
        document: dict[str, Any] = {
            "type": "about:blank" if problem.kind is None else _TYPE + problem.kind,
            "title": view.title if problem.kind else HTTPStatus(view.status).phrase,
            "status": view.status,
            "detail": view.detail if problem.kind or problem.words else f"{view.title}. {view.detail}",
            "instance": _INSTANCE + view.correlation_id,
            "correlation_id": view.correlation_id,
            **problem.extensions,
        }
        media_type = "application/problem+json"
        if isinstance(problem, OAuthProblem):
            media_type = "application/json"
            document = {"error": problem.error, **document}
            if problem.description:
                document["error_description"] = _NOT_IN_DESCRIPTION.sub("'", problem.description)
        return JSONResponse(document, view.status, headers, media_type)

    def _problem(self, error: Exception) -> Problem:
        """What an exception is to a client."""
        if isinstance(error, Problem):
            return error
        for kind in type(error).__mro__:
            if issubclass(kind, Exception) and kind in self._translate:
                return self._translate[kind](error)
        if isinstance(error, VerificationError):
            reason = error.reason.value
            return Problem(HTTPStatus.BAD_REQUEST, reason, REFUSED, error.detail or reason, reason=reason)
        if isinstance(error, RequestValidationError):
            return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, errors=_broken_rules(error))
        if isinstance(error, HTTPException) and 400 <= error.status_code <= 599:
            return Problem(error.status_code, headers=error.headers)
        return Problem(HTTPStatus.BAD_REQUEST if isinstance(error, ClientDisconnect) else 500)

    def _is_oauth(self, path: str) -> bool:
        return path in self._oauth_paths or path.startswith(self._oauth_beginnings)


def _as_oauth(problem: Problem) -> OAuthProblem:
    """The same at an OAuth endpoint, where a request that cannot be read is always a 400."""
    status = 400 if problem.status_code == 422 else problem.status_code
    error = "server_error" if status >= 500 else _OAUTH_ERRORS.get(status, "invalid_request")
    view = _view(problem, Language.EN, "")
    made = OAuthProblem(error, view.detail, status=status, headers=problem.headers, **problem.extensions)
    made.kind, made.title, made.words = problem.kind, problem.title, problem.words
    return made


def _view(problem: Problem, language: Language, identifier: str) -> ProblemView:
    words = status_wording(problem.status_code)
    title, detail = problem.title or words.title, problem.words or words.text
    return ProblemView(
        problem.status_code,
        language.of(title) if isinstance(title, Wording) else title,
        language.of(detail) if isinstance(detail, Wording) else detail,
        identifier,
    )


def _for_people(problem: Problem, view: ProblemView, language: Language) -> ProblemView:
    """In words of ours where there is only a standard's code."""
    if not (isinstance(problem, OAuthProblem) and problem.title == problem.error):
        return view
    words = status_wording(problem.status_code)
    return replace(view, title=language.of(words.title), detail=language.of(words.text))


def _broken_rules(error: RequestValidationError) -> list[dict[str, str]]:
    """Which field breaks which rule; a name that a client made up is not repeated."""
    broken = []
    for entry in error.errors()[:_MOST_ERRORS]:
        place, *names = entry["loc"]
        if entry["type"] == "extra_forbidden":
            names[-1:] = ["?"]
        known = [str(name) if isinstance(name, int) or _FIELD.fullmatch(name) else "?" for name in names]
        broken.append({"in": str(place), "name": ".".join(known), "rule": str(entry["type"])})
    return broken


def _log(request: Request, problem: Problem, error: Exception) -> None:
    """One line: what was called as the code knows it, what is wrong, and the id that the answer names."""
    route = getattr(request.scope.get("route"), "path", "-")
    method = request.method if request.method in _METHODS else "?"
    reason = problem.kind or HTTPStatus(problem.status_code).phrase
    if isinstance(problem, OAuthProblem):
        reason = f"{problem.error}: {problem.description}"
    elif isinstance(error, VerificationError):
        reason = str(error)
    elif "errors" in problem.extensions:
        reason = "; ".join(f"{broken['name']} {broken['rule']}" for broken in problem.extensions["errors"])
    unexpected = problem.status_code >= 500 and not isinstance(error, Problem)
    level = logging.ERROR if problem.status_code >= 500 else logging.INFO
    text = f"{method} {route} answered {problem.status_code} ({reason}) {correlation_id(request)}"
    _LOG.log(level, "%s%s", text, "".join(_places(error)) if unexpected else "")


def _places(error: BaseException | None) -> list[str]:
    """Types of an error and its causes, and where they happened; no message, since it may hold what was received."""
    lines = []
    while error is not None:
        lines.append(f"\n  {type(error).__qualname__}")
        lines += [f"\n    {at.filename}:{at.lineno} in {at.name}" for at in traceback.extract_tb(error.__traceback__)]
        error = error.__cause__
    return lines
