# SPDX-License-Identifier: EUPL-1.2
"""``stuiver money handover`` and ``roles``: programmes that move to the municipality's successor."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from programmable_money.chain import Chain
from programmable_money.cli.options import KeyFile, Rpc
from programmable_money.cli.sources import fund_at, key_from, municipality_of, nobody
from programmable_money.cli.telling import plainly
from programmable_money.handover import Programme, Successor, hand_over
from programmable_money.messages import Address, parse_address
from programmable_money.passes.contract import Pass
from programmable_money.roles import Role, roles_from
from programmable_money.service import Officers
from programmable_money.tasks.board import TaskBoard

__all__ = ["app"]

app = typer.Typer()

Funds = Annotated[list[str] | None, typer.Option("--fund", help="Address of a fund's contract; repeat for each fund.")]
Passes = Annotated[list[str] | None, typer.Option("--pass", help="Address of a pass's contract; repeat for each.")]
Boards = Annotated[
    list[str] | None,
    typer.Option("--board", help="Address of a task board's contract, whose purse goes with it; repeat for each."),
]


@app.command()
def handover(
    rpc: Rpc,
    key_file: KeyFile,
    to: Annotated[str, typer.Option("--to", help="Account of the successor; gets every role that is not named apart.")],
    admin: Annotated[str | None, typer.Option("--to-admin", help="Who gives and takes the other roles.")] = None,
    registrar: Annotated[str | None, typer.Option("--to-registrar", help="Who admits validators.")] = None,
    minter: Annotated[str | None, typer.Option("--to-minter", help="Who mints deposits.")] = None,
    sponsor: Annotated[str | None, typer.Option("--to-sponsor", help="Who funds, closes and approves shops.")] = None,
    settler: Annotated[str | None, typer.Option("--to-settler", help="Who settles shops.")] = None,
    fund: Funds = None,
    pass_: Passes = None,
    board: Boards = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
) -> None:
    """Hand your programmes, your euro, your registry and all roles over to the municipality that succeeds yours.

    Citizens' accounts, shops, what shops are owed and validators' keys stay as they are. You keep no role, and cannot
    take this back. Needs a key that is admin and sponsor. If it stops half-way, run it again.
    """
    with plainly():
        named = (admin, registrar, minter, sponsor, settler)
        successor = Successor(*(_with_checksum(account or to) for account in named))
        key = key_from(key_file)
        chain = Chain.rpc(rpc)
        programmes = _programmes(chain, fund, pass_, board)
        municipality = municipality_of(chain, programmes, Officers.one(chain.account(key)))
        question = f"{_count(len(programmes))} go to {successor.sponsor}, and you can do nothing there any more. Go on?"
        if not yes and not typer.confirm(question, err=True):
            typer.echo("Nothing was changed.", err=True)
            raise typer.Exit(1)
        done = hand_over(municipality, programmes, successor)
    typer.echo(f"{_count(done.programmes)} and {done.euros} outside programmes handed over to {successor.sponsor}")
    typer.echo("Next: the successor checks with `stuiver money roles` and `stuiver audit`.")


@app.command()
def roles(rpc: Rpc, fund: Funds = None, pass_: Passes = None, board: Boards = None) -> None:
    """Show who has which role at registry, euro and programmes, from every grant that ever was."""
    with plainly():
        chain = Chain.rpc(rpc)
        programmes = _programmes(chain, fund, pass_, board)
        municipality = municipality_of(chain, programmes, nobody(chain))
        books = roles_from(municipality.events(programmes))
    contracts = {municipality.registry.contract.address: "registry", municipality.euro.contract.address: "euro"}
    contracts |= {opened.address: f"{opened.contract.name.lower()} {opened.address}" for opened in programmes}
    table = Table("contract", "role", "account")
    for address, name in contracts.items():
        for role in Role:
            for account in sorted(books[address].of(role)):
                table.add_row(name, role.value, account)
    Console().print(table)


def _programmes(
    chain: Chain, funds: list[str] | None, passes: list[str] | None, boards: list[str] | None
) -> list[Programme]:
    """The programmes that were named, each by the contract with its money."""
    opened: list[Programme] = [fund_at(chain, address) for address in funds or ()]
    opened += [Pass(chain, chain.at("Pass", address)) for address in passes or ()]
    opened += [TaskBoard(chain, chain.at("TaskBoard", address)).purse() for address in boards or ()]
    if not opened:
        raise ValueError("name at least one programme with --fund, --pass or --board")
    return opened


def _count(programmes: int) -> str:
    return "1 programme" if programmes == 1 else f"{programmes} programmes"


def _with_checksum(text: str) -> Address:
    """An address as it is printed: a hand-over to a mistyped account cannot be taken back."""
    account = parse_address(text)
    if account != text:
        raise ValueError("write each address with its capitals, as it was printed: they show a typing error")
    return account
