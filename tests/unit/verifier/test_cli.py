# SPDX-License-Identifier: EUPL-1.2
"""The commands of a verifier: a folder, policies, receipts, and one line when something is wrong."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ssi.keys import KeyType, PrivateKey
from ssi.trust import NoKeyRegistry
from tests.unit.verifier.material import NAME, URL, Validator
from tests.unit.verifier.test_policy import PUBLISHED, document, octets
from tests.unit.verifier.test_trusting import keys_file
from verifier.cli import app
from verifier.errors import SettingsError
from verifier.folder import VerifierFolder
from verifier.opening import open_verifier
from verifier.policy.deciding import Allowed
from verifier.receipts import Receipt, receipt_keys

RUN = CliRunner()


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, and a passphrase."""
    (tmp_path / "passphrase").write_text("a long passphrase\n")
    monkeypatch.setenv("STUIVER_VERIFIER_PASSPHRASE_FILE", str(tmp_path / "passphrase"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str, fails: bool = False) -> str:
    """What a command says; with ``fails`` the one line that it says instead."""
    done = RUN.invoke(app, list(words))
    assert done.exit_code == (1 if fails else 0), done.output
    if fails:
        assert done.stderr.startswith("Error: ") or not done.stderr
    return done.stderr if fails and done.stderr else done.output


def made() -> VerifierFolder:
    run("init", "--name", "Gemeente Westerkwartier", "--folder", "here")
    return VerifierFolder(Path("here"))


def test_init_makes_a_verifier_and_says_what_comes_next() -> None:
    said = run("init", "--name", "Gemeente", "--name-en", "Town", "--folder", "here", "--haip")
    assert "Next: say whose credentials count with `trust` (or write here/trust.json)" in said
    settings = VerifierFolder(Path("here")).settings()
    assert settings.haip
    assert settings.public_url == URL
    assert (settings.name.nl, settings.name.en) == ("Gemeente", "Town")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            ["init", "--name", "x", "--public-url", "http://verifier.example"],
            "Error: The setting public_url: must begin",
        ),
        (["init", "--name", "x", "--haip", "--plain"], "Error: The setting haip: needs"),
        (["serve", "--folder", "nowhere"], "Error: There is no verifier in this folder."),
        (["desk", "--folder", "nowhere"], "Error: There is no verifier in this folder."),
        (["certificate", "--folder", "nowhere"], "Error: There is no verifier in this folder."),
        (["check-receipt", "nothing"], "Error: Say whose keys count"),
        (["check-receipt", "nothing", "--keys", "nothing"], "Error: nothing: No such file"),
        (["policies", "--check", "nothing"], "Error: nothing: No such file"),
    ],
)
def test_one_line_says_what_is_wrong(words: list[str], line: str) -> None:
    assert run(*words, fails=True).startswith(line)


def test_a_folder_is_never_made_over() -> None:
    made()
    assert "it was left as it is" in run("init", "--name", "x", "--folder", "here", fails=True)


def test_without_a_trust_list_nothing_starts() -> None:
    made()
    assert "no trust.json" in run("serve", "--folder", "here", fails=True)


def test_a_folder_with_a_trust_list_opens() -> None:
    folder, validator = made(), Validator()
    entry = {"name": {"nl": "a", "en": "a"}, "vcts": ["urn:stuiver:credential:age:1"], "dids": [validator.did]}
    folder.trust.write_text(json.dumps({"format": "stuiver/trust-list/v1", "issuers": [entry]}))
    opened = open_verifier(
        folder, "a long passphrase", registry=NoKeyRegistry(), clock=lambda: datetime(2026, 6, 1, tzinfo=UTC)
    )
    assert [str(policy.id) for policy in opened.policies] == ["income-allowance/v1", "under-21/v1"]
    with pytest.raises(SettingsError, match="has ended"):
        open_verifier(
            folder, "a long passphrase", registry=NoKeyRegistry(), clock=lambda: datetime(2050, 1, 1, tzinfo=UTC)
        )
    folder.trust.write_text("{}")
    assert "does not have the form" in run("serve", "--folder", "here", fails=True)


def test_a_wrong_passphrase_is_said(place: Path) -> None:
    made().trust.write_text("{}")
    (place / "passphrase").write_text("another\n")
    assert "passphrase is not the one" in run("serve", "--folder", "here", fails=True)


def test_nobody_to_ask_for_the_passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STUIVER_VERIFIER_PASSPHRASE_FILE")
    assert "nobody to ask" in run("init", "--name", "x", "--folder", "here", fails=True)


