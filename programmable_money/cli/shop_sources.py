# SPDX-License-Identifier: EUPL-1.2
"""What the commands about shops share: the list in its database, the register on a chain, how refusals are told."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from programmable_money.cli.sources import load_rulebook
from programmable_money.cli.telling import plainly
from programmable_money.fund import Fund
from programmable_money.model import Language, MoneyError
from programmable_money.shops.model import ShopError
from programmable_money.shops.service import ShopRegister
from programmable_money.shops.store import ShopStore
from programmable_money.shops.wording import shop_sentence

__all__ = ["Keys", "ShopOption", "explained", "list_of_shops", "present", "register_of"]

ShopOption = Annotated[str, typer.Option("--shop", help="Address of the shop's account.")]
Keys = Annotated[
    Path,
    typer.Option("--keys", help="Folder where the desk keeps the shops' own keys.", exists=True, file_okay=False),
]


@contextmanager
def explained(language: Language = Language.EN) -> Iterator[None]:
    """As ``plainly``, with the sentence for a shop where there is one."""
    with plainly(language):
        try:
            yield
        except ShopError as error:
            text = f"{error.field} {error.rule}. " if error.field else ""
            raise MoneyError(f"{error.reason.value}: {text}{shop_sentence(error.reason, language)}") from error


@contextmanager
def list_of_shops(database: str) -> Iterator[ShopStore]:
    """The sponsor's list."""
    store = ShopStore(database)
    try:
        yield store
    finally:
        store.close()


def present() -> datetime:
    """The present, aware UTC."""
    return datetime.now(UTC)


def register_of(store: ShopStore, fund: Fund, rulebook: str) -> ShopRegister:
    """The shops of a fund; ValueError if it was opened with another rulebook."""
    rules, _ = load_rulebook(rulebook)
    if fund.rules().rulebook_hash != rules.hash:
        raise ValueError("the fund was opened with another rulebook")
    return ShopRegister(store, fund, rules, present)
