# SPDX-License-Identifier: EUPL-1.2
"""The desk of a pass over the network: the wallet fetches its pass from it, and takes nothing from a false one."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Response
from typer.testing import CliRunner

from edge.fetch import GuardedFetch
from holder.openid.errors import AnswerError, LinkError, LinkProblem
from holder.passes.fetching import fetch_pass
from holder.passes.refusals import PassRefusal, PassRefusedError
from holder.refusals import IssuanceRefusedError as WalletRefusal
from holder.service import Wallet
from issuer.keys import ValidatorKeys
from issuer.passes.api import create_pass_app
from issuer.passes.folder import PassFolder
from issuer.passes.model import PassAccount
from issuer.passes.service import PassDesk
from programmable_money.chain import Chain
from programmable_money.node import open_chain
from ssi.credential.messages import SessionMessage
from ssi.errors import Reason
from ssi.sealed_file import KeyWork
from stuiver.cli import application, open_pass_accounts
from tests.flows.city import CATALOGUE, PASS, PASS_DESK, RULEBOOK, City, household, offer, offer_document
from tests.flows.june import chain, city
from tests.flows.serving import free_port, serve
from tests.postgres import choose_database

__all__ = ["chain", "city"]

ROOT = Path(__file__).parents[2]
NOW = datetime.now(UTC)


@contextmanager
def served(desk: PassDesk | FastAPI) -> Iterator[str]:
    """A desk, or what says to be one, on a port of this machine."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with serve(desk if isinstance(desk, FastAPI) else create_pass_app(desk, url), port):
        yield url


def fetch(city: City, wallet: Wallet, url: str) -> Any:
    """What ``stuiver wallet pass fetch`` does."""
    return fetch_pass(wallet.passes, city.view(), url, GuardedFetch.for_this_machine(), lambda: city.now)


def test_a_wallet_fetches_the_pass_that_it_activated_and_uses_it(city: City) -> None:
    (swim,) = city.publish(offer())
    amira = city.citizen("amira")
    city.activate(amira)
    with served(city.pass_desk) as url:
        assert fetch(city, amira, url).credential.values["programme"] == "stadjerspas"
        fetch(city, amira, f"{url}/")  # a lost answer is fetched again
    city.use(amira, swim, "pool", 550)
    asked = [entry for entry in amira.consents.entries if entry.recipient == PASS_DESK]
    assert [[shown.name for shown in entry.disclosed] for entry in asked] == [["issuance_pseudonym"], ["account"]] * 2


def test_a_wallet_that_was_restored_from_its_words_fetches_its_pass(city: City) -> None:
    lost, phrase = Wallet.create(city.folder / "lost.wallet", "a passphrase", CATALOGUE, work=KeyWork.INTERACTIVE)
    city.wallets["lost"] = lost
    city.attest(lost, household("amira"))
    city.activate(lost)
    city.fetch(lost)
    restored = city.wallet("restored", phrase)
    with served(city.pass_desk) as url:
        fetch(city, restored, url)
    assert len(restored.credentials) == 1
    assert restored.passes.learn(city.view(), [], now=city.now).uses == ()


def test_cato_whose_activation_never_arrived_gets_nothing(city: City) -> None:
    cato = city.citizen("cato")
    cato.passes.activate(cato.passes.plan_activation(city.view(), now=city.now), now=city.now)
    with served(city.pass_desk) as url, pytest.raises(PassRefusedError) as refused:
        fetch(city, cato, url)
    assert refused.value.reason is PassRefusal.NOT_ON_CHAIN
    assert len(cato.credentials) == 1


def test_an_account_that_is_written_in_two_ways_is_one_record(city: City) -> None:
    """As two records one activation would have given two passes."""
    amira = city.citizen("amira")
    city.activate(amira)
    account = PassAccount(amira.passes.account(city.view()))
    assert account != account.lower()
    assert city.pass_desk.open_session(account.lower()).account == account


