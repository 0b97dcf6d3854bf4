# SPDX-License-Identifier: EUPL-1.2
"""The shops of ``stuiver up``: the sponsor's list, the shops' keys, the tills and the sponsor's desk in browsers.

    shops.sqlite    the sponsor's list with the keys of tills and employees, and the sponsor's own employees
    shops/          the shops' own keys
    employees/      keys of the sponsor's employees, for the commands

Invariants:

- The start page gives a pairing link to whoever sits at this machine, and to no page elsewhere.
- Everything asks the chain in the main thread, which is the chain's.
- What is decided at the desk is on the chain at once: the sponsor's key is here. That is for a demonstration.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import specs
from edge.language import Language
from examples.casting import Shop, account_of, read_shops
from examples.kindpakket.cast import FOLDER
from programmable_money.messages import Address, address_of
from programmable_money.relayer.service import Relayer
from programmable_money.settlement import BankAccount
from programmable_money.settlement.store import SettlementStore
from programmable_money.shops.app import ShopService
from programmable_money.shops.desk import KeyFolder
from programmable_money.shops.model import Application, ApprovalState, KeyKind
from programmable_money.shops.service import ShopRegister
from programmable_money.shops.sponsor_desk import SponsorDesk
from programmable_money.shops.store import ShopStore
from ssi.atomic_file import replace_file
from ssi.credential.document import Wording
from ssi.rulebook.model import Rulebook
from stuiver.up.ports import Ports
from stuiver.up.programme import Programme
from stuiver.up.town import EMPLOYEES

__all__ = ["TillShops", "open_shops"]

_CONTACT: Final = "14 0594 000"
_LABELS: Final = {KeyKind.TILL: Wording("kassa", "till"), KeyKind.EMPLOYEE: Wording("medewerker", "employee")}


@dataclass(frozen=True, slots=True)
class TillShops:
    """The shops whose tills can be paired, the door for others, and the desk.

    Attributes:
        url: where all of them are.
    """

    service: ShopService
    url: str

    @property
    def names(self) -> dict[Address, str]:
        """Of the shops that take part, by account."""
        register = self.service.register
        return {account: bank.name for account, bank in register.store.directory(register.fund.address).items()}

    def pair(self, shop: Address, kind: KeyKind, language: Language) -> str:
        """A link for one browser of a shop."""
        return self._link(self.service.links.make(shop, kind, language.of(_LABELS[kind])), language)

    def pair_desk(self, employee: str, language: Language) -> str:
        """A link for one browser of an employee of the sponsor."""
        return self._link(self.service.links.make_desk(employee), language)

    def _link(self, ticket: str, language: Language) -> str:
        return f"{self.url}/pair/{ticket}?{urlencode({'lang': language.value})}"


def open_shops(
    programme: Programme,
    store: ShopStore,
    employees: SettlementStore,
    relayer: Relayer,
    ports: Ports,
    clock: Callable[[], datetime],
) -> TillShops:
    """Put the programme's shops on the list where they are not, and open their tills and the sponsor's desk.

    Args:
        store, employees: in one database.
        relayer: carries in this thread.
        clock: the present, aware UTC.
    """
    rulebook = Rulebook.from_json(specs.rulebook_octets("kindpakket", 1))
    fund, chain = programme.fund, programme.chain
    folder = programme.home / "shops"
    folder.mkdir(mode=0o700, exist_ok=True)
    _employ(programme.home / "employees", employees)
    keys = KeyFolder(folder)
    service = ShopService.of(
        ShopRegister(store, fund, rulebook, clock),
        fund,
        keys=keys,
        employees=employees,
        relayer=relayer,
        events=lambda: chain.events([fund.contract]),
        sponsor=account_of(chain, "sponsor"),
        title=f"{rulebook.title.nl} {fund.rules().period}",
    )
    for shop in read_shops(FOLDER / "shops.csv", chain):
        if shop.address in programme.shop_names:
            _list(shop, keys, service.desk)
    return TillShops(service, Ports.url(ports.tills))


def _employ(folder: Path, employees: SettlementStore) -> None:
    """Give each of the sponsor's employees a key."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for name in EMPLOYEES:
        if not employees.is_employee(name):
            key = secrets.token_bytes(32)
            replace_file(folder / f"{name}.key", key.hex().encode() + b"\n")
            employees.add_employee(name, address_of(key))


def _list(shop: Shop, keys: KeyFolder, desk: SponsorDesk) -> None:
    """Have a shop that the chain knows on the list, agreed to by both employees as in the story."""
    register = desk.register
    if register.store.find_shop(shop.address) is None:
        bank = BankAccount.from_text(shop.name, shop.iban, field=shop.name)
        if not (keys.folder / f"{shop.address}.key").exists():
            keys.keep(bytes(shop.account.key))
        register.apply(Application(shop.address, bank, shop.category, _CONTACT, is_chain_store=False))
    if desk.place(register.shop(shop.address)).state is ApprovalState.APPLIED:
        for employee in EMPLOYEES:
            register.agree(shop.address, employee)
        desk.write(shop.address)
