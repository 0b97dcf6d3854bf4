# SPDX-License-Identifier: EUPL-1.2
"""The service of a programme's shops put together: tills, pairing, the door for new shops, the sponsor's desk."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Self

from eth_account.signers.local import LocalAccount
from fastapi import FastAPI

from programmable_money.fund import Fund
from programmable_money.model import ChainEvent
from programmable_money.relayer.service import Relayer
from programmable_money.shops.applications import Applications
from programmable_money.shops.desk import KeyFolder, ShopDesk
from programmable_money.shops.pairing import Employees, PairingLinks
from programmable_money.shops.service import ShopRegister
from programmable_money.shops.sponsor_desk import SponsorDesk
from programmable_money.shops.till_service import TillService
from programmable_money.shops.web.api import create_app

__all__ = ["ShopService"]


@dataclass(frozen=True, slots=True)
class ShopService:
    """One programme's shops.

    Attributes:
        tills: what paired tills do.
        title: of the programme, for people.
    """

    register: ShopRegister
    links: PairingLinks
    tills: TillService
    applications: Applications
    desk: SponsorDesk
    title: str

    @classmethod
    def of(
        cls,
        register: ShopRegister,
        fund: Fund,
        *,
        keys: KeyFolder,
        employees: Employees,
        relayer: Relayer,
        events: Callable[[], Sequence[ChainEvent]],
        sponsor: LocalAccount | None,
        title: str,
    ) -> Self:
        """Put it together.

        Args:
            keys: the shops' own keys.
            employees: of the sponsor.
            relayer: carries what tills take.
            events: all events of the fund.
            sponsor: who approves and suspends on the chain; None where this service does not have that key.
        """
        clock, rules = register.clock, register.rulebook.spending
        return cls(
            register,
            PairingLinks(register, employees, clock),
            TillService(ShopDesk(register.store, keys, fund, clock, rules), relayer, events, title, clock),
            Applications(register, keys, clock),
            SponsorDesk(register, sponsor),
            title,
        )

    def app(self, *, hosts: Collection[str], public_url: str) -> FastAPI:
        """The pages.

        Args:
            hosts: names under which they may be called.
            public_url: where browsers and wallets find them, without a slash at the end.
        """
        return create_app(
            self.tills,
            self.links,
            self.applications,
            self.desk,
            hosts=hosts,
            public_url=public_url,
            title=self.title,
        )
