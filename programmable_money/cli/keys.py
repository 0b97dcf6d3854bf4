# SPDX-License-Identifier: EUPL-1.2
"""``stuiver money key``: a validator's public keys in the trust registry."""

from pathlib import Path
from typing import Annotated, Final

import typer

from programmable_money.chain import Chain
from programmable_money.cli.options import KeyFile, KeyId, RegistryOption, Rpc
from programmable_money.cli.sources import key_from, octets_of, registry_at
from programmable_money.cli.telling import plainly
from programmable_money.messages import Address, recipient
from programmable_money.model import from_unix
from ssi.claim.key_registration import KeyRegistration

__all__ = ["app"]

app = typer.Typer(help="Keys: with which keys of a validator credentials count.", no_args_is_help=True)

_DAY: Final = 86_400


@app.command("add")
def add_key(
    rpc: Rpc,
    key_file: KeyFile,
    registration: Annotated[
        Path,
        typer.Option(
            "--registration",
            help="File with the public key and the proof that it is yours, made by `stuiver issuer prove-key`.",
            exists=True,
            dir_okay=False,
        ),
    ],
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="How many days from now it counts.")] = 730,
) -> None:
    """Add a key of your desk to the trust registry, as a validator that was admitted; prints the key's id."""
    with plainly():
        asked = KeyRegistration.from_json(registration.read_bytes())
        chain = Chain.rpc(rpc)
        account = chain.account(key_from(key_file))
        if (asked.chain_id, asked.validator) != (chain.chain_id, recipient(Address(account.address))):
            raise ValueError("the file was made for another chain or another account")
        starts = chain.now()
        validity = starts, starts + days * _DAY
        trust = registry_at(chain, "0x" + asked.registry.hex())
        added = trust.add_key(asked.type_id, asked.public_key, *validity, asked.possession, validator=account)
    typer.echo(f"key 0x{added.hex()}")


@app.command("show")
def show_key(rpc: Rpc, registry: RegistryOption, key: KeyId) -> None:
    """Show whose key it is, and from when to when it counts."""
    with plainly():
        trust = registry_at(Chain.rpc(rpc), registry)
        octets = octets_of(key, 32, "the key's id")
        known, is_valid = trust.key(octets), trust.is_valid(octets)
    state = "revoked" if known.is_revoked else "counts now" if is_valid else "does not count now"
    typer.echo(f"validator {known.validator}")
    typer.echo(f"from {from_unix(known.valid_from):%Y-%m-%d %H:%M} UTC")
    typer.echo(f"until {from_unix(known.valid_until):%Y-%m-%d %H:%M} UTC")
    typer.echo(f"state {state}")


@app.command("retire")
def retire_key(
    rpc: Rpc,
    key_file: KeyFile,
    registry: RegistryOption,
    key: KeyId,
    days: Annotated[
        int, typer.Option("--days", min=1, max=3650, help="How many days from now credentials with it still count.")
    ] = 90,
) -> None:
    """Let your old key end sooner, after you added a new one. Credentials with it count until then."""
    with plainly():
        chain = Chain.rpc(rpc)
        octets, account = octets_of(key, 32, "the key's id"), chain.account(key_from(key_file))
        ends = chain.now() + days * _DAY
        registry_at(chain, registry).retire_key(octets, ends, validator=account)
    typer.echo(f"The key counts until {from_unix(ends):%Y-%m-%d %H:%M} UTC.")


@app.command("revoke")
def revoke_key(
    rpc: Rpc,
    key_file: KeyFile,
    registry: RegistryOption,
    key: KeyId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
) -> None:
    """Take a key back for good, for instance after a theft, as its validator or as registrar.

    From then on no claim with credentials under it is accepted. Money that was already claimed stays with the citizens.
    """
    with plainly():
        octets, account = octets_of(key, 32, "the key's id"), key_from(key_file)
        if not yes and not typer.confirm("No credential under this key can be used any more. Go on?", err=True):
            typer.echo("Nothing was changed.", err=True)
            raise typer.Exit(1)
        chain = Chain.rpc(rpc)
        registry_at(chain, registry).revoke_key(octets, sender=chain.account(account))
    typer.echo("The key is revoked.")
