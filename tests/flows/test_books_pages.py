# SPDX-License-Identifier: EUPL-1.2
"""The pages of open books, of every kind of programme: anyone can read them, and nothing about a citizen is there."""

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files

import pytest

from edge.language import Language
from programmable_money.audit import BooksAuditor, Told
from programmable_money.model import Amount
from programmable_money.open_books import EventKind, OpenBooks
from programmable_money.web.pages import Page, Pages
from ssi.rulebook.model import ProgrammeKind
from tests.flows.booked import NAMES, Booked, open_booked
from tests.flows.visiting import LANGUAGES, PATHS, Outline, get


@dataclass
class Seen:
    """A programme and who reads its books."""

    booked: Booked
    reader: BooksAuditor

    @property
    def books(self) -> OpenBooks:
        return self.reader.read()


@pytest.fixture(scope="module", params=list(ProgrammeKind))
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    with open_booked(request.param, tmp_path_factory.mktemp("wallets")) as booked:
        yield Seen(booked, booked.auditor(Told(entitled=20, cost=Amount(125_000))))


# ---- the pages ----


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", [*PATHS, "/nothing-here"])
def test_page_is_well_formed_and_usable_without_eyes_or_mouse(seen: Seen, path: str, language: str) -> None:
    page = Outline(get(seen.reader, f"{path}?lang={language}", accept="text/html").text)
    assert (page.open, page.unbalanced) == ([], [])
    assert page.all("html") == [{"lang": language}]
    assert len(page.all("title")) == len(page.all("main")) == len(page.all("h1")) == 1
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert set(page.values("aria-labelledby")) <= set(ids)
    assert all(cell.get("scope") in {"row", "col"} for cell in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table"))
    assert page.all("a")[0] == {"class": "skip", "href": "#main"}
    assert [link["hreflang"] for link in page.all("a") if link.get("aria-current") == "true"] == [language]
    assert all(nav.get("aria-label") for nav in page.all("nav"))
    if path in PATHS:  # the page of a problem names its correlation id, in which anything may stand
        assert re.findall(r"[a-z]+_[a-z_]+", page.text) == [], "a text that is not there goes by its name"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PATHS)
def test_page_runs_and_loads_nothing_from_elsewhere(seen: Seen, path: str, language: str) -> None:
    response = get(seen.reader, f"{path}?lang={language}")
    page = Outline(response.text)
    assert page.all("script", "style", "iframe", "img", "object", "embed", "form", "base") == []
    attributes = {name for _, present in page.elements for name in present}
    assert not {name for name in attributes if name.startswith("on") or name in {"style", "src", "srcset"}}
    assert [link["href"] for link in page.all("link")] == ["/style.css"]
    assert "//" not in "".join(page.values("href"))
    assert "://" not in get(seen.reader, "/style.css").text
    policy = response.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self';")
    assert "unsafe" not in policy
    assert "set-cookie" not in response.headers


def test_every_link_leads_somewhere(seen: Seen) -> None:
    for path in PATHS:
        for link in Outline(get(seen.reader, path).text).all("a"):
            target, _, anchor = link["href"].partition("#")
            if target.startswith("?"):
                target = path + target
            answer = get(seen.reader, target or path)
            assert answer.status_code == 200, link
            assert not anchor or anchor in Outline(answer.text).values("id"), link


@pytest.mark.parametrize("path", PATHS)
def test_languages_differ_and_are_named(seen: Seen, path: str) -> None:
    dutch, english = (get(seen.reader, f"{path}?lang={language}") for language in LANGUAGES)
    assert (dutch.headers["content-language"], english.headers["content-language"]) == ("nl", "en")
    assert Outline(dutch.text).text != Outline(english.text).text
    assert "Accept-Language" in dutch.headers["vary"]
    by_browser = get(seen.reader, path, accept_language="fr, en-GB;q=0.9, nl;q=0.5")
    assert by_browser.text == english.text
    assert get(seen.reader, path).text == dutch.text
    assert get(seen.reader, f"{path}?lang=nl", accept_language="en").text == dutch.text


