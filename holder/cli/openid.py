# SPDX-License-Identifier: EUPL-1.2
"""Credentials from an activation letter, and showing them to verifiers, by the OpenID protocols.

The trust list says which issuers count; it is a file that the municipality publishes, or one's own.
"""

import sys
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from edge.did_webvh import WebvhMethod
from edge.fetch import GuardedFetch
from edge.registries import chosen_registry
from holder.cli.listening import Listening
from holder.cli.opening import DEFAULT_WALLET, LanguageOption, WalletOption, explained, open_wallet, read_file
from holder.openid.disclosure import Disclosure, ShownClaim
from holder.openid.offers import Offer, read_offer
from holder.openid.planning import plan_disclosure
from holder.openid.presenting import Presenter
from holder.openid.receiving import Received, Receiver
from holder.openid.requests import KnownVerifiers, NoCertificates, read_request
from holder.wording import (
    APPROVED,
    ASK,
    DISCLOSED_TO,
    NOTHING_MORE,
    OWN_CREDENTIAL,
    PROVED,
    SAME_VISITOR,
    SEEN_BY_VERIFIER,
    UNAUTHENTICATED,
    Language,
)
from ssi.atomic_file import create_file
from ssi.credential.document import Wording
from ssi.did import JwkMethod, KeyMethod, Resolver, WebMethod
from ssi.trust import Anchors, KeyRegistry, TrustList

__all__ = ["app"]

app = typer.Typer()

