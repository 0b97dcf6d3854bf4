# SPDX-License-Identifier: EUPL-1.2
"""``stuiver issuer key`` and ``prove-key``: the public keys, and whose they are."""

import json
import re
from pathlib import Path
from typing import Annotated, Final

import typer

from issuer.cli.options import DEFAULT_FOLDER, Folder
from issuer.cli.sources import passphrase_of_desk, refuse_existing
from issuer.cli.telling import plainly
from issuer.errors import SettingsError
from issuer.folder import DeskFolder
from issuer.type_names import get_type, published_type
from issuer.type_names import type_name as name_of
from ssi.atomic_file import create_file
from ssi.claim.key_registration import KeyRegistration
from ssi.claim.registry_key import registry_key

__all__ = ["app"]

app = typer.Typer()

_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]{40}")


@app.command()
def key(
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON, for a program.")] = False,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Print the public keys, one for each type of credential, as the trust registry needs them.

    Nothing secret is shown, and nothing is registered: the registry's own command does that.
    """
    with plainly():
        place = DeskFolder(folder)
        validator = place.validator()
        keys = place.keys(passphrase_of_desk())
        entries = [
            {
                "credential_type": kind.vct,
                "type_id": "0x" + kind.type_id.hex(),
                "key_id": "0x" + keys.key_id(kind).hex(),
                "public_key": "0x" + keys.public_key(kind).hex(),
                "registry_key": "0x" + registry_key(keys.public_key(kind)).hex(),
            }
            for kind in place.types()
        ]
    if as_json:
        typer.echo(json.dumps({"did": validator.did, "name": validator.name, "keys": entries}, indent=2))
        return
    typer.echo(f"{validator.name}\n{validator.did}")
    for entry in entries:
        typer.echo()
        for label, value in entry.items():
            typer.echo(f"{label.replace('_', ' '):<16} {value}")


@app.command(name="add-type")
def add_type(
    name: Annotated[str, typer.Argument(help="A published type of credential, such as age/v2.")],
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Issue one more type of credential from now on: makes its key. A running service has it after a new start."""
    with plainly():
        kind = published_type(name)
        DeskFolder(folder).add_type(passphrase_of_desk(), kind)
    typer.echo(f"This desk issues {name_of(kind)} now. Next: register its key, see `prove-key`.")


@app.command(name="prove-key")
def prove_key(
    type_name: Annotated[str, typer.Option("--type", help="A type of the desk, such as age or age/v2.")],
    chain_id: Annotated[
        int, typer.Option("--chain-id", min=1, max=2**53 - 1, help="Number of the chain where the trust registry is.")
    ],
    registry: Annotated[str, typer.Option("--registry", help="Address of the trust registry.")],
    account: Annotated[str, typer.Option("--account", help="Address of your account, which registers the key.")],
    out: Annotated[Path, typer.Option("--out", help="Where to write the file for `stuiver money key add`.")],
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Prove to a trust registry that a key is yours. The file is public and works for your account only."""
    with plainly():
        refuse_existing(out)
        kind = get_type(type_name, DeskFolder(folder).types())
        place, holder = _address(registry, "registry"), _address(account, "account")
        keys = DeskFolder(folder).keys(passphrase_of_desk())
        possession = keys.prove_possession(kind, chain_id, place, holder)
        made = KeyRegistration(chain_id, place, holder, kind.type_id, keys.public_key(kind), possession)
        create_file(out, made.to_json())
    typer.echo(f"Wrote {out}. Next: `stuiver money key add --registration {out}`.")


def _address(text: str, option: str) -> bytes:
    if _ADDRESS.fullmatch(text) is None:
        raise SettingsError(option, "must be 0x and 40 hexadecimal digits")
    return bytes.fromhex(text[2:])
