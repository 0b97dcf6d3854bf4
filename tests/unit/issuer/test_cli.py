# SPDX-License-Identifier: EUPL-1.2
"""The desk's command line, end to end with files in a folder."""

import json
import os
import re
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from issuer.cli import application
from issuer.folder import DeskFolder
from ssi.bbs.suite import random_scalar
from ssi.claim.key_registration import KeyRegistration
from ssi.credential.issuance import HeldCredential, accept
from ssi.credential.messages import IssuanceMessage, RequestMessage, SessionMessage
from ssi.credential.pinning import PendingRequest, request_issuance
from ssi.sealed_file import KeyWork
from tests.postgres import choose_database
from tests.unit.issuer.material import AGE_TYPE, HEADER, INCOME_TYPE, LINES, TYPES, file_of

PASSPHRASE = "a bench in the park"


@dataclass
class Office:
    """A desk's folder, an employee's folder, and the command."""

    path: Path

    @property
    def desk(self) -> Path:
        return self.path / "desk"

    def run(self, *words: object, passphrase: str | None = PASSPHRASE, typed: str | None = None) -> Result:
        file = self.path / "passphrase"
        file.write_text(f"{passphrase}\nonly the first line counts\n", encoding="utf-8")
        named = None if passphrase is None else str(file)
        environment = {"STUIVER_ISSUER_PASSPHRASE_FILE": named, "STUIVER_ISSUER_FOLDER": str(self.desk)}
        return CliRunner().invoke(application(), [str(word) for word in words], env=environment, input=typed)

    def done(self, *words: object, **settings: str) -> str:
        result = self.run(*words, **settings)
        assert result.exit_code == 0, result.output
        return result.stdout

    def refused(self, *words: object, **settings: str | None) -> str:
        """The last line of standard error; exit code 1."""
        result = self.run(*words, **settings)
        assert result.exit_code == 1, result.output
        *_, last = result.stderr.strip().splitlines()
        _, sign, line = last.rpartition("Error: ")
        assert sign
        return line

    def import_cast(self) -> None:
        file = self.path / "households.csv"
        file.write_bytes(file_of(*LINES))
        self.done("import", file)

    def ask(self, session: Path, secret: int, vct: str = INCOME_TYPE.vct) -> tuple[Path, PendingRequest]:
        """What a wallet does with a session file."""
        message = SessionMessage.from_json(session.read_bytes())
        pending = request_issuance(secret, validator=message.validator, nonce=message.nonce)
        request = session.with_name(session.name.replace(".session", ".request"))
        request.write_bytes(
            RequestMessage(message.validator, message.nonce, vct, pending.request.to_octets()).to_json()
        )
        return request, pending

    def accept(self, file: Path, pending: PendingRequest) -> HeldCredential:
        keys = {
            entry["credential_type"]: entry["public_key"] for entry in json.loads(self.done("key", "--json"))["keys"]
        }
        return accept(
            IssuanceMessage.from_json(file.read_bytes()).issuance,
            pending,
            TYPES,
            bytes.fromhex(keys[INCOME_TYPE.vct].removeprefix("0x")),
        )


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Office:
    made = Office(tmp_path)
    DeskFolder.create(
        made.desk,
        PASSPHRASE,
        TYPES,
        name="Gemeente Westerkwartier",
        municipalities=["GM1969"],
        work=KeyWork.INTERACTIVE,
    )
    choose_database(made.desk, database_url)
    return made


def test_a_credential_goes_from_record_to_wallet_through_files(office: Office) -> None:
    office.import_cast()
    session, out = office.path / "amira.session.json", office.path / "amira.issuance.json"
    assert "60 minutes" in office.done("session", "amira", "--out", session)
    request, pending = office.ask(session, random_scalar())
    assert "nobody else" in office.done("issue", "amira", "--request", request, "--out", out)
    assert office.accept(out, pending).credential.values["income"] == 154_060
    assert stat.S_IMODE(out.stat().st_mode) == stat.S_IMODE(session.stat().st_mode) == 0o600


def test_a_session_is_shown_when_no_file_is_named(office: Office) -> None:
    office.import_cast()
    message = SessionMessage.from_json(office.done("session", "amira").encode())
    assert message.credential_types == (INCOME_TYPE.vct, AGE_TYPE.vct)


