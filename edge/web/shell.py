# SPDX-License-Identifier: EUPL-1.2
"""The pages of a role inside the one page shell.

A role has a package with ``texts.json``, ``templates/`` and, if it needs more than the house's style, ``style.css``.
Its ``templates/base.html`` extends ``edge/base.html`` and its pages extend that.

What a template sees: ``t`` (the role's texts), ``text(key[, otherwise])``, ``house`` (the shared texts),
``language``, ``say(wording)``, ``number(n)``, ``day(d)``, ``moment(m)``, and what it is rendered with.
"""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined

from edge.headers import ContentPolicy
from edge.language import Language
from edge.problems import ProblemView
from edge.web.texts import load_texts
from edge.web.writing import write_day, write_moment, write_number

__all__ = ["PageShell"]

_HOUSE: Final = "edge.web"
_STRICT: Final = ContentPolicy()


class PageShell:
    """Renders the templates of one role; they and the texts are read once.

    Args:
        package: the role's, such as ``issuer.web``; none for the house alone.
        always: further values that every template sees, the page of a problem too.
    """

    def __init__(self, package: str | None = None, **always: Any) -> None:
        self._house = load_texts(_HOUSE)
        self._texts = load_texts(package) if package else self._house
        house = PrefixLoader({"edge": PackageLoader(_HOUSE)})
        self._environment = Environment(
            loader=ChoiceLoader([PackageLoader(package), house]) if package else house,
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        own_base = package is not None and files(package).joinpath("templates", "base.html").is_file()
        self._always = {**always, "base": "base.html" if own_base else "edge/base.html"}
        self.style_sheet: Final = _style(_HOUSE) + (_style(package) if package else b"")

    def render(self, template: str, language: Language, *, keep: Mapping[str, str] | None = None, **values: Any) -> str:
        """HTML of a template.

        Args:
            keep: the parameters of this page's address that the links to other languages keep.
            values: what the template shows.
        """
        texts = self._texts[language]
        links = {other.value: "?" + urlencode({**(keep or {}), "lang": other.value}) for other in Language}
        known = {
            "t": texts,
            "text": lambda key, otherwise=None: getattr(texts, key if hasattr(texts, key) else otherwise or key),
            "house": self._house[language],
            "language": language.value,
            "language_links": links,
            "say": language.of,
            "number": lambda number: write_number(number, language),
            "day": lambda day: write_day(day, language),
            "moment": lambda moment: write_moment(moment, language),
        }
        return self._environment.get_template(template).render({**known, **self._always, **values})

    def page(
        self,
        template: str,
        language: Language,
        *,
        status: int = 200,
        keep: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        policy: ContentPolicy = _STRICT,
        **values: Any,
    ) -> HTMLResponse:
        """An answer with a page; as ``render`` and ``answer``."""
        html = self.render(template, language, keep=keep, **values)
        return self.answer(html, language, status=status, headers=headers, policy=policy)

    @staticmethod
    def answer(
        html: str,
        language: Language,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        policy: ContentPolicy = _STRICT,
    ) -> HTMLResponse:
        """An answer with HTML.

        Args:
            policy: what the page may do, if it has forms or scripts.
        """
        said = {
            "Content-Language": language.value,
            "Vary": "Accept, Accept-Language",
            "Content-Security-Policy": policy.text,
            "Permissions-Policy": policy.devices,
            **(headers or {}),
        }
        return HTMLResponse(html, status, said)

    def problem(self, view: ProblemView, language: Language) -> str:
        """A page that says in words what went wrong; a ``ProblemPage``."""
        return self.render("edge/problem.html", language, problem=view)


def _style(package: str) -> bytes:
    sheet = files(package).joinpath("style.css")
    return sheet.read_bytes() if sheet.is_file() else b""
