# SPDX-License-Identifier: EUPL-1.2
"""The commands of the service: offers, keys, decisions, and what keeps it from starting."""

import json
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from typer.testing import CliRunner

from issuer.cli import application
from issuer.document_keys import DocumentKey, DocumentKeys
from issuer.folder import DeskFolder
from issuer.openid.model import ReviewState
from issuer.openid.review import ReviewDesk
from issuer.status.service import StatusDesk
from ssi.openid.offer import CredentialOffer, OfferReference, parse_offer_link
from ssi.sealed_file import KeyWork
from ssi.status.lists import StatusValue
from tests.pki import make_root
from tests.postgres import choose_database
from tests.unit.issuer.material import AMIRA, INCOME_TYPE, START, TYPES, Clock, households

PASSPHRASE = "a bench in the park"
URL = "https://desk.example"


@dataclass
class Office:
    """A desk's folder and the command."""

    path: Path
    folder: DeskFolder

    def run(self, *words: object) -> tuple[int, str, str]:
        file = self.path / "passphrase"
        file.write_text(PASSPHRASE, encoding="utf-8")
        environment = {
            "STUIVER_ISSUER_PASSPHRASE_FILE": str(file),
            "STUIVER_ISSUER_FOLDER": str(self.folder.path),
        }
        result = CliRunner().invoke(application(), [str(word) for word in words], env=environment)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result.exit_code, result.stdout, result.stderr

    def done(self, *words: object) -> str:
        code, out, error = self.run(*words)
        assert code == 0, error
        return out

    def refused(self, *words: object) -> str:
        code, _, error = self.run(*words)
        assert code == 1
        assert error.startswith("Error: ")
        assert error.count("\n") == 1
        return error


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Office:
    """A desk with the cast's records."""
    folder = DeskFolder.create(
        tmp_path / "desk",
        PASSPHRASE,
        TYPES,
        name="Gemeente Westerkwartier",
        municipalities=["GM1969"],
        work=KeyWork.INTERACTIVE,
    )
    choose_database(folder.path, database_url)
    folder.service_keys(PASSPHRASE, work=KeyWork.INTERACTIVE)
    store = folder.store()
    with store.transaction() as transaction:
        transaction.save_households(households())
    store.close()
    return Office(tmp_path, folder)


def test_prints_a_link_to_an_open_offer_and_draws_it(office: Office) -> None:
    svg = office.path / "offer.svg"
    link = parse_offer_link(office.done("offer", "age", "--public-url", URL, "--svg", svg).strip())
    assert link == OfferReference(f"{URL}/offers/age")
    assert svg.read_text(encoding="utf-8").startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    offer = parse_offer_link(office.done("offer", "age", "--public-url", URL, "--by-value").strip())
    assert isinstance(offer, CredentialOffer)
    assert offer.credential_configuration_ids == ("age-sd-jwt", "age-bbs")
    assert "must be one of household-income, age" in office.refused("offer", "diploma", "--public-url", URL)
    assert "public_url" in office.refused("offer", "age", "--public-url", "desk.example")
    assert "already" in office.refused("offer", "age", "--public-url", URL, "--svg", svg)


def test_shows_and_rotates_the_document_keys(office: Office) -> None:
    before = json.loads(office.done("document-key", "show", "--json"))
    assert [key["role"] for key in before] == ["current", "next"]
    assert "may not sign yet" in office.refused("document-key", "rotate")
    assert before[1]["key"] in office.done("document-key", "rotate", "--at-once")
    after = json.loads(office.done("document-key", "show", "--json"))
    assert [key["role"] for key in after] == ["current", "next", "previous"]
    assert after[0]["key"] == before[1]["key"]
    assert after[2]["until"]
    assert "role previous" in office.done("document-key", "show")