TrustOption = Annotated[
    Path, typer.Option("--trust", envvar="STUIVER_TRUST", help="The trust list: who may issue what (JSON).")
]
MachineOption = Annotated[
    bool,
    typer.Option(
        "--this-machine", help="Also talk to services on this machine, without a certificate; for trying out."
    ),
]
RpcOption = Annotated[
    str | None,
    typer.Option("--rpc", envvar="STUIVER_RPC", help="The node of the chain, such as http://127.0.0.1:8545."),
]
RegistryOption = Annotated[
    str | None,
    typer.Option(
        "--registry",
        envvar="STUIVER_REGISTRY",
        help="The trust registry on that chain, for entries of the trust list that say so.",
    ),
]
_TRUST = Path("trust.json")
_END = "-----END CERTIFICATE-----"
_UNSAID = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Controls, invisible marks and breaks (Unicode categories)."""


@app.command()
def redeem(
    context: typer.Context,
    offer: Annotated[str, typer.Argument(help="The link in the letter, or what its QR code says.")],
    pin_file: Annotated[
        Path | None, typer.Option("--pin-file", help="Read the PIN from this file instead of asking for it.")
    ] = None,
    trust: TrustOption = _TRUST,
    rpc: RpcOption = None,
    registry: RegistryOption = None,
    this_machine: MachineOption = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether to accept the offer.")] = False,
    wallet: WalletOption = DEFAULT_WALLET,
    language: LanguageOption = Language.EN,
) -> None:
    """Fetch the credentials that a letter offers, with the PIN of the letter or a login."""
    with explained():
        fetch = _fetch(this_machine)
        trusted = _trust(trust, fetch, _registry(context, rpc, registry))
        found = read_offer(offer, fetch)
        _tell_offer(found, language)
        if not yes and not typer.confirm("Do you want these in your wallet?", default=True):
            typer.echo("Nothing was fetched. The letter stays valid.")
            raise typer.Exit(1)
        with open_wallet(wallet, language) as opened:
            receiver = Receiver(opened, fetch, trusted, _now)
            received = _accept(receiver, found, pin_file)
        _tell_received(received)


@app.command()
def renew(
    context: typer.Context,
    issuer: Annotated[
        str | None, typer.Argument(help="The issuer's address; all issuers of the wallet when left out.")
    ] = None,
    trust: TrustOption = _TRUST,
    rpc: RpcOption = None,
    registry: RegistryOption = None,
    this_machine: MachineOption = False,
    wallet: WalletOption = DEFAULT_WALLET,
    language: LanguageOption = Language.EN,
) -> None:
    """Fetch new copies of your credentials, when they are used up or about to expire. Needs no letter."""
    with explained():
        fetch = _fetch(this_machine)
        trusted = _trust(trust, fetch, _registry(context, rpc, registry))
        with open_wallet(wallet, language) as opened:
            receiver = Receiver(opened, fetch, trusted, _now)
            known = [issuer] if issuer is not None else [one.credential_issuer for one in opened.connections]
            for one in known:
                _tell_received(receiver.renew(one))
        if not known:
            typer.echo("The wallet has accepted no offer yet. Next: `wallet redeem` with the link in your letter.")


@app.command()
def present(
    context: typer.Context,
    request: Annotated[str, typer.Argument(help="The link of who asks, or what its QR code says.")],
    allow: Annotated[
        list[str] | None,
        typer.Option("--allow", help="A number or date that you agree to show in full; may be repeated."),
    ] = None,
    verifiers: Annotated[
        Path | None,
        typer.Option(
            "--verifiers",
            envvar="STUIVER_VERIFIERS",
            help="Certificates (PEM) of those who certify verifiers, for askers without a DID.",
        ),
    ] = None,
    know: Annotated[
        list[str] | None,
        typer.Option("--know", help="The identifier of an asker that you know yourself; may be repeated."),
    ] = None,
    receipt: Annotated[
        Path | None, typer.Option("--receipt", help="Where to keep the receipt of the decision, if one is given.")
    ] = None,
    trust: TrustOption = _TRUST,
    rpc: RpcOption = None,
    registry: RegistryOption = None,
    this_machine: MachineOption = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask; what is shown is printed and logged all the same.")
    ] = False,
    wallet: WalletOption = DEFAULT_WALLET,
    language: LanguageOption = Language.EN,
) -> None:
    """Answer a request to show or prove something. You see first what is shown, and to whom."""
    with explained(language):
        fetch = _fetch(this_machine)
        trusted = _trust(trust, fetch, _registry(context, rpc, registry))
        certificates = NoCertificates() if verifiers is None else _anchors(verifiers)
        verified = read_request(request, fetch, KnownVerifiers(_resolver(fetch), certificates), now=_now())
        with open_wallet(wallet, language) as opened:
            presenter = Presenter(opened, fetch, _now, language)
            plan = plan_disclosure(
                opened, verified, trusted, now=_now(), allowed=frozenset(allow or ()), known=frozenset(know or ())
            )
            _tell_disclosure(plan, language)
            if not yes and not typer.confirm(language.of(ASK)):
                presenter.decline(plan)
                typer.echo("Nothing was shown.")
                raise typer.Exit(1)
            answer = presenter.present(plan)
        typer.echo("Accepted.")
        if receipt is not None and answer.receipt is not None:
            create_file(receipt, answer.receipt.encode() + b"\n")
            typer.echo(f"The receipt of the decision is in {receipt}.")
        if answer.redirect_uri is not None:
            _say(f"Next: open {answer.redirect_uri}")


def _accept(receiver: Receiver, offer: Offer, pin_file: Path | None) -> Received:
    if offer.offer.pre_authorized_code is not None:
        return receiver.accept(offer, _pin(offer, pin_file))
    with Listening() as listening:
        started = receiver.start_authorization(offer, listening.address)
        typer.echo("Next: open this address in your browser and log in.")
        _say(started.url)
        sys.stdout.flush()
        return receiver.finish_authorization(started, listening.wait())


def _pin(offer: Offer, pin_file: Path | None) -> str | None:
    if offer.pin is None:
        return None
    if pin_file is not None:
        return read_file(pin_file).decode("utf-8", "replace").strip()
    answer: str = typer.prompt("PIN from the letter", hide_input=True, err=True)
    return answer.strip()


def _fetch(this_machine: bool) -> GuardedFetch:
    return GuardedFetch.for_this_machine() if this_machine else GuardedFetch()


def _resolver(fetch: GuardedFetch) -> Resolver:
    return Resolver.of((KeyMethod(), JwkMethod(), WebMethod(fetch), WebvhMethod(fetch)))


def _trust(path: Path, fetch: GuardedFetch, registry: KeyRegistry) -> TrustList:
    return TrustList.from_json(read_file(path), resolver=_resolver(fetch), registry=registry)


def _registry(context: typer.Context, rpc: str | None, registry: str | None) -> KeyRegistry:
    try:
        return chosen_registry(context.obj, rpc=rpc, registry=registry)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--registry") from None


def _anchors(path: Path) -> Anchors:
    text = read_file(path).decode("ascii", "replace")
    try:
        return Anchors.from_pem([part + _END for part in text.split(_END)[:-1]])
    except ValueError:
        raise typer.BadParameter("certificates of authorities in PEM", param_hint="--verifiers") from None


def _now() -> datetime:
    return datetime.now(UTC)


def _say(text: str) -> None:
    """Print a line in which others have a word: nothing of theirs starts a line, hides one or reaches the terminal."""
    typer.echo("".join(" " if unicodedata.category(letter) in _UNSAID else letter for letter in text))


def _tell_offer(offer: Offer, language: Language) -> None:
    issuer = offer.services.issuer
    names = [shown.name for shown in issuer.display if shown.name and (shown.locale or "").startswith(language.value)]
    names += [shown.name for shown in issuer.display if shown.name]
    _say(f"{names[0] if names else issuer.credential_issuer} ({issuer.credential_issuer}) offers:")
    titles = []
    for name, configuration in offer.configurations.items():
        own = [shown.name for shown in configuration.display if (shown.locale or "").startswith(language.value)]
        titles.append((own or [shown.name for shown in configuration.display] or [name])[0])
    for title in dict.fromkeys(titles):
        _say(f"  {title}")


def _tell_received(received: Received) -> None:
    for credential in received.copied:
        until = "" if credential.expires_at is None else f", valid until {credential.expires_at:%Y-%m-%d}"
        _say(f"Kept: {credential.vct} of {credential.issuer}, {len(credential.copies)} copies{until}.")
    if received.provable:
        _say(f"Kept: {received.provable} credential(s) for proofs. Next: `wallet qualify`.")
    if received.deferred:
        _say("The issuer decides later. Next: `wallet renew` in a few days.")


def _tell_disclosure(plan: Disclosure, language: Language) -> None:
    """Say before anything is shown what the verifier will learn, and who it is."""
    _say(f"{language.of(DISCLOSED_TO)} {plan.recipient}")
    if not plan.is_known:
        _say(language.of(UNAUTHENTICATED))
    for text in plan.transactions:
        _say(f"{language.of(APPROVED)} {language.of(text)}")
    parts: Sequence[tuple[Sequence[ShownClaim], Sequence[Wording]]] = [
        *((part.shown, ()) for part in plan.copies),
        *((part.shown, (OWN_CREDENTIAL, SAME_VISITOR, *part.proven)) for part in plan.proofs),
    ]
    if any(shown for shown, _ in parts):
        _say(language.of(SEEN_BY_VERIFIER))
    for shown, _ in parts:
        for claim in shown:
            _say(f"  {language.of(claim.title)}: {claim.value}")
    proven = [text for _, texts in parts for text in texts]
    if proven:
        _say(language.of(PROVED))
    for text in dict.fromkeys(proven):
        _say(f"  {language.of(text)}")
    _say(language.of(NOTHING_MORE))
