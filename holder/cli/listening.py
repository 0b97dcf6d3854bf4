# SPDX-License-Identifier: EUPL-1.2
"""Where the browser comes back after a login: one request to a port of this machine (RFC 8252, section 7.3)."""

from http.server import BaseHTTPRequestHandler, HTTPServer
from types import TracebackType
from typing import Final, Self
from urllib.parse import parse_qsl, urlsplit

__all__ = ["Listening"]

_PATH: Final = "/wallet"
_PAGE: Final = (
    b'<!doctype html><html lang="nl"><meta charset="utf-8"><title>Stuiver</title>'
    b"<p>Klaar. U kunt dit venster sluiten en teruggaan naar uw wallet.</p>"
    b'<p lang="en">Done. You can close this window and go back to your wallet.</p></html>'
)


class _Server(HTTPServer):
    """Keeps the parameters that the browser brought."""

    brought: list[tuple[str, str]] | None = None


class _Handler(BaseHTTPRequestHandler):
    """Takes the first request to the redirect address and nothing else."""

    def do_GET(self) -> None:
        """The browser comes back."""
        parts = urlsplit(self.path)
        is_it = parts.path == _PATH
        self.send_response(200 if is_it else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(_PAGE) if is_it else 0))
        self.send_header("Content-Security-Policy", "default-src 'none'")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        if is_it and isinstance(self.server, _Server):
            self.wfile.write(_PAGE)
            self.server.brought = parse_qsl(parts.query, keep_blank_values=True)

    def log_message(self, format: str, *args: object) -> None:
        """Write nothing: the address holds a code."""


class Listening:
    """A port of this machine, open until one login has come back. Use as a context manager."""

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        return self

    @property
    def address(self) -> str:
        """The redirect address."""
        return f"http://127.0.0.1:{self._server.server_port}{_PATH}"

    def wait(self) -> list[tuple[str, str]]:
        """Wait for the browser; the parameters that it brought."""
        while self._server.brought is None:
            self._server.handle_request()
        return self._server.brought

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.server_close()
