# SPDX-License-Identifier: EUPL-1.2
"""The shops of ``stuiver up``: the sponsor's list, the shops' keys, and the tills in browsers.

    shops.sqlite    the sponsor's list with the keys of tills and employees
    shops/          the shops' own keys

Invariants:

- The start page gives a pairing link to whoever sits at this machine, and to no page elsewhere.
- Everything asks the chain in the main thread, which is the chain's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

import specs
from edge.language import Language
from examples.casting import Shop, read_shops
from examples.kindpakket.cast import FOLDER
from programmable_money.messages import Address
from programmable_money.relayer.service import Relayer
from programmable_money.settlement import BankAccount
from programmable_money.shops.desk import KeyFolder, ShopDesk
from programmable_money.shops.model import Application, KeyKind
from programmable_money.shops.pairing import PairingLinks
from programmable_money.shops.service import ShopRegister
from programmable_money.shops.store import ShopStore
from programmable_money.shops.till_service import TillService
from ssi.credential.document import Wording
from ssi.rulebook.model import Rulebook
from stuiver.up.ports import Ports
from stuiver.up.programme import Programme

__all__ = ["TillShops", "open_shops"]

_CONTACT: Final = "14 0594 000"
_LABELS: Final = {KeyKind.TILL: Wording("kassa", "till"), KeyKind.EMPLOYEE: Wording("medewerker", "employee")}


@dataclass(frozen=True, slots=True)
class TillShops:
    """The shops whose tills can be paired.

    Attributes:
        names: by account.
        service: what their tills do.
        title: of the programme.
        url: where the tills are.
    """

    names: dict[Address, str]
    links: PairingLinks
    service: TillService
    title: str
    url: str

    def pair(self, shop: Address, kind: KeyKind, language: Language) -> str:
        """A link for one browser."""
        label = language.of(_LABELS[kind])
        return f"{self.url}/pair/{self.links.make(shop, kind, label)}?{urlencode({'lang': language.value})}"


def open_shops(
    programme: Programme, store: ShopStore, relayer: Relayer, ports: Ports, clock: Callable[[], datetime]
) -> TillShops:
    """Put the programme's shops on the list where they are not, and open their tills.

    Args:
        relayer: carries in this thread.
        clock: the present, aware UTC.
    """
    rulebook = Rulebook.from_json(specs.rulebook_octets("kindpakket", 1))
    fund, chain, url = programme.fund, programme.chain, Ports.url(ports.tills)
    folder = programme.home / "shops"
    folder.mkdir(mode=0o700, exist_ok=True)
    keys, register = KeyFolder(folder), ShopRegister(store, fund, rulebook, clock)
    taking_part = [shop for shop in read_shops(FOLDER / "shops.csv", chain) if shop.address in programme.shop_names]
    _list(taking_part, keys, store, fund.address, clock())
    title = f"{rulebook.title.nl} {fund.rules().period}"
    desk = ShopDesk(store, keys, fund, clock, rulebook.spending)
    service = TillService(desk, relayer, lambda: chain.events([fund.contract]), title, clock)
    links = PairingLinks(register, clock)
    return TillShops({shop.address: shop.name for shop in taking_part}, links, service, title, url)


def _list(shops: Sequence[Shop], keys: KeyFolder, store: ShopStore, fund: Address, now: datetime) -> None:
    for shop in shops:
        if store.find_shop(shop.address) is not None:
            continue
        bank = BankAccount.from_text(shop.name, shop.iban, field=shop.name)
        if not (keys.folder / f"{shop.address}.key").exists():
            keys.keep(bytes(shop.account.key))
        store.apply(Application(shop.address, bank, shop.category, _CONTACT, is_chain_store=False), fund, now)
