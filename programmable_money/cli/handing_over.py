# SPDX-License-Identifier: EUPL-1.2
"""``stuiver money handover`` and ``roles``: a programme that moves to the municipality's successor."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from programmable_money.chain import Chain
from programmable_money.cli.options import Funds, KeyFile, Rpc
from programmable_money.cli.sources import fund_at, key_from, municipality_of, nobody
from programmable_money.cli.telling import plainly
from programmable_money.handover import Successor, hand_over
from programmable_money.messages import Address, parse_address
from programmable_money.roles import Role, roles_from
from programmable_money.service import Officers

__all__ = ["app"]

app = typer.Typer()


@app.command()
def handover(
    rpc: Rpc,
    key_file: KeyFile,
    fund: Funds,
    to: Annotated[str, typer.Option("--to", help="Account of the successor; gets every role that is not named apart.")],
    admin: Annotated[str | None, typer.Option("--to-admin", help="Who gives and takes the other roles.")] = None,
    registrar: Annotated[str | None, typer.Option("--to-registrar", help="Who admits validators.")] = None,
    minter: Annotated[str | None, typer.Option("--to-minter", help="Who mints deposits.")] = None,
    sponsor: Annotated[str | None, typer.Option("--to-sponsor", help="Who funds, closes and approves shops.")] = None,
    settler: Annotated[str | None, typer.Option("--to-settler", help="Who settles shops.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
) -> None:
    """Hand your funds, your euro, your registry and all roles over to the municipality that succeeds yours.

    Citizens' accounts, shops, what shops are owed and validators' keys stay as they are. You keep no role, and cannot
    take this back. Needs a key that is admin and sponsor. If it stops half-way, run it again.
    """
    with plainly():
        named = (admin, registrar, minter, sponsor, settler)
        successor = Successor(*(_with_checksum(account or to) for account in named))
        key = key_from(key_file)
        chain = Chain.rpc(rpc)
        funds = [fund_at(chain, address) for address in fund]
        municipality = municipality_of(chain, funds, Officers.one(chain.account(key)))
        question = f"{len(funds)} funds go to {successor.sponsor}, and you can do nothing there any more. Go on?"
        if not yes and not typer.confirm(question, err=True):
            typer.echo("Nothing was changed.", err=True)
            raise typer.Exit(1)
        done = hand_over(municipality, funds, successor)
    typer.echo(f"{done.funds} funds and {done.euros} outside funds handed over to {successor.sponsor}")
    typer.echo("Next: the successor checks with `stuiver money roles` and `stuiver audit`.")


@app.command()
def roles(rpc: Rpc, fund: Funds) -> None:
    """Show who has which role at registry, euro and funds, from every grant that ever was."""
    with plainly():
        chain = Chain.rpc(rpc)
        funds = [fund_at(chain, address) for address in fund]
        municipality = municipality_of(chain, funds, nobody(chain))
        books = roles_from(municipality.events(funds))
    contracts = {municipality.registry.contract.address: "registry", municipality.euro.contract.address: "euro"}
    contracts |= {opened.address: f"fund {opened.address}" for opened in funds}
    table = Table("contract", "role", "account")
    for address, name in contracts.items():
        for role in Role:
            for account in sorted(books[address].of(role)):
                table.add_row(name, role.value, account)
    Console().print(table)


def _with_checksum(text: str) -> Address:
    """An address as it is printed: a hand-over to a mistyped account cannot be taken back."""
    account = parse_address(text)
    if account != text:
        raise ValueError("write each address with its capitals, as it was printed: they show a typing error")
    return account
