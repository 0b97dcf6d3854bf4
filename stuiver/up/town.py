# SPDX-License-Identifier: EUPL-1.2
"""The town of ``stuiver up`` around its chain: the validator's desk, the verifier, and whom they trust.

    desk/, desk.passphrase            the validator's desk and service, as ``stuiver issuer`` knows it
    verifier/, verifier.passphrase    the verifier, as ``stuiver verifier`` knows it
    trust.json                        the trust list for wallets

Invariants:

- The validator's keys count because the trust registry on the chain says so: verifier and wallets ask it.
- The passphrases of the key files stand beside them, readable by their owner only: this is a demonstration. Those of
  the employees are shown once and kept as hashes.
"""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import specs
from examples.kindpakket.cast import Cast
from issuer.activation.settings import Sender
from issuer.desk.employees import Employees, PassphraseWork
from issuer.errors import IssuerError
from issuer.folder import DeskFolder
from issuer.keys import ValidatorKeys
from issuer.model import Household
from issuer.service import Desk
from issuer.service_keys import ServiceKeys
from programmable_money.fund import Fund
from programmable_money.messages import parse_address, recipient
from ssi.atomic_file import create_file, replace_file
from ssi.credential.document import Wording
from ssi.credential.types import CredentialType
from ssi.errors import SsiError
from ssi.sealed_file import KeyWork
from ssi.trust import KeyRegistry
from stuiver.up.citizens import citizens
from stuiver.up.ports import Ports
from stuiver.up.programme import GO_ON, UpError
from verifier.errors import VerifierError
from verifier.folder import VerifierFolder
from verifier.opening import open_verifier
from verifier.service import Verifier
from verifier.settings import VerifierSettings

__all__ = ["EMPLOYEES", "NAME", "Town", "build_town", "open_town"]

NAME: Final = Wording("Gemeente Westerkwartier", "Municipality of Westerkwartier")
EMPLOYEES: Final = ("joke", "siem")
_TYPES: Final = tuple(
    CredentialType.from_json(specs.credential_type_octets(name, 1)) for name in ("household-income", "age")
)
_KEY_DAYS: Final = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class Town:
    """Everything beside the chain, opened.

    Attributes:
        desk: the validator's.
        keys: of its service.
        sender: whose letters they are.
        trust: the wallets' trust list.
        anchor: the certificate by which wallets know the verifier.
    """

    desk: Desk
    keys: ServiceKeys
    sender: Sender
    verifier: Verifier
    trust: Path
    anchor: Path


def build_town(home: Path, ports: Ports, cast: Cast, fund: Fund, records: Sequence[Household]) -> Mapping[str, str]:
    """Make the desk and the verifier in a new folder, and register the validator's keys on the chain.

    Args:
        home: the folder.
        ports: where they will be.
        cast: who is who on the chain.
        fund: whose claims shall be possible with the validator's credentials.
        records: the households of the story; the citizens who get letters are added.
    Returns:
        The employees' passphrases by name; this is the only time that they are seen.
    """
    now = datetime.now(UTC)
    households = (*records, *citizens(now.date()))
    passphrase = _new_secret(home / "desk.passphrase")
    folder = DeskFolder.create(
        home / "desk",
        passphrase,
        _TYPES,
        name=NAME.nl,
        municipalities={household.municipality for household in households},
        work=KeyWork.INTERACTIVE,
    )
    folder.service_keys(passphrase, work=KeyWork.INTERACTIVE)
    store = folder.store()
    with store.transaction() as transaction:
        transaction.save_households(households)
    employees = Employees(store, lambda: now, PassphraseWork.SMALL)
    shown = {name: secrets.token_urlsafe(12) for name in EMPLOYEES}
    for name, theirs in shown.items():
        employees.add(name, theirs)
    store.close()
    VerifierFolder.create(
        home / "verifier",
        _new_secret(home / "verifier.passphrase"),
        VerifierSettings(Ports.url(ports.verifier), NAME),
        now=now,
        work=KeyWork.INTERACTIVE,
    )
    _register(folder.keys(passphrase), cast, fund)
    return shown


def open_town(home: Path, ports: Ports, registry: KeyRegistry, clock: Callable[[], datetime]) -> Town:
    """Open what ``build_town`` made.

    Args:
        home: the folder.
        ports: where everything is this time.
        registry: the trust registry on the chain.
        clock: the present, aware UTC.
    Raises:
        UpError: something in the folder cannot be used.
    """
    try:
        return _open(home, ports, registry, clock)
    except (IssuerError, VerifierError, SsiError, OSError) as error:
        raise UpError(f"{home}: {error}. {GO_ON}") from error


def _open(home: Path, ports: Ports, registry: KeyRegistry, clock: Callable[[], datetime]) -> Town:
    folder = DeskFolder(home / "desk")
    passphrase = _secret(home / "desk.passphrase")
    desk, keys = folder.open(passphrase, _TYPES, clock=clock), folder.service_keys(passphrase)
    sender = Sender(
        desk.validator.name,
        Ports.url(ports.issuer),
        "Postbus 100, 9350 AC Leek",
        "14 0594",
        Wording("op werkdagen van 9 tot 17 uur", "on weekdays from 9 to 17"),
        "westerkwartier.example/wallet",
    )
    sender.write(folder.path)
    counter, trust = VerifierFolder(home / "verifier"), home / "trust.json"
    listed = _trust_list(desk, keys, sender.public_url)
    for path in (counter.trust, trust):
        replace_file(path, listed)
    verifier = open_verifier(
        counter,
        _secret(home / "verifier.passphrase"),
        registry=registry,
        clock=clock,
        settings=replace(counter.settings(), public_url=Ports.url(ports.verifier)),
    )
    return Town(desk, keys, sender, verifier, trust, counter.anchor)


def _register(keys: ValidatorKeys, cast: Cast, fund: Fund) -> None:
    """Put the validator's keys into the trust registry, and let the fund take claims with them."""
    registry, account = cast.municipality.registry, parse_address(cast.validator.address)
    now = cast.chain.now()
    for kind in _TYPES:
        if kind != cast.type:
            cast.municipality.admit_validator(account, kind)
        addresses = recipient(registry.contract.address), recipient(account)
        key = registry.add_key(
            kind.type_id,
            keys.public_key(kind),
            now,
            now + int(_KEY_DAYS.total_seconds()),
            keys.prove_possession(kind, cast.chain.chain_id, *addresses),
            validator=cast.validator,
        )
        if kind == cast.type:
            fund.accept(key)


def _trust_list(desk: Desk, keys: ServiceKeys, public_url: str) -> bytes:
    """Who may issue what: the validator, under its document keys, and with its BBS keys of the registry."""
    name = {"nl": NAME.nl, "en": NAME.en}
    dids = [key.issuer(public_url) for key in keys.document_keys.all]
    entries = [{"name": name, "vcts": [kind.vct], "dids": dids, "registry": True} for kind in desk.types]
    return json.dumps({"format": "stuiver/trust-list/v1", "issuers": entries}, indent=2).encode() + b"\n"


def _new_secret(path: Path) -> str:
    made = secrets.token_urlsafe(24)
    create_file(path, made.encode() + b"\n")
    return made


def _secret(path: Path) -> str:
    return path.read_text(encoding="ascii").strip()
