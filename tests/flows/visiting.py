# SPDX-License-Identifier: EUPL-1.2
"""A visitor of the open books: asks for a page, and looks at what it is made of."""

import asyncio
from html.parser import HTMLParser

import httpx

from programmable_money.api import create_app
from programmable_money.open_books import BooksReader
from programmable_money.web.pages import Page

__all__ = ["LANGUAGES", "PATHS", "Outline", "get"]

PATHS = [page.path for page in Page]
LANGUAGES = ["nl", "en"]


def get(
    reader: BooksReader, path: str, *, method: str = "GET", host: str = "127.0.0.1:8017", **headers: str
) -> httpx.Response:
    """One request, in this thread: the embedded chain is one thread's."""
    transport = httpx.ASGITransport(create_app(reader, hosts=["127.0.0.1", "localhost"]), raise_app_exceptions=False)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
            return await client.request(method, path, headers=sent)

    return asyncio.run(ask())


class Outline(HTMLParser):
    """What a page is made of."""

    VOID = frozenset({"meta", "link", "br", "img", "hr", "input"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, *tags: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.elements if tag in tags]

    def values(self, attribute: str) -> list[str]:
        return [attributes[attribute] for _, attributes in self.elements if attribute in attributes]
