# SPDX-License-Identifier: EUPL-1.2
"""``stuiver verifier check-receipt``."""

import json
from pathlib import Path
from typing import Annotated

import typer

from edge.fetch import FetchError, GuardedFetch
from ssi.credential.document import DocumentError
from ssi.errors import Reason, VerificationError
from ssi.jose.jws import UnverifiedJws
from verifier.cli.options import fail, now, plainly
from verifier.opening import published_types
from verifier.policy.deciding import Allowed
from verifier.policy.model import PolicyId
from verifier.policy.shelf import PolicyShelf, published_policies
from verifier.receipts import VerifiedReceipt, read_receipt_keys, verify_receipt

__all__ = ["app"]

app = typer.Typer()


@app.command(name="check-receipt")
def check_receipt(
    receipt: Annotated[Path, typer.Argument(help="The file with the receipt.")],
    keys: Annotated[
        Path | None, typer.Option("--keys", help="A file with the verifier's keys, as its /jwks gives them.")
    ] = None,
    verifier: Annotated[
        str | None, typer.Option("--verifier", help="The verifier's public address, whose keys are fetched.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON, for a program.")] = False,
) -> None:
    """Check that a receipt is real and what it says. Anybody can, with the keys of the verifier that they trust.

    Exit code 1 when it is not real, or is no longer valid.
    """
    if (keys is None) == (verifier is None):
        fail("Say whose keys count: a file with --keys, or an address with --verifier.")
    with plainly():
        text = receipt.read_text(encoding="ascii", errors="replace").strip()
        if keys is not None:
            octets = keys.read_bytes()
        else:
            try:
                octets = GuardedFetch.for_this_machine().get(f"{verifier}/jwks", accept="application/json").octets
            except FetchError as error:
                fail(f"The keys cannot be fetched: {error}. Check the address, or use --keys.")
        found = verify_receipt(text, read_receipt_keys(octets))
        if verifier is not None and found.issuer != verifier:
            raise VerificationError(Reason.UNKNOWN_ISSUER, "the receipt names another verifier")
    is_valid = found.is_valid_at(now())
    if as_json:
        claims = UnverifiedJws.parse(text).unverified_claims()  # of the receipt that was verified above
        typer.echo(json.dumps({"valid": is_valid, **claims}, indent=2, ensure_ascii=False))
    else:
        _tell(found)
        typer.echo("valid" if is_valid else "no longer valid")
    if not is_valid:
        raise typer.Exit(1)


def _tell(found: VerifiedReceipt) -> None:
    typer.echo(f"{'allowed' if isinstance(found.decision, Allowed) else 'denied'}: {', '.join(found.decision.reasons)}")
    typer.echo(f"by {found.verifier.nl} ({found.issuer})")
    typer.echo(f"policy {found.policy_name}/v{found.policy_version} {found.policy_hash}{_published(found)}")
    typer.echo(f"decided {found.decided_at:%Y-%m-%d %H:%M} UTC, valid until {found.valid_until:%Y-%m-%d %H:%M} UTC")
    for label, value in (("pseudonym", found.pseudonym), ("reference", found.reference)):
        if value is not None:
            typer.echo(f"{label} {value}")
    for name, claim in found.claims.items():
        typer.echo(f"{name}: {claim}")


def _published(found: VerifiedReceipt) -> str:
    """Whether the policy is the one that comes with this program."""
    try:
        shelf = PolicyShelf.of_folders((published_policies(),), published_types())
        known = {policy.id: policy for policy in shelf}.get(PolicyId(found.policy_name, found.policy_version))
    except DocumentError:
        known = None
    if known is None:
        return ""
    return " (as published here)" if known.hash == found.policy_hash else " (NOT as published here)"
