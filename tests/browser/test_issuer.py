# SPDX-License-Identifier: EUPL-1.2
"""A citizen logs in for a credential, and an employee works at the desk, with the keyboard."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from edge.fetch import GuardedFetch
from holder.openid.errors import AnswerError
from holder.openid.offers import read_offer
from issuer.activation.desk import ActivationDesk
from issuer.activation.model import ActivationState
from issuer.desk.employees import Employees
from ssi.openid.offer import OfferReference
from tests.browser.person import Person, person, require_browser
from tests.interop.services import Town, issuer
from tests.interop.wallets import new_wallet, now, receiver

pytestmark = [pytest.mark.node, pytest.mark.slow]
FETCH = GuardedFetch.for_this_machine()
WORDS = "welcome in the demonstration"
LANGUAGES = pytest.mark.parametrize("language", ["nl", "en"])


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    require_browser()
    folder = tmp_path_factory.mktemp("issuer-pages")
    login = folder / "login"
    login.write_text(WORDS)
    with issuer(folder / "issuer", "--demonstration-login", str(login)) as running:
        employees = Employees(running.desk.store, now)
        for name in ("joke", "siem"):
            employees.add(name, f"the passphrase of {name}")
        running.letter("bas", "age")
        running.letter("cato", "household-income", "age")
        yield running


@LANGUAGES
def test_a_citizen_logs_in_and_allows(town: Town, tmp_path: Path, language: str) -> None:
    with new_wallet(tmp_path) as wallet, person(language, town.address) as amira:
        receiving = receiver(wallet, town.trust)
        offer = read_offer(OfferReference(f"{town.address}/offers/age").link(), FETCH)
        started = receiving.start_authorization(offer, amira.wallet)
        amira.open(started.url)
        amira.look("issuer-login")
        _log_in(amira, "nobody", WORDS)
        amira.wait_for("#problem")
        amira.look("issuer-login-refused")
        _log_in(amira, "amira" if language == "nl" else "bas", WORDS)
        amira.wait_for('button[value="allow"]')
        amira.look("issuer-consent")
        amira.press('button[value="allow"]')
        pairs = parse_qsl(urlsplit(amira.where_it_ended()).query)
        received = receiving.finish_authorization(started, pairs)
        assert len(received.copied[0].copies) == 10


@LANGUAGES
def test_a_citizen_says_no_and_the_wallet_is_told(town: Town, tmp_path: Path, language: str) -> None:
    with new_wallet(tmp_path) as wallet, person(language, town.address) as cato:
        receiving = receiver(wallet, town.trust)
        offer = read_offer(OfferReference(f"{town.address}/offers/age").link(), FETCH)
        started = receiving.start_authorization(offer, cato.wallet)
        cato.open(started.url)
        _log_in(cato, "cato", WORDS)
        cato.wait_for('button[value="deny"]')
        cato.press('button[value="deny"]')
        with pytest.raises(AnswerError) as refused:
            receiving.finish_authorization(started, parse_qsl(urlsplit(cato.where_it_ended()).query))
        assert refused.value.code == "access_denied"
        cato.open(started.url, 400)
        cato.look("issuer-used-link", expected=["400"])


@LANGUAGES
def test_an_employee_finds_a_code_and_withdraws_it(town: Town, language: str) -> None:
    with person(language, town.address) as joke:
        joke.open(f"{town.address}/desk/login")
        joke.look("desk-login")
        joke.fill_in('input[name="name"]', "joke")
        joke.fill_in('input[name="passphrase"]', "the passphrase of joke")
        joke.press('main form button:not([type="button"])')
        joke.wait_for("main table")
        joke.look("desk-codes")
        joke.open(f"{town.address}/desk/batches")
        joke.look("desk-batches")
        joke.open(f"{town.address}/desk/batches/1")
        joke.look("desk-batch")
        number = 1 if language == "nl" else 2
        joke.open(f"{town.address}/desk/codes/{number}")
        joke.look("desk-code")
        joke.fill_in("#revoke-reason", "moved away")
        joke.press('form[action*="/revoke"] button')
        joke.wait_for("main:not(:has(#revoke-reason))")
        joke.look("desk-code-revoked")
        assert joke.read(".facts dd") == {"nl": "ingetrokken", "en": "revoked"}[language]
    (code,) = [code for code in ActivationDesk(town.desk.store, now).codes() if code.id == number]
    assert code.state_at(now()) is ActivationState.REVOKED


def _log_in(somebody: Person, name: str, passphrase: str) -> None:
    somebody.fill_in("#person", name)
    somebody.fill_in("#passphrase", passphrase)
    somebody.press('button[type="submit"]:not([value="deny"])')