def test_asks_for_a_certificate_and_keeps_it(office: Office) -> None:
    out = office.path / "request.pem"
    office.done("document-key", "request", "--out", out, "--host", "desk.example")
    request = x509.load_pem_x509_csr(out.read_bytes())
    assert request.is_signature_valid
    leaf = make_root().leaf(dns=("desk.example",))
    file = office.path / "chain.pem"
    file.write_text("".join(_pem(text) for text in leaf.x5c), encoding="utf-8")
    assert "must begin with the certificate" in office.refused("document-key", "certificate", file)
    office.folder.change_service_keys(
        PASSPHRASE, lambda keys: keys.with_document_keys(DocumentKeys(DocumentKey(leaf.private_key, START)))
    )
    office.done("document-key", "certificate", file)
    [current] = json.loads(office.done("document-key", "show", "--json"))
    assert current["named by"] == "certificates"


def test_decides_about_credentials(office: Office) -> None:
    words = ("amira", "--type", "household-income", "--employee", "eva", "--reason", "moved away")
    assert "Changed 0 copies" in office.done("status", "suspend", *words)
    desk = office.folder.open(PASSPHRASE, TYPES, clock=Clock())
    assert StatusDesk(desk).standing(AMIRA, INCOME_TYPE).status is StatusValue.SUSPENDED
    office.done("status", "reinstate", *words)
    office.done("status", "revoke", *words)
    assert StatusDesk(desk).standing(AMIRA, INCOME_TYPE).status is StatusValue.INVALID
    assert "revoked already" in office.refused("status", "suspend", *words)
    assert "no record" in office.refused("status", "revoke", "nobody", *words[1:])
    assert "must be one of" in office.refused("status", "revoke", "amira", "--type", "diploma", *words[3:])
    desk.store.close()


def test_decides_about_records(office: Office) -> None:
    words = ("amira", "--employee", "eva", "--reason", "two incomes")
    desk = office.folder.open(PASSPHRASE, TYPES, clock=Clock())
    for name, state in (
        ("hold", ReviewState.UNDER_REVIEW),
        ("refuse", ReviewState.REFUSED),
        ("clear", ReviewState.CLEAR),
    ):
        assert office.done("review", name, *words)
        assert ReviewDesk(desk).state(AMIRA) is state
    assert "no record" in office.refused("review", "hold", "nobody", *words[1:])
    desk.store.close()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--host", "0.0.0.0"), "public-url"),  # noqa: S104 - refused
        (("--public-url", "http://desk.example"), "public_url"),
        (("--public-url", "https://desk.example/"), "public_url"),
        (("--oidc", "a.json", "--demonstration-login", "b"), "one of --oidc and --demonstration-login"),
        (("--oidc", "missing.json"), "missing.json"),
        (("--demonstration-login", "short"), "passphrase of 8 to 200"),
        (("--public-url", URL, "--demonstration-login", "long"), "this machine only"),
    ],
    ids=["beyond", "plain_http", "slash", "two_logins", "no_file", "short_passphrase", "public_demonstration"],
)
def test_does_not_start_like_this(
    office: Office, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(office.path)
    (office.path / "short").write_text("x", encoding="utf-8")
    (office.path / "long").write_text("long enough", encoding="utf-8")
    assert said in office.refused("serve", "--port", "0", *words)


def test_does_not_take_a_port_that_is_taken(office: Office) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        assert office.refused("serve", "--port", other.getsockname()[1])


def test_another_database_is_named_by_a_file(office: Office) -> None:
    named = office.folder.path / "database.url"
    named.write_text("nonsense", encoding="utf-8")
    assert "database.url" in office.refused("review", "hold", "amira", "--employee", "e", "--reason", "r")
    named.write_text(f"sqlite:///{office.path / 'other.sqlite'}\n", encoding="utf-8")
    assert "no record" in office.refused("review", "hold", "amira", "--employee", "e", "--reason", "r")


def _pem(text: str) -> str:
    return f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"


def test_material_is_typed(office: Office) -> None:
    entries: Any = json.loads(office.done("document-key", "show", "--json"))
    assert all(set(entry) == {"role", "key", "published", "until", "named by"} for entry in entries)
