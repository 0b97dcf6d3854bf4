# SPDX-License-Identifier: EUPL-1.2
"""``stuiver money shop serve`` twice, on one database: a link of a command, an application, decisions and payments."""

import json
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from programmable_money.chain import Chain
from programmable_money.messages import PaymentPermit, PaymentRequest, SignedPermit, address_of, parse_address
from programmable_money.model import Amount
from programmable_money.settlement.store import SettlementStore
from tests.flows.applying import ENGLISH, FORM
from tests.flows.money import ETHER, Citizen, World
from tests.flows.serving import free_port

PROGRAM = str(Path(sys.executable).with_name("stuiver"))
SECONDS = 60


@dataclass
class Town:
    """A fund on a node, with a folder of keys and a database."""

    world: World
    amira: Citizen
    options: list[str]
    folder: Path

    @classmethod
    def open(cls, url: str, folder: Path, database: str) -> "Town":
        fees = secrets.token_bytes(32)
        chain = Chain.rpc(url, relayer_keys=[fees])
        chain.request("anvil_setBalance", [chain.account(fees).address, hex(1_000 * ETHER)])
        world = World.open(chain)
        amira = Citizen.with_credential(world.validator, record="amira")
        world.claim(amira)
        employees = SettlementStore(database)
        for name in ("joke", "siem"):
            employees.add_employee(name, address_of(secrets.token_bytes(32)))
        employees.close()
        carrying = secrets.token_bytes(32)
        chain.request("anvil_setBalance", [chain.account(carrying).address, hex(1_000 * ETHER)])
        (folder / "keys").mkdir()
        for name, key in (("fees", carrying), ("sponsor", bytes(world.municipality.officers.sponsor.key))):
            (folder / f"{name}.key").write_text(key.hex())
        options = ["--rpc", url, "--fund", world.fund.address, "--rulebook", "kindpakket", "--database", database]
        return cls(world, amira, options, folder)

    def permit(self, cents: int, **more: object) -> SignedPermit:
        """What Amira's wallet shows; the services' clock is the machine's."""
        now = int(time.time())
        made = PaymentPermit.one_time(self.amira.account, cents, now=now, **more)  # type: ignore[arg-type]
        return SignedPermit.sign(self.world.fund.domain, made, self.amira.account_key)

    def typed(self, *words: str) -> str:
        """What a command prints."""
        ended = subprocess.run(
            [PROGRAM, "money", "shop", *words, *self.options], text=True, capture_output=True, check=False
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout.strip()

    @contextmanager
    def serving(self, *more: str) -> Iterator[str]:
        """A process that serves; its address."""
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        words = ["serve", "--keys", str(self.folder / "keys"), "--port", str(port), *more]
        with subprocess.Popen([PROGRAM, "money", "shop", *words, *self.options]) as process:
            try:
                until = time.monotonic() + SECONDS
                while time.monotonic() < until and process.poll() is None:
                    try:
                        assert httpx.get(f"{address}/").status_code == 200
                        break
                    except httpx.TransportError:
                        time.sleep(0.1)
                assert process.poll() is None
                yield address
            finally:
                process.terminate()


def token_in(page: str) -> str:
    found = re.search(r'name="token" value="([0-9a-f]{64})"', page)
    assert found is not None, page
    return found[1]


def paid(browser: httpx.Client, page: str) -> bool:
    """Whether a payment's page says so in the end; the page itself asks for its state every second."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        shown = browser.get(page).text
        if ">Paid</h1>" in shown:
            return True
        asked = page.partition("?")[0]
        assert f'data-changes="{httpx.URL(asked).path}/state"' in shown
        assert browser.get(f"{asked}/state").json()["state"] in {"underway", "paid"}
        time.sleep(0.2)
    return False


@pytest.mark.anvil
@pytest.mark.slow
def test_two_processes_serve_one_programme(anvil_url: str, tmp_path: Path, database_url: str) -> None:
    town = Town.open(anvil_url, tmp_path, database_url)
    clients = [httpx.Client(headers=ENGLISH, timeout=SECONDS) for _ in range(3)]
    keys = "--key-file", str(tmp_path / "fees.key"), "--sponsor-key-file", str(tmp_path / "sponsor.key")
    revoked = [PROGRAM, "money", "shop", "desk-revoke", "--employee", "joke", "--database", database_url]
    with (
        clients[0] as owner,
        clients[1] as joke,
        clients[2] as siem,
        town.serving(*keys) as one,
        town.serving() as other,
    ):
        form = {**FORM, "token": token_in(owner.get(f"{one}/apply").text)}
        assert owner.post(f"{one}/apply", data=form).status_code == 303
        assert ">Applied</h1>" in owner.get(f"{other}/").text
        desks = []
        for name, browser, where in (("joke", joke, one), ("siem", siem, other)):
            link = town.typed("desk-link", "--employee", name, "--public-url", where)
            assert browser.post(link).headers["location"] == "/desk?lang=en"
            assert browser.post(link).status_code == 410
            listed = browser.get(f"{where}/desk").text
            path = re.search(r'href="(/desk/shops/(0x[0-9a-fA-F]{40}))', listed)
            assert path is not None
            shown = browser.get(where + path[1]).text
            seen = "applied" if name == "joke" else "proposed"
            agreed = browser.post(f"{where}{path[1]}/agree", data={"token": token_in(shown), "seen": seen})
            assert agreed.status_code == 303
            desks.append(path)
        assert "stuiver money shop approve" in siem.get(other + desks[1][1]).text  # this one has no key of the sponsor
        shown = joke.get(one + desks[0][1]).text
        assert joke.post(f"{one}{desks[0][1]}/write", data={"token": token_in(shown)}).status_code == 303
        shop = parse_address(desks[0][2])
        assert town.world.fund.merchant(shop).is_approved

        form = {"token": token_in(owner.get(f"{other}/").text), "amount": "10"}
        taken = owner.post(f"{other}/charges", data={**form, "permit": town.permit(1_000).to_json()})
        assert paid(owner, one + taken.headers["location"])  # kept by one process, carried by the other

        asked = owner.post(f"{one}/requests", data=form).headers["location"].partition("?")[0]
        link = other + asked.replace("/requests/", "/asked/")
        request = PaymentRequest.from_json(httpx.get(link).text)
        answer = town.permit(request.amount, merchant=request.merchant).to_json()
        assert httpx.post(link, json=json.loads(answer)).status_code == 202
        assert owner.get(f"{one}{asked}/state").json() == {"state": "answered"}
        assert paid(owner, other + owner.post(one + asked, data=form).headers["location"])
        assert town.world.fund.merchant(shop).balance == Amount(2_000)

        link = town.typed("link", "--shop", shop, "--kind", "till", "--label", "till 2", "--public-url", other)
        with httpx.Client(headers=ENGLISH) as till:
            assert till.post(link).headers["location"] == "/?lang=en"
            assert "till 2" in till.get(f"{one}/").text
        said = subprocess.run(revoked, capture_output=True, text=True, check=True).stdout
        assert said == "1 browsers of joke blocked\n"
        assert joke.get(f"{one}/desk").status_code == 403
        assert siem.get(f"{one}/desk").status_code == 200
