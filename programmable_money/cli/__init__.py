# SPDX-License-Identifier: EUPL-1.2
"""``stuiver money``: programmes, the till, the relayer, books and settlements from the command line.

Commands that need a chain take ``--rpc``. Commands that send transactions or sign at a till do so here, with the key in
the file that ``--key-file`` names: a key is never an argument, nor the value of a variable, and never leaves this
machine.
"""

import typer

from programmable_money.cli import (
    accounts,
    batches,
    books,
    budget,
    database,
    funds,
    keys,
    relay,
    relayer,
    rulebooks,
    setting_up,
    settlement,
    shops,
    till,
)

__all__ = ["app"]

app = typer.Typer(
    name="money",
    help="Programmes, payments, books and settlements.\n\n"
    "In order: `account new`, `setup`, `admit`, `key add`, `fund open`, `fund accept`, `fund approve`; "
    "then `relay` what wallets and tills make; at the end `settle`, `books` and `close`.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # a traceback with local variables would show keys
)
app.add_typer(accounts.app, name="account")
for commands in (setting_up.app, relay.app, books.app, settlement.app, budget.app):
    app.add_typer(commands)
app.add_typer(keys.app, name="key")
app.add_typer(rulebooks.app, name="rulebook")
app.add_typer(funds.app, name="fund")
app.add_typer(till.app, name="till")
app.add_typer(relayer.app, name="relayer")
app.add_typer(database.app, name="database")
app.add_typer(batches.app, name="settlement")
app.add_typer(shops.app, name="shop")
