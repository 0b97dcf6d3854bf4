# SPDX-License-Identifier: EUPL-1.2
"""Somebody at a browser who uses the keyboard, and what every page owes them."""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.interop.programs import Program, program, require_node

__all__ = ["DESKTOP", "PHONE", "Person", "person", "require_browser"]

PHONE: Final = 390
DESKTOP: Final = 1280
_FOLDER: Final = Path(__file__).parent
_SCHEMES: Final = {"nl": {PHONE: "light", DESKTOP: "dark"}, "en": {PHONE: "dark", DESKTOP: "light"}}
"""Each language is seen small and large, dark and light; each combination of two somewhere."""
PICTURES: Final = "STUIVER_PICTURES"
"""Names a folder for pictures of every page, for whoever wants to look."""


def require_browser() -> str:
    """The browser; the test is skipped, or fails in CI, where there is none."""
    require_node()
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        reason = "Chromium is not installed: no page is seen in a browser"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@dataclass
class Person:
    """One browser window.

    Attributes:
        wallet: the address of a page of a wallet, where a login may end.
    """

    program: Program
    language: str
    wallet: str

    def open(self, url: str, status: int = 200, *, clock: bool = False) -> None:
        """Enter an address; with a clock that ``waits`` moves on."""
        assert self._do("open", url=url, clock=clock)["status"] == status, url

    def go_to(self, selector: str) -> None:
        """Press Tab until an element has the focus; one must see where it is."""
        reached = self._do("reach", selector=selector)
        assert reached["isShown"], f"{selector} does not show that it has the focus"
        assert reached["isInView"], f"{selector} has the focus outside what is seen"

    def press(self, selector: str, key: str = "Enter") -> None:
        """Go to a button or link and use it."""
        self.go_to(selector)
        self._do("press", key=key)

    def fill_in(self, selector: str, text: str) -> None:
        """Go to a field and type."""
        self.go_to(selector)
        self._do("type", text=text)

    def wait_for(self, selector: str) -> None:
        """Until something is there."""
        self._do("wait", selector=selector)

    def wait_until(self, selector: str, text: str) -> None:
        """Until something that is shown says this."""
        self.wait_for(f"{selector}:has-text({json.dumps(text)})")

    def choose(self, selector: str, file: Path) -> None:
        """Choose a file in a field."""
        self._do("choose", selector=selector, path=str(file))

    def waits(self, seconds: int) -> None:
        """Do nothing for so long, as the page's clock tells it."""
        self._do("later", seconds=seconds)

    def look_elsewhere(self) -> None:
        """Put another window before the page."""
        self._do("hide")

    def read(self, selector: str, attribute: str | None = None) -> str:
        """What is written there."""
        return str(self._do("read", selector=selector, attribute=attribute)["text"])

    def where_it_ended(self) -> str:
        """The wallet's address that the browser was sent to."""
        return str(self._do("back")["url"])

    def look(self, name: str, *, expected: Sequence[str] = ()) -> None:
        """Look at the page, small and large: it must be usable by everybody, and speak one language.

        Args:
            expected: beginnings of what the console may say here, such as the status of an error page.
        """
        for width in (DESKTOP, PHONE):
            scheme = _SCHEMES[self.language][width]
            self._do("view", width=width, scheme=scheme)
            seen = self._do("look", name=f"{name}-{self.language}-{width}-{scheme}")
            where = f"{name}, {width} pixels, {scheme}, {seen['url']}"
            assert seen["violations"] == [], where
            unexpected = [text for text in seen["troubles"] if not any(one in text for one in expected)]
            assert unexpected == [], where
            assert seen["tooWide"] <= 0, where
            assert seen["language"] == self.language, where
            assert seen["headings"] == 1, where
            assert seen["title"], where

    def _do(self, action: str, **more: object) -> dict[str, Any]:
        self.program.say({"do": action, **more})
        return self.program.hear()


@contextmanager
def person(language: str, *origins: str, camera: Path | None = None, refuses: bool = False) -> Iterator[Person]:
    """Somebody with a browser in a language, for whom nothing but these origins and a wallet's page is called.

    Args:
        camera: what the camera sees, a film of JPEG pictures (``.mjpeg``). None for no camera.
        refuses: whether the person does not allow the browser to use it.
    """
    job = {
        "executable": require_browser(),
        "width": DESKTOP,
        "scheme": "light",
        "locale": {"nl": "nl-NL", "en": "en-GB"}[language],
        "allowed": origins,
        "pictures": os.environ.get(PICTURES),
        "camera": None if camera is None else str(camera),
        "refuses": refuses,
    }
    with program("browse", job, _FOLDER) as running:
        yield Person(running, language, running.hear()["back"])
        running.end()
