# SPDX-License-Identifier: EUPL-1.2
"""The verifier's pages over HTTP, and the employee's list.

Invariants:
    * A request is shown to the browser that started it and to no other: a cookie of its own, which only this site can
      set and no script can read, names the browser for this one request.
    * A form is taken from pages of this service only.
"""

from collections.abc import Sequence
from http import HTTPStatus
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from edge.headers import ContentPolicy
from edge.hosts import require_same_origin
from edge.language import Language
from edge.qr import MAX_TEXT, qr_svg
from edge.visitors import language_of, wants_page
from edge.web.shell import PageShell
from ssi.credential.types import CredentialType
from verifier.api import PolicyName, PolicyVersion, RequestName
from verifier.descriptions import PAGE, REFUSALS, answers
from verifier.errors import UnknownRequestError
from verifier.model import RequestId, Stage
from verifier.policy.deciding import Allowed
from verifier.policy.model import Device, PolicyId
from verifier.service import RequestView, Started, Verifier
from verifier.settings import VerifierSettings
from verifier.web.pages import asked_parts, desk_rows, reason_texts, state_of, waits
from verifier.wording import ADVICE

__all__ = ["desk_router", "pages_router", "shell"]

_RECEIPT = "application/decision-receipt+jwt"
_COOKIE_SECONDS = 2 * 60 * 60
_WAITS = ContentPolicy(scripts=True, connects=True)
_SENDS = ContentPolicy(forms=("'self'",))
_PAGE = answers("A page.", PAGE)
_GO_ON = answers("The page to go on with.", None, status=HTTPStatus.SEE_OTHER)


def shell() -> PageShell:
    """The verifier's pages."""
    return PageShell("verifier.web")


def pages_router(verifier: Verifier, pages: PageShell, types: Sequence[CredentialType]) -> APIRouter:
    """What a citizen opens in a browser."""
    router = APIRouter(tags=["browser"], responses=REFUSALS, default_response_class=Response)
    _add_policy_pages(router, verifier, pages, types)
    _add_request_pages(router, verifier, pages)
    return router


def _add_policy_pages(router: APIRouter, verifier: Verifier, pages: PageShell, types: Sequence[CredentialType]) -> None:
    """What can be asked, and why."""

    @router.get("/", responses=_PAGE)
    def start(request: Request) -> Response:
        """What can be asked here."""
        shown = verifier.policies.newest()
        return pages.page("start.html", language_of(request), policies=shown, verifier=verifier.settings.name)

    @router.get("/policies/{name}/v{version}", responses=_PAGE)
    def policy(name: PolicyName, version: PolicyVersion, request: Request) -> Response:
        """One policy in words, and how to begin."""
        found = verifier.policies.get(PolicyId(name, version))
        return pages.page(
            "policy.html",
            language_of(request),
            policy=_SENDS,
            published=found,
            asked=asked_parts(found, types),
            devices=[device for device in Device if device in found.devices],
            verifier=verifier.settings.name,
        )


def _add_request_pages(router: APIRouter, verifier: Verifier, pages: PageShell) -> None:
    """One request, from the start to the outcome."""
    script = files("verifier.web").joinpath("watch.js").read_bytes()
    cookie = _Cookie(verifier.settings)

    def view_of(id_: str, request: Request) -> RequestView:
        return verifier.view(RequestId(id_), browser_secret=cookie.read(request, id_))

    @router.post(
        "/requests",
        dependencies=[Depends(require_same_origin)],
        status_code=HTTPStatus.SEE_OTHER,
        responses={**_GO_ON, **answers("The link for a wallet.", "application/json", status=HTTPStatus.CREATED)},
    )
    def begin(
        request: Request,
        policy: Annotated[str, Form(max_length=60)],
        version: Annotated[int, Form(ge=1, le=999)],
        device: Annotated[Device, Form()],
        query: Annotated[str | None, Form(max_length=60)] = None,
    ) -> Response:
        """Start a request; a browser goes on to its page, a program gets the link for a wallet."""
        started = verifier.start(PolicyId(policy, version), device, query)
        page = f"/requests/{started.request.id}"
        answer: Response
        if wants_page(request):
            answer = RedirectResponse(f"{page}?lang={language_of(request).value}", HTTPStatus.SEE_OTHER)
        else:
            answer = JSONResponse(_started(verifier, started), HTTPStatus.CREATED, {"Location": page})
        cookie.write(answer, started)
        return answer

    @router.get("/requests/{id_}", responses=_PAGE)
    def show(id_: RequestName, request: Request) -> Response:
        """The request's page: the code or the button, and then the outcome."""
        view, language = view_of(id_, request), language_of(request)
        if view.request.stage is Stage.FINISHED:
            return _outcome_page(pages, view, language)
        return _request_page(pages, view, language)

    @router.get("/requests/{id_}/state", responses=answers("One word.", "application/json"))
    def state(id_: RequestName, request: Request) -> Response:
        """One word, for the script that waits."""
        return JSONResponse({"state": state_of(view_of(id_, request))})

    @router.get("/requests/{id_}/finish", status_code=HTTPStatus.SEE_OTHER, responses=_GO_ON)
    def finish(
        id_: RequestName, request: Request, response_code: Annotated[str, Query(min_length=1, max_length=100)]
    ) -> Response:
        """Where the wallet on the same device sends the browser."""
        verifier.finish(RequestId(id_), browser_secret=cookie.read(request, id_), response_code=response_code)
        return RedirectResponse(f"/requests/{id_}", HTTPStatus.SEE_OTHER)

    @router.get("/requests/{id_}/receipt", responses=answers("The receipt.", _RECEIPT))
    def receipt(id_: RequestName, request: Request) -> Response:
        """The receipt of the decision, as the wallet got it."""
        decision = view_of(id_, request).decision
        if decision is None:
            raise UnknownRequestError
        return _receipt(decision.id, decision.receipt)

    @router.get("/watch.js", include_in_schema=False)
    def watch() -> Response:
        """The script of a page that waits."""
        return Response(script, media_type="text/javascript", headers={"Cache-Control": "max-age=3600"})


