# SPDX-License-Identifier: EUPL-1.2
"""The wallet's command line, on real files, together with the validator's documents."""

import json
import re
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner, Result

from edge.qr import qr_text
from holder.cli import app
from holder.programme import AskedTerms, ProgrammeView
from holder.service import Wallet
from holder.wallet_file import KeyWork
from programmable_money.messages import ClaimMessage, PaymentDomain, PaymentRequest, Scope, SignedPermit
from ssi.claim.proof import Claim
from ssi.claim.statement import Statement
from ssi.claim.verify import verify_claim
from ssi.credential.issuance import Issuance
from ssi.credential.messages import IssuanceMessage, RequestMessage, SessionMessage
from ssi.credential.pinning import IssuanceRequest
from ssi.credential.types import ClaimValue
from ssi.rulebook.terms import terms
from tests.unit.holder.town import (
    AMIRA,
    CATALOGUE,
    CATO,
    FUND,
    INCOME,
    KINDPAKKET,
    PASSPHRASE,
    SHOP,
    Desk,
    accepted_key,
    planted,
)

YEAR = datetime.now(ZoneInfo("Europe/Amsterdam")).year
SCOPE = Scope(31_337, FUND, KINDPAKKET.hash, YEAR)
TERMS = terms(KINDPAKKET, INCOME, YEAR)
Run = Callable[..., Result]


def _values(values: dict[str, ClaimValue]) -> dict[str, ClaimValue]:
    return {**values, "exp": (datetime.now(UTC) + timedelta(days=60)).date()}


def _view(desk: Desk) -> ProgrammeView:
    key = accepted_key(desk.public_key, TERMS, SCOPE.context_id)
    return ProgrammeView(SCOPE, SCOPE.context_id, AskedTerms.of(TERMS), (key,))


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `wallet` in an empty folder with a passphrase file."""
    monkeypatch.chdir(tmp_path)
    Path("passphrase").write_text(f"{PASSPHRASE}\n", encoding="utf-8")
    monkeypatch.setenv("STUIVER_PASSPHRASE_FILE", "passphrase")
    monkeypatch.setenv("COLUMNS", "400")
    return lambda *words, **options: CliRunner().invoke(app, [str(word) for word in words], **options)


@pytest.fixture
def wallet(run: Run) -> Run:
    """The same, with a wallet that is quick to open."""
    Wallet.create(Path("my.wallet"), PASSPHRASE, CATALOGUE, work=KeyWork.INTERACTIVE)[0].close()
    return run


def _give(run: Run, desk: Desk, values: dict[str, ClaimValue]) -> Result:
    """Session, request, issuance, with the validator's own documents."""
    nonce = desk.nonce()
    session = SessionMessage(desk.did, nonce, (INCOME.vct,), datetime.now(UTC) + timedelta(hours=1))
    Path("session.json").write_bytes(session.to_json())
    asked = run("request", "--session", "session.json", "--type", "household-income", "--out", "request.json")
    assert asked.exit_code == 0, asked.output
    message = RequestMessage.from_json(Path("request.json").read_bytes())
    assert (message.validator, message.nonce, message.credential_type) == (desk.did, nonce, INCOME.vct)
    issuance = desk.issue("record", _values(values), message.unverified_request, nonce)
    Path("issuance.json").write_bytes(IssuanceMessage(desk.did, nonce, issuance).to_json())
    return run("accept", "--issuance", "issuance.json", "--public-key", desk.public_key.hex())


def _fails(result: Result, *words: str) -> None:
    """Exit code 1 and exactly one line, with these words in it."""
    assert result.exit_code == 1, result.output
    (line,) = result.stderr.splitlines()
    assert line.startswith("wallet: ")
    for word in words:
        assert word in line


def test_a_new_wallet_shows_its_words_once_and_comes_back_from_them(run: Run) -> None:
    made = run("create")
    assert made.exit_code == 0, made.output
    words = [line.split(". ")[1] for line in made.output.splitlines() if line[:2].strip().isdigit()]
    assert len(words) == 24
    assert stat.S_IMODE(Path("my.wallet").stat().st_mode) == 0o600
    Path("words").write_text(" ".join(words), encoding="utf-8")
    assert run("restore", "--wallet", "again.wallet", "--phrase-file", "words").exit_code == 0
    accounts = set()
    for name in ("my.wallet", "again.wallet"):
        with Wallet.open(Path(name), PASSPHRASE, CATALOGUE) as opened:
            accounts.add(opened.account_address(SCOPE))
    assert len(accounts) == 1


