# SPDX-License-Identifier: EUPL-1.2
"""``stuiver money task``: a task board, and what employees do there."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from programmable_money.chain import Chain
from programmable_money.cli.options import (
    EuroOption,
    KeyFile,
    RegistryOption,
    Rpc,
    RulebookOption,
)
from programmable_money.cli.sources import amount_of, key_from, load_rulebook
from programmable_money.cli.telling import plainly
from programmable_money.kpi.board import board_figures
from programmable_money.messages import parse_address
from programmable_money.messages.offers import PublishedOffer
from programmable_money.model import from_unix
from programmable_money.service import Municipality, Officers, Opening
from programmable_money.tasks.board import TaskBoard
from programmable_money.tasks.following import FollowedBoard

__all__ = ["app"]

app = typer.Typer(help="Task boards: public tasks that earn coins.", no_args_is_help=True)

BoardOption = Annotated[str, typer.Option("--board", help="Address of the task board's contract.")]
TaskOption = Annotated[int, typer.Option("--task", min=1, help="The task's number.")]
QuartersOption = Annotated[int, typer.Option("--quarters", min=0, help="How many of its quarter hours count.")]
ReasonOption = Annotated[str | None, typer.Option("--reason", help="Why not all count: an id of the rulebook.")]


@app.command("open")
def open_board(
    rpc: Rpc,
    key_file: KeyFile,
    registry: RegistryOption,
    euro: EuroOption,
    rulebook: RulebookOption,
    year: Annotated[int, typer.Option("--year", help="The calendar year.")],
    validator: Annotated[list[str], typer.Option("--validator", help="Address of an accepted validator; repeat.")],
    budget: Annotated[str, typer.Option("--budget", help="Budget in euros; it is minted and paid in.")],
    deposit: Annotated[str, typer.Option("--deposit", help="The bank's reference of the deposit; counts once.")],
) -> None:
    """Open a task board and the purse with its coins. The rules never change after this."""
    with plainly():
        rules, credential_type = load_rulebook(rulebook)
        validators = tuple(parse_address(account) for account in validator)
        opening = Opening(rules, credential_type, year, validators, amount_of(budget, least=0), deposit)
        chain = Chain.rpc(rpc)
        officers = Officers.one(chain.account(key_from(key_file)))
        board, purse = Municipality.join(chain, officers, registry=registry, euro=euro).open_board(opening)
    typer.echo(f"board {board.address}\npurse {purse.address}")


@app.command("employ")
def employ(
    rpc: Rpc,
    key_file: KeyFile,
    board: BoardOption,
    account: Annotated[str, typer.Option("--account", help="Address of the employee's account.")],
    instead_of: Annotated[
        str | None, typer.Option("--instead-of", help="Address of the employee who leaves and hands over.")
    ] = None,
) -> None:
    """Let an employee publish, hand out, verify and decide; in the place of one who leaves, if you name one."""
    with plainly():
        chain = Chain.rpc(rpc)
        purse, sponsor = _board(chain, board).purse(), chain.account(key_from(key_file))
        coming = parse_address(account)
        if instead_of is None:
            purse.appoint_employee(coming, sponsor=sponsor)
        else:
            purse.hand_over_desk(parse_address(instead_of), coming, sponsor=sponsor)
    typer.echo(f"{coming} is an employee")


@app.command("approve")
def approve(
    rpc: Rpc,
    key_file: KeyFile,
    board: BoardOption,
    rulebook: RulebookOption,
    shop: Annotated[str, typer.Option("--shop", help="Address of the shop's account.")],
    category: Annotated[str, typer.Option("--category", help="What it sells: an id of the rulebook, such as culture.")],
) -> None:
    """Let a shop take part: coins of the board can be spent there. Chain stores are simply not approved."""
    with plainly():
        chain = Chain.rpc(rpc)
        indexes = {item.id: item.index for item in load_rulebook(rulebook)[0].spending.categories}
        if category not in indexes:
            raise ValueError(f"the category must be one of {', '.join(indexes)}")
        purse, sponsor = _board(chain, board).purse(), chain.account(key_from(key_file))
        purse.approve_merchant(parse_address(shop), indexes[category], sponsor=sponsor)
    typer.echo("approved")


@app.command("publish")
def publish(
    documents: Annotated[list[Path], typer.Argument(help="Tasks as JSON, one in each file.", exists=True)],
    rpc: Rpc,
    key_file: KeyFile,
    board: BoardOption,
    rulebook: RulebookOption,
) -> None:
    """Publish tasks. Put the files where everybody can read them first: wallets compare them with the chain."""
    with plainly():
        chain = Chain.rpc(rpc)
        employee, opened = chain.account(key_from(key_file)), _board(chain, board)
        earnings = load_rulebook(rulebook)[0].earnings
        offers = [PublishedOffer.from_json(path.read_bytes(), earnings) for path in documents]
        for path, offer in zip(documents, offers, strict=True):
            typer.echo(f"{opened.publish(offer, employee=employee)} {path}")


@app.command("describe")
def describe(
    rpc: Rpc,
    board: BoardOption,
    documents: Annotated[
        list[Path] | None, typer.Argument(help="The published tasks, to be part of it.", exists=True)
    ] = None,
) -> None:
    """Print the description that a wallet reads (JSON): tasks, terms, statements. The wallet checks all of it."""
    with plainly():
        opened = FollowedBoard(_board(Chain.rpc(rpc), board), [path.read_bytes() for path in documents or ()])
        text = opened.describe()
    typer.echo(text)


@app.command("equip")
def equip(rpc: Rpc, key_file: KeyFile, board: BoardOption, task: TaskOption) -> None:
    """Record that tools and materials were handed out."""
    _as_employee(rpc, key_file, board, lambda opened, employee: opened.equip(task, employee=employee))
    typer.echo("handed out")


@app.command("release")
def release(rpc: Rpc, key_file: KeyFile, board: BoardOption, task: TaskOption) -> None:
    """Free a task that was chosen and not reported as done."""
    _as_employee(rpc, key_file, board, lambda opened, employee: opened.release(task, employee=employee))
    typer.echo("free again")


@app.command("withdraw")
def withdraw(rpc: Rpc, key_file: KeyFile, board: BoardOption, task: TaskOption) -> None:
    """Withdraw a task that nobody does."""
    _as_employee(rpc, key_file, board, lambda opened, employee: opened.withdraw(task, employee=employee))
    typer.echo("withdrawn")


@app.command("verify")
def verify(
    rpc: Rpc,
    key_file: KeyFile,
    board: BoardOption,
    task: TaskOption,
    quarters: QuartersOption,
    rulebook: RulebookOption,
    reason: ReasonOption = None,
    appeal: Annotated[bool, typer.Option("--appeal", help="Decide an appeal, as another employee.")] = False,
) -> None:
    """Verify a task that was reported as done, or decide an appeal: in full, in part or not at all."""
    with plainly():
        chain = Chain.rpc(rpc)
        employee, opened = chain.account(key_from(key_file)), _board(chain, board)
        reasons = {item.id: item.index for item in load_rulebook(rulebook)[0].earnings.reasons}
        if reason is not None and reason not in reasons:
            raise ValueError(f"the reason must be one of {', '.join(reasons)}")
        entry = FollowedBoard(opened).ledger.tasks.get(task)
        accounts = () if entry is None else entry.accounts
        act = opened.decide if appeal else opened.verify
        act(task, quarters, 0 if reason is None else reasons[reason], accounts, employee=employee)
    typer.echo(f"{quarters} quarter hours count")


@app.command("figures")
def figures(
    rpc: Rpc,
    board: BoardOption,
    registered: Annotated[
        int | None, typer.Option("--registered", min=0, help="How many people signed up, which only you know.")
    ] = None,
) -> None:
    """Print the key figures (JSON). People are counted between two bounds: nobody can count them exactly."""
    with plainly():
        chain = Chain.rpc(rpc)
        opened = _board(chain, board)
        purse = opened.purse()
        read = board_figures(chain.events([opened.contract, purse.contract]), opened.address, purse.address)
        values = read.kpis(as_of=from_unix(chain.now()), registered=registered)
    typer.echo(json.dumps([value.to_json() for value in values], indent=1))


def _board(chain: Chain, address: str) -> TaskBoard:
    return TaskBoard(chain, chain.at("TaskBoard", address))


def _as_employee(rpc: str, key_file: Path, board: str, act: Callable[..., object]) -> None:
    with plainly():
        chain = Chain.rpc(rpc)
        act(_board(chain, board), chain.account(key_from(key_file)))
