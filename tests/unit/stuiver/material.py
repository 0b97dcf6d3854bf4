# SPDX-License-Identifier: EUPL-1.2
"""A town around a registry without a chain, with its start page, in one process."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI

from edge.service import guard_service
from edge.web.shell import PageShell
from issuer.activation.desk import ActivationDesk
from issuer.activation.settings import Sender
from issuer.service import Desk
from issuer.store import Store
from programmable_money.messages import Address
from ssi.credential.document import Wording
from stuiver.up.api import StartPages, start_router
from stuiver.up.citizens import citizens
from stuiver.up.letters import LetterBox
from stuiver.up.ports import Ports
from tests.unit.issuer.material import Clock, desk
from tests.unit.verifier.material import Town as VerifierTown

PORTS = Ports(9017)
START = datetime(2026, 6, 1, 12, tzinfo=UTC)


@dataclass
class Start:
    """The start page's service, and the desk behind it."""

    app: FastAPI
    letters: LetterBox
    clock: Clock
    desk: Desk

    @classmethod
    def at(cls, folder: Path) -> "Start":
        """With letters in a folder."""
        clock, store = Clock(START), Store.at(folder / "desk.sqlite")
        town = desk(store, clock, records=citizens(START.date()))
        sender = Sender("Gemeente", Ports.url(PORTS.issuer), "Postbus 1", "14 0594", Wording("nu", "now"), "w.example")
        letters = LetterBox(folder, town, sender, ("joke", "siem"), clock)
        letters.fill()
        verifier = VerifierTown.build().verifier
        address = Address("0x" + "11" * 20)
        pages = StartPages(
            PORTS, letters, verifier, folder / "trust.json", address, address, folder / "anchor.pem", folder, folder
        )
        app = FastAPI(openapi_url=None)
        guard_service(app, hosts=["127.0.0.1"], shell=PageShell())
        app.include_router(start_router(pages))
        return cls(app, letters, clock, town)


def logged(start: Start) -> Sequence[str]:
    """What the desk wrote down, and who did it."""
    return [f"{event.action} {event.employee}" for event in ActivationDesk(start.desk.store, start.clock).log()]
