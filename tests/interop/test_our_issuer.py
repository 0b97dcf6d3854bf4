# SPDX-License-Identifier: EUPL-1.2
"""A wallet built with @openid4vc takes credentials from our issuer; @sd-jwt and others verify them."""

import http.client
import json
import re
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest

from edge.fetch import GuardedFetch
from tests.interop.programs import ask_program, program, require_node
from tests.interop.services import Town, issuer

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("our issuer")]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    require_node()
    folder = tmp_path_factory.mktemp("desk")
    login = folder / "login"
    login.write_text("welcome in the demonstration")
    with issuer(folder / "issuer", "--demonstration-login", str(login)) as running:
        yield running


def _issuer_jwk(town: Town) -> dict[str, Any]:
    keys = json.loads(GuardedFetch.for_this_machine().get(f"{town.address}/jwks").octets)["keys"]
    found: dict[str, Any] = keys[0]
    return found


def _check(town: Town, credential: str, **options: object) -> dict[str, Any]:
    return ask_program("check", {"credential": credential, "issuerJwk": _issuer_jwk(town), **options})


def test_a_letter_gives_ten_copies_of_each_credential(town: Town) -> None:
    link, pin = town.letter("amira", "household-income", "age")
    received = ask_program(
        "receive",
        {
            "offer": link,
            "pin": pin,
            "grant": "pre-authorized",
            "batch": 10,
            "configurations": ["household-income-sd-jwt", "age-sd-jwt"],
        },
    )
    assert received["tokenType"] == "DPoP"
    assert received["renewed"] is True
    assert received["notifications"] == 2
    income, age = (received["credentials"][name] for name in ("household-income-sd-jwt", "age-sd-jwt"))
    assert (len(income), len(age)) == (10, 10)
    verified = _check(town, income[0], requiredClaims=["income", "norm", "children", "municipality"])
    assert verified["payload"]["income"] == 154_060
    assert verified["header"]["typ"] == "dc+sd-jwt"
    assert _check(town, age[9])["payload"]["age_under_21"] is False
    keys = {json.dumps(_check(town, copy)["payload"]["cnf"]["jwk"], sort_keys=True) for copy in income}
    assert len(keys) == 10


def test_a_letter_works_once(town: Town) -> None:
    link, pin = town.letter("bas", "age", by_value=True)
    job = {"offer": link, "pin": pin, "grant": "pre-authorized", "batch": 1, "configurations": ["age-sd-jwt"]}
    ask_program("receive", job)
    with program("receive", job) as again:
        assert again.fail()["answer"]["error"] == "invalid_grant"


def test_three_wrong_pins_lock_the_letter(town: Town) -> None:
    link, pin = town.letter("bas", "age", by_value=True)
    wrong = "111111" if pin != "111111" else "222222"
    job = {"offer": link, "pin": wrong, "grant": "pre-authorized", "batch": 1, "configurations": ["age-sd-jwt"]}
    for _ in range(3):
        with program("receive", job) as refused:
            assert refused.fail()["answer"]["error"] == "invalid_grant"
    with program("receive", {**job, "pin": pin}) as locked:
        said = locked.fail()["answer"]
    assert said["error"] == "invalid_grant"
    assert "brief" in said["error_description"]  # the way out: call the number in the letter


def test_a_login_gives_credentials_too(town: Town) -> None:
    redirect = "http://127.0.0.1:1/wallet"
    offer = (
        f"openid-credential-offer://?credential_offer_uri={urllib.parse.quote(town.address + '/offers/age', safe='')}"
    )
    job = {
        "offer": offer,
        "grant": "authorization",
        "batch": 3,
        "redirectUri": redirect,
        "configurations": ["age-sd-jwt"],
    }
    with program("receive", job) as wallet:
        url = wallet.hear()["authorizationUrl"]
        wallet.say({"redirect": Browser(url).log_in("amira", "welcome in the demonstration")})
        received = wallet.hear()
    assert len(received["credentials"]["age-sd-jwt"]) == 3


def test_a_revoked_credential_is_refused_by_a_foreign_verifier(town: Town) -> None:
    link, pin = town.letter("cato", "age")
    job = {"offer": link, "pin": pin, "grant": "pre-authorized", "batch": 1, "configurations": ["age-sd-jwt"]}
    (credential,) = ask_program("receive", job)["credentials"]["age-sd-jwt"]
    assert _check(town, credential)["payload"]["age_over_18"] is True
    for command, status in (("suspend", "suspended"), ("reinstate", None), ("revoke", "invalid")):
        town.run("status", command, "cato", "--type", "age", "--employee", "joke", "--reason", "a test of the list")
        if status is None:
            assert _check(town, credential)["payload"]["vct"] == "urn:stuiver:credential:age:1"
            continue
        with program("check", {"credential": credential, "issuerJwk": _issuer_jwk(town)}) as refused:
            assert "status" in refused.fail()["error"].lower()


class Browser:
    """Fills in the forms of a login as a person would, and stops at the wallet's address."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._cookies: dict[str, str] = {}
        self._page = ""

    def log_in(self, person: str, passphrase: str) -> str:
        """Log in and agree; where the browser was sent at the end."""
        where = self._go(self._url)
        for _ in range(8):
            if where is not None:
                return where
            where = self._submit({"person": person, "passphrase": passphrase})
        raise AssertionError(self._page)

    def _submit(self, values: dict[str, str]) -> str | None:
        form = re.search(r"<form[^>]*>(.*?)</form>", self._page, re.DOTALL)
        assert form is not None, self._page
        action = re.search(r'<form[^>]*action="([^"]*)"', self._page)
        fields: dict[str, str] = {}
        for tag in re.findall(r"<(?:input|button)[^>]*>", form[1]):
            name = re.search(r'name="([^"]*)"', tag)
            value = re.search(r'value="([^"]*)"', tag)
            if name is not None:
                fields.setdefault(name[1], values.get(name[1], value[1] if value else ""))
        target = urllib.parse.urljoin(self._url, action[1] if action else self._url)
        return self._go(target, urllib.parse.urlencode(fields))

    def _go(self, url: str, body: str | None = None) -> str | None:
        for _ in range(5):
            self._url = url
            parts = urllib.parse.urlsplit(url)
            if parts.port == 1:
                return url
            connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
            headers = {
                "Accept": "text/html",
                "Origin": f"{parts.scheme}://{parts.netloc}",
                "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
            }
            if body is not None:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request("GET" if body is None else "POST", f"{parts.path}?{parts.query}", body, headers)
            response = connection.getresponse()
            self._page = response.read().decode()
            for header, value in response.getheaders():
                if header.lower() == "set-cookie":
                    name, _, rest = value.partition("=")
                    self._cookies[name] = rest.partition(";")[0]
            location = response.getheader("Location")
            connection.close()
            if location is None:
                assert response.status == 200, self._page
                return None
            url, body = urllib.parse.urljoin(url, location), None
        raise AssertionError("the browser is sent around")
