# SPDX-License-Identifier: EUPL-1.2
"""Under which names a service may be called, and from which pages its forms may be sent.

A page elsewhere can give its own name the address of this service (DNS rebinding) and then read it as its own; the Host
header tells. It can also send a form here in a visitor's name; the Origin header tells.
"""

import re
from collections.abc import Collection
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from edge.problems import Problem
from edge.target import Target

__all__ = ["HostGuard", "hosts_of", "require_same_origin"]

_THIS_MACHINE: Final = frozenset({"127.0.0.1", "[::1]", "localhost"})
_HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?", re.IGNORECASE | re.ASCII)


def hosts_of(public_url: str) -> frozenset[str]:
    """The names of a service whose address for the public this is; of one on loopback, all names of this machine.

    Raises:
        ValueError: it is not a URL of HTTP or HTTPS.
    """
    target = Target.from_url(public_url)
    if target.names_this_machine:
        return _THIS_MACHINE | {target.host} - {"::1"}
    return frozenset({f"[{target.host}]" if ":" in target.host else target.host})


class HostGuard:
    """Refuses a request whose Host is none of these (421).

    Args:
        hosts: names in lower case, without port; IPv6 addresses in brackets.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Guard one request (ASGI)."""
        if scope["type"] in {"http", "websocket"} and _host(scope) not in self._hosts:
            raise Problem(HTTPStatus.MISDIRECTED_REQUEST)
        await self._app(scope, receive, send)


def _host(scope: Scope) -> str | None:
    named = [value for name, value in scope["headers"] if name == b"host"]
    match = _HOST.fullmatch(named[0].decode("latin-1")) if len(named) == 1 else None
    return match[1].lower() if match else None


async def require_same_origin(request: Request) -> None:
    """A dependency for what a visitor changes with a form: only pages of this service may send it (403).

    A browser says where a form comes from; what says nothing is no browser, and carries nobody's cookie. On pages that
    send no referrer a browser writes ``Origin: null``; then ``Sec-Fetch-Site`` must say where the form comes from.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    own = Target.from_url(str(request.base_url)).origin
    if origin is None:
        is_own = site in {None, "same-origin", "none"}
    elif origin == "null":
        is_own = site == "same-origin"
    else:
        is_own = origin.lower() == own and site in {None, "same-origin", "none"}
    if not is_own:
        raise Problem(HTTPStatus.FORBIDDEN)
