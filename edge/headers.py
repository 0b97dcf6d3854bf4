# SPDX-License-Identifier: EUPL-1.2
"""What every answer tells a browser about itself: it loads nothing, frames nothing, guesses nothing, tells nobody.

Invariant: an answer may replace the content policy, what of the device the page may use, and the cache rule, by setting
them; all others are the same on every answer of every service.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["ContentPolicy", "SecurityHeaders"]

_SOURCE: Final = re.compile(r"'self'|https?://[a-z0-9.:\[\]_-]+|[a-z][a-z0-9+.-]{0,63}:", re.ASCII)


@dataclass(frozen=True, slots=True)
class ContentPolicy:
    """What a page may do beyond its own text and style sheet, as a Content-Security-Policy.

    Attributes:
        scripts: run scripts of this origin.
        connects: call this origin from a script.
        images: show images of this origin.
        camera: look through the device's camera, once the person allows it.
        forms: where its forms may lead: ``'self'``, origins, or schemes with their colon. A browser also counts where
            the answer to a form redirects to.
    """

    scripts: bool = False
    connects: bool = False
    images: bool = False
    camera: bool = False
    forms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not all(_SOURCE.fullmatch(source) for source in self.forms):
            raise ValueError("a form leads to 'self', an origin or a scheme")

    @property
    def text(self) -> str:
        """The header's value."""
        parts = ["default-src 'none'", "style-src 'self'"]
        parts += ["script-src 'self'"] * self.scripts
        parts += ["connect-src 'self'"] * self.connects
        parts += ["img-src 'self'"] * self.images
        forms = " ".join(self.forms) or "'none'"
        parts += ["base-uri 'none'", f"form-action {forms}", "frame-ancestors 'none'"]
        return "; ".join(parts)

    @property
    def devices(self) -> str:
        """The value of Permissions-Policy beside it: nothing of the device, or its camera only."""
        camera = "camera=(self)" if self.camera else "camera=()"
        return f"{camera}, geolocation=(), microphone=(), payment=()"


_FIXED: Final[Mapping[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_UNLESS_SET: Final[Mapping[str, str]] = {
    "Content-Security-Policy": ContentPolicy().text,
    "Permissions-Policy": ContentPolicy().devices,
    "Cache-Control": "no-store",
}


class SecurityHeaders:
    """Puts the headers on every answer.

    Args:
        https: whether the public reaches the service by HTTPS only; browsers then never try anything else for a year.
    """

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._fixed = {**_FIXED, **({"Strict-Transport-Security": "max-age=31536000"} if https else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Guard one request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._fixed)
                for name, value in _UNLESS_SET.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_guarded)