def test_every_text_is_in_both_languages_and_used() -> None:
    folder = files("programmable_money.web")
    texts: Mapping[str, Mapping[str, str]] = json.loads(folder.joinpath("texts.json").read_bytes())
    templates = "".join(entry.read_text() for entry in folder.joinpath("templates").iterdir())
    prefixes = tuple(re.findall(r'text\("(\w+_)" ~', templates))
    assert all(set(wording) == {"nl", "en"} and all(wording.values()) for wording in texts.values())
    unused = [key for key in texts if not re.search(rf"\bt\.{key}\b", templates) and not key.startswith(prefixes)]
    assert unused == []
    assert {f"event_{kind.value}" for kind in EventKind} <= texts.keys()
    for wording in texts.values():
        placeholders = [sorted(re.findall(r"\{(\w+)\}", text)) for text in wording.values()]
        assert placeholders[0] == placeholders[1]


@pytest.mark.parametrize("language", Language)
def test_rules_are_the_rulebooks_words(seen: Seen, language: Language) -> None:
    text, rulebook = Outline(get(seen.reader, f"/rules?lang={language.value}").text).text, seen.booked.rulebook
    assert language.of(rulebook.summary) in text
    assert all(language.of(rule.text) in text for rule in rulebook.rules.predicates)
    assert f"0x{rulebook.hash.hex()}" in text
    assert all(name in text for name in NAMES[rulebook.kind])
    if rulebook.norms is not None:
        assert all(language.of(household.title) in text for household in rulebook.norms.households)
    if rulebook.kind is ProgrammeKind.TASKS:
        earnings = rulebook.earnings
        assert all(language.of(rate.title) in text for rate in earnings.rates)
        assert all(language.of(reason.title) in text for reason in earnings.reasons)
        assert language.of(earnings.effect_on_benefits) in text
    if rulebook.kind is ProgrammeKind.PASS:
        assert all(language.of(rule.text) in text for rule in rulebook.pass_use.rules.predicates)
        assert {Language.NL: "juni, juli en augustus", Language.EN: "June, July and August"}[language] in text
        assert {Language.NL: "80% van de korting", Language.EN: "80% of the reduction"}[language] in text


@pytest.mark.parametrize("language", Language)
def test_page_shows_the_same_figures_as_the_document(seen: Seen, language: Language) -> None:
    text = Outline(get(seen.reader, f"/?lang={language.value}").text).text.replace("\N{NO-BREAK SPACE}", " ")
    books, content = seen.books, get(seen.reader, "/books.json").json()
    for name in ("deposits", "settled", "supply", "unallocated", "merchants"):
        assert Amount(content["books"][name]).format(language) in text
    for name, count in books.counts.items():
        if name.endswith("_cents"):
            assert Amount(count).format(language) in text
    for line in (*content["spending"]["category"], *content["spending"]["month"], *content.get("paid", ())):
        for name, figure in line.items():
            if name.endswith("_cents") and figure is not None:
                assert Amount(figure).format(language) in text
    assert {Language.NL: "De boeken kloppen.", Language.EN: "The books balance."}[language] in text


def test_nothing_about_a_citizen_is_shown(seen: Seen) -> None:
    everything = "".join(get(seen.reader, path).text for path in [*PATHS, "/books.json"]).lower()
    for account in (*seen.booked.people, *seen.booked.shops):
        assert account.lower().removeprefix("0x") not in everything


def test_only_an_example_says_that_it_is_one(seen: Seen) -> None:
    for page in Page:
        assert "Dit is een voorbeeld." in Pages(is_example=True).show(page, seen.books, Language.NL)
        assert "voorbeeld" not in Pages().show(page, seen.books, Language.NL)