def test_the_words_can_go_to_a_file_of_their_own(run: Run) -> None:
    made = run("create", "--phrase-file", "words")
    assert made.exit_code == 0, made.output
    phrase = Path("words").read_text(encoding="utf-8")
    assert len(phrase.split()) == 24
    assert not any(f" {word}\n" in made.output for word in phrase.split())
    assert stat.S_IMODE(Path("words").stat().st_mode) == 0o600
    assert run("create", "--wallet", "other", "--phrase-file", "words").exit_code == 2
    assert not Path("other").exists()


def test_the_passphrase_is_asked_for_without_a_file(wallet: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STUIVER_PASSPHRASE_FILE")
    shown = wallet("show", input=f"{PASSPHRASE}\n")
    assert (shown.exit_code, PASSPHRASE in shown.output) == (0, False)
    refused = wallet("show", input="wrong\n")
    assert refused.exit_code == 1
    assert "passphrase is not the one" in refused.stderr


def test_from_issuance_to_payment(wallet: Run) -> None:
    desk = Desk()
    accepted = _give(wallet, desk, AMIRA)
    assert accepted.exit_code == 0, accepted.output
    assert "yes, €450.00" in wallet("qualify").output
    assert f"Kindpakket {YEAR}: ja, € 450,00" in wallet("qualify", "--language", "nl").output
    assert json.loads(wallet("qualify", "--json").output)[0]["amount_cents"] == 45_000

    view = _view(desk)
    Path("programme.json").write_text(view.to_json(), encoding="utf-8")
    claimed = wallet("claim", "--programme", "programme.json", "--out", "claim.json", "--yes")
    assert claimed.exit_code == 0, claimed.output
    message = ClaimMessage.from_json(Path("claim.json").read_text(encoding="utf-8"))
    claim = Claim(bytes.fromhex(message.account[2:]), message.as_of, message.disclosed)
    verify_claim(Statement.of(TERMS, desk.public_key, SCOPE.context_id), claim, message.proof)

    printed = wallet("permit", "--programme", "programme.json", "--limit", "12.50", "--merchant", SHOP, "--qr").output
    text = printed.splitlines()[-1]
    drawn = re.sub(r"\x1b\[[0-9;]*m", "", qr_text(text))  # where nobody looks at a terminal there are no colours
    assert printed.startswith(f"{drawn}\nUp to €12.50"), printed
    assert text.startswith("STUIVER:PERMIT/1:")
    permit = SignedPermit.from_text(text)
    permit.check()
    assert (permit.permit.limit, permit.permit.merchant, permit.permit.account) == (1250, SHOP, message.account)
    asked = PaymentRequest(PaymentDomain(SCOPE.chain_id, FUND), SHOP, 799)
    Path("till.json").write_text(asked.to_json(), encoding="utf-8")
    written = wallet(
        "permit", "--programme", "programme.json", "--limit", "8", "--request", "till.json", "--out", "permit.json"
    )
    assert written.exit_code == 0, written.output
    assert SignedPermit.from_json(Path("permit.json").read_text(encoding="utf-8")).permit.limit == 799

    log = json.loads(wallet("consent", "log", "--json").output)
    assert [entry["recipient"] for entry in log] == [desk.did, f"Child package {YEAR}, {FUND}", SHOP, SHOP]
    told = wallet("consent", "log").output
    assert "shown: children: 3\n" in told
    assert "shown: municipality: GM1969\n" in told
    assert f"shown: account: {message.account}\n" in told
    assert "proved: Your income is at most 120 percent of the norm for your household.\n" in told
    assert f"to {desk.did}\n" in told
    shown = wallet("show")
    assert "Household income of did:web:westerkwartier.example" in shown.output
    assert "1540" not in shown.output
    assert "154060" in wallet("show", "--claims").output


def test_a_request_can_be_made_from_a_did_and_a_nonce(wallet: Run) -> None:
    desk = Desk()
    nonce = desk.nonce()
    asked = wallet(
        *("request", "--validator", desk.did, "--nonce", nonce.hex(), "--type", "household-income:1"),
        *("--out", "request.bin", "--raw"),
    )
    assert asked.exit_code == 0, asked.output
    IssuanceRequest.from_octets(Path("request.bin").read_bytes()).verify(validator=desk.did, nonce=nonce)


def test_cato_is_told_why_and_nothing_is_written(wallet: Run) -> None:
    desk = Desk()
    _give(wallet, desk, CATO)
    Path("programme.json").write_text(_view(desk).to_json(), encoding="utf-8")
    told = wallet("qualify", "--language", "nl").output
    assert "Uw inkomen is niet hoger dan 120 procent van de norm voor uw huishouden." in told
    refused = wallet("claim", "--programme", "programme.json", "--out", "claim.json", "--yes")
    _fails(refused, "Your income is at most 120 percent", "Nothing was sent")
    assert not Path("claim.json").exists()


def test_a_citizen_can_say_no(wallet: Run) -> None:
    desk = Desk()
    _give(wallet, desk, AMIRA)
    Path("programme.json").write_text(_view(desk).to_json(), encoding="utf-8")
    asked = wallet("claim", "--programme", "programme.json", "--out", "claim.json", input="n\n")
    assert asked.exit_code == 1
    assert "Nothing was sent." in asked.output
    assert not Path("claim.json").exists()
    assert json.loads(wallet("consent", "log", "--json").output)[-1]["outcome"] == "declined"


def test_errors_are_one_line_that_says_what_to_do_next(wallet: Run) -> None:
    desk = Desk()
    _fails(wallet("show", "--wallet", "none"), "no wallet file", "wallet create")
    _fails(wallet("create"), "a file here already", "--wallet")
    Path("words").write_text("abandon " * 24, encoding="utf-8")
    _fails(wallet("restore", "--wallet", "new", "--phrase-file", "words"), "wrong order", "paper")
    _fails(wallet("restore", "--wallet", "new", "--phrase-file", "absent"), "absent", "Check the place")
    request = ("request", "--nonce", "00" * 16, "--out", "out")
    _fails(wallet(*request, "--validator", "x", "--type", "age"), "DID", "letter")
    _fails(wallet(*request, "--validator", desk.did, "--type", "age:9"), "type of credential", "--help")
    Path("bad.json").write_text("[" * 200_000, encoding="utf-8")
    _fails(wallet("accept", "--issuance", "bad.json", "--public-key", "00" * 96), "nest deeper")
    claim = ("claim", "--out", "claim.json", "--yes", "--programme")
    _fails(wallet(*claim, "bad.json"), "nest deeper")
    Path("bad.json").write_text("{}", encoding="utf-8")
    _fails(wallet(*claim, "bad.json"), "$.stuiver", "Fetch")
    view = _view(desk)
    Path("programme.json").write_text(view.to_json(), encoding="utf-8")
    _fails(wallet(*claim, "programme.json"), "Your wallet has no credential", "Nothing was sent")
    permit = ("permit", "--programme", "programme.json", "--limit")
    _fails(wallet(*permit, "1"), "no account", "wallet claim")
    _fails(wallet(*permit, "1", "--balance", "0.99"), "above the balance", "Nothing was signed")
    _give(wallet, desk, AMIRA)
    evil = planted(view, view.keys[0].statement[:31] + b"\x00")
    Path("programme.json").write_text(evil.to_json(), encoding="utf-8")
    _fails(wallet(*claim, "programme.json"), "statement", "tell the municipality")
    _fails(wallet("accept", "--issuance", "issuance.json", "--public-key", desk.public_key.hex()), "no request")
    Path("passphrase").write_text("wrong", encoding="utf-8")
    _fails(wallet("show"), "passphrase is not the one", "24 words")
    Path("my.wallet").write_bytes(Path("my.wallet").read_bytes()[:-1])
    Path("passphrase").write_text(PASSPHRASE, encoding="utf-8")
    _fails(wallet("show"), "damaged", "24 words")
    assert not Path("claim.json").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("request", "--type", "age", "--out", "o"),
        ("request", "--type", "age", "--out", "o", "--validator", "did:web:a.example", "--nonce", "00"),
        ("request", "--type", "Age!", "--out", "o", "--validator", "did:web:a.example", "--nonce", "00" * 16),
        ("accept", "--issuance", "i", "--public-key", "zz"),
        ("permit", "--programme", "p", "--limit", "1.5"),
        ("permit", "--programme", "p", "--limit", "1", "--seconds", "901"),
    ],
)
def test_wrong_words_are_told(wallet: Run, words: tuple[str, ...]) -> None:
    Path("i").write_bytes(IssuanceMessage("did:web:a.example", bytes(16), Issuance("a.b.c", 1)).to_json())
    Path("p").write_text(_view(Desk()).to_json(), encoding="utf-8")
    assert wallet(*words).exit_code == 2
