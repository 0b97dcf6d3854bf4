# SPDX-License-Identifier: EUPL-1.2
"""Pictures that a till's page sends: read and forgotten, from its own browser only, bounded; who may use a camera."""

import logging
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute

from edge.qr_reading import PictureRefusal
from programmable_money.model import Amount
from programmable_money.node import open_chain
from programmable_money.shops.model import KeyKind
from programmable_money.shops.web.scanning import MOST_PICTURE_OCTETS, SCANS
from tests.architecture.source import PACKAGES, python_files, read
from tests.flows.browser_till import Counter, token_of
from tests.flows.money import STARTS_AT
from tests.flows.pictures import frame, png_bomb
from tests.unit.verifier.browser import Browser


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    with open_chain("embedded", starts_at=STARTS_AT) as chain:
        opened = Counter.open(chain, tmp_path)
        yield opened
        opened.close()


def shown_code(counter: Counter, cents: int = 1_000) -> str:
    return counter.market.amira.permit(counter.market.world.fund, cents).to_code()


def scan(browser: Browser, picture: bytes, *, kind: str = "image/jpeg", **more: str) -> httpx.Response:
    headers = {"Content-Type": kind, "Accept": "application/json", "Accept-Language": "en"}
    return browser.post(SCANS, content=picture, headers={**headers, "Stuiver-Form-Token": token_of(browser), **more})


def test_the_code_in_a_picture_comes_back_and_is_charged(counter: Counter) -> None:
    till = counter.paired()
    for kind, media_type in (("JPEG", "image/jpeg"), ("PNG", "image/png")):
        code = shown_code(counter)
        found = scan(till, frame(code, kind=kind, turned=5, blur=0.8), kind=media_type)
        assert (found.status_code, found.headers["cache-control"]) == (200, "no-store")
        assert (found.json()["state"], found.json()["text"]) == ("read", code)
        fields = {"token": token_of(till), "permit": found.json()["text"], "amount": "10"}
        assert till.post("/charges", data=fields).status_code == 303
    assert counter.market.world.fund.merchant(counter.shop).balance == Amount(2_000)
    assert scan(till, frame(counter.permit(500), error="l", share=0.9)).json()["state"] == "read"


def test_a_picture_without_a_permit_gives_words_and_no_text(counter: Counter) -> None:
    till = counter.paired()
    size = (1280, 480)
    for picture, state in (
        (frame(), PictureRefusal.NO_CODE),
        (frame(shown_code(counter), shown_code(counter), size=size, share=0.9), PictureRefusal.SEVERAL_CODES),
        (frame("https://shop.example/loyalty?card=1234"), "other"),
        (frame(shown_code(counter)[:-2]), "other"),
    ):
        found = scan(till, picture)
        assert (found.status_code, found.json()["state"]) == (200, state)
        assert found.json()["words"]
        assert set(found.json()) == {"state", "words"}
        assert "1234" not in found.text


def test_what_is_no_picture_or_too_large_is_refused_in_words(counter: Counter) -> None:
    till = counter.paired()
    for picture, kind, status, reason in (
        (b"hello", "image/jpeg", 422, PictureRefusal.NOT_A_PICTURE),
        (frame("x")[:700], "image/jpeg", 422, PictureRefusal.NOT_A_PICTURE),
        (png_bomb(), "image/png", 413, PictureRefusal.TOO_MANY_PIXELS),
    ):
        refused = scan(till, picture, kind=kind)
        assert (refused.status_code, refused.json()["type"]) == (status, f"urn:stuiver:problem:{reason.value}")
        assert "paste the code" in refused.json()["detail"]
    assert scan(till, bytes(MOST_PICTURE_OCTETS + 1)).status_code == 413
    assert scan(till, frame("x"), kind="image/gif").status_code == 415
    assert scan(till, b"<svg/>", kind="image/svg+xml").status_code == 415


def test_only_pictures_may_be_long(counter: Counter) -> None:
    till = counter.paired()
    long = {"token": token_of(till), "permit": "x" * 40_000, "amount": "10"}
    assert till.post("/charges", data=long).status_code == 413


