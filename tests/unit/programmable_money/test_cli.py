# SPDX-License-Identifier: EUPL-1.2
"""The commands that need no chain, and that every command explains itself."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import specs
from programmable_money.cli import app
from programmable_money.refusals import RefusalReason


def run(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})
    assert result.exit_code == code, result.output
    return result.output


def test_the_child_package_may_be_opened(tmp_path: Path) -> None:
    file = tmp_path / "rulebook.json"
    file.write_bytes(specs.rulebook_octets("kindpakket", 1))
    assert "may be opened" in run("rulebook", "lint", file)


def test_a_rulebook_that_asks_for_nationality_is_refused_with_the_field(tmp_path: Path) -> None:
    rulebook = json.loads(specs.rulebook_octets("kindpakket", 1))
    rulebook["predicates"][0]["id"] = "nationality_is_dutch"
    file = tmp_path / "rulebook.json"
    file.write_text(json.dumps(rulebook))
    output = run("rulebook", "lint", file, code=1)
    assert "refused" in output
    assert "$.predicates[0].id" in output


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"name": 5}'])
def test_a_file_that_is_no_rulebook_is_refused_in_a_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / "rulebook.json"
    file.write_text(text)
    assert "Not done" in run("rulebook", "lint", file, code=1)


def test_a_key_file_without_a_key_is_refused_without_showing_it(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("secret words")
    output = run("close", "--rpc", "http://127.0.0.1:9", "--fund", "0x" + "11" * 20, "--key-file", file, code=1)
    assert "secret" not in output


def test_every_reason_is_listed() -> None:
    output = run("reasons", "--language", "nl")
    assert all(reason.value in output for reason in RefusalReason)


def test_every_command_has_help() -> None:
    command = typer.main.get_command(app)

    def walk(node: object, path: tuple[str, ...]) -> None:
        assert getattr(node, "help", None), path
        for parameter in getattr(node, "params", []):
            assert parameter.name == "help" or parameter.help or path == (), (path, parameter.name)
        for name, child in getattr(node, "commands", {}).items():
            walk(child, (*path, name))

    walk(command, ())
