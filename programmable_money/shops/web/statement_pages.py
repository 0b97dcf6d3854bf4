# SPDX-License-Identifier: EUPL-1.2
"""A shop's own statements: a day or a month, as a page, as CSV and as PDF."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Query, Request, Response

from edge.problems import Problem
from edge.visitors import language_of
from programmable_money.shops.till_service import TillService
from programmable_money.shops.web.frame import PageFrame, Routes, money_language
from programmable_money.shops.web.words import words_of
from programmable_money.statements.csv_file import to_csv
from programmable_money.statements.model import ZONE, Period
from programmable_money.statements.pdf_file import to_pdf

__all__ = ["StatementPages"]

_Period = Annotated[str, Query(max_length=10)]


class StatementPages:
    """The endpoints."""

    def __init__(self, frame: PageFrame, service: TillService) -> None:
        self._frame, self._service = frame, service
        self.shown: Routes = {
            "/statements": self.statements,
            "/statements/{period}.csv": self.csv,
            "/statements/{period}.pdf": self.pdf,
        }
        self.sent: Routes = {}

    async def statements(self, request: Request, period: _Period = "") -> Response:
        """A day or a month: today unless one is asked for."""
        till, words = self._frame.taking_part(request), None
        today = f"{self._service.clock().astimezone(ZONE):%Y-%m-%d}"
        try:
            chosen = Period.from_text(period or today)
        except ValueError:
            chosen, words = Period.from_text(today), words_of(ValueError("period"), language_of(request))
        made = self._service.statement(till, chosen)
        return self._frame.page(
            request,
            "statements.html",
            till,
            status=HTTPStatus.OK if words is None else HTTPStatus.BAD_REQUEST,
            keep={"period": str(chosen)},
            words=words,
            statement=made,
            today=today,
        )

    async def csv(self, request: Request, period: str) -> Response:
        """For the shop's bookkeeping."""
        made = self._service.statement(self._frame.taking_part(request), _period(period))
        return _download(to_csv(made).encode(), f"{made.period}.csv", "text/csv; charset=utf-8")

    async def pdf(self, request: Request, period: str) -> Response:
        """To print."""
        made = self._service.statement(self._frame.taking_part(request), _period(period))
        return _download(to_pdf(made, money_language(language_of(request))), f"{made.period}.pdf", "application/pdf")


def _period(text: str) -> Period:
    try:
        return Period.from_text(text)
    except ValueError:
        raise Problem(HTTPStatus.NOT_FOUND) from None


def _download(octets: bytes, name: str, kind: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(octets, media_type=kind, headers=headers)