def test_the_certificate_can_come_from_an_authority() -> None:
    made()
    said = run("certificate", "--folder", "here", "--request", "request.pem")
    assert "Wrote request.pem" in said
    assert Path("request.pem").read_bytes().startswith(b"-----BEGIN CERTIFICATE REQUEST")
    assert "Requests carry" in run("certificate", "--folder", "here", "--use", "here/certificate.pem")
    assert "must be for the request key" in run(
        "certificate", "--folder", "here", "--use", "here/anchor.pem", fails=True
    )


def test_policies_are_listed_with_their_hashes(place: Path) -> None:
    said = run("policies")
    for policy in PUBLISHED:
        assert f"{policy.id}  {policy.title.en}  {policy.hash}" in said
    made()
    own = place / "here" / "policies" / "under-21" / "v2"
    own.mkdir(parents=True)
    changed = document("under-21")
    changed["version"] = 2
    (own / "policy.json").write_bytes(octets(changed))
    assert "under-21/v2" in run("policies", "--folder", "here")


def test_a_policy_is_checked_before_it_is_published(place: Path) -> None:
    changed = document("under-21")
    (place / "good.json").write_bytes(octets(changed))
    assert "under-21/v1 may be used." in run("policies", "--check", "good.json")
    changed["rules"][0]["id"] = "not_a_foreigner"
    (place / "bad.json").write_bytes(octets(changed))
    assert "speaks of nationality" in run("policies", "--check", "bad.json", fails=True)
    (place / "broken.json").write_bytes(b"{}")
    assert "$.name: is missing" in run("policies", "--check", "broken.json", fails=True)


def receipt(decided_at: datetime) -> tuple[str, str]:
    """A receipt, and the keys that check it."""
    key, policy = PrivateKey.generate(KeyType.P256), PUBLISHED[0]
    text = Receipt("a" * 22, URL, NAME, policy, "bbs", Allowed(("low_income",)), decided_at, pseudonym=b"p" * 96)
    return text.sign(key), json.dumps(receipt_keys(key.public_key))


def test_anybody_checks_a_receipt() -> None:
    text, keys = receipt(datetime.now(UTC).replace(microsecond=0))
    Path("receipt.jwt").write_text(text + "\n")
    Path("keys.json").write_text(keys)
    said = run("check-receipt", "receipt.jwt", "--keys", "keys.json")
    assert "allowed: low_income" in said
    assert "(as published here)" in said
    assert said.endswith("valid\n")
    shown = json.loads(run("check-receipt", "receipt.jwt", "--keys", "keys.json", "--json"))
    assert shown["valid"] is True
    assert shown["decision"] == "allowed"


def test_a_receipt_that_is_over_or_not_real() -> None:
    text, keys = receipt(datetime.now(UTC) - timedelta(days=400))
    Path("receipt.jwt").write_text(text)
    Path("keys.json").write_text(keys)
    assert "no longer valid" in run("check-receipt", "receipt.jwt", "--keys", "keys.json", fails=True)
    Path("keys.json").write_text(receipt(datetime.now(UTC))[1])
    assert "unresolvable_key" in run("check-receipt", "receipt.jwt", "--keys", "keys.json", fails=True)
    address = ["--verifier", "http://127.0.0.1:1"]
    assert "The keys cannot be fetched" in run("check-receipt", "receipt.jwt", *address, fails=True)


@pytest.fixture
def address() -> Iterator[str]:
    """A validator's service, as far as its keys go."""
    octets = json.dumps({"keys": [PrivateKey.generate(KeyType.P256).public_key.to_jwk()]}).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/jwks" else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(octets)))
            self.end_headers()
            self.wfile.write(octets)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_trust_adds_a_validator_by_its_file_and_its_address(place: Path, address: str) -> None:
    folder = made()
    (place / "keys.json").write_bytes(keys_file(Validator()))
    said = run("trust", "--folder", "here", "--keys", "keys.json", "--issuer", address)
    assert "Credentials of Gemeente count now" in said
    assert "It signs as did:jwk:" in said
    assert len(json.loads(folder.trust.read_bytes())["issuers"]) == 2
    elsewhere = ["--issuer", f"{address}/nothing"]
    assert "cannot be fetched" in run("trust", "--folder", "here", "--keys", "keys.json", *elsewhere, fails=True)
    (place / "keys.json").write_text("{}")
    assert "does not have the form" in run("trust", "--folder", "here", "--keys", "keys.json", fails=True)
