# SPDX-License-Identifier: EUPL-1.2
"""``stuiver verifier policies``."""

from pathlib import Path
from typing import Annotated

import typer

from verifier.cli.options import DEFAULT_FOLDER, Folder, plainly
from verifier.folder import VerifierFolder
from verifier.opening import published_types
from verifier.policy.lint import check
from verifier.policy.model import Policy
from verifier.policy.shelf import PolicyShelf, published_policies

__all__ = ["app"]

app = typer.Typer()


@app.command()
def policies(
    check_file: Annotated[
        Path | None, typer.Option("--check", help="Check this policy.json before it is published.")
    ] = None,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """List the policies that may be asked with, and their hashes; or check one."""
    with plainly():
        types = published_types()
        if check_file is not None:
            policy = Policy.from_json(check_file.read_bytes())
            for warning in check(policy, types):
                typer.echo(f"{warning.path}: {warning.rule}", err=True)
            typer.echo(f"{policy.id} may be used. {policy.hash}")
            return
        place = VerifierFolder(folder)
        folders = place.policy_folders() if folder.exists() else (published_policies(),)
        for policy in PolicyShelf.of_folders(folders, types):
            typer.echo(f"{policy.id}  {policy.title.en}  {policy.hash}")
