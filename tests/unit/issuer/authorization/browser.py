# SPDX-License-Identifier: EUPL-1.2
"""A browser, or the program of a wallet, that asks an application in this process and keeps its cookies."""

import asyncio

import httpx
from fastapi import FastAPI

__all__ = ["browser_of"]


class _InProcess(httpx.BaseTransport):
    """Calls an application without a socket; an error that no answer was made of is raised."""

    def __init__(self, app: FastAPI, address: str) -> None:
        self._transport = httpx.ASGITransport(app, client=(address, 50_000))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return asyncio.run(self._handle(request))

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        response = await self._transport.handle_async_request(request)
        return httpx.Response(response.status_code, headers=response.headers, content=await response.aread())


def browser_of(app: FastAPI, url: str, *, address: str = "127.0.0.1") -> httpx.Client:
    """Follows no redirect. A redirect to another site is for the test to follow."""
    return httpx.Client(transport=_InProcess(app, address), base_url=url)
