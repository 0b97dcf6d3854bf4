# SPDX-License-Identifier: EUPL-1.2
"""The sponsor's whole year from the command line, against a node."""

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from programmable_money.chain import Chain
from programmable_money.cli import application
from programmable_money.fund import Fund
from programmable_money.messages import recipient
from programmable_money.model import Language
from programmable_money.refusals import RefusalReason, sentence
from programmable_money.registry import TrustRegistry
from programmable_money.service import relay_claim, relay_payment
from programmable_money.settlement import read_payment_file
from ssi.claim.key_registration import KeyRegistration
from tests.flows.money import ETHER, TYPE, YEAR, Citizen, Shop, Validator, World

SPONSOR, RELAYER = b"\x51" * 32, b"\x52" * 32
RULEBOOK = Path(__file__).resolve().parents[2] / "specs" / "rulebooks" / "kindpakket" / "v1" / "rulebook.json"
HOUSEHOLDS = """person,name,birth_date,address,household_kind,net_income,children,municipality
p0001,Amira Voorbeeld,1991-02-28,"Kerkstraat 12, 2671 AB Naaldwijk",single_21_plus,1540.60,3,GM1969
"""


def run(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(application(), [str(argument) for argument in arguments], env={"COLUMNS": "200"})
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
    possession = validator.possession(trust)
    key = trust.add_key(TYPE.type_id, validator.public_key, now - 9, now + 10**7, possession, validator=account)

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


def open_world(url: str) -> World:
    chain = Chain.rpc(url, relayer_keys=[RELAYER])
    chain.request("anvil_setBalance", [chain.account(RELAYER).address, hex(1_000 * ETHER)])
    return World.open(chain)


@pytest.mark.anvil
def test_a_relayer_carries_what_is_good_and_says_why_the_rest_is_not(anvil_url: str, tmp_path: Path) -> None:
    world = open_world(anvil_url)
    node, own = ("--rpc", anvil_url), ("--fund", world.fund.address)
    amira = Citizen.with_credential(world.validator, record="amira")
    claim = amira.prove(world.fund)
    good, redirected = tmp_path / "amira.json", tmp_path / "cato.json"
    good.write_text(claim.to_json())
    redirected.write_text(replace(claim, account=Shop().address).to_json())

    output = run("relay", good, redirected, *node, "--programme", Shop().address, code=1)
    assert output.count("not served here") == 2
    output = run("relay", redirected, good, *node, "--programme", world.fund.address, "--language", "nl", code=1)
    assert f"Refused (proof_invalid): {redirected}: {sentence(RefusalReason.PROOF_INVALID, Language.NL)}" in output
    assert f"{good}: € 450,00 claimed" in output
    assert "1 of 2" in output
    assert "can spend €450.00" in run("account", "balance", *node, *own, "--account", amira.account)
    assert "is owed as a shop €0.00" in run("account", "balance", *node, *own, "--account", world.toys.address)

    empty = tmp_path / "empty.key"
    run("account", "new", "--out", empty)
    again = tmp_path / "bas.json"
    again.write_text(Citizen.with_credential(world.validator, record="bas").prove(world.fund).to_json())
    assert "bas.json" in run("relay", again, *node, "--key-file", empty, code=1)
    run("account", "fees", *node, "--to", run("account", "show", "--key-file", empty).strip())
    assert "claimed" in run("relay", again, *node, "--key-file", empty)


def registering(desk: Validator, world: World) -> KeyRegistration:
    registry = world.municipality.registry
    where = world.chain.chain_id, recipient(registry.contract.address), recipient(desk.address)
    return KeyRegistration(*where, TYPE.type_id, desk.public_key, desk.possession(registry))


@pytest.mark.anvil
def test_only_a_key_s_validator_may_change_it(anvil_url: str, tmp_path: Path) -> None:
    world = open_world(anvil_url)
    validator, cato = tmp_path / "validator.key", tmp_path / "cato.key"
    validator.write_text(world.validator.account_key.hex())
    run("account", "new", "--out", cato)
    registry = ("--rpc", anvil_url, "--registry", world.municipality.registry.contract.address)
    run("account", "fees", "--rpc", anvil_url, "--to", run("account", "show", "--key-file", cato).strip())
    known = ("--key", world.validator.key_id.hex())
    desk = Validator(account_key=world.validator.account_key)
    registration, node = tmp_path / "registration.json", ("--rpc", anvil_url)
    registration.write_bytes(registering(desk, world).to_json())

    assert "another account" in run("key", "add", *node, "--registration", registration, "--key-file", cato, code=1)
    for command in (("retire",), ("revoke", "--yes")):
        assert "not_authorised" in run("key", *command, *known, *registry, "--key-file", cato, code=1)
    assert "counts now" in run("key", "show", *registry, *known)
    adding = ("key", "add", *node, "--registration", registration, "--key-file", validator, "--days", 30)
    added = run(*adding).split()[-1]
    assert added == "0x" + desk.key_id.hex()
    assert "already_done" in run(*adding, code=1)
    registration.write_bytes(replace(registering(Validator(), world), validator=recipient(desk.address)).to_json())
    assert "bad_key" in run(*adding, code=1)
    assert "counts now" in run("key", "show", *registry, "--key", added)
    assert "bad_key" in run("key", "retire", *registry, *known, "--key-file", validator, "--days", 3650, code=1)
    run("key", "retire", *registry, *known, "--key-file", validator, "--days", 1)
    revoke = ["key", "revoke", *registry, *known, "--key-file", str(validator)]
    output = CliRunner().invoke(application(), revoke, input="n\n")
    assert output.exit_code == 1
    assert "counts now" in run("key", "show", *registry, *known)
    run("key", "revoke", *registry, *known, "--key-file", validator, "--yes")
    assert "revoked" in run("key", "show", *registry, *known)


def test_a_node_that_is_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    output = run("fund", "show", "--rpc", "http://127.0.0.1:9", "--fund", "0x" + "11" * 20, code=1)
    assert "Not done" in output
    assert "Traceback" not in output
