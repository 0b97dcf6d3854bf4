# SPDX-License-Identifier: EUPL-1.2
"""The commands about letters and employees, end to end with files in a folder."""

import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader
from typer.testing import CliRunner, Result

from issuer.cli import application
from issuer.folder import DeskFolder
from ssi.sealed_file import KeyWork
from tests.postgres import choose_database
from tests.unit.issuer.material import LINES, TYPES, file_of

PASSPHRASE = "a bench in the park"
SETUP = (
    *("activation", "setup", "--public-url", "https://desk.example", "--return-address", "Postbus 100, 9350 AC Leek"),
    *(
        "--phone",
        "14 0594",
        "--hours-nl",
        "op werkdagen",
        "--hours-en",
        "on weekdays",
        "--website",
        "desk.example/wallet",
    ),
)


@dataclass
class Office:
    """A desk's folder with the cast and two employees, and the command."""

    path: Path

    def run(self, *words: object, who: str = "joke", typed: str | None = None) -> Result:
        for name, secret in (("desk", PASSPHRASE), ("own", f"the passphrase of {who}")):
            (self.path / name).write_text(secret + "\n", encoding="utf-8")
        environment = {
            "STUIVER_ISSUER_PASSPHRASE_FILE": str(self.path / "desk"),
            "STUIVER_EMPLOYEE_PASSPHRASE_FILE": str(self.path / "own"),
            "STUIVER_ISSUER_FOLDER": str(self.path / "folder"),
        }
        return CliRunner().invoke(application(), [str(word) for word in words], env=environment, input=typed)

    def done(self, *words: object, who: str = "joke") -> str:
        result = self.run(*words, who=who)
        assert result.exit_code == 0, result.output
        return result.stdout

    def refused(self, *words: object, who: str = "joke") -> str:
        result = self.run(*words, who=who)
        assert result.exit_code == 1, result.output
        return result.stderr

    def act(self, *words: object, who: str = "joke") -> str:
        return self.done("activation", *words, "--employee", who, who=who)

    def list_of(self, *lines: str) -> Path:
        file = self.path / "list.csv"
        file.write_text("\n".join(["person,language,credentials", *lines, ""]), encoding="utf-8")
        return file


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Office:
    made = Office(tmp_path)
    DeskFolder.create(
        tmp_path / "folder",
        PASSPHRASE,
        TYPES,
        name="Gemeente Westerkwartier",
        municipalities=["GM1969"],
        work=KeyWork.INTERACTIVE,
    )
    choose_database(tmp_path / "folder", database_url)
    (tmp_path / "households.csv").write_bytes(file_of(*LINES))
    made.done("import", tmp_path / "households.csv")
    for name in ("joke", "siem"):
        made.done("employee", "add", name, who=name)
    made.done(*SETUP)
    return made


def text_of(file: Path) -> str:
    return " ".join(PdfReader(BytesIO(file.read_bytes())).pages[0].extract_text().split())


def test_a_list_becomes_letters_with_two_employees(office: Office) -> None:
    shown = office.act("prepare", office.list_of("amira,nl,household-income age", "bas,en,age"))
    assert "Prepared batch 1 with 2 persons." in shown
    same = office.refused("activation", "approve", 1, "--employee", "joke")
    assert "Let a colleague approve it" in same
    assert "2 letters can be made" in office.act("approve", 1, who="siem")
    out = office.path / "letters.pdf"
    assert "Wrote 2 letters" in office.act("letters", 1, "--out", out)
    assert "Beste Amira Haddad," in text_of(out)
    assert out.stat().st_mode & 0o777 == 0o600
    listed = office.done("activation", "list")
    assert re.search(r"1 +│ 1 +│ amira +│ nl +│ household-income age +│ sent", listed)
    assert re.search(r"joke +letter made", office.done("activation", "list", "--log", "1"))