def test_many_are_issued_and_each_refusal_is_listed(office: Office) -> None:
    office.import_cast()
    sessions, out = office.path / "sessions", office.path / "out"
    assert "Wrote 3 sessions" in office.done("sessions", "--out", sessions)
    asked = {name: office.ask(sessions / f"{name}.session.json", random_scalar()) for name in ("amira", "bas")}
    for name in ("amira", "bas", "cato"):
        (sessions / f"{name}.session.json").unlink()
    assert "Issued 2 credentials" in office.done("issue-many", "--requests", sessions, "--out", out)
    for name, (_, pending) in asked.items():
        assert office.accept(out / f"{name}.issuance.json", pending).credential.type == INCOME_TYPE
    (sessions / "note.json").write_text("{}")
    result = office.run("issue-many", "--requests", sessions, "--out", office.path / "again")
    assert result.exit_code == 1
    lines = result.stderr.strip().splitlines()
    assert [line.split(":")[0] for line in lines] == ["amira.request.json", "bas.request.json", "note.json", "Error"]
    assert "used before" in lines[0]
    assert "Issued 0 credentials" in result.stdout


def test_a_second_wallet_is_told_what_to_do_and_recovery_does_it(office: Office) -> None:
    office.import_cast()

    def attempt(number: int) -> Result:
        session = office.path / f"{number}.session.json"
        office.done("session", "amira", "--out", session)
        request, _ = office.ask(session, random_scalar())
        return office.run("issue", "amira", "--request", request, "--out", office.path / f"{number}.issuance.json")

    assert attempt(1).exit_code == 0
    refused = attempt(2)
    assert refused.exit_code == 1
    assert "use `recover`" in refused.stderr
    assert not (office.path / "2.issuance.json").exists()
    words = ("recover", "amira", "--employee", "Joke", "--reason", "lost in a fire")
    assert "Nothing was changed" in office.refused(*words, typed="n\n")
    assert attempt(3).exit_code == 1
    assert "belongs to no wallet" in office.done(*words, typed="y\n")
    assert attempt(4).exit_code == 0
    assert "belongs to no wallet now" in office.done(*words, "--yes")


def test_importing_again_updates(office: Office) -> None:
    office.import_cast()
    file = office.path / "more.csv"
    file.write_bytes(file_of(LINES[0], LINES[0].replace("amira", "dina")))
    assert "Imported 2 records: 1 new, 1 updated." in office.done("import", file)


def test_a_bad_file_imports_nothing_lists_every_fault_and_names_the_way_out(office: Office) -> None:
    file = office.path / "bad.csv"
    file.write_bytes(file_of(LINES[0], "bas,=1,2006-03-10,x,single,0.00,0,GM1969", LINES[2]))
    result = office.run("import", file)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[0].startswith("line 3, name: must not begin with =")
    assert "--skip-bad-rows" in result.stderr.splitlines()[-1]
    assert "no record" in office.refused("session", "amira")
    shown = office.run("import", file, "--skip-bad-rows")
    assert shown.exit_code == 0
    assert "Imported 2 records" in shown.stdout
    assert "Left out 1 bad line" in shown.stdout
    file.write_bytes(b"nothing like it")
    assert "cannot be read" in office.refused("import", file, "--skip-bad-rows")


def test_a_long_list_of_faults_is_cut(office: Office) -> None:
    file = office.path / "bad.csv"
    file.write_bytes(file_of(*["x"] * 80))
    lines = office.run("import", file).stderr.splitlines()
    assert len(lines) == 52
    assert lines[50] == "... and 30 more."


def test_mistakes_are_one_line_with_a_next_step(office: Office) -> None:
    office.import_cast()
    session = office.path / "a.session.json"
    office.done("session", "amira", "--out", session)
    request, _ = office.ask(session, random_scalar())
    out, here = office.path / "out.json", office.path
    issue = ("issue", "amira", "--out", out, "--request")
    assert "no such file" in office.refused("import", here / "none.csv")
    assert "kind of file" in office.refused("import", here)
    assert "rulebook" in office.refused("import", here / "households.csv", "--rulebook", "x")
    assert "no record" in office.refused("session", "nobody")
    assert "file here already" in office.refused("session", "amira", "--out", session)
    assert "file here already" in office.refused("issue", "amira", "--request", request, "--out", session)
    assert "no such file" in office.refused(*issue, here / "none")
    assert "$.format" in office.refused(*issue, session)
    assert "another person" in office.refused("issue", "cato", "--request", request, "--out", out)
    assert "passphrase" in office.refused("session", "amira", passphrase="wrong")
    assert "STUIVER_ISSUER_PASSPHRASE_FILE" in office.refused("session", "amira", passphrase=None)
    assert "no desk" in office.refused("session", "amira", "--folder", here / "elsewhere")
    assert "session_life" in office.refused("session", "amira", "--minutes", 0)
    assert "valid_days" in office.refused(*issue, request, "--valid-days", 0)
    assert "nothing to recover" in office.refused("recover", "amira", "--employee", "J", "--reason", "x", "--yes")
    assert not out.exists()


