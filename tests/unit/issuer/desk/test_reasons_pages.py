# SPDX-License-Identifier: EUPL-1.2
"""Refusals of the desk's pages that no other test expects by their name."""

import html

import pytest
from fastapi import FastAPI

from edge.hosts import hosts_of
from edge.language import Language
from edge.service import guard_service
from edge.web.shell import PageShell
from issuer.activation.desk import ActivationDesk
from issuer.activation.errors import DeskActionError, DeskRefusal
from issuer.activation.wording import find_explanation
from issuer.desk.api import DeskPages, desk_router
from issuer.desk.employees import Employees, PassphraseWork
from issuer.desk.sessions import DeskSessions
from issuer.store import Store
from tests.unit.issuer.activation.material import SECRET, Office
from tests.unit.issuer.desk.test_api import LIST, URL, Desk

TOLD = pytest.mark.parametrize("language", list(Language))


def _words(refusal: DeskRefusal, language: Language) -> str:
    found = find_explanation(DeskActionError(refusal), language)
    assert found
    return found


@TOLD
@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        ("/desk/batches/1/approve", DeskRefusal.ALREADY_APPROVED),
        ("/desk/batches/1/letters", DeskRefusal.NO_SENDER),
    ],
    ids=["approved twice", "nobody sends"],
)
def test_an_employee_is_told_why_not(store: Store, path: str, refusal: DeskRefusal, language: Language) -> None:
    office = Office(store)
    employees = Employees(store, office.clock, PassphraseWork.SMALL)
    for name in ("joke", "siem"):
        employees.add(name, f"the passphrase of {name}")
    desk, sessions = ActivationDesk(store, office.clock), DeskSessions(SECRET, office.clock, is_https=True)
    pages = DeskPages("Westerkwartier", employees, desk, None, ("household-income", "age"), sessions, office.clock)
    app = FastAPI()
    app.include_router(desk_router(pages))
    guard_service(app, hosts=hosts_of(URL), shell=PageShell())
    town = Desk(app, office, employees)
    town.browser("joke").prepare(LIST)
    siem = town.browser("siem")
    assert siem.send("/desk/batches/1/approve").status_code == 200
    answer = siem.send(f"{path}?lang={language.value}")
    assert answer.status_code == 409
    assert _words(refusal, language) in html.unescape(answer.text)
