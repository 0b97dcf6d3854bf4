# SPDX-License-Identifier: EUPL-1.2
"""A market whose shops have tills in browsers, with a relayer on the embedded chain behind them."""

import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI

from programmable_money.chain import Chain
from programmable_money.messages import Address, address_of
from programmable_money.relayer.app import embedded_relayer
from programmable_money.relayer.store import Outbox
from programmable_money.settlement.store import SettlementStore
from programmable_money.shops.app import ShopService
from programmable_money.shops.model import KeyKind
from programmable_money.shops.pairing import PairingLinks
from programmable_money.shops.till_service import TillService
from tests.flows.money import World
from tests.flows.test_shops import Market
from tests.unit.verifier.browser import Browser

__all__ = ["URL", "Counter", "token_of"]

URL = "http://127.0.0.1"


@dataclass
class Counter:
    """The pages, and what is behind them."""

    market: Market
    links: PairingLinks
    service: TillService
    app: FastAPI
    shop: Address
    outbox: Outbox
    employees: SettlementStore

    @classmethod
    def open(
        cls, chain: Chain, folder: Path, *, url: str = URL, database: str | None = None, has_key: bool = True
    ) -> "Counter":
        """Joke, Siem and Piet work for the sponsor.

        Args:
            has_key: whether the service has the sponsor's key.
        """
        world = World.open(chain)
        database = database or f"sqlite:///{folder / 'shops.sqlite'}"
        market = Market.open(world, folder, database)
        employees = SettlementStore(database)
        for name in ("joke", "siem", "piet"):
            employees.add_employee(name, address_of(secrets.token_bytes(32)))
        outbox = Outbox(f"sqlite:///{folder / 'outbox.sqlite'}")
        relayer = embedded_relayer(chain, outbox, programmes=[world.fund.address])
        service = ShopService.of(
            market.register,
            world.fund,
            keys=market.folder,
            employees=employees,
            relayer=relayer,
            events=lambda: chain.events([world.fund.contract]),
            sponsor=world.municipality.officers.sponsor if has_key else None,
            title="Kindpakket 2026",
        )
        app = service.app(hosts=["127.0.0.1"], public_url=url)
        return cls(market, service.links, service.tills, app, market.join(), outbox, employees)

    def close(self) -> None:
        self.outbox.close()
        self.employees.close()
        self.market.register.store.close()

    def paired(self, kind: KeyKind = KeyKind.TILL, label: str = "till 1", shop: Address | None = None) -> Browser:
        """A browser that opened a link."""
        link = f"/pair/{self.links.make(shop or self.shop, kind, label)}"
        browser = Browser(self.app, URL)
        assert browser.page(link).status_code == 200
        assert browser.post(link).headers["location"].startswith("/?")
        return browser

    def employee(self, name: str) -> Browser:
        """A browser of the sponsor's employee."""
        link = f"/pair/{self.links.make_desk(name)}"
        browser = Browser(self.app, URL)
        assert name in browser.page(link).text
        assert browser.post(link).headers["location"].startswith("/desk?")
        return browser

    def permit(self, cents: int, **more: object) -> str:
        """The text of a code that Amira shows."""
        return self.market.amira.permit(self.market.world.fund, cents, **more).to_json()  # type: ignore[arg-type]


def token_of(browser: Browser, page: str = "/") -> str:
    """What stands in the browser's forms."""
    found = re.search(r'name="token" value="([0-9a-f]{64})"', browser.page(page).text)
    assert found is not None
    return found[1]
