# SPDX-License-Identifier: EUPL-1.2
"""Status lists over HTTP: formats, caching, refusals."""

import pytest

from issuer.status.model import StatusAction
from issuer.status.service import StatusDesk
from issuer.store import Store
from tests.unit.issuer.material import AMIRA, INCOME_TYPE
from tests.unit.issuer.openid.material import INCOME, Service, Wallet


@pytest.fixture
def service(store: Store) -> Service:
    """A service that has issued something."""
    made = Service.on(store)
    wallet = Wallet.activated(made)
    document = {"credential_configuration_id": INCOME, "proofs": wallet.jwt_proofs(wallet.nonce(), 3)}
    assert wallet.post("/credential", document).status_code == 200
    return made


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "application/statuslist+jwt"),
        ("*/*", "application/statuslist+jwt"),
        ("application/statuslist+jwt", "application/statuslist+jwt"),
        ("application/statuslist+cwt", "application/statuslist+cwt"),
        ("application/statuslist+cwt, application/statuslist+jwt;q=0.5", "application/statuslist+cwt"),
    ],
)
def test_answers_in_the_format_that_is_accepted(service: Service, accept: str | None, media_type: str) -> None:
    answer = service.http.get("/status-lists/1", headers={"Accept": accept} if accept else {})
    assert answer.headers["Content-Type"] == media_type
    assert answer.headers["Vary"] == "Accept"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_refuses_another_format(service: Service) -> None:
    answer = service.http.get("/status-lists/1", headers={"Accept": "text/csv"})
    assert answer.status_code == 406
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_cache_asks_whether_anything_changed(service: Service) -> None:
    tag = service.http.get("/status-lists/1").headers["ETag"]
    again = service.http.get("/status-lists/1", headers={"If-None-Match": f'"x", {tag}'})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    cwt = {"Accept": "application/statuslist+cwt", "If-None-Match": tag}
    assert service.http.get("/status-lists/1", headers=cwt).status_code == 200
    StatusDesk(service.desk).decide(AMIRA, INCOME_TYPE, StatusAction.SUSPEND, employee="eva", reason="moved")
    changed = service.http.get("/status-lists/1", headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
