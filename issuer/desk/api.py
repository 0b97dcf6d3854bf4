# SPDX-License-Identifier: EUPL-1.2
"""The desk's pages: employees log in, prepare and approve lists, print letters, and look after codes.

Invariants:
    * Every page but the log-in is for employees only, and shows nothing of a wallet.
    * A form counts only from a page of this service, in the session that it was shown in.
    * Codes and PINs are in the file that is answered, and nowhere else; it is never cached.
"""

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from importlib.resources import files
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, File, Form, Path, Request, Response, UploadFile
from fastapi.responses import RedirectResponse

from edge.headers import ContentPolicy
from edge.hosts import require_same_origin
from edge.language import Language
from edge.problems import Problem
from edge.visitors import language_of
from edge.web.shell import PageShell
from issuer import fields
from issuer.activation.approvals import MAX_OCTETS, read_approvals
from issuer.activation.desk import ActivationDesk
from issuer.activation.errors import ApprovalFileError, DeskActionError, DeskRefusal, UnprintableError
from issuer.activation.model import ActivationState
from issuer.activation.posting import Letters, PostRoom
from issuer.activation.wording import ACTIONS, STATES, find_explanation
from issuer.desk.employees import Employees
from issuer.desk.errors import EmployeeError
from issuer.desk.sessions import DeskSession, DeskSessions
from issuer.desk.wording import EMPLOYEE_REFUSALS
from issuer.fields import FieldError
from issuer.model import PersonId
from ssi.credential.document import Wording

__all__ = ["DeskPages", "desk_router"]

_PACKAGE: Final = "issuer.desk"
_FORMS: Final = ContentPolicy(forms=("'self'",))
_PAGE: Final = 100
_DONE: Final = frozenset({"prepared", "approved", "revoked", "logged_out"})
_HIGHEST: Final = 2**31 - 1
_OLD_FORM: Final = Wording(
    "Dit formulier was te oud. Ga terug, laad de pagina opnieuw en probeer het nog eens.",
    "This form was too old. Go back, load the page again and try once more.",
)
_Number = Annotated[int, Path(ge=1, le=_HIGHEST)]
_Text = Annotated[str, Form(max_length=2000)]


@dataclass(frozen=True, slots=True)
class DeskPages:
    """What the pages work with.

    Args:
        issuer_name: the validator's, for people.
        employees: who may log in.
        desk: prepares, approves, revokes.
        post_room: makes letters, with the PINs apart or not; None when no sender is known yet.
        credentials: names of the credential types that a list may ask for.
        sessions: makes the cookies.
        clock: the present, aware UTC.
    """

    issuer_name: str
    employees: Employees
    desk: ActivationDesk
    post_room: Callable[[bool], PostRoom] | None
    credentials: tuple[str, ...]
    sessions: DeskSessions
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class _Visit:
    """One request of an employee."""

    session: DeskSession
    language: Language

    @property
    def name(self) -> str:
        return self.session.name


def desk_router(pages: DeskPages) -> APIRouter:
    """The pages below ``/desk``; they are for people and stand in no description."""
    desk = _Desk(pages)
    router = APIRouter(prefix="/desk", include_in_schema=False)
    shown: Mapping[str, Callable[..., Response]] = {
        "": desk.start,
        "/style.css": desk.style,
        "/login": desk.log_in_page,
        "/codes": desk.codes,
        "/codes/{code_id}": desk.code,
        "/batches": desk.batches,
        "/batches/{batch_id}": desk.batch,
    }
    sent: Mapping[str, Callable[..., Response]] = {
        "/login": desk.log_in,
        "/logout": desk.log_out,
        "/batches": desk.prepare,
        "/batches/{batch_id}/approve": desk.approve,
        "/batches/{batch_id}/letters": desk.letters,
        "/codes/{code_id}/resend": desk.resend,
        "/codes/{code_id}/unlock": desk.unlock,
        "/codes/{code_id}/revoke": desk.revoke,
    }
    for path, endpoint in shown.items():
        router.add_api_route(path, endpoint, methods=["GET"], response_model=None)
    own_pages = [Depends(require_same_origin)]
    for path, endpoint in sent.items():
        router.add_api_route(path, endpoint, methods=["POST"], response_model=None, dependencies=own_pages)
    return router


