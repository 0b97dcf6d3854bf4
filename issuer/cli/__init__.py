# SPDX-License-Identifier: EUPL-1.2
"""The command line of a validator's desk: everything in one folder, files in, files out.

Invariants:
    * Whatever goes wrong is one line on standard error, says what to do next, and ends with exit code 1. A list of bad
      rows comes before it.
    * No file is replaced. What is personal is written for its owner only.
    * The passphrase is asked for, or is the first line of the file that STUIVER_ISSUER_PASSPHRASE_FILE names: it is
      never an argument, nor the value of a variable.
"""

import typer

from issuer.cli import activation, decisions, document_keys, employees, issuing, keys, records, serving, sessions

__all__ = ["app", "main"]

app = typer.Typer(
    name="issuer",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help=(
        "The validator's desk: keep household records and issue credentials to wallets.\n\n"
        "In order: `init` once, `import` the household file, `session` for a person, send it to their wallet, "
        "`issue` on the wallet's request, and send the result back."
    ),
)
for commands in (records.app, sessions.app, issuing.app, keys.app, decisions.app, document_keys.app, serving.app):
    app.add_typer(commands)
app.add_typer(activation.app, name="activation")
app.add_typer(employees.app, name="employee")


def main() -> None:
    """Run the command."""
    app()
