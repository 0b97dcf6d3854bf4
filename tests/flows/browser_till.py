# SPDX-License-Identifier: EUPL-1.2
"""A market whose shops have tills in browsers, with a relayer on the embedded chain behind them."""

import re
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI

from programmable_money.chain import Chain
from programmable_money.messages import Address
from programmable_money.relayer.app import embedded_relayer
from programmable_money.relayer.store import Outbox
from programmable_money.shops.model import KeyKind
from programmable_money.shops.pairing import PairingLinks
from programmable_money.shops.till_service import TillService
from programmable_money.shops.web.api import create_app
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

    @classmethod
    def open(cls, chain: Chain, folder: Path, *, url: str = URL) -> "Counter":
        world = World.open(chain)
        market = Market.open(world, folder, f"sqlite:///{folder / 'shops.sqlite'}")
        outbox = Outbox(f"sqlite:///{folder / 'outbox.sqlite'}")
        relayer = embedded_relayer(chain, outbox, funds=[world.fund.address])
        clock = market.register.clock
        links = PairingLinks(market.register, clock)
        service = TillService(
            market.desk, relayer, lambda: chain.events([world.fund.contract]), "Kindpakket 2026", clock
        )
        app = create_app(service, links, hosts=["127.0.0.1"], public_url=url, title="Kindpakket 2026")
        return cls(market, links, service, app, market.join(), outbox)

    def close(self) -> None:
        self.outbox.close()
        self.market.register.store.close()

    def paired(self, kind: KeyKind = KeyKind.TILL, label: str = "till 1", shop: Address | None = None) -> Browser:
        """A browser that opened a link."""
        link = f"/pair/{self.links.make(shop or self.shop, kind, label)}"
        browser = Browser(self.app, URL)
        assert browser.page(link).status_code == 200
        assert browser.post(link).headers["location"].startswith("/?")
        return browser

    def permit(self, cents: int, **more: object) -> str:
        """The text of a code that Amira shows."""
        return self.market.amira.permit(self.market.world.fund, cents, **more).to_json()  # type: ignore[arg-type]


def token_of(browser: Browser) -> str:
    """What stands in the browser's forms."""
    found = re.search(r'name="token" value="([0-9a-f]{64})"', browser.page("/").text)
    assert found is not None
    return found[1]
