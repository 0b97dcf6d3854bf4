# SPDX-License-Identifier: EUPL-1.2
"""The command line of a verifier: one folder, one service for wallets, one list for the employee.

Invariants:
    * Whatever goes wrong is one line on standard error, says what to do next, and ends with exit code 1.
    * No file of somebody else is replaced.
    * The passphrase is asked for, or is the first line of the file that STUIVER_VERIFIER_PASSPHRASE_FILE names: it is
      never an argument, nor the value of a variable.
"""

import typer

from verifier.cli import policies, receipts, serving, setting_up

__all__ = ["app"]

app = typer.Typer(
    name="verifier",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help=(
        "Prove and decide: ask wallets by a published policy, decide, and sign what was decided.\n\n"
        "In order: `init` once, put a trust.json in the folder, `serve` for citizens and wallets, `desk` for yourself."
    ),
)
for commands in (setting_up.app, serving.app, policies.app, receipts.app):
    app.add_typer(commands)
