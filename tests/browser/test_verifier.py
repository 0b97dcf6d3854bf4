# SPDX-License-Identifier: EUPL-1.2
"""A citizen proves something at the verifier's pages, with the keyboard and a wallet beside it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from edge.fetch import GuardedFetch, StatusError
from edge.language import Language
from holder.openid.offers import read_offer
from holder.openid.planning import plan_disclosure
from holder.openid.presenting import Presenter
from holder.openid.requests import KnownVerifiers, NoCertificates, read_request
from holder.service import Wallet
from tests.browser.person import Person, person, require_browser
from tests.interop.services import Counter, Town, issuer, verifier
from tests.interop.wallets import RESOLVER, new_wallet, now, receiver, trust_list
from verifier.settings import ClientName

pytestmark = [pytest.mark.node, pytest.mark.slow]
FETCH = GuardedFetch.for_this_machine()
LANGUAGES = pytest.mark.parametrize("language", ["nl", "en"])


@dataclass
class Place:
    """The services, and Bas with his wallet."""

    town: Town
    counter: Counter
    wallet: Wallet

    def answer(self, link: str) -> None:
        """The wallet answers a request."""
        verifiers = KnownVerifiers(RESOLVER, NoCertificates())
        verified = read_request(link, FETCH, verifiers, now=now())
        plan = plan_disclosure(
            self.wallet, verified, trust_list(self.town.trust), now=now(), allowed=frozenset(), known=()
        )
        Presenter(self.wallet, FETCH, now, Language.NL).present(plan)

    def answer_badly(self, link: str) -> None:
        """A wallet that sends nonsense."""
        found = re.search(r"request_uri=[^&]*%2Frequests%2F([\w-]{22})", link)
        assert found is not None
        with pytest.raises(StatusError):
            FETCH.post_form(f"{self.counter.address}/requests/{found[1]}/response", {"response": "a.b.c.d.e"})


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    require_browser()
    folder = tmp_path_factory.mktemp("verifier-pages")
    with issuer(folder / "issuer") as town, new_wallet(folder) as wallet:
        link, pin = town.letter("bas", "age")
        receiver(wallet, town.trust).accept(read_offer(link, FETCH), pin)
        client = ClientName.DECENTRALIZED_IDENTIFIER
        with verifier(folder / "verifier", town.trust, client=client, encrypted=True) as counter:
            yield Place(town, counter, wallet)


def _begin(somebody: Person, place: Place, device: str, *, looks: bool = False) -> str:
    """From the first page to the request; its link."""
    somebody.open(f"{place.counter.address}/")
    if looks:
        somebody.look("verifier-start")
    somebody.press('a.button[href^="/policies/under-21/"]')
    somebody.wait_for("form button")
    if looks:
        somebody.look("verifier-policy")
    somebody.press(f'form:has(input[name="device"][value="{device}"]) button')
    somebody.wait_for("[data-watch]")
    if device == "same":
        return somebody.read("a.button", "href")
    if looks:
        somebody.look("verifier-request")
    somebody.press("details summary")
    return somebody.read("details code")


@LANGUAGES
def test_the_page_shows_the_outcome_as_soon_as_the_wallet_has_answered(place: Place, language: str) -> None:
    with person(language, place.counter.address) as bas:
        link = _begin(bas, place, "other", looks=True)
        assert bas.read("svg[role=img]", "aria-label") in {"QR-code", "QR code"}
        place.answer(link)
        bas.wait_for(".verdict.good")
        bas.look("verifier-outcome")


@LANGUAGES
def test_a_wallet_on_the_same_telephone_is_a_link_away_and_a_refusal_is_told(place: Place, language: str) -> None:
    with person(language, place.counter.address) as bas:
        link = _begin(bas, place, "same")
        assert link.startswith("openid4vp://")
        bas.look("verifier-request-same")
        place.answer_badly(link)
        bas.wait_for(".verdict.bad")
        bas.look("verifier-refused")


@LANGUAGES
def test_what_is_not_there_and_what_is_somebody_elses_is_told_in_words(place: Place, language: str) -> None:
    with person(language, place.counter.address) as cato:
        cato.open(f"{place.counter.address}/nothing", 404)
        cato.look("problem-404", expected=["404"])
        with person(language, place.counter.address) as bas:
            _begin(bas, place, "other")
            page = bas.read("p.small a[href^='/requests/']", "href")
        cato.open(f"{place.counter.address}{page}", 403)
        cato.look("problem-403", expected=["403"])
