# SPDX-License-Identifier: EUPL-1.2
"""Tasks that earn: looking, choosing, reporting, collecting, and the yearly statement that only the citizen makes."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from holder.cli.opening import DEFAULT_WALLET, LanguageOption, WalletOption, explained, open_wallet, read_file
from holder.earning.board import BoardView
from holder.earning.wording import TEXTS, hours
from holder.wording import PROVED, SHOWN, Language, euros
from programmable_money.messages import Address, parse_address
from programmable_money.messages.tasks import GroupChoice, SignedChoice
from ssi.atomic_file import replace_file

__all__ = ["app"]

app = typer.Typer(help="Tasks that earn coins, and your own earnings book.", no_args_is_help=True)

BoardOption = Annotated[Path, typer.Option("--board", help="The board's public description (JSON).", dir_okay=False)]
TaskOption = Annotated[int, typer.Option("--task", min=1, help="The task's number.")]
OutOption = Annotated[Path, typer.Option("--out", help="Where to write the message for a relayer.", dir_okay=False)]


@app.command("list")
def list_tasks(
    board: BoardOption, wallet: WalletOption = DEFAULT_WALLET, language: LanguageOption = Language.EN
) -> None:
    """Show the tasks that you can choose now, and what they are worth to you. Nobody learns that you looked."""
    with explained(language), open_wallet(wallet, language) as opened:
        view, now = _view(board), datetime.now(UTC)
        opened.earning.learn(view, now=now)
        room = opened.earning.room(view, now=now)
        for item in opened.earning.listed(view, now=now):
            worth = f"{hours(item.offer.quarter_hours * 900, language)}, {euros(item.cents, language)}"
            typer.echo(f"{item.task.number}: {language.of(item.offer.title)}, {item.offer.place} ({worth})")
            if not item.has_room:
                typer.echo(f"   {TEXTS[language]['full'].format(left=euros(max(0, room), language))}")
        typer.echo(f"{TEXTS[language]['benefits']}: {language.of(opened.earning.effect_on_benefits(view))}")


@app.command("account")
def task_account(
    board: BoardOption,
    task: TaskOption,
    wallet: WalletOption = DEFAULT_WALLET,
    language: LanguageOption = Language.EN,
) -> None:
    """Print the fresh account with which you would do a task, for the others of your group."""
    with explained(language), open_wallet(wallet, language) as opened:
        typer.echo(opened.earning.task_account(_view(board), task))


@app.command("choose")
def choose(
    board: BoardOption,
    task: TaskOption,
    out: OutOption,
    share: Annotated[
        list[str] | None,
        typer.Option("--share", help="For a group: an account and its part of a thousand, as 0x...=400; one for each."),
    ] = None,
    despite_cap: Annotated[
        bool, typer.Option("--despite-cap", help="Choose although this year's maximum has no room for it.")
    ] = False,
    wallet: WalletOption = DEFAULT_WALLET,
    language: LanguageOption = Language.EN,
) -> None:
    """Choose a task, alone or in a group, each with the same shares; you accept its insurance."""
    with explained(language), open_wallet(wallet, language) as opened:
        view, now = _view(board), datetime.now(UTC)
        opened.earning.learn(view, now=now)
        split = None if not share else dict(_share(text) for text in share)
        signed = opened.earning.choose(view, task, now=now, split=split, despite_cap=despite_cap)
        alone = len(signed.choice.accounts) == 1
        content = GroupChoice.of([signed]).to_json() if alone else signed.to_json()
        replace_file(out, content.encode())
    step = "give it to a relayer" if alone else "put everybody's together with `stuiver wallet task together`"
    typer.echo(f"Wrote {out}. Next: {step}.")


@app.command("together")
def together(
    parts: Annotated[list[Path], typer.Argument(help="What each of the group wrote.", exists=True, dir_okay=False)],
    out: OutOption,
) -> None:
    """Put the choices of a group together into one message."""
    with explained():
        signed = [SignedChoice.from_json(read_file(path).decode("utf-8", "replace")) for path in parts]
        replace_file(out, GroupChoice.of(signed).to_json().encode())
    typer.echo(f"Wrote {out}. Next: give it to a relayer.")


@app.command("done")
def done(
    board: BoardOption,
    task: TaskOption,
    out: OutOption,
    wallet: WalletOption = DEFAULT_WALLET,
    language: LanguageOption = Language.EN,
) -> None:
    """Report a task as done."""
    with explained(language), open_wallet(wallet, language) as opened:
        signed = opened.earning.report_done(_view(board), task, now=datetime.now(UTC))
        replace_file(out, signed.to_json().encode())
    typer.echo(f"Wrote {out}. Next: give it to a relayer; an employee comes to look.")


@app.command("give-up")
def give_up(
    board: BoardOption,
    task: TaskOption,
    out: OutOption,
    wallet: WalletOption = DEFAULT_WALLET,
    language: LanguageOption = Language.EN,
) -> None:
    """Give a task up; it is free again for somebody else."""
    with explained(language), open_wallet(wallet, language) as opened:
        signed = opened.earning.give_up(_view(board), task, now=datetime.now(UTC))
        replace_file(out, signed.to_json().encode())
    typer.echo(f"Wrote {out}. Next: give it to a relayer.")


@app.command("appeal")
def appeal(
    board: BoardOption,
    task: TaskOption,
    text: Annotated[str, typer.Option("--text", help="Why you do not agree; for the employee who decides.")],
    letter: Annotated[Path, typer.Option("--letter", help="Where to write the letter for the municipality.")],
    out: OutOption,
    wallet: WalletOption = DEFAULT_WALLET,
    language: LanguageOption = Language.EN,
) -> None:
    """Appeal against a verification that is not full. It never costs you anything."""
    with explained(language), open_wallet(wallet, language) as opened:
        written = opened.earning.appeal(_view(board), task, text, now=datetime.now(UTC))
        replace_file(letter, written.document)
        replace_file(out, written.message.to_json().encode())
    typer.echo(f"Wrote {out} for a relayer and {letter} for the municipality. Only a hash of the letter is public.")


@app.command("collect")
def collect(
    board: BoardOption,
    task: TaskOption,
    out: OutOption,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; what is shown is logged all the same.")] = False,
    wallet: WalletOption = DEFAULT_WALLET,
    language: LanguageOption = Language.EN,
) -> None:
    """Turn awarded time into coins: proves your rate, and puts it into a slot that nobody can link to your others."""
    with explained(language), open_wallet(wallet, language) as opened:
        view, now = _view(board), datetime.now(UTC)
        opened.earning.learn(view, now=now)
        plan = opened.earning.plan_collection(view, task, now=now)
        typer.echo(language.of(SHOWN))
        for item in plan.shown:
            typer.echo(f"  {item.name}: {item.value}")
        typer.echo(language.of(PROVED))
        for statement in plan.proven(language):
            typer.echo(f"  {statement}")
        if not yes and not typer.confirm("OK?"):
            typer.echo("Nothing was sent.")
            raise typer.Exit(1)
        message = opened.earning.collect(plan, now=now)
        replace_file(out, message.to_json().encode())
    typer.echo(f"Wrote {out}. Next: give it to a relayer; it can neither change nor redirect it.")


@app.command("restore")
def restore(board: BoardOption, wallet: WalletOption = DEFAULT_WALLET, language: LanguageOption = Language.EN) -> None:
    """Find your tasks and your earnings book again, after `stuiver wallet restore`. Asks nobody, tells nobody."""
    with explained(language), open_wallet(wallet, language) as opened:
        found = opened.earning.restore(_view(board), now=datetime.now(UTC))
        words = TEXTS[language]
        typer.echo(words["found"].format(count=len(found)) if found else words["found_nothing"])
        for work in found:
            collected, left = hours(work.collected, language), hours(work.left, language)
            line = f"  {work.task}: {language.of(work.title)} ({words['collected'].format(time=collected)}"
            typer.echo(f"{line}, {words['to_collect'].format(time=left)})" if work.left else f"{line})")
        for year in sorted({line.year for line in opened.earning.book}):
            cents = sum(line.cents for line in opened.earning.book if line.year == year)
            typer.echo(f"  {year}: {euros(cents, language)}")


@app.command("statement")
def statement(
    board: BoardOption,
    year: Annotated[int, typer.Option("--year", help="The calendar year.")],
    out: Annotated[Path | None, typer.Option("--out", help="Where to write it as PDF.", dir_okay=False)] = None,
    wallet: WalletOption = DEFAULT_WALLET,
    language: LanguageOption = Language.EN,
) -> None:
    """Show what you earned in a year, from your own earnings book. Nobody else has these facts."""
    from holder.earning.statement import to_pdf, to_text

    with explained(language), open_wallet(wallet, language) as opened:
        made = opened.earning.statement(_view(board), year)
        typer.echo(to_text(made, language))
        if out is not None:
            replace_file(out, to_pdf(made, language))
            typer.echo(f"Wrote {out}.")


def _view(path: Path) -> BoardView:
    return BoardView.from_json(read_file(path))


def _share(text: str) -> tuple[Address, int]:
    account, _, part = text.partition("=")
    if not part.isdigit():
        raise typer.BadParameter("an account and its part, as 0x...=400", param_hint="--share")
    return parse_address(account), int(part)
