# SPDX-License-Identifier: EUPL-1.2
"""Serving an application by one process or by several that share one socket. POSIX only.

Invariants:
    * The socket listens before anything is announced, so that nobody who reads the announcement is turned away.
    * Workers are forked from the process that has the secrets: no secret travels through a file, an argument or the
      environment.
    * A worker that ends is replaced; when one ends at once, all end, because starting it again would not help.
"""

import gc
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Final

import uvicorn
from fastapi import FastAPI

__all__ = ["listen", "serve"]

_BACKLOG: Final = 2048
_AT_ONCE_SECONDS: Final = 2.0
_FAILED: Final = 3


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; OSError when the port is taken or the address is not of this machine."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def serve(make_app: Callable[[], FastAPI], listener: socket.socket, *, workers: int = 1) -> int:
    """Serve until SIGINT or SIGTERM.

    Args:
        make_app: is called once in every process that serves, so that no connection is shared.
        listener: of ``listen``.
        workers: how many processes serve.
    Returns:
        The exit code: 0, or 3 when workers could not be kept alive.
    """
    if workers == 1:
        _run(make_app(), listener)
        return 0
    return _Workers(make_app, listener).keep(workers)


def _run(app: FastAPI, listener: socket.socket) -> None:
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, ws="none", lifespan="off", backlog=_BACKLOG
    )
    with suppress(KeyboardInterrupt):  # uvicorn has ended the open requests, and passes the signal on
        uvicorn.Server(config).run(sockets=[listener])


class _Workers:
    """The parent of serving processes."""

    def __init__(self, make_app: Callable[[], FastAPI], listener: socket.socket) -> None:
        self._make_app = make_app
        self._listener = listener
        self._started_at: dict[int, float] = {}
        self._ending = False
        self._failed = False

    def keep(self, workers: int) -> int:
        """Start so many, and keep them alive until a signal comes."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._end)
        gc.freeze()  # what is loaded stays shared between the processes
        for _ in range(workers):
            self._start()
        while self._started_at:
            try:
                process, _ = os.wait()
            except ChildProcessError:
                break
            lived = time.monotonic() - self._started_at.pop(process)
            if self._ending:
                continue
            if lived < _AT_ONCE_SECONDS:
                self._failed = True
                self._end(signal.SIGTERM, None)
            else:
                self._start()
        return _FAILED if self._failed else 0

    def _start(self) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        process = os.fork()
        if process:
            self._started_at[process] = time.monotonic()
            return
        code = _FAILED
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            _run(self._make_app(), self._listener)
            code = 0
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _end(self, number: int, _: FrameType | None) -> None:
        self._ending = True
        for process in tuple(self._started_at):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGTERM)
