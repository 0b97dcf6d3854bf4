# SPDX-License-Identifier: EUPL-1.2
"""A terminal that types what a document prints, and checks what the document says of it."""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.docs.forked import forking
from tests.docs.markdown import Step

__all__ = ["REFUSED", "Terminal", "check"]

SECONDS: Final = 60
REFUSED: Final = re.compile(r"\s+# refused: (\S.*)$")
_RUNNING: Final = re.compile(r"\s+# leave it running$")


class Terminal:
    """A shell in a folder of its own: what one command exports or assigns, the next one sees.

    Args:
        folder: where it is.
        is_quick: whether ``stuiver`` is forked (see ``forking``); what is left running never is.
    """

    def __init__(self, folder: Path, *, is_quick: bool = False) -> None:
        self.folder = folder
        self.is_quick = is_quick
        self.quick = ExitStack()
        self.variables = folder.parent / "variables"
        self.variables.touch()
        self.left_running: list[subprocess.Popen[str]] = []
        own = {name: value for name, value in os.environ.items() if name in {"HOME", "LANG", "TMPDIR"}}
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
        self.environment = {**own, "PATH": path, "COLUMNS": "200"}
        self.typed_in = self.environment

    def __enter__(self) -> Self:
        """Be ready for commands."""
        if self.is_quick:
            made = self.quick.enter_context(tempfile.TemporaryDirectory(prefix="stuiver-"))
            first = self.quick.enter_context(forking(made, self.environment))
            self.typed_in = {**self.environment, "PATH": os.pathsep.join((first, self.environment["PATH"]))}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End what was left running."""
        self.quick.close()
        for process in self.left_running:
            process.terminate()
            process.communicate(timeout=SECONDS)

    def type(self, command: str) -> tuple[int, str]:
        """Run a command; its exit code, and what it printed on both streams."""
        if _RUNNING.search(command):
            return 0, self._start(command)
        script = f"set -a -o pipefail; . {shlex.quote(str(self.variables))}\n{command}\ncode=$?\n"
        script += f"unset COLUMNS PATH; export -p > {shlex.quote(str(self.variables))}; exit $code"
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self.typed_in,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        return done.returncode, done.stdout

    def _start(self, command: str) -> str:
        """Start a command in a terminal of its own; what it prints until it says its address."""
        process = subprocess.Popen(
            ["bash", "-c", f". {shlex.quote(str(self.variables))}; exec {command}"],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.left_running.append(process)
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if "http://" in line:
                return said
        raise AssertionError(f"{command}\n{said}")


def is_shown(line: str, output: str) -> bool:
    """Whether the output has a line of the document; ``...`` in it stands for anything on that line."""
    pattern = "[^\n]*".join(re.escape(part) for part in line.strip().split("..."))
    return re.search(pattern, output) is not None


def check(step: Step, code: int, output: str) -> None:
    """What the document says about a command is what happened."""
    refused = REFUSED.search(step.command)
    assert code == (1 if refused else 0), f"{step.command}\n{output}"
    assert "Traceback" not in output, f"{step.command}\n{output}"
    if refused:
        assert refused[1] in output, f"{step.command}\n{output}"
    for line in step.output:
        assert is_shown(line, output), f"{step.command}\nshould show: {line}\n{output}"
