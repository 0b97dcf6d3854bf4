# SPDX-License-Identifier: EUPL-1.2
"""From a list to credentials in a wallet: two employees, a letter on paper, and the running service.

Amira is on the list and gets her letter. Bas is on it too, and loses his. Cato finds a letter in the bin and must be
refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from pypdf import PageObject, PdfReader

from issuer.activation.approvals import read_approvals
from issuer.activation.desk import ActivationDesk
from issuer.activation.errors import DeskActionError, DeskRefusal
from issuer.activation.letters import LetterPress
from issuer.activation.model import ActivationState
from issuer.activation.posting import Letters, PostRoom
from issuer.activation.secrets import activation_secret
from issuer.activation.service import ActivationService
from issuer.activation.settings import Sender
from issuer.model import PersonId
from ssi.credential.document import Wording
from ssi.openid.offer import PRE_AUTHORIZED_CODE, CredentialOffer, OfferReference, parse_offer_link
from tests.unit.issuer.material import AMIRA, BAS, TYPES, open_store
from tests.unit.issuer.openid.material import PUBLIC_URL, Service, Wallet, credentials_of

LIST = b"person,language,credentials\namira,nl,household-income age\nbas,en,age\n"
JOKE, SIEM = "joke", "siem"
CONFIGURATIONS = {kind.name: (f"{kind.name}-sd-jwt", f"{kind.name}-bbs") for kind in TYPES}
SENDER = Sender(
    "Gemeente Westerkwartier",
    PUBLIC_URL,
    "Postbus 100, 9350 AC Leek",
    "14 0594",
    Wording("op werkdagen", "on weekdays"),
    "westerkwartier.example/wallet",
)


@dataclass(frozen=True)
class Paper:
    """What can be read off a printed letter: with eyes, and with a phone's camera."""

    text: str
    link: str | None

    @classmethod
    def of(cls, page: PageObject) -> "Paper":
        notes: Any = page.get("/Annots", [])
        links = [note.get_object()["/A"]["/URI"] for note in notes]
        return cls(" ".join(page.extract_text().split()), str(links[0]) if links else None)

    @property
    def pin(self) -> str:
        found = re.findall(r"\b[0-9]{6}\b", self.text)
        assert len(found) == 1
        return str(found[0])


@dataclass
class Town:
    """The validator's service, and the desk behind it."""

    service: Service

    @property
    def office(self) -> ActivationDesk:
        return ActivationDesk(self.service.desk.store, self.service.clock)

    @property
    def post_room(self) -> PostRoom:
        store, secret = self.service.desk.store, activation_secret(self.service.desk.keys)
        letters = ActivationService(store, secret, PUBLIC_URL, CONFIGURATIONS)
        press = LetterPress(letters, SENDER, {kind.name: kind.title for kind in TYPES})
        return PostRoom(store, self.service.clock, secret, press)

    def prepare(self, octets: bytes = LIST) -> int:
        found = read_approvals(
            octets, credentials=list(CONFIGURATIONS), refusal_of=self.office.refusal_of, skip_bad_rows=False
        )
        return self.office.prepare(found.approvals, employee=JOKE)

    def print(self, batch: int) -> list[Paper]:
        kept: list[Letters] = []
        self.post_room.make_letters(batch, employee=JOKE, keep=kept.append)
        return papers(kept[0].letters)

    def offer(self, paper: Paper) -> httpx.Response:
        assert paper.link is not None
        reference = parse_offer_link(paper.link)
        assert isinstance(reference, OfferReference)
        assert reference.uri.startswith(PUBLIC_URL)
        return self.service.http.get(reference.uri.removeprefix(PUBLIC_URL))

    def redeem(self, paper: Paper, pin: str) -> tuple[Wallet, httpx.Response]:
        """A wallet scans the letter and somebody types a PIN."""
        wallet = Wallet(self.service)
        offer = CredentialOffer.from_json(self.offer(paper).content)
        assert offer.pre_authorized_code is not None
        wallet.nonce()
        form = {
            "grant_type": PRE_AUTHORIZED_CODE,
            "pre-authorized_code": offer.pre_authorized_code.pre_authorized_code,
            "tx_code": pin,
        }
        answer = self.service.http.post("/token", data=form, headers={"DPoP": wallet.proof("/token")})
        wallet.access_token = answer.json().get("access_token", "")
        return wallet, answer

    def states(self, person: PersonId) -> list[ActivationState]:
        return [code.state_at(self.service.clock.now) for code in self.office.codes(person=person)]