def desk_router(verifier: Verifier, pages: PageShell) -> APIRouter:
    """The employee's list of decisions; served on the machine itself only."""
    router = APIRouter(tags=["desk"], responses=REFUSALS, default_response_class=Response)

    @router.get("/", responses=_PAGE)
    def decisions(request: Request) -> Response:
        """The newest decisions."""
        rows = desk_rows(verifier.decisions(), verifier.policies)
        return pages.page("desk.html", language_of(request), rows=rows, verifier=verifier.settings.name)

    @router.get("/receipts/{id_}", responses=answers("The receipt.", _RECEIPT))
    def receipt(id_: RequestName) -> Response:
        """One receipt, as the citizen has it."""
        for decision in verifier.decisions():
            if decision.id == id_:
                return _receipt(decision.id, decision.receipt)
        raise UnknownRequestError

    return router


class _Cookie:
    """Names the browser that started, one cookie for each request.

    On https its name begins with ``__Host-``, so that no other site, not even one of the same domain, can set it.
    """

    def __init__(self, settings: VerifierSettings) -> None:
        self._secure = settings.is_https

    def _name(self, id_: str) -> str:
        return f"{'__Host-' if self._secure else ''}stuiver-{id_}"

    def read(self, request: Request, id_: str) -> str | None:
        return request.cookies.get(self._name(id_))

    def write(self, answer: Response, started: Started) -> None:
        answer.set_cookie(
            self._name(started.request.id),
            started.browser_secret,
            max_age=_COOKIE_SECONDS,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )


def _started(verifier: Verifier, started: Started) -> dict[str, str]:
    request, url = started.request, verifier.settings.public_url
    return {
        "id": request.id,
        "link": started.link,
        "request_uri": f"{url}/requests/{request.id}/object",
        "client_id": str(verifier.asker.client_id(request.id)),
        "expires_at": request.expires_at.isoformat(),
        "page": f"{url}/requests/{request.id}",
    }


def _request_page(pages: PageShell, view: RequestView, language: Language) -> Response:
    refusal, is_waiting = view.request.refusal, waits(view)
    has_code = is_waiting and view.request.device is Device.OTHER and len(view.link.encode()) <= MAX_TEXT
    label = "QR-code" if language is Language.NL else "QR code"
    return pages.page(
        "request.html",
        language,
        policy=_WAITS,
        published=view.policy,
        id=view.request.id,
        state=state_of(view),
        device=view.request.device.value,
        waits=is_waiting or view.request.stage is Stage.ANSWERED,
        link=view.link,
        qr=qr_svg(view.link, label=label) if has_code else None,
        until=view.request.expires_at.astimezone(view.policy.zone),
        refusal=refusal,
        advice=ADVICE[refusal.reason] if refusal else None,
    )


def _outcome_page(pages: PageShell, view: RequestView, language: Language) -> Response:
    decision = view.decision
    return pages.page(
        "outcome.html",
        language,
        published=view.policy,
        id=view.request.id,
        decision=decision,
        is_allowed=decision is not None and isinstance(decision.decision, Allowed),
        reasons=reason_texts(view.policy, decision.decision.reasons) if decision else (),
        until=view.valid_until.astimezone(view.policy.zone) if view.valid_until else None,
    )


def _receipt(id_: str, text: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{id_}.receipt.jwt"'}
    return Response(text, media_type=_RECEIPT, headers=headers)
