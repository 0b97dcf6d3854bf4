# SPDX-License-Identifier: EUPL-1.2
"""``stuiver issuer document-key``: the keys that sign credentials and status lists for verifiers of the standards."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from issuer.certificates import certificate_request, read_certificates
from issuer.cli.options import DEFAULT_FOLDER, Folder
from issuer.cli.sources import now, passphrase_of_desk, refuse_existing
from issuer.cli.telling import plainly
from issuer.document_keys import DocumentKey, DocumentKeys
from issuer.folder import DeskFolder
from issuer.service import MAX_VALID_DAYS
from issuer.service_keys import ServiceKeys
from ssi.atomic_file import create_file

__all__ = ["app"]

app = typer.Typer()
group = typer.Typer(help="The keys that sign SD-JWT credentials and status lists.", no_args_is_help=True)
app.add_typer(group, name="document-key")


@group.command()
def show(
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON, for a program.")] = False,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Print the names of the keys, and what each is for now. Nothing secret is shown."""
    with plainly():
        keys = _place(folder).service_keys(passphrase_of_desk()).document_keys
    entries = [_entry(role, key) for role, key in _roles(keys)]
    if as_json:
        typer.echo(json.dumps(entries, indent=2))
        return
    for entry in entries:
        typer.echo("  ".join(f"{name} {value}" for name, value in entry.items() if value))


@group.command()
def rotate(
    at_once: Annotated[
        bool, typer.Option("--at-once", help="Do not wait until everybody has seen the next key: it was stolen.")
    ] = False,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Let the next key sign from now on, and publish another next one.

    The old key stays published until everything that it signed has expired. The next key must have been published for
    a day. Start the service again afterwards: it reads its keys when it starts.
    """
    with plainly():
        still_needed = timedelta(days=MAX_VALID_DAYS + 1)

        def change(keys: ServiceKeys) -> ServiceKeys:
            rotated = keys.document_keys.rotated(now(), still_needed=still_needed, at_once=at_once)
            return keys.with_document_keys(rotated)

        changed = _place(folder).change_service_keys(passphrase_of_desk(), change)
    typer.echo(f"{changed.document_keys.current.name} signs from now on. Start the service again.")


@group.command(name="request")
def request_(
    out: Annotated[Path, typer.Option("--out", help="Where to write the request, PEM.")],
    host: Annotated[str, typer.Option("--host", help="The host name in the public URL, such as desk.example.")],
    which: Annotated[str, typer.Option("--key", help="current or next.")] = "next",
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Write a certificate request (PKCS#10) for a key, for whoever certifies issuers."""
    with plainly():
        refuse_existing(out)
        place = _place(folder)
        validator, keys = place.validator(), place.service_keys(passphrase_of_desk()).document_keys
        key = keys.next if which == "next" and keys.next is not None else keys.current
        create_file(out, certificate_request(key, name=validator.name, host=host))
    typer.echo(f"Wrote {out}. When you have the certificate: `stuiver issuer document-key certificate FILE`.")


@group.command()
def certificate(
    file: Annotated[Path, typer.Argument(help="The certificates, PEM: the key's own first, the anchor left out.")],
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Name a key by its certificates (x5c) from now on; the first of them tells which key.

    Without certificates a DID names the key. Start the service again afterwards.
    """
    with plainly():
        chain = read_certificates(file.read_bytes())

        def change(keys: ServiceKeys) -> ServiceKeys:
            return keys.with_document_keys(keys.document_keys.with_certificates(chain))

        _place(folder).change_service_keys(passphrase_of_desk(), change)
    typer.echo(f"Kept {len(chain)} certificates. Start the service again.")


def _place(folder: Path) -> DeskFolder:
    place = DeskFolder(folder)
    place.validator()  # before a passphrase is asked for in vain
    return place


def _roles(keys: DocumentKeys) -> list[tuple[str, DocumentKey]]:
    following = [("next", keys.next)] if keys.next is not None else []
    return [("current", keys.current), *following, *(("previous", key) for key in keys.previous)]


def _entry(role: str, key: DocumentKey) -> dict[str, str]:
    return {
        "role": role,
        "key": key.name,
        "published": f"{key.published_at:%Y-%m-%d}",
        "until": "" if key.retires_at is None else f"{key.retires_at:%Y-%m-%d}",
        "named by": "certificates" if key.certificates else "DID",
    }