def papers(octets: bytes | None) -> list[Paper]:
    assert octets is not None
    return [Paper.of(page) for page in PdfReader(BytesIO(octets)).pages]


def wrong(pin: str, number: int) -> str:
    return f"{(int(pin) + number) % 1_000_000:06}"


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Town]:
    store = open_store(database_url)
    yield Town(Service.on(store))
    store.close()


def test_amira_gets_her_credentials_with_the_letter_that_two_employees_sent(town: Town) -> None:
    batch = town.prepare()
    with pytest.raises(DeskActionError) as caught:
        town.office.approve(batch, employee=JOKE)
    assert caught.value.reason is DeskRefusal.SAME_EMPLOYEE
    town.office.approve(batch, employee=SIEM)
    amira, bas = town.print(batch)
    assert "Beste Amira Haddad," in amira.text
    assert "Dear Bas Haddad," in bas.text
    wallet, answer = town.redeem(amira, amira.pin)
    assert answer.status_code == 200, answer.text
    proofs = wallet.jwt_proofs(wallet.nonce(), 2)
    document = {"credential_configuration_id": "age-sd-jwt", "proofs": proofs}
    if "authorization_details" in answer.json():
        document = {"credential_identifier": "age-sd-jwt", "proofs": proofs}
    assert len(credentials_of(wallet.post("/credential", document))) == 2
    assert town.states(AMIRA) == [ActivationState.REDEEMED]
    assert town.states(BAS) == [ActivationState.SENT]


def test_a_letter_works_once(town: Town) -> None:
    batch = town.prepare()
    town.office.approve(batch, employee=SIEM)
    amira, _ = town.print(batch)
    offer = CredentialOffer.from_json(town.offer(amira).content)
    assert town.redeem(amira, amira.pin)[1].status_code == 200
    assert town.offer(amira).status_code == 404
    assert offer.pre_authorized_code is not None
    wallet = Wallet(town.service)
    wallet.nonce()
    form = {
        "grant_type": PRE_AUTHORIZED_CODE,
        "pre-authorized_code": offer.pre_authorized_code.pre_authorized_code,
        "tx_code": amira.pin,
    }
    again = town.service.http.post("/token", data=form, headers={"DPoP": wallet.proof("/token")})
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_cato_who_found_a_letter_guesses_three_times_and_amira_is_helped(town: Town) -> None:
    batch = town.prepare()
    town.office.approve(batch, employee=SIEM)
    amira, _ = town.print(batch)
    for number in (1, 2, 3):
        _, answer = town.redeem(amira, wrong(amira.pin, number))
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert town.states(AMIRA) == [ActivationState.LOCKED]
    assert town.offer(amira).status_code == 404
    [code] = town.office.codes(person=AMIRA)
    again = town.office.unlock(code.id, employee=SIEM, reason="called us, identity checked")
    town.office.approve(again, employee=JOKE)
    [new] = town.print(again)
    assert town.offer(amira).status_code == 404
    assert town.redeem(new, new.pin)[1].status_code == 200


def test_bas_lost_his_letter_and_who_finds_it_gets_nothing(town: Town) -> None:
    batch = town.prepare()
    town.office.approve(batch, employee=SIEM)
    _, lost = town.print(batch)
    [code] = town.office.codes(person=BAS)
    again = town.office.resend(code.id, employee=SIEM, reason="lost")
    town.office.approve(again, employee=JOKE)
    [new] = town.print(again)
    assert town.offer(lost).status_code == 404
    assert town.redeem(new, new.pin)[1].status_code == 200
    assert town.states(BAS) == [ActivationState.REPLACED, ActivationState.REDEEMED]
