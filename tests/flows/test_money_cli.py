# SPDX-License-Identifier: EUPL-1.2
"""The sponsor's whole year from the command line, against a node."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from programmable_money.chain import Chain
from programmable_money.cli import app
from programmable_money.fund import Fund
from programmable_money.registry import TrustRegistry
from programmable_money.service import relay_claim, relay_payment
from programmable_money.settlement import read_payment_file
from tests.flows.money import ETHER, TYPE, YEAR, Citizen, Shop, Validator

SPONSOR, RELAYER = b"\x51" * 32, b"\x52" * 32
RULEBOOK = Path(__file__).resolve().parents[2] / "specs" / "rulebooks" / "kindpakket" / "v1" / "rulebook.json"
HOUSEHOLDS = """person,name,birth_date,address,household_kind,net_income,children,municipality
p0001,Amira Voorbeeld,1991-02-28,"Kerkstraat 12, 2671 AB Naaldwijk",single_21_plus,1540.60,3,GM1969
"""


def run(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})
    assert result.exit_code == code, result.output
    return result.output


@pytest.mark.anvil
def test_a_sponsors_year_from_the_command_line(anvil_url: str, tmp_path: Path) -> None:
    chain = Chain.rpc(anvil_url, relayer_keys=[RELAYER])
    validator, toys = Validator(), Shop()
    for payer in (chain.account(SPONSOR).address, chain.account(RELAYER).address, validator.address):
        chain.request("anvil_setBalance", [payer, hex(100 * ETHER)])
    key_file, shops, directory = tmp_path / "key", tmp_path / "shops.csv", tmp_path / "directory.csv"
    key_file.write_text(SPONSOR.hex())
    shops.write_text(f"account,category\n{toys.address},toys\n")
    directory.write_text(f"account,name,iban\n{toys.address},De Speelkoffer,NL20INGB0001234567\n")
    node = ("--rpc", anvil_url)
    signing = (*node, "--key-file", key_file)

    addresses = dict(line.split() for line in run("setup", *signing).strip().splitlines())
    registry = addresses["registry"]
    admitting = ("--registry", registry, "--validator", validator.address, "--rulebook", RULEBOOK)
    assert "admitted" in run("admit", *signing, *admitting)
    trust = TrustRegistry(chain, chain.at("TrustRegistry", registry))
    now = chain.now()
    account = chain.account(validator.account_key)
    key = trust.add_key(TYPE.type_id, validator.public_key, now - 9, now + 10**7, validator=account)

    opening = ("--euro", addresses["euro"], "--year", YEAR, "--budget", "1000.00", "--deposit", "BANK-1")
    opened = run("fund", "open", *signing, *admitting, *opening)
    address = opened.split()[-1]
    block = chain.block_number()
    assert "already been used" in run("fund", "open", *signing, *admitting, *opening, code=1)
    assert chain.block_number() == block  # no fund without a budget was left behind
    assert "accepted" in run("fund", "accept", *signing, "--fund", address, "--key", "0x" + key.hex())
    approving = ("--fund", address, "--rulebook", RULEBOOK, "--shops", shops)
    assert "1 shops approved" in run("fund", "approve", *signing, *approving)
    shops.write_text(f"account,category\n{Shop().address},off_licence\n")
    assert "line 2, category" in run("fund", "approve", *signing, *approving, code=1)

    fund = Fund(chain, chain.at("Fund", address))
    amira = Citizen.with_credential(validator, record="amira")
    relay_claim(fund, amira.prove(fund))
    permit = amira.permit(fund, 2_000)
    relay_payment(fund, permit, toys.charge(fund, permit, 1_995))

    shown = run("fund", "show", *node, "--fund", address, "--language", "nl")
    assert "1 of 500 claims" in shown
    assert "€ 150,00 for each unit" in shown
    assert "programme/1" in run("fund", "describe", *node, "--fund", address)
    assert "€430.05" in run("books", *node, "--fund", address)
    database = f"sqlite:///{tmp_path / 'money.db'}"
    assert "events applied" in run("sync", *node, "--fund", address, "--database", database)
    assert run("sync", *node, "--fund", address, "--database", database).lstrip().startswith("0 events")

    people = tmp_path / "households.csv"
    people.write_text(HOUSEHOLDS, encoding="utf-8")
    assert run("scan", *node, "--fund", address, "--people", people).lstrip().startswith("0 findings")

    file = tmp_path / "KP-1.xml"
    named = ("--fund", address, "--directory", directory, "--reference", "KP-1", "--debtor-name", "Westland")
    settling = (*named, "--debtor-iban", "NL91ABNA0417164300", "--execute-on", f"{YEAR}-04-01", "--out")
    assert "€19.95" in run("settle", *signing, *settling, file)
    assert read_payment_file(file.read_bytes()).total.cents == 1_995
    run("settle", *signing, *settling, file, code=1)
    again = tmp_path / "again.xml"
    assert "nothing_to_settle" in run("settle", *signing, *settling, again, code=1)
    assert not again.exists()
    run("settle", *signing, *settling, again, "--again")
    assert read_payment_file(again.read_bytes()) == read_payment_file(file.read_bytes())
    assert "De Speelkoffer" in run("payment-file", again)

    assert "outside_period" in run("close", *signing, "--fund", address, code=1)
    chain.travel_to(fund.rules().closes_at + 1)
    assert "€980.05 returned" in run("close", *signing, "--fund", address)


def test_a_node_that_is_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    output = run("fund", "show", "--rpc", "http://127.0.0.1:9", "--fund", "0x" + "11" * 20, code=1)
    assert "Not done" in output
    assert "Traceback" not in output