def test_a_desk_with_a_key_that_the_pass_does_not_list_gives_no_pass(city: City) -> None:
    amira = city.citizen("amira")
    city.activate(amira)
    false = replace(city.pass_desk, keys=ValidatorKeys.generate([PASS], did=PASS_DESK))
    with served(false) as url, pytest.raises(WalletRefusal) as refused:
        fetch(city, amira, url)
    assert refused.value.reason is Reason.INVALID_SIGNATURE
    assert len(amira.credentials) == 1


def false_desk(session: bytes, credential: bytes, status: int = 200) -> FastAPI:
    """Something that answers whatever it likes."""
    app = FastAPI()
    app.post("/sessions")(lambda: Response(session))
    app.post("/credentials")(lambda: Response(credential, status))
    return app


def test_whatever_else_a_false_desk_answers_is_refused(city: City) -> None:
    amira = city.citizen("amira")
    city.activate(amira)
    until = city.now.replace(year=2030)
    good = SessionMessage(PASS_DESK, bytes(32), (PASS.vct,), until).to_json()
    other_type = SessionMessage(PASS_DESK, bytes(32), ("urn:stuiver:credential:age:1",), until).to_json()
    for session in (b"<html>", other_type):
        with served(false_desk(session, b"")) as url, pytest.raises(LinkError) as refused:
            fetch(city, amira, url)
        assert refused.value.problem is LinkProblem.MALFORMED_ANSWER
    with served(false_desk(good, b"{}")) as url, pytest.raises(LinkError) as refused:
        fetch(city, amira, url)
    assert refused.value.problem is LinkProblem.MALFORMED_ANSWER
    used = false_desk(good, b'{"type": "urn:stuiver:problem:session_used"}', 403)
    with served(used) as url, pytest.raises(AnswerError) as answered:
        fetch(city, amira, url)
    assert answered.value.code == "session_used"
    with served(false_desk(good, b"no", 500)) as url, pytest.raises(AnswerError) as answered:
        fetch(city, amira, url)
    assert answered.value.code == "unknown"
    with pytest.raises(LinkError) as refused:
        fetch(city, amira, f"http://127.0.0.1:{free_port()}")
    assert refused.value.problem is LinkProblem.UNREACHABLE
    assert len(amira.credentials) == 1


# ---- by hand ----


@pytest.fixture
def live() -> Iterator[Chain]:
    """A node on which it is now: commands go by the real clock."""
    with open_chain("anvil", starts_at=NOW) as opened:
        yield opened


class Hand:
    """The command, with a desk in a folder."""

    def __init__(self, folder: Path, url: str = "") -> None:
        (folder / "passphrase").write_text("a passphrase\n")
        self.environment = {
            "STUIVER_RPC": url,
            "STUIVER_PASSPHRASE_FILE": str(folder / "passphrase"),
            "STUIVER_ISSUER_PASSPHRASE_FILE": str(folder / "passphrase"),
            "STUIVER_ISSUER_FOLDER": str(folder / "desk"),
        }

    def run(self, *words: object, code: int = 0) -> str:
        """What a command printed."""
        texts = [str(word) for word in words]
        way = open_pass_accounts if texts[0] == "issuer" else None
        result = CliRunner().invoke(application(), texts, env=self.environment, obj=way)
        assert result.exit_code == code, result.output
        return result.output


