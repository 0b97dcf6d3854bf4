# SPDX-License-Identifier: EUPL-1.2
"""A shell in this process: as much of one as the documents use."""

import os
import re
import shlex
import string
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from programmable_money.cli import application

__all__ = ["Shell"]


class Shell:
    """As much of a shell as the document uses; a command of ours runs in this process, which is quicker.

    The variables are those of the real environment, because the commands read them.
    """

    def __init__(self, patch: pytest.MonkeyPatch, folder: Path) -> None:
        self.patch = patch
        patch.chdir(folder)
        patch.setenv("COLUMNS", "200")

    def type(self, command: str) -> tuple[int, str]:
        """Run a command; its exit code, and what it printed on both streams."""
        plain = re.sub(r"\s+# refused: .*$", "", command)
        inner = re.sub(r"\$\((.*?)\)", lambda found: self.type(found[1])[1].strip(), plain)
        words = [string.Template(word).substitute(os.environ) for word in shlex.split(inner)]
        if words[0] == "export":
            self.patch.setenv(*words[1].split("=", 1))
            return 0, ""
        if words[:2] == ["stuiver", "money"]:
            into = Path(words[-1]) if words[-2] == ">" else None
            result = CliRunner().invoke(application(), words[2:] if into is None else words[2:-2])
            assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
            if into is not None:
                into.write_text(result.stdout)
            return result.exit_code, result.output
        done = subprocess.run(["bash", "-c", plain], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    @staticmethod
    def variable(name: str) -> str:
        """What a variable holds now."""
        return os.environ[name]
