# SPDX-License-Identifier: EUPL-1.2
"""The commands that need no chain, and that every command explains itself."""

import json
import time
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import specs
from programmable_money.cli import application
from programmable_money.messages import (
    ZERO_ADDRESS,
    PaymentDomain,
    PaymentPermit,
    SignedCharge,
    SignedPermit,
    address_of,
)
from programmable_money.model import Language
from programmable_money.refusals import RefusalReason, sentence


def run(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(application(), [str(argument) for argument in arguments], env={"COLUMNS": "200"})
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
    command = typer.main.get_command(application())

    def walk(node: object, path: tuple[str, ...]) -> None:
        assert getattr(node, "help", None), path
        for parameter in getattr(node, "params", []):
            assert parameter.name == "help" or parameter.help or path == (), (path, parameter.name)
        for name, child in getattr(node, "commands", {}).items():
            walk(child, (*path, name))

    walk(command, ())


def test_an_account_is_a_file_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "shop.key"
    address = run("account", "new", "--out", file).strip()
    assert address == address_of(bytes.fromhex(file.read_text().strip()))
    assert file.stat().st_mode & 0o777 == 0o600
    assert run("account", "show", "--key-file", file).strip() == address
    assert "Not done" in run("account", "new", "--out", file, code=1)
    assert run("account", "show", "--key-file", file).strip() == address


def test_the_till_needs_no_chain_and_says_why_it_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop, amira = tmp_path / "shop.key", b"\x11" * 32
    run("account", "new", "--out", shop)
    permit, charge = tmp_path / "permit.json", tmp_path / "charge.json"
    domain = PaymentDomain(31337, address_of(b"\x44" * 32))
    allowed = PaymentPermit(address_of(amira), ZERO_ADDRESS, 2_500, 7, int(time.time()) + 300)
    permit.write_text(SignedPermit.sign(domain, allowed, amira).to_json())
    bare = ("till", "charge", "--permit", permit, "--key-file", shop, "--out", charge)
    monkeypatch.delenv("STUIVER_RPC", raising=False)
    assert "--rulebook" in run(*bare, "--amount", "25.00", code=1)
    assert "Not done" in run(*bare, "--amount", "25.00", "--rpc", "http://127.0.0.1:9", code=1)
    charging = (*bare, "--rulebook", "kindpakket")
    refused = run(*charging, "--amount", "25.01", "--language", "nl", code=1)
    assert "amount_above_limit" in refused
    assert sentence(RefusalReason.AMOUNT_ABOVE_LIMIT, Language.NL) in refused
    assert "Not done" in run(*charging, "--amount", "0", code=1)
    assert not charge.exists()
    run(*charging, "--amount", "25.00")
    assert SignedCharge.from_json(charge.read_text()).charge.amount == 2_500
    assert "Not done" in run(*charging, "--amount", "25.00", code=1)
    permit.write_text(SignedPermit.sign(domain, allowed, amira).to_code() + "\n")
    charge.unlink()
    run(*charging, "--amount", "25.00")
    assert SignedCharge.from_json(charge.read_text()).charge.amount == 2_500
    assert "not_whole_vouchers" in run(*bare, "--rulebook", "kindpakket-vouchers", "--amount", "25.00", code=1)


def test_a_relayer_names_the_file_that_it_cannot_carry(tmp_path: Path) -> None:
    file = tmp_path / "cato.json"
    file.write_text('{"stuiver": "claim/1"}')
    output = run("relay", file, "--rpc", "http://127.0.0.1:9", code=1)
    assert "cato.json" in output
    assert "Traceback" not in output


@pytest.mark.parametrize("source", ["kindpakket", "kindpakket:1"])
def test_a_published_rulebook_is_known_by_its_name(source: str) -> None:
    assert "may be opened" in run("rulebook", "lint", source)


@pytest.mark.parametrize("source", ["kindpakket:9", "unknown", "../kindpakket", "rulebook.json"])
def test_an_unknown_rulebook_is_refused_in_a_sentence(source: str) -> None:
    assert "Not done" in run("rulebook", "lint", source, code=1)
