# SPDX-License-Identifier: EUPL-1.2
"""``stuiver`` without its start: every command is a process of its own, forked from one that has imported everything.

For a walk-through whose commands other tests start from nothing. Arguments, folder, variables, streams and exit code
are the command's own, as a shell gives them; what it imports was imported before.

``forked.py SOCKET words...`` stands in the place of ``stuiver``: it hands its streams over and ends as the command
does. It runs at once, because it imports next to nothing.
"""

import json
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

__all__ = ["forking"]

_STREAMS = (0, 1, 2)
_MOST_OCTETS = 1 << 20


@contextmanager
def forking(folder: str, environment: Mapping[str, str]) -> Iterator[str]:
    """A folder for the front of ``PATH`` that has ``stuiver`` in it, as long as the context lasts.

    Args:
        folder: where to make it; short, because a socket's name must be.
        environment: what the commands' imports see.
    """
    import shlex
    import subprocess
    from pathlib import Path

    address = str(Path(folder, "socket"))
    script = Path(folder, "stuiver")
    script.write_text(f'#!/bin/sh\nexec {shlex.join([sys.executable, "-IS", __file__, address])} "$@"\n')
    script.chmod(0o700)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        inherited = listening.fileno()
        command = [sys.executable, "-c", "from tests.docs.forked import serve; serve()", str(inherited), str(script)]
        environment = {**environment, "PYTHONPATH": str(Path(__file__).parents[2])}
        with subprocess.Popen(command, env=environment, pass_fds=[inherited]) as serving:
            try:
                yield folder
            finally:
                serving.terminate()


def serve() -> None:
    """Fork a process for each command that arrives; in that process, be the command, and end with it.

    An error that the command does not handle goes on to whoever started this program, and ends as it always does.
    """
    import gc
    import signal

    from stuiver.cli import application, main

    application()
    gc.freeze()  # what was imported stays as it is: no process copies it to count it
    listening, script = socket.socket(fileno=int(sys.argv[1])), sys.argv[2]
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who wait for commands
    while True:
        asking, _ = listening.accept()
        if os.fork() == 0:
            break
        asking.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    listening.close()
    received, streams, _, _ = socket.recv_fds(asking, _MOST_OCTETS, len(_STREAMS))
    command = os.fork()
    if command:
        asking.send(bytes([os.waitstatus_to_exitcode(os.waitpid(command, 0)[1]) & 0xFF]))
        os._exit(0)
    asking.close()
    for stream, own in zip(streams, _STREAMS, strict=True):
        os.dup2(stream, own)
        os.close(stream)
    asked = json.loads(received)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = [script, *asked["words"]]
    try:
        main()
        code = 0
    except SystemExit as ended:
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # taking down what was imported takes longer than most commands


def _ask(address: str, words: list[str]) -> int:
    """Have a command run with the streams of this process; its exit code."""
    with socket.socket(socket.AF_UNIX) as asking:
        asking.connect(address)
        asked = {"words": words, "folder": os.getcwd(), "environment": dict(os.environ)}
        socket.send_fds(asking, [json.dumps(asked).encode()], _STREAMS)
        return asking.recv(1)[0]


if __name__ == "__main__":
    sys.exit(_ask(sys.argv[1], sys.argv[2:]))
