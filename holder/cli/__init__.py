# SPDX-License-Identifier: EUPL-1.2
"""The wallet on the command line. It works on files and links, so that it composes with other tools.

Every error is one line that says what to do next.
"""

import typer

from holder.cli import consent, credentials, openid, passes, paying, programmes, setting_up, tasks

__all__ = ["app"]

app = typer.Typer(
    name="wallet",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # a traceback with local variables would show secrets
    help="Your wallet: credentials, what you qualify for, claims and payments.",
)
for part in (setting_up, openid, credentials, programmes, paying):
    app.add_typer(part.app)
app.add_typer(consent.app, name="consent")
app.add_typer(passes.app, name="pass")
app.add_typer(tasks.app, name="task")