def test_only_a_paired_browser_with_its_own_token_and_from_its_own_page_may_send(counter: Counter) -> None:
    till, other = counter.paired(), counter.paired(label="till 2")
    picture = frame(shown_code(counter))
    assert scan(till, picture, **{"Stuiver-Form-Token": token_of(other)}).status_code == 403
    assert scan(till, picture, **{"Stuiver-Form-Token": ""}).status_code == 403
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert scan(till, picture, **foreign).status_code == 403
    headers = {"Content-Type": "image/jpeg", "Stuiver-Form-Token": token_of(till)}
    assert till.another().post(SCANS, content=picture, headers=headers).status_code == 403
    key = next(k for k in counter.market.register.store.keys(counter.shop) if k.label == "till 1")
    counter.market.register.revoke_key(counter.shop, key.key)
    assert till.post(SCANS, content=picture, headers=headers).status_code == 403


def test_a_till_that_sends_pictures_too_fast_waits_and_another_does_not(counter: Counter) -> None:
    till, other = counter.paired(), counter.paired(label="till 2")
    headers = {"Content-Type": "image/jpeg", "Stuiver-Form-Token": token_of(till)}
    answers = [till.post(SCANS, content=b"x", headers=headers) for _ in range(60)]
    assert answers[0].status_code == 422
    late = next(answer for answer in answers if answer.status_code == 429)
    assert int(late.headers["retry-after"]) >= 1
    assert scan(other, frame()).status_code == 200


def test_nothing_of_a_picture_is_kept_or_logged(
    counter: Counter, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    till, code = counter.paired(), shown_code(counter)
    picture = frame(code)
    before = {path: path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()}
    with caplog.at_level(logging.DEBUG):
        assert scan(till, picture).json()["text"] == code
        assert scan(till, picture[:700]).status_code == 422
    assert {path: path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()} == before
    assert code[-40:] not in caplog.text
    assert picture[100:140].hex() not in caplog.text


def test_the_page_of_a_till_alone_may_use_the_camera(counter: Counter) -> None:
    """Every page and every other answer of the service, asked as till, employee, sponsor and nobody."""
    till, staff, sponsor = counter.paired(), counter.paired(KeyKind.EMPLOYEE, "Jan"), counter.employee("joke")
    fields = {"token": token_of(till), "permit": shown_code(counter), "amount": "10"}
    payment = till.post("/charges", data=fields).headers["location"].partition("?")[0].removeprefix("/payments/")
    request = till.post("/requests", data=fields).headers["location"].partition("?")[0].removeprefix("/requests/")
    names = {"payment": payment, "name": request, "period": "2026-04", "ticket": "x" * 43, "shop": counter.shop}
    names["key"] = next(iter(counter.market.register.store.keys(counter.shop))).key
    paths = [route.path.format_map(names) for route in counter.app.routes if isinstance(route, APIRoute)]
    assert len(paths) > 15
    scanning = 0
    for browser in (till, staff, sponsor, till.another()):
        for path in {*paths, "/nothing"}:
            page = browser.page(path)
            is_till_page = 'data-scan="/scans' in page.text
            camera = "camera=(self)" if is_till_page else "camera=()"
            assert page.headers["permissions-policy"] == f"{camera}, geolocation=(), microphone=(), payment=()", path
            scanning += is_till_page
    assert scanning == 3  # of the till, of the employee, and for whom the till's request is none of theirs


def test_no_other_page_of_any_service_asks_for_the_camera() -> None:
    asking = {path.as_posix() for path in python_files(*PACKAGES) if "camera=" in read(path)}
    assert asking == {
        "edge/headers.py",
        "programmable_money/shops/web/frame.py",
        "programmable_money/shops/web/till_pages.py",
    }
    setting = {path.as_posix() for path in python_files(*PACKAGES) if "Permissions-Policy" in read(path)}
    assert setting == {"edge/headers.py", "edge/web/shell.py"}
