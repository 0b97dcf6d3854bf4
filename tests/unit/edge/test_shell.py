# SPDX-License-Identifier: EUPL-1.2
"""The page shell: escaped, complete, in two languages, readable in both colour schemes."""

import json
import re
import sys
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from edge.language import Language
from edge.problems import ProblemView
from edge.web.shell import PageShell
from edge.web.texts import load_texts
from edge.web.writing import write_day, write_moment, write_number
from edge.wording import status_wording

PACKAGE = "shell_of_a_test"
VIEW = ProblemView(404, "<b>title</b>", 'detail "x"', "number-1")


@pytest.fixture
def role(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A role's package with a page."""
    folder = tmp_path / PACKAGE
    (folder / "templates").mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "texts.json").write_text('{"site": {"nl": "Loket", "en": "Desk"}, "hello": {"nl": "hallo", "en": "hi"}}')
    (folder / "style.css").write_text(".own { color: red; }")
    (folder / "templates" / "base.html").write_text(
        '{% extends "edge/base.html" %}{% block site %}{{ t.site }}{% endblock %}'
    )
    (folder / "templates" / "page.html").write_text(
        '{% extends "base.html" %}{% block title %}T{% endblock %}'
        '{% block main %}<h1>{{ t.hello }}</h1>{{ value }}{{ text("none", "hello") }}{% endblock %}'
    )
    (folder / "templates" / "wrong.html").write_text("{{ t.nothing }}")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, PACKAGE, raising=False)
    return PACKAGE


def test_a_page_is_escaped_and_in_its_language(role: str) -> None:
    html = PageShell(role).render("page.html", Language.EN, value="<script>")
    assert "&lt;script&gt;hi" in html
    assert "<script>" not in html
    assert '<html lang="en">' in html
    assert "<title>T · Desk</title>" in html
    assert "<h1>hallo</h1>" in PageShell(role).render("page.html", Language.NL, value="")


def test_what_is_missing_is_an_error(role: str) -> None:
    with pytest.raises(UndefinedError):
        PageShell(role).render("page.html", Language.EN)
    with pytest.raises(UndefinedError):
        PageShell(role).render("wrong.html", Language.EN)


def test_the_other_language_keeps_the_pages_parameters(role: str) -> None:
    html = PageShell(role).render("page.html", Language.EN, value="", keep={"request_uri": 'urn:"x&y', "lang": "en"})
    assert 'href="?request_uri=urn%3A%22x%26y&amp;lang=nl" lang="nl"' in html


def test_a_problem_stands_in_the_roles_own_shell(role: str) -> None:
    html = PageShell(role).problem(VIEW, Language.EN)
    assert "· Desk</title>" in html
    assert "&lt;b&gt;title&lt;/b&gt;" in html
    assert "number-1" in html
    assert "· Stuiver</title>" in PageShell().problem(VIEW, Language.NL)


def test_a_roles_style_follows_the_houses(role: str) -> None:
    house = PageShell().style_sheet
    assert PageShell(role).style_sheet == house + b".own { color: red; }"


@pytest.mark.parametrize(
    "texts",
    [
        {"key": {"nl": "ja"}},
        {"key": {"nl": "ja", "en": ""}},
        {"key": {"nl": "ja", "en": "yes", "de": "ja"}},
        {"not-a-name": {"nl": "ja", "en": "yes"}},
    ],
)
def test_a_text_is_in_exactly_our_languages(role: str, tmp_path: Path, texts: object) -> None:
    (tmp_path / PACKAGE / "texts.json").write_text(json.dumps(texts))
    with pytest.raises(ValueError, match="in every language"):
        load_texts(role)


def test_every_shared_text_is_used() -> None:
    folders = [files(package).joinpath("templates") for package in ("edge.web", "programmable_money.web")]
    templates = "".join(entry.read_text() for folder in folders for entry in folder.iterdir())
    keys = json.loads(files("edge.web").joinpath("texts.json").read_bytes())
    assert [key for key in keys if f"house.{key}" not in templates and not key.startswith("language_")] == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 413, 415, 421, 422, 429, 500, 503])
def test_every_status_has_words_in_both_languages(status: int) -> None:
    words = status_wording(status)
    for wording in (words.title, words.text):
        assert wording.nl != wording.en
    assert status_wording(418) == status_wording(400)
    assert status_wording(599) == status_wording(500)


def test_numbers_and_days_are_written_as_the_language_does() -> None:
    assert (write_number(1_234_567, Language.NL), write_number(1_234_567, Language.EN)) == ("1.234.567", "1,234,567")
    moment = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)
    assert write_day(date(2026, 3, 2), Language.NL) == "2 maart 2026"
    assert write_moment(moment, Language.EN) == "2 March 2026, 09:05"


# ---- the style sheet ----

CSS = PageShell().style_sheet.decode()


def tokens(text: str) -> dict[str, str]:
    return dict(re.findall(r"(--[a-z-]+): (#[0-9a-f]{6})", text))


LIGHT, DARK = (tokens(part) for part in CSS.partition("* { box-sizing")[0].split("@media", 1))


def contrast(first: str, second: str) -> float:
    """Of two colours, by WCAG 2.2."""

    def luminance(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [LIGHT, {**LIGHT, **DARK}], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        ("ink", "paper"),
        ("ink", "card"),
        ("ink", "note-paper"),
        ("soft", "paper"),
        ("soft", "card"),
        ("link", "paper"),
        ("link", "card"),
        ("on-brand", "brand"),
        ("on-brand", "act"),
        ("on-brand", "danger"),
        ("good", "good-paper"),
        ("bad", "bad-paper"),
        ("bad", "paper"),
        ("bad", "card"),
    ],
)
def test_text_can_be_read(scheme: dict[str, str], ink: str, paper: str) -> None:
    assert contrast(scheme[f"--{ink}"], scheme[f"--{paper}"]) >= 4.5


def test_the_style_loads_nothing_and_respects_the_visitor() -> None:
    assert "url(" not in CSS
    assert "@import" not in CSS
    assert "!important" not in CSS
    assert ":focus-visible { outline: 3px" in CSS
    assert "prefers-color-scheme: dark" in CSS
    moving = [line for line in CSS.splitlines() if re.search(r"scroll-behavior|transition|animation", line)]
    assert all(line.startswith("@media (prefers-reduced-motion: no-preference)") for line in moving)
