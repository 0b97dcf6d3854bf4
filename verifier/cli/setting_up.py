# SPDX-License-Identifier: EUPL-1.2
"""``stuiver verifier init``, ``trust`` and ``certificate``."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from edge.fetch import FetchError
from ssi.atomic_file import replace_file
from ssi.credential.document import Wording
from ssi.trust import parse_trust_list
from verifier.certificates import signing_request
from verifier.cli.options import DEFAULT_FOLDER, Folder, fail, now, passphrase, plainly
from verifier.folder import VerifierFolder
from verifier.opening import fetch_for
from verifier.settings import ClientName, VerifierSettings
from verifier.trusting import ValidatorKeysFile, add_entry, did_web_of, dids_of_jwks

__all__ = ["app"]

app = typer.Typer()


@app.command()
def init(
    name: Annotated[str, typer.Option("--name", help="Who asks, in Dutch, such as `Gemeente Westerkwartier`.")],
    name_en: Annotated[str | None, typer.Option("--name-en", help="The same in English.")] = None,
    public_url: Annotated[
        str, typer.Option("--public-url", help="Where wallets and browsers reach it; https beyond this machine.")
    ] = "http://127.0.0.1:8019",
    client: Annotated[
        ClientName, typer.Option("--client", help="By what name it speaks to wallets (client identifier prefix).")
    ] = ClientName.X509_HASH,
    did: Annotated[
        str | None, typer.Option("--did", help="A did:web of the public address's host; by default a did:jwk.")
    ] = None,
    plain: Annotated[
        bool, typer.Option("--plain", help="Let wallets answer without encryption beyond https (direct_post).")
    ] = False,
    haip: Annotated[bool, typer.Option("--haip", help="Hold to the High Assurance profile, HAIP 1.0.")] = False,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Make a verifier: a folder with new keys under a passphrase, and a certificate of its own.

    Keep a copy of keys.sealed and the passphrase in a safe place: receipts are checked with its public half for years.
    """
    with plainly():
        settings = VerifierSettings(
            public_url, Wording(name, name_en or name), client=client, encrypted=not plain, haip=haip, did=did
        )
        made = VerifierFolder.create(folder, passphrase(confirm=True), settings, now=now())
    typer.echo(f"The verifier of {name} is ready in {folder}.")
    typer.echo(f"Wallets that shall know it list {made.anchor} as an anchor.")
    typer.echo(f"Next: say whose credentials count with `trust` (or write {made.trust}), then start it with `serve`.")


@app.command()
def trust(
    keys: Annotated[
        Path, typer.Option("--keys", help="What the validator's `stuiver issuer key --json` printed; handed to you.")
    ],
    issuer: Annotated[
        str | None, typer.Option("--issuer", help="The public address of its service, whose signing keys are fetched.")
    ] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="How long its BBS keys count.")] = 365,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Let a validator's credentials count: add it to trust.json. Check with the validator that the keys are its own.

    Without --issuer only its BBS credentials count.
    """
    with plainly():
        place = VerifierFolder(folder)
        settings, validator = place.settings(), ValidatorKeysFile.from_json(keys.read_bytes())
        dids: tuple[str, ...] = ()
        if issuer is not None:
            try:
                fetched = fetch_for(settings).get(f"{issuer.rstrip('/')}/jwks", accept="application/json", most=1 << 16)
            except FetchError as error:
                fail(f"The keys cannot be fetched: {error}. Check the address and try again.")
            web = did_web_of(issuer)
            dids = dids_of_jwks(fetched.octets) if web is None else (web,)
        listed = place.trust.read_bytes() if place.trust.exists() else None
        made = add_entry(listed, validator, dids, valid_until=now() + timedelta(days=days))
        parse_trust_list(made)
        replace_file(place.trust, made)
    typer.echo(f"Credentials of {validator.name} count now: {', '.join(vct for vct, _ in validator.keys)}.")
    for did in dids:
        typer.echo(f"It signs as {did}.")
    typer.echo("Next: start the verifier again with `serve`.")


@app.command()
def certificate(
    use: Annotated[
        Path | None, typer.Option("--use", help="A file with the certificate that an authority gave, its own first.")
    ] = None,
    request: Annotated[
        Path | None, typer.Option("--request", help="Where to write a request for an authority (PKCS #10).")
    ] = None,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Get the verifier's key certified: write a request for an authority, or use the certificate that it gave.

    With another certificate the verifier has another name for wallets (x509_hash), and citizens other pseudonyms.
    """
    with plainly():
        place = VerifierFolder(folder)
        settings, keys = place.settings(), place.keys(passphrase())
        if request is not None:
            with request.open("xb") as file:
                file.write(signing_request(keys.request, name=settings.name.nl, host=settings.host))
            typer.echo(f"Wrote {request}. Send it to an authority, and use what comes back with `certificate --use`.")
        if use is not None:
            place.use_certificate(use.read_bytes(), keys)
            typer.echo("Requests carry the new certificate from the next start of `serve`.")
        chain = place.chain(keys)
    typer.echo(f"The certificate in use ends on {chain.ends_at():%Y-%m-%d}.")
