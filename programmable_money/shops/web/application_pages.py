# SPDX-License-Identifier: EUPL-1.2
"""A shop applies: a form for anybody, which says what the sponsor asks before it is filled in.

Invariants:

- What was typed is shown again beside what is wrong with it, and is kept nowhere until nothing is.
- The browser has a key before the form is sent, and the form has its token: sent twice it applies once, and the browser
  keeps its key whichever answer it gets.
- A browser that works for a shop does not apply with another one: its key would be lost.
"""

import secrets
from http import HTTPStatus

from fastapi import Request, Response

from edge.language import Language
from edge.visitors import language_of
from programmable_money.messages import address_of
from programmable_money.shops.applications import ApplicationForm, Applications, FormError
from programmable_money.shops.browsers.model import form_token_of, is_form_token
from programmable_money.shops.model import ShopError, ShopRefusal
from programmable_money.shops.web.frame import PageFrame, Routes, Text
from programmable_money.shops.web.words import Words, words_of
from ssi.base64url import encode_base64url

__all__ = ["ApplicationPages"]


class ApplicationPages:
    """The endpoints."""

    def __init__(self, frame: PageFrame, applications: Applications) -> None:
        self._frame, self._applications = frame, applications
        self.shown: Routes = {"/apply": self.form}
        self.sent: Routes = {"/apply": self.apply}

    async def form(self, request: Request) -> Response:
        """What is asked, and the form."""
        return self._applied(request) or self._page(request, ApplicationForm())

    async def apply(
        self,
        request: Request,
        token: Text = "",
        name: Text = "",
        iban: Text = "",
        bic: Text = "",
        category: Text = "",
        contact: Text = "",
        chain: Text = "",
    ) -> Response:
        """Take the application, and make this browser the shop's first employee."""
        applied = self._applied(request)
        if applied is not None:
            return applied
        filled_in = ApplicationForm(name, iban, bic, category, contact, chain)
        private_key = self._frame.applicant(request)
        if private_key is None or not is_form_token(private_key, token):
            words = words_of(ShopError(ShopRefusal.FORM_TOO_OLD), language_of(request))
            return self._page(request, filled_in, words=words, status=HTTPStatus.FORBIDDEN)
        label = "first employee" if language_of(request) is Language.EN else "eerste medewerker"
        try:
            paired = self._applications.apply(filled_in, private_key, label)
        except FormError as error:
            return self._page(request, filled_in, error=error, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        except ShopError as error:
            applied = self._applied(request)  # by the same form, sent twice at once
            if applied is not None:
                return applied
            words = words_of(error, language_of(request))
            return self._page(request, filled_in, words=words, status=HTTPStatus.CONFLICT)
        return self._frame.keep(self._frame.go("/", request), paired)

    def _applied(self, request: Request) -> Response | None:
        """To the shop's own page, for a browser that works for one; None for any other.

        A browser that applied and did not hear so gets the key that it applied with.
        """
        if self._frame.find(request) is not None:
            return self._frame.go("/", request)
        known = self._frame.applicant(request)
        paired = None if known is None else self._frame.links.find(encode_base64url(known))
        return None if paired is None else self._frame.keep(self._frame.go("/", request), paired)

    def _page(
        self,
        request: Request,
        filled_in: ApplicationForm,
        *,
        error: FormError | None = None,
        words: Words | None = None,
        status: int = HTTPStatus.OK,
    ) -> Response:
        register = self._applications.register
        known = self._frame.applicant(request)
        is_new = known is None or register.store.find_key(address_of(known)) is not None
        private_key = secrets.token_bytes(32) if known is None or is_new else known
        answer = self._frame.page(
            request,
            "apply.html",
            None,
            status=status,
            form=filled_in,
            problems={} if error is None else error.problems,
            words=words,
            asks=register.policy,
            categories=register.rulebook.spending.categories,
            applicant=form_token_of(private_key),
        )
        return self._frame.keep_applicant(answer, private_key) if is_new else answer
