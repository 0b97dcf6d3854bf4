# SPDX-License-Identifier: EUPL-1.2
"""Listening on a port of this machine and serving applications there: one or several, in one process.

Invariants:
    * A socket listens before anything is announced, so that nobody who reads the announcement is turned away.
    * SIGINT and SIGTERM end all services together, after the requests that are being answered; a second one does not
      wait for them.
    * No request is logged: addresses can hold codes.
"""

import asyncio
import errno
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import uvicorn
from starlette.types import ASGIApp

__all__ = ["LOOPBACK", "ListenError", "Listener", "Service", "listen", "serve", "url_of"]

LOOPBACK: Final = "127.0.0.1"
Listener = socket.socket
"""A socket that listens."""
_BACKLOG: Final = 2048


class ListenError(OSError):
    """A port cannot be listened on.

    Args:
        host: of which address.
        port: which one.
        cause: what the system said.
    """

    def __init__(self, host: str, port: int, cause: OSError) -> None:
        super().__init__(cause.errno, cause.strerror or "cannot be used", f"port {port} of {host}")
        self.port = port

    @property
    def is_taken(self) -> bool:
        """Whether another program listens there."""
        return self.errno == errno.EADDRINUSE


@dataclass(frozen=True, slots=True)
class Service:
    """An application and the socket that it answers on."""

    app: ASGIApp
    listener: Listener


def listen(port: int, host: str = LOOPBACK) -> Listener:
    """A socket that listens, on this machine only unless another address is named. Use it as a context manager.

    Args:
        port: 0 for any that is free.
        host: an IPv4 or IPv6 address of this machine.
    Raises:
        ListenError: the port is taken or may not be used, or the address is not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol by its name: asyncio turns Nagle's algorithm off for such sockets only. With it the second part of an
    # answer waits some 40 ms for the other end to acknowledge the first.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise ListenError(host, port, error) from error
    return listener


def url_of(listener: Listener, host: str) -> str:
    """Where a socket of this machine is found."""
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{listener.getsockname()[1]}"


def serve(*services: Service, started: Callable[[], None] | None = None) -> None:
    """Serve in the main thread until a signal ends all of them. Coroutines of all run in that one thread.

    Args:
        started: is called once in the loop that serves.
    """
    with asyncio.Runner() as runner:
        runner.run(_serve([_Server(_config(service.app)) for service in services], services, started))


def _config(app: ASGIApp) -> uvicorn.Config:
    """How every service of ours is served."""
    return uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        ws="none",
        lifespan="off",
        backlog=_BACKLOG,
    )


class _Server(uvicorn.Server):
    """Leaves the signals to whoever serves several."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing to capture."""
        yield

    def end(self) -> None:
        """Answer what is being asked and stop; at once when told twice."""
        self.force_exit = self.should_exit
        self.should_exit = True


async def _serve(servers: Sequence[_Server], services: Sequence[Service], started: Callable[[], None] | None) -> None:
    def end() -> None:
        for server in servers:
            server.end()

    loop = asyncio.get_running_loop()
    signals = signal.SIGINT, signal.SIGTERM
    for number in signals:
        loop.add_signal_handler(number, end)
    if started is not None:
        started()
    try:
        async with asyncio.TaskGroup() as group:
            for server, service in zip(servers, services, strict=True):
                group.create_task(server.serve(sockets=[service.listener]))
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