def test_a_request_for_another_desk_or_type_is_refused(office: Office) -> None:
    office.import_cast()
    session, out = office.path / "a.session.json", office.path / "out.json"
    office.done("session", "amira", "--out", session)
    request, _ = office.ask(session, 5, vct="urn:stuiver:credential:diploma:1")
    assert "does not issue" in office.refused("issue", "amira", "--request", request, "--out", out)
    message = json.loads(request.read_bytes())
    request.write_text(json.dumps({**message, "validator": "did:web:other.example"}))
    assert "another one" in office.refused("issue", "amira", "--request", request, "--out", out)


def test_keys_are_shown_for_people_and_for_programs(office: Office) -> None:
    shown = json.loads(office.done("key", "--json"))
    assert [entry["credential_type"] for entry in shown["keys"]] == [kind.vct for kind in TYPES]
    assert len(shown["keys"][0]["registry_key"]) == 2 + 512
    text = office.done("key")
    assert all(entry["key_id"] in text for entry in shown["keys"])
    assert "Gemeente Westerkwartier" in text


def test_a_key_is_proved_to_one_registry_and_account(office: Office) -> None:
    file, registry, account = office.path / "registration.json", "0x" + "0A" * 20, "0x" + "0b" * 20
    where = ("--chain-id", "31337", "--registry", registry, "--account", account, "--out", file)
    assert "must be one of household-income, age" in office.refused("prove-key", "--type", "passport", *where)
    assert "account" in office.refused("prove-key", "--type", "age", *where, "--account", "0x0b")
    office.done("prove-key", "--type", "age", *where)
    made = KeyRegistration.from_json(file.read_bytes())
    shown = {entry["credential_type"]: entry for entry in json.loads(office.done("key", "--json"))["keys"]}
    assert "0x" + made.public_key.hex() == shown[AGE_TYPE.vct]["public_key"]
    assert (made.chain_id, made.registry, made.validator) == (31337, b"\x0a" * 20, b"\x0b" * 20)
    keys = DeskFolder(office.desk).keys(PASSPHRASE)
    assert made.possession == keys.prove_possession(AGE_TYPE, 31337, made.registry, made.validator)
    assert "already" in office.refused("prove-key", "--type", "age", *where)


def test_references_of_any_form_become_file_names(office: Office) -> None:
    file = office.path / "odd.csv"
    lines = [LINES[2].replace("cato,", f"{person},", 1) for person in ("../up", "a b", "\u00e9" * 64)]
    file.write_bytes(file_of(*lines))
    office.done("import", file)
    office.done("sessions", "--out", office.path / "s")
    names = sorted(entry.name for entry in (office.path / "s").iterdir())
    assert len(names) == 3
    assert names[1:] == ["..%2Fup.session.json", "a%20b.session.json"]


def test_every_command_and_option_explains_itself(office: Office) -> None:
    for command in ("init", "import", "session", "sessions", "issue", "issue-many", "recover", "key", "prove-key"):
        shown = office.done(command, "--help")
        assert len(shown.split()) > 30
    assert "In order" in office.done("--help")


def test_a_desk_is_made_once_from_a_terminals_command(tmp_path: Path) -> None:
    """As a person runs it: another process, the default amount of work for the key file."""
    (tmp_path / "passphrase").write_text(PASSPHRASE, encoding="utf-8")
    environment = {**os.environ, "STUIVER_ISSUER_PASSPHRASE_FILE": str(tmp_path / "passphrase"), "NO_COLOR": "1"}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "issuer.cli", *words, "--folder", str(tmp_path / "desk")]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    words = ("init", "--name", "Gemeente Westerkwartier", "--municipality", "GM1969")
    made = run(*words)
    assert made.returncode == 0, made.stderr
    assert re.search(r"did:key:z6Mk\w+", made.stdout)
    again = run(*words)
    assert again.returncode == 1
    assert again.stderr == (
        "Error: There is a desk in this folder already; it was left as it is. Choose another --folder.\n"
    )
    (tmp_path / "h.csv").write_text(f"{HEADER}\n{LINES[0]}\n", encoding="utf-8")
    assert run("import", str(tmp_path / "h.csv")).stdout == "Imported 1 records: 1 new, 0 updated.\n"
