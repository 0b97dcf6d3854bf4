# SPDX-License-Identifier: EUPL-1.2
"""One call that gives a service its edge: names, limits, headers, problems and the style sheet, in the right order."""

from collections.abc import Callable, Collection, Mapping
from hashlib import sha256
from typing import Any

from fastapi import FastAPI, Request, Response

from edge.headers import SecurityHeaders
from edge.hosts import HostGuard
from edge.limits import MAX_OCTETS, BodyLimit, RateGuard, RateLimit
from edge.problems import Problem, install_problems
from edge.web.shell import PageShell

__all__ = ["guard_service"]


def guard_service(
    app: FastAPI,
    *,
    hosts: Collection[str],
    shell: PageShell | None = None,
    translate: Mapping[type[Exception], Callable[[Any], Problem]] | None = None,
    oauth_paths: Collection[str] = (),
    most_octets: int = MAX_OCTETS,
    larger: Mapping[str, int] | None = None,
    rate: RateLimit | None = None,
    https: bool = False,
) -> None:
    """Guard an application, once, before it serves.

    Args:
        hosts: names under which it may be called, see ``hosts_of``.
        shell: its pages; problems are shown in it, and ``/style.css`` is its style sheet.
        translate: what an exception of ours is to a client.
        oauth_paths: where errors have the form of OAuth: whole paths, or beginnings that end in a slash.
        most_octets: longest body of a request.
        larger: other limits, by path.
        rate: how often some paths may be called.
        https: whether the public reaches it by HTTPS only.
    """
    # The last one that is added is the first that a request meets.
    app.add_middleware(BodyLimit, most=most_octets, elsewhere=larger)
    if rate is not None:
        app.add_middleware(RateGuard, limit=rate)
    app.add_middleware(HostGuard, hosts=hosts)
    install_problems(app, translate=translate, oauth_paths=oauth_paths, page=shell.problem if shell else None)
    app.add_middleware(SecurityHeaders, https=https)
    if shell is not None:
        _serve_style(app, shell.style_sheet)


def _serve_style(app: FastAPI, css: bytes) -> None:
    tag = f'"{sha256(css).hexdigest()[:32]}"'
    headers = {"Cache-Control": "no-cache", "ETag": tag}

    async def style(request: Request) -> Response:
        """The style sheet of every page."""
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(css, media_type="text/css", headers=headers)

    app.add_api_route("/style.css", style, methods=["GET", "HEAD"], include_in_schema=False)
