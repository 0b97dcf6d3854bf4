# SPDX-License-Identifier: EUPL-1.2
"""A browser, or a wallet's HTTP client, that asks an application in this process over ASGI and keeps its cookies."""

import asyncio
from collections.abc import Mapping

import httpx
from fastapi import FastAPI

__all__ = ["Browser"]


class Browser:
    """Follows no redirect. An error that no answer was made of is raised."""

    def __init__(self, app: FastAPI, base_url: str, *, client: str = "127.0.0.1") -> None:
        self.app = app
        self.base_url = base_url
        self.cookies = httpx.Cookies()
        self._client = client

    def another(self) -> "Browser":
        """One without this one's cookies."""
        return Browser(self.app, self.base_url, client=self._client)

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """GET."""
        return self._request("GET", url, headers, None, None)

    def page(self, url: str, language: str = "en") -> httpx.Response:
        """GET as a person does."""
        return self.get(url, headers={"Accept": "text/html", "Accept-Language": language})

    def post(
        self,
        url: str,
        *,
        data: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """POST a form, or octets as they are."""
        return self._request("POST", url, headers, data, content)

    def _request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        data: Mapping[str, str] | None,
        content: bytes | None,
    ) -> httpx.Response:
        async def exchange() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=(self._client, 50_000))
            async with httpx.AsyncClient(transport=transport, base_url=self.base_url, cookies=self.cookies) as client:
                answer = await client.request(method, url, headers=headers, data=data, content=content)
                self.cookies = client.cookies
                return answer

        return asyncio.run(exchange())
