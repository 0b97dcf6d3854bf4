# SPDX-License-Identifier: EUPL-1.2
"""An application, or the page that a wallet's browser returns to, on a port of this machine."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import uvicorn
from fastapi import FastAPI

__all__ = ["free_port", "run_wallet_page", "serve"]


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serve(app: FastAPI, port: int) -> Iterator[None]:
    """Serve an application in a thread of this process."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the service did not start"
            time.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        thread.join()


class _WalletPage(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Wallet</title><link rel=icon href=data:,>")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def run_wallet_page() -> Iterator[str]:
    """A page that a browser can return to; gives its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _WalletPage) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/cb"
        server.shutdown()