class _Desk:
    """The endpoints. They run in threads: each of them asks the database."""

    def __init__(self, pages: DeskPages) -> None:
        self._pages = pages
        self._shell = PageShell(_PACKAGE, issuer_name=pages.issuer_name)
        self._style = (files(_PACKAGE) / "style.css").read_bytes()

    # logging in and out

    def start(self, request: Request) -> Response:
        """The first page."""
        return _go("/desk/codes", language_of(request))

    def style(self) -> Response:
        """What the desk adds to the style of the house."""
        return Response(self._style, media_type="text/css", headers={"Cache-Control": "no-cache"})

    def log_in_page(self, request: Request) -> Response:
        """The page to log in."""
        return self._page(request, "login.html", None)

    def log_in(self, request: Request, name: _Text = "", passphrase: _Text = "") -> Response:
        """What was entered on the page to log in."""
        language = language_of(request)
        try:
            employee = self._pages.employees.log_in(name, passphrase)
        except EmployeeError as error:
            words = EMPLOYEE_REFUSALS[error.reason][language]
            return self._page(request, "login.html", None, status=HTTPStatus.FORBIDDEN, error=words)
        return self._with_cookie(_go("/desk/codes", language), self._pages.sessions.open(employee))

    def log_out(self, request: Request, token: _Text = "") -> Response:
        """End the employee's sessions, at this side too: a cookie that somebody copied is worth nothing afterwards."""

        def work(visit: _Visit) -> Response:
            self._pages.employees.log_out(visit.name)
            response = _go("/desk/login", language_of(request), done="logged_out")
            sessions = self._pages.sessions
            response.delete_cookie(
                sessions.cookie, path="/", secure=sessions.is_https, httponly=True, samesite="strict"
            )
            return response

        return self._changed(request, token, work)

    # looking

    def codes(self, request: Request, state: str = "", person: str = "", batch: str = "", after: str = "") -> Response:
        """The codes, a page at a time, with filters."""

        def work(visit: _Visit) -> Response:
            try:
                asked = {
                    "state": ActivationState(state) if state else None,
                    "person": PersonId(fields.text(person.strip(), longest=64)) if person.strip() else None,
                    "batch": _number(batch) if batch else None,
                }
                found = self._pages.desk.codes(**asked, most=_PAGE + 1, after=_number(after) if after else 0)  # type: ignore[arg-type]
            except (ValueError, FieldError):
                found = ()
            further = None
            if len(found) > _PAGE:
                last = {"state": state, "person": person, "batch": batch, "after": str(found[_PAGE - 1].id)}
                further = "/desk/codes?" + urlencode({**last, "lang": visit.language.value})
            shown = {"state": state, "person": person[:64], "batch": batch[:9]}
            return self._page(
                request, "codes.html", visit, "codes", codes=found[:_PAGE], asked=shown, next_link=further
            )

        return self._for_employee(request, work)

    def code(self, request: Request, code_id: _Number) -> Response:
        """One code, and what can be done with it."""
        return self._for_employee(request, lambda visit: self._code_page(request, visit, code_id))

    def batches(self, request: Request) -> Response:
        """The batches, and the form to prepare one."""
        return self._for_employee(request, lambda visit: self._batches_page(request, visit))

    def batch(self, request: Request, batch_id: _Number) -> Response:
        """One batch, and what can be done with it."""
        return self._for_employee(request, lambda visit: self._batch_page(request, visit, batch_id))

    # changing

    def prepare(
        self,
        request: Request,
        token: _Text = "",
        skip_bad_rows: _Text = "",
        unverified_list: Annotated[UploadFile | None, File(alias="list")] = None,
    ) -> Response:
        """A list of persons."""

        def work(visit: _Visit) -> Response:
            octets = b"" if unverified_list is None else unverified_list.file.read(MAX_OCTETS + 1)
            desk = self._pages.desk
            try:
                found = read_approvals(
                    octets,
                    credentials=self._pages.credentials,
                    refusal_of=desk.refusal_of,
                    skip_bad_rows=bool(skip_bad_rows),
                )
                batch = desk.prepare(found.approvals, employee=visit.name)
            except (ApprovalFileError, DeskActionError) as error:
                faults = error.rows[:_PAGE] if isinstance(error, ApprovalFileError) else ()
                words = find_explanation(error, visit.language)
                status = HTTPStatus.UNPROCESSABLE_ENTITY
                return self._batches_page(request, visit, status=status, error=words, faults=faults)
            return _go(f"/desk/batches/{batch}", visit.language, done="prepared")

        return self._changed(request, token, work)

    def approve(self, request: Request, batch_id: _Number, token: _Text = "") -> Response:
        """The approval of another employee."""

        def act(visit: _Visit) -> Response:
            self._pages.desk.approve(batch_id, employee=visit.name)
            return _go(f"/desk/batches/{batch_id}", visit.language, done="approved")

        return self._acted(request, token, act, self._batch_page, batch_id)

    def letters(self, request: Request, batch_id: _Number, token: _Text = "", pins_apart: _Text = "") -> Response:
        """The letters of a batch, as a file."""

        def act(visit: _Visit) -> Response:
            printed = _Printed()
            self._room(pins_apart).make_letters(batch_id, employee=visit.name, keep=printed.keep)
            return printed.answer(f"letters-{batch_id}")

        return self._acted(request, token, act, self._batch_page, batch_id)

    def resend(self, request: Request, code_id: _Number, token: _Text = "", reason: _Text = "") -> Response:
        """A new letter, for another employee to approve."""
        return self._replaced(request, code_id, token, reason, self._pages.desk.resend)

    def unlock(self, request: Request, code_id: _Number, token: _Text = "", reason: _Text = "") -> Response:
        """The same for a locked code."""
        return self._replaced(request, code_id, token, reason, self._pages.desk.unlock)

    def revoke(self, request: Request, code_id: _Number, token: _Text = "", reason: _Text = "") -> Response:
        """The end of a code."""

        def act(visit: _Visit) -> Response:
            self._pages.desk.revoke(code_id, employee=visit.name, reason=reason)
            return _go(f"/desk/codes/{code_id}", visit.language, done="revoked")

        return self._acted(request, token, act, self._code_page, code_id)

    # parts

    def _replaced(
        self, request: Request, code_id: int, token: str, reason: str, replace: Callable[..., int]
    ) -> Response:
        def act(visit: _Visit) -> Response:
            batch = replace(code_id, employee=visit.name, reason=reason)
            return _go(f"/desk/batches/{batch}", visit.language, done="prepared")

        return self._acted(request, token, act, self._code_page, code_id)

    def _code_page(self, request: Request, visit: _Visit, code_id: int, **values: Any) -> Response:
        desk = self._pages.desk
        code = desk.code(code_id)
        state = code.state_at(self._pages.clock())
        return self._page(
            request, "code.html", visit, "codes", code=code, state=state, events=desk.log(code=code_id), **values
        )

    def _batches_page(self, request: Request, visit: _Visit, **values: Any) -> Response:
        known = {"faults": (), **values}
        return self._page(request, "batches.html", visit, "batches", batches=self._pages.desk.batches(), **known)

    def _batch_page(self, request: Request, visit: _Visit, batch_id: int, **values: Any) -> Response:
        desk = self._pages.desk
        batch = desk.batch(batch_id)
        codes = desk.codes(batch=batch_id)
        waiting = any(code.state is ActivationState.APPROVED for code in codes)
        return self._page(
            request,
            "batch.html",
            visit,
            "batches",
            batch=batch,
            codes=codes,
            waiting=waiting,
            events=desk.log(batch=batch_id),
            **values,
        )

    def _room(self, pins_apart: str) -> PostRoom:
        if self._pages.post_room is None:
            raise DeskActionError(DeskRefusal.NO_SENDER)
        return self._pages.post_room(bool(pins_apart))

    def _visit(self, request: Request) -> _Visit | None:
        session = self._pages.sessions.find(request.cookies.get(self._pages.sessions.cookie))
        if session is None:
            return None
        employee = self._pages.employees.find(session.name)
        if employee is None or not employee.is_active or employee.epoch != session.epoch:
            return None
        return _Visit(session, language_of(request))

    def _for_employee(self, request: Request, work: Callable[[_Visit], Response]) -> Response:
        visit = self._visit(request)
        if visit is None:
            return _go("/desk/login", language_of(request))
        try:
            response = work(visit)
        except DeskActionError:
            raise Problem(HTTPStatus.NOT_FOUND) from None
        return self._with_cookie(response, self._pages.sessions.seen(visit.session))

    def _changed(self, request: Request, token: str, work: Callable[[_Visit], Response]) -> Response:
        visit = self._visit(request)
        if visit is None:
            return _go("/desk/login", language_of(request))
        if not self._pages.sessions.is_token(visit.session, token):
            raise Problem(HTTPStatus.FORBIDDEN, "old_form", _OLD_FORM)
        return work(visit)

    def _acted(
        self,
        request: Request,
        token: str,
        act: Callable[[_Visit], Response],
        page: Callable[..., Response],
        number: int,
    ) -> Response:
        """Do something with a batch or a code; when it is refused, show its page again with the reason."""

        def work(visit: _Visit) -> Response:
            try:
                return act(visit)
            except (DeskActionError, UnprintableError) as error:
                words = find_explanation(error, visit.language)
            try:
                return page(request, visit, number, status=HTTPStatus.CONFLICT, error=words)
            except DeskActionError:
                raise Problem(HTTPStatus.NOT_FOUND) from None

        return self._changed(request, token, work)

    def _page(
        self,
        request: Request,
        template: str,
        visit: _Visit | None,
        here: str = "",
        *,
        status: int = HTTPStatus.OK,
        error: str | None = None,
        **values: Any,
    ) -> Response:
        language = language_of(request)
        done = request.query_params.get("done")
        return self._shell.page(
            template,
            language,
            status=status,
            policy=_FORMS,
            keep={name: value for name, value in request.query_params.items() if name in {"state", "person", "batch"}},
            session=None if visit is None else visit.session,
            here=here,
            error=error,
            done=done if done in _DONE else None,
            states={state: words[language] for state, words in STATES.items()},
            actions={action: words[language] for action, words in ACTIONS.items()},
            now=self._pages.clock(),
            can_print=self._pages.post_room is not None,
            **values,
        )

    def _with_cookie(self, response: Response, session: DeskSession) -> Response:
        sessions = self._pages.sessions
        response.set_cookie(
            sessions.cookie,
            sessions.write(session),
            path="/",
            secure=sessions.is_https,
            httponly=True,
            samesite="strict",
        )
        return response


class _Printed:
    """Letters on their way into an answer."""

    def __init__(self) -> None:
        self._letters: Letters | None = None

    def keep(self, letters: Letters) -> None:
        """Take them, before the codes begin to work."""
        self._letters = letters

    def answer(self, name: str) -> Response:
        """One PDF, or both in an archive."""
        if self._letters is None:
            raise RuntimeError("nothing was printed")
        letters, pins = self._letters.letters, self._letters.pins
        if letters is not None and pins is not None:
            archive = io.BytesIO()
            with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
                file.writestr(f"{name}.pdf", letters)
                file.writestr(f"{name}-pins.pdf", pins)
            return _download(archive.getvalue(), f"{name}.zip", "application/zip")
        return _download(letters or pins or b"", f"{name}.pdf", "application/pdf")


def _download(octets: bytes, name: str, kind: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(octets, media_type=kind, headers=headers)


def _go(path: str, language: Language, **values: str) -> Response:
    return RedirectResponse(f"{path}?{urlencode({**values, 'lang': language.value})}", HTTPStatus.SEE_OTHER)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise ValueError("not a number")
    return int(text)
