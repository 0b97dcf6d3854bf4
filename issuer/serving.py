# SPDX-License-Identifier: EUPL-1.2
"""Serving an application by one process or by several that share one socket. POSIX only.

Invariants:
    * Workers are forked from the process that has the secrets: no secret travels through a file, an argument or the
      environment.
    * A worker that ends is replaced; when one ends at once, all end, because starting it again would not help.
"""

import gc
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Final

from fastapi import FastAPI

from edge.serving import Listener, Service
from edge.serving import serve as serve_apps

__all__ = ["serve"]

_AT_ONCE_SECONDS: Final = 2.0
_FAILED: Final = 3


def serve(make_app: Callable[[], FastAPI], listener: Listener, *, workers: int = 1) -> int:
    """Serve until SIGINT or SIGTERM.

    Args:
        make_app: is called once in every process that serves, so that no connection is shared.
        listener: of ``edge.serving.listen``.
        workers: how many processes serve.
    Returns:
        The exit code: 0, or 3 when workers could not be kept alive.
    """
    if workers == 1:
        serve_apps(Service(make_app(), listener))
        return 0
    return _Workers(make_app, listener).keep(workers)


class _Workers:
    """The parent of serving processes."""

    def __init__(self, make_app: Callable[[], FastAPI], listener: Listener) -> None:
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
            serve_apps(Service(self._make_app(), self._listener))
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
