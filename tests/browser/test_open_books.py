# SPDX-License-Identifier: EUPL-1.2
"""Anyone reads the open books of each kind of programme, in a real browser, with the keyboard."""

from pathlib import Path

import pytest

from programmable_money.api import create_app
from programmable_money.audit import Told
from programmable_money.model import Amount
from programmable_money.node import open_chain
from ssi.rulebook.model import ProgrammeKind
from tests.browser.person import person, require_browser
from tests.flows.booked import Booked, open_booked
from tests.flows.limited import variant, with_category_limit
from tests.flows.money import STARTS_AT, TYPE, World
from tests.flows.serving import free_port, serve

pytestmark = [pytest.mark.node, pytest.mark.slow]

LIMITED = variant(
    "kindpakket-limited",
    spending={
        **with_category_limit(20_000),
        "voucher_cents": 500,
        "limits": {"payment_cents": 10_000, "shop_cents": 25_000},
        "products": [
            {"id": "books", "index": 1, "title": {"nl": "Boeken", "en": "Books"}},
            {"id": "games", "index": 2, "title": {"nl": "Spellen", "en": "Games"}},
        ],
    },
)
"""A fund with every rule of paying that there is."""
ENDS = {"nl": "Wie ziet wat", "en": "Who sees what"}


def read_everything(booked: Booked, name: str, language: str) -> None:
    """From page to page by the links, as somebody does who cannot use a mouse."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    application = create_app(booked.auditor(Told(20, Amount(125_000))), hosts=["127.0.0.1"])
    with serve(application, port), person(language, url) as reader:
        reader.open(f"{url}/?lang={language}")
        reader.press("summary")
        reader.wait_for("details[open]")
        reader.go_to(".scroll[tabindex='0']")  # what is too wide is moved with the arrow keys
        reader.look(f"{name}-books")
        reader.press("nav a[href^='/rules']")
        reader.wait_for("#fixed")
        reader.look(f"{name}-rules")
        reader.press("nav a[href^='/visible']")
        reader.wait_for("#roles")
        assert ENDS[language] in reader.read("nav a[aria-current='page']")
        reader.look(f"{name}-visible")


@pytest.mark.parametrize("kind", list(ProgrammeKind))
def test_anyone_reads_the_open_books(kind: ProgrammeKind, tmp_path: Path) -> None:
    require_browser()
    with open_booked(kind, tmp_path) as booked:
        for language in ("nl", "en"):
            read_everything(booked, kind.value, language)


def test_anyone_reads_the_rules_of_paying() -> None:
    require_browser()
    with open_chain("embedded", starts_at=STARTS_AT) as chain:
        world = World.open(chain, rulebook=LIMITED)
        shops = world.toys.address, world.bicycles.address
        read_everything(Booked(chain, world.fund, world.fund, LIMITED, (TYPE,), shops), "limited", "nl")
