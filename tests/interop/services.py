# SPDX-License-Identifier: EUPL-1.2
"""Our issuer and verifier as real processes on loopback, set up as an operator would."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge.fetch import GuardedFetch
from edge.language import Language
from issuer.activation.desk import ActivationDesk
from issuer.activation.model import Approval
from issuer.activation.posting import Letter, PostRoom
from issuer.activation.secrets import activation_secret
from issuer.activation.service import ActivationService
from issuer.folder import DeskFolder
from issuer.households import import_households
from issuer.model import PersonId
from issuer.service import Desk
from ssi.base64url import encode_base64url
from ssi.credential.document import Wording
from ssi.openid.offer import OfferReference
from ssi.sealed_file import KeyWork
from tests.interop.wallets import now, trust_document
from tests.unit.issuer.activation.material import Mailbox
from tests.unit.issuer.material import RULEBOOK, TYPES, file_of
from verifier.folder import VerifierFolder
from verifier.settings import ClientName, VerifierSettings

PASSPHRASE = "an office on the market square"
LISTENING = re.compile(r"(http://127\.0\.0\.1:[0-9]+)")
_LINES = (
    'amira,Amira Haddad,1989-04-12,"Hoofdstraat 1, Zuidhorn",single_21_plus,1540.60,3,GM1969',
    "bas,Bas Haddad,2008-03-10,Hoofdstraat 1,single_18_20,0.00,0,GM1969",
    "dirk,Dirk Smit,2008-03-11,Hoofdstraat 3,single_18_20,0.00,0,GM1969",
    "eva,Eva Vos,2008-03-12,Hoofdstraat 5,single_18_20,0.00,0,GM1969",
    "fenna,Fenna Mulder,2008-03-13,Hoofdstraat 7,single_18_20,0.00,0,GM1969",
    "gijs,Gijs Kuiper,2008-03-14,Hoofdstraat 9,single_18_20,0.00,0,GM1969",
    "cato,Cato Bos,1985-01-30,Kerkpad 2,single_21_plus,1540.61,2,GM1969",
)


@dataclass
class Town:
    """A validator's folder with the cast's records, and the address at which its service runs."""

    folder: Path
    desk: Desk
    address: str

    def letter(self, person: str, *credentials: str, by_value: bool = False) -> tuple[str, str]:
        """A letter that works: the link in its QR code, which holds the offer or says where it is, and the PIN."""
        office, mailbox = ActivationDesk(self.desk.store, now), Mailbox()
        post_room = PostRoom(self.desk.store, now, activation_secret(self.desk.keys), mailbox)
        batch = office.prepare([Approval(PersonId(person), Language.NL, credentials)], employee="joke")
        office.approve(batch, employee="siem")
        post_room.make_letters(batch, employee="joke", keep=lambda letters: None)
        letter: Letter = mailbox.letters[-1]
        assert letter.reference is not None
        if by_value:
            configurations = {kind.name: (f"{kind.name}-sd-jwt", f"{kind.name}-bbs") for kind in TYPES}
            service = ActivationService(
                self.desk.store, activation_secret(self.desk.keys), self.address, configurations
            )
            return service.offer_link_by_value(letter.reference, Language.NL, credentials), letter.pin
        return OfferReference(f"{self.address}/offers/{letter.reference}").link(), letter.pin

    def run(self, *arguments: str) -> None:
        """Run a command of the desk."""
        command = [str(Path(sys.executable).with_name("stuiver")), "issuer", *arguments, "--folder", str(self.folder)]
        environment = {"STUIVER_ISSUER_PASSPHRASE_FILE": str(self.folder / "passphrase")}
        done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    @property
    def trust(self) -> bytes:
        """The trust list of whoever trusts this validator, from what it publishes."""
        keys = [encode_base64url(self.desk.keys.public_key(kind)) for kind in TYPES]
        return trust_document([kind.vct for kind in TYPES], dids=[self.issuer_did], bbs_keys=keys)

    @property
    def issuer_did(self) -> str:
        """The DID under which it signs SD-JWTs on this machine."""
        return DeskFolder(self.folder).service_keys(PASSPHRASE).document_keys.current.issuer(self.address)


@contextmanager
def running(arguments: Sequence[str], environment: dict[str, str]) -> Iterator[str]:
    """Run a command of ours that serves; its address once it answers."""
    with subprocess.Popen(
        [str(Path(sys.executable).with_name("stuiver")), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **environment},
    ) as process:
        try:
            assert process.stdout is not None
            said = []
            for line in process.stdout:
                said.append(line)
                found = LISTENING.search(line)
                if found is not None:
                    break
            else:
                raise AssertionError("".join(said))
            yield found[1]
        finally:
            process.terminate()


@contextmanager
def issuer(folder: Path, *options: str) -> Iterator[Town]:
    """The validator's service, with the cast's records."""
    place = DeskFolder.create(
        folder, PASSPHRASE, TYPES, name="Gemeente Westerkwartier", municipalities=["GM1969"], work=KeyWork.INTERACTIVE
    )
    desk = place.open(PASSPHRASE, TYPES, clock=now)
    found = import_households(
        file_of(*_LINES), RULEBOOK, municipalities=frozenset({"GM1969"}), today=now().date(), skip_bad_rows=False
    )
    with desk.store.transaction() as transaction:
        transaction.save_households(found.households)
    passphrase = folder / "passphrase"
    passphrase.write_text(PASSPHRASE)
    arguments = ["issuer", "serve", "--folder", str(folder), "--port", "0", *options]
    with running(arguments, {"STUIVER_ISSUER_PASSPHRASE_FILE": str(passphrase)}) as address:
        yield Town(folder, desk, address)


@dataclass
class Counter:
    """A verifier's folder, and the address at which its service runs."""

    folder: VerifierFolder
    address: str

    def ask(self, policy: str, query: str | None = None) -> str:
        """Start a request of a published policy, as its page does; the link for a wallet."""
        form = {"policy": policy, "version": "1", "device": "other", **({} if query is None else {"query": query})}
        fetched = GuardedFetch.for_this_machine().post_form(f"{self.address}/requests", form)
        link: str = json.loads(fetched.octets)["link"]
        return link


@contextmanager
def verifier(folder: Path, trust: bytes, *, client: ClientName, encrypted: bool) -> Iterator[Counter]:
    """The verifier's service, which trusts the issuers of a trust list."""
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = chosen.getsockname()[1]
    name = Wording("Gemeente Westerkwartier", "Municipality of Westerkwartier")
    settings = VerifierSettings(f"http://127.0.0.1:{port}", name, client=client, encrypted=encrypted)
    place = VerifierFolder.create(folder, PASSPHRASE, settings, now=now(), work=KeyWork.INTERACTIVE)
    place.trust.write_bytes(trust)
    passphrase = folder / "passphrase"
    passphrase.write_text(PASSPHRASE)
    arguments = ["verifier", "serve", "--folder", str(folder), "--port", str(port)]
    with running(arguments, {"STUIVER_VERIFIER_PASSPHRASE_FILE": str(passphrase)}) as address:
        yield Counter(place, address)
