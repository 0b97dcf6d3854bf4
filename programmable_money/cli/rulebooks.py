# SPDX-License-Identifier: EUPL-1.2
"""``stuiver money rulebook``: whether a rulebook is complete, fair and safe to open."""

from typing import Annotated

import typer
from rich.console import Console

from programmable_money.cli.sources import load_rulebook, types_of
from programmable_money.cli.telling import plainly
from ssi.rulebook.lint import Severity, lint

__all__ = ["app"]

app = typer.Typer(help="Rulebooks: the rules of a programme, as data.", no_args_is_help=True)


@app.callback()
def rulebooks() -> None:
    """Rulebooks: the rules of a programme, as data."""


@app.command("lint")
def lint_rulebook(
    rulebook: Annotated[str, typer.Argument(help="A .json file, or a published rulebook, such as kindpakket.")],
) -> None:
    """Check a rulebook: is it complete, fair and safe to open?

    Refuses rules that use nationality, names, origin and the like, and terms that could not be proved safely.
    """
    out = Console(highlight=False, soft_wrap=True)
    with plainly():
        rules, _ = load_rulebook(rulebook)
        findings = lint(rules, *types_of(rules))
    for finding in findings:
        out.print(finding.severity.value, style="red" if finding.severity is Severity.REFUSED else "yellow", end=" ")
        out.print(f"{finding.path}: {finding.rule}", markup=False)
    if any(finding.severity is Severity.REFUSED for finding in findings):
        raise typer.Exit(1)
    typer.echo(f"{rules.name} version {rules.version} may be opened. Its hash is 0x{rules.hash.hex()}.")