@pytest.mark.anvil
def test_the_desk_of_a_pass_by_hand(live: Chain, tmp_path: Path, database_url: str) -> None:
    hand = Hand(tmp_path, live._w3.provider.endpoint_uri)  # type: ignore[attr-defined]
    made = ("--name", "Gemeente Groningen", "--municipality", "GM0014", "--rulebook", "stadjerspas", "--year", NOW.year)
    assert "Next: `prove-key --type stadjerspas`" in hand.run("issuer", "pass", "init", *made)
    folder = PassFolder(tmp_path / "desk")
    choose_database(folder.path, database_url)
    city = City.open(live, tmp_path, year=NOW.year, pass_keys=folder.desk.keys("a passphrase"))
    key_id = city.pass_desk.keys.key_id(PASS).hex()
    assert key_id in hand.run("issuer", "key")
    registry, holder = city.municipality.registry.contract.address, city.opening.desk
    proving = ("--type", "stadjerspas", "--chain-id", live.chain_id, "--registry", registry, "--account", holder)
    hand.run("issuer", "prove-key", *proving, "--out", tmp_path / "key.json")

    wrong = hand.run("issuer", "pass", "serve", "--pass", registry, "--port", 0, code=1)
    assert "pass: must be" in wrong
    command = [str(Path(sys.executable).with_name("stuiver")), "issuer", "pass", "serve", "--pass", city.opened.address]
    with subprocess.Popen(
        [*command, "--port", "0", "--workers", "2"], env=hand.environment, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        try:
            assert process.stdout is not None
            found = re.fullmatch(r"Listening on (http://127\.0\.0\.1:\d+)\n", process.stdout.readline())
            assert found is not None
            _fetch_by_hand(city, hand, tmp_path, found[1])
        finally:
            process.terminate()
            process.wait(10)
    shown = hand.run("issuer", "pass", "show")
    assert f"Gemeente Groningen: stadjerspas {NOW.year}, until {NOW.year}-12-31" in shown
    assert re.search(r"accounts +1\ncredentials +2\n", shown)
    city.close()


def _fetch_by_hand(city: City, hand: Hand, folder: Path, url: str) -> None:
    """A citizen with the command, and a relayer."""
    city.publish(offer())
    (folder / "offers").mkdir()
    (folder / "offers" / "swim.json").write_bytes(offer_document())
    city.citizen("amira").close()
    (wallet,) = folder.glob("*amira.wallet")
    hand.environment["STUIVER_WALLET"] = str(wallet)
    described, message = folder / "pass.json", folder / "activation.json"
    described.write_text(
        hand.run("money", "pass", "describe", "--pass", city.opened.address, "--offers", folder / "offers")
    )
    fetching = ("wallet", "pass", "fetch", "--pass", described, "--desk", url, "--this-machine")
    hand.run("wallet", "pass", "activate", "--pass", described, "--out", message, "--yes")
    assert "has not arrived yet" in hand.run(*fetching, "--yes", code=1)
    hand.run("money", "relay", "--programme", city.opened.address, message)
    declined = CliRunner().invoke(application(), [str(word) for word in fetching], env=hand.environment, input="n\n")
    assert declined.exit_code == 1
    assert "No name, no income" in declined.output
    for _ in range(2):
        told = hand.run(*fetching, "--yes")
        assert "Kept: " in told
    assert "Swimming ticket: 3 of 3" in hand.run("wallet", "pass", "offers", "--pass", described)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("pass", "show"), "There is no desk in this folder."),
        (("pass", "serve", "--pass", "0x1", "--rpc", "http://127.0.0.1:9"), "There is no desk in this folder."),
        (("pass", "init", "--rulebook", "kindpakket", "--year", "2026"), "published rulebook of a pass"),
        (("pass", "init", "--rulebook", "nosuch", "--year", "2026"), "published rulebook of a pass"),
        (("pass", "init", "--rulebook", "stadjerspas", "--year", "26"), "year"),
    ],
)
def test_mistakes_at_the_desk_of_a_pass_are_one_line(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    more = ("--name", "Groningen", "--municipality", "GM0014") if "init" in words else ()
    assert said in Hand(tmp_path).run("issuer", *words, *more, code=1)


def test_a_node_that_does_not_answer_is_told_and_a_program_without_one_too(tmp_path: Path) -> None:
    hand = Hand(tmp_path)
    made = ("--name", "Gemeente Groningen", "--municipality", "GM0014", "--rulebook", "stadjerspas", "--year", 2026)
    hand.run("issuer", "pass", "init", *made)
    serving = ("issuer", "pass", "serve", "--pass", "0x" + "11" * 20, "--port", "0")
    silent = hand.run(*serving, "--rpc", f"http://127.0.0.1:{free_port()}", code=1)
    assert "The chain of the pass does not answer." in silent
    texts = [*serving, "--rpc", "http://127.0.0.1:9"]
    alone = CliRunner().invoke(application(), texts, env=hand.environment)
    assert "use `stuiver issuer`" in alone.output
    assert PassFolder(tmp_path / "desk").programme().rulebook == RULEBOOK
