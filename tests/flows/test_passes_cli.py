# SPDX-License-Identifier: EUPL-1.2
"""A pass from the command line: the sponsor, the citizen, the shop and a relayer, each with files of their own."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from programmable_money.chain import Chain
from programmable_money.messages import parse_address
from programmable_money.node import open_chain
from stuiver.cli import application
from tests.flows.city import City, offer_document

pytestmark = pytest.mark.anvil
NOW = datetime.now(UTC)
"""A wallet on the command line goes by the real clock."""


class Shell:
    """The command, with a node, a wallet and its passphrase."""

    def __init__(self, folder: Path, url: str, wallet: Path) -> None:
        (folder / "passphrase").write_text("a passphrase\n")
        self.environment = {
            "STUIVER_RPC": url,
            "STUIVER_WALLET": str(wallet),
            "STUIVER_PASSPHRASE_FILE": str(folder / "passphrase"),
            "COLUMNS": "160",
        }

    def run(self, *words: object, code: int = 0) -> str:
        """What a command printed."""
        made: typer.Typer = application()
        result = CliRunner().invoke(made, [str(word) for word in words], env=self.environment)
        assert result.exit_code == code, result.output
        return result.output


@pytest.fixture
def chain() -> Iterator[Chain]:
    """A node on which it is now."""
    with open_chain("anvil", starts_at=NOW) as opened:
        yield opened


def test_a_pass_from_publishing_to_a_use_by_hand(chain: Chain, tmp_path: Path) -> None:
    city = City.open(chain, tmp_path, year=NOW.year)
    amira = city.citizen("amira")
    (path,) = tmp_path.glob("*amira.wallet")
    shell = Shell(tmp_path, chain._w3.provider.endpoint_uri, path)  # type: ignore[attr-defined]
    offers, at = tmp_path / "offers", city.opened.address
    offers.mkdir()
    (offers / "swim.json").write_bytes(offer_document(total=9))
    for name, key in (("sponsor", city.municipality.officers.sponsor.key), ("pool", city.shops["pool"].key)):
        (tmp_path / name).write_text(bytes(key).hex())
    sponsor, pool = ("--key-file", tmp_path / "sponsor"), ("--key-file", tmp_path / "pool")

    published = shell.run("money", "pass", "publish", "--pass", at, *sponsor, offers / "swim.json")
    assert published == "offer 1: Swimming ticket\n"
    described = tmp_path / "pass.json"
    described.write_text(shell.run("money", "pass", "describe", "--pass", at, "--offers", offers))

    amira.close()
    message = tmp_path / "activation.json"
    told = shell.run("wallet", "pass", "activate", "--pass", described, "--out", message, "--yes")
    assert "income" not in told.partition("without showing")[0]
    assert shell.run("money", "relay", message) == f"{message}: activated\n"
    assert "Refused (pass_account_taken)" in shell.run("money", "relay", message, code=1)
    assert "Fetch the pass" in _use(shell, described, city, tmp_path / "early.json", code=1)

    opened = type(amira).open(path, "a passphrase", amira.catalogue)
    city.fetch(opened)
    opened.close()

    assert "Swimming ticket: 3 of 3, 9 places" in shell.run("wallet", "pass", "offers", "--pass", described)
    shown, signed = tmp_path / "shown.json", tmp_path / "signed.json"
    told = _use(shell, described, city, shown)
    assert "€5.50 -> €0.00" in told
    verifying = ("--pass", at, "--offers", offers, "--offer", "1", "--shown", shown, "--out", signed, *pool)
    assert "Refused (wrong_price)" in shell.run("money", "pass", "verify", *verifying, "--price", "5.51", code=1)
    assert shell.run("money", "pass", "verify", *verifying, "--price", "5.50").startswith(
        "valid: the citizen pays €0.00"
    )
    assert "is not served here" in shell.run("money", "relay", signed, "--programme", city.shop("pool"), code=1)
    used = shell.run("money", "relay", signed, "--programme", at)
    assert used == f"{signed}: used, €5.50 owed to the shop\n"
    again = shell.run("money", "relay", signed, code=1)
    assert f"Refused (already_claimed): {signed}: This was done with this pass before." in again

    quoted = shell.run("money", "pass", "quote", "--pass", at, "--offer", "1", "--price", "5.50")
    assert quoted.splitlines() == ["citizen €0.00", "sponsor €5.50", "shop €0.00"]
    table = shell.run("money", "pass", "show", "--pass", at, "--offers", offers)
    assert "Swimming ticket" in table
    assert "€994.50" in table
    uses = tmp_path / "uses.json"
    uses.write_text(shell.run("money", "pass", "uses", "--pass", at))
    assert shell.run("wallet", "pass", "learn", "--pass", described, "--uses", uses) == "1 of 1 uses are on the chain\n"
    assert shell.run("money", "pass", "withdraw", "--pass", at, "--offer", "1", *sponsor) == "withdrawn\n"
    described.write_text(shell.run("money", "pass", "describe", "--pass", at, "--offers", offers))
    assert "withdrawn this offer" in _use(shell, described, city, tmp_path / "late.json", code=1)
    damaged = tmp_path / "damaged.json"
    damaged.write_text("{}")
    assert "$.stuiver" in shell.run("wallet", "pass", "learn", "--pass", described, "--uses", damaged, code=1)
    city.close()


def _use(shell: Shell, described: Path, city: City, out: Path, *, code: int = 0) -> str:
    """What the wallet says when it is asked to use the offer at the pool."""
    till = ("--offer", "1", "--shop", city.shop("pool"), "--price", "5.50")
    return shell.run("wallet", "pass", "use", "--pass", described, *till, "--out", out, "--yes", code=code)


def test_a_sponsor_opens_a_pass_and_admits_a_shop_by_hand(chain: Chain, tmp_path: Path) -> None:
    city = City.open(chain, tmp_path, year=NOW.year)
    shell = Shell(tmp_path, chain._w3.provider.endpoint_uri, tmp_path / "none.wallet")  # type: ignore[attr-defined]
    (tmp_path / "sponsor").write_text(bytes(city.municipality.officers.sponsor.key).hex())
    sponsor = ("--key-file", tmp_path / "sponsor")
    parties = (
        *("--registry", city.municipality.registry.contract.address, "--euro", city.municipality.euro.contract.address),
        *("--validator", city.opening.validators[0], "--desk", city.opening.desk),
    )
    money = ("--budget", "100.00", "--deposit", "BANK-PAS-2")
    opened = shell.run(
        "money", "pass", "open", *sponsor, *parties, *money, "--rulebook", "stadjerspas", "--year", NOW.year + 1
    )
    at = parse_address(opened.split()[-1])
    other = ("--budget", "100.00", "--deposit", "BANK-PAS-3")
    refused = shell.run(
        "money", "pass", "open", *sponsor, *parties, *other, "--rulebook", "kindpakket", "--year", NOW.year, code=1
    )
    assert "$.kind" in refused
    key = city.desk.keys.key_id(city.desk.types[0])
    assert shell.run("money", "pass", "accept", "--pass", at, *sponsor, "--key", key.hex()) == "accepted\n"
    shop = ("--shop", city.shop("pool"))
    assert (
        shell.run("money", "pass", "approve", "--pass", at, *sponsor, *shop, "--category", "swimming") == "approved\n"
    )
    wrong = shell.run("money", "pass", "approve", "--pass", at, *sponsor, *shop, "--category", "beer", code=1)
    assert "--category must be one of the rulebook's: courses" in wrong
    city.close()