def test_letters_are_sent_again_and_codes_revoked(office: Office) -> None:
    office.act("prepare", office.list_of("amira,nl,age", "bas,nl,age"))
    office.act("approve", 1, who="siem")
    office.act("letters", 1, "--out", office.path / "a.pdf", "--pins", office.path / "pins.pdf")
    assert "in een andere brief" in text_of(office.path / "a.pdf")
    assert "Uw pincode" in text_of(office.path / "pins.pdf")
    shown = office.act("resend", 1, "--reason", "never arrived")
    assert "Prepared batch 2 with the new letter; code 1 is dead" in shown
    assert "Let a colleague approve it" in office.refused("activation", "approve", 2, "--employee", "joke")
    office.act("approve", 2, who="siem")
    assert "Wrote 1 letters" in office.act("letters", 2, "--out", office.path / "b.pdf", "--by-value")
    assert "no longer works" in office.act("revoke", 2, "--reason", "moved", who="siem")
    words = ("activation", "unlock", 3, "--reason", "x", "--employee", "joke")
    assert "does not allow" in office.refused(*words)
    assert "replaced" in office.done("activation", "list", "--person", "amira")
    assert "amira" not in office.done("activation", "list", "--state", "revoked")
    assert "never arrived" in office.done("activation", "list", "--log", "1")


def test_a_bad_list_prepares_nothing_and_names_every_fault(office: Office) -> None:
    file = office.list_of("amira,nl,age", "nobody,nl,age", "bas,fr,age")
    stderr = office.refused("activation", "prepare", file, "--employee", "joke")
    assert "line 3, person: has no household record" in stderr
    assert "line 4, language: must be nl or en" in stderr
    assert "amira" not in office.done("activation", "list")
    assert "with 1 persons" in office.act("prepare", file, "--skip-bad-rows")
    again = office.refused("activation", "prepare", office.list_of("amira,nl,age"), "--employee", "joke")
    assert "line 2, person: has a code that still works" in again


def test_who_does_not_know_the_passphrase_does_nothing(office: Office) -> None:
    file = office.list_of("amira,nl,age")
    stderr = office.refused("activation", "prepare", file, "--employee", "joke", who="siem")
    assert "name or the passphrase is not right" in stderr
    assert "amira" not in office.done("activation", "list")


def test_a_file_that_is_there_is_not_replaced_and_no_letter_is_sent(office: Office) -> None:
    office.act("prepare", office.list_of("amira,nl,age"))
    office.act("approve", 1, who="siem")
    taken = office.path / "taken.pdf"
    taken.write_bytes(b"old")
    words = ("activation", "letters", 1, "--employee", "joke", "--out")
    assert "file here already" in office.refused(*words, taken)
    assert "file here already" in office.refused(*words, office.path / "new.pdf", "--pins", taken)
    assert "another file" in office.refused(*words, office.path / "x.pdf", "--pins", office.path / "x.pdf")
    assert taken.read_bytes() == b"old"
    assert "approved" in office.done("activation", "list")


def test_letters_need_a_sender(office: Office) -> None:
    (office.path / "folder" / "activation.json").unlink()
    office.act("prepare", office.list_of("amira,nl,age"))
    office.act("approve", 1, who="siem")
    words = ("activation", "letters", 1, "--employee", "joke", "--out", office.path / "x.pdf")
    assert "activation setup" in office.refused(*words)


def test_employees_come_change_and_go(office: Office) -> None:
    assert office.done("employee", "list").split() == ["joke", "siem"]
    assert "already" in office.refused("employee", "add", "joke")
    assert "small letters" in office.refused("employee", "add", "Joke")
    assert "new passphrase" in office.done("employee", "passphrase", "joke", who="siem")
    office.done("employee", "remove", "siem")
    assert office.done("employee", "list").split() == ["joke"]
    assert "no employee" in office.refused("employee", "remove", "nobody")


def test_every_command_explains_itself(office: Office) -> None:
    for command in ("setup", "prepare", "approve", "letters", "resend", "unlock", "revoke", "list"):
        assert len(office.done("activation", command, "--help").split()) > 30
    for command in ("add", "passphrase", "remove", "list"):
        assert len(office.done("employee", command, "--help").split()) > 15
