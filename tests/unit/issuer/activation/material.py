# SPDX-License-Identifier: EUPL-1.2
"""A desk with activation codes for tests: two employees, the cast's records, and letters that a test can read."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from edge.language import Language
from issuer.activation.desk import ActivationDesk
from issuer.activation.model import Approval
from issuer.activation.posting import Letter, Letters, PostRoom
from issuer.activation.service import ActivationService
from issuer.model import PersonId
from issuer.store import Store
from tests.unit.issuer.material import AMIRA, Clock, households

SECRET = bytes(range(32))
ISSUER = "https://desk.example"
CONFIGURATIONS = {
    "household-income": ("household-income-sd-jwt", "household-income-bbs"),
    "age": ("age-sd-jwt", "age-bbs"),
}
BOTH = ("household-income", "age")
JOKE, SIEM = "joke", "siem"


@dataclass
class Mailbox:
    """A press that keeps what it was given, as the citizens' letter boxes do."""

    letters: list[Letter] = field(default_factory=list)

    def print(self, letters: Sequence[Letter]) -> Letters:
        self.letters.extend(letters)
        return Letters(b"letters", None)


@dataclass
class Office:
    """Both sides of the letter on one database."""

    store: Store
    clock: Clock = field(default_factory=Clock)
    mailbox: Mailbox = field(default_factory=Mailbox)

    def __post_init__(self) -> None:
        with self.store.transaction() as transaction:
            transaction.save_households(households())

    @property
    def desk(self) -> ActivationDesk:
        return ActivationDesk(self.store, self.clock)

    @property
    def post_room(self) -> PostRoom:
        return PostRoom(self.store, self.clock, SECRET, self.mailbox)

    @property
    def service(self) -> ActivationService:
        return ActivationService(self.store, SECRET, ISSUER, CONFIGURATIONS)

    def prepare(self, *persons: PersonId) -> int:
        approvals = [Approval(person, Language.NL, BOTH) for person in persons]
        return self.desk.prepare(approvals, employee=JOKE)

    def send(self, *persons: PersonId) -> list[Letter]:
        """Letters for these persons, through all the steps."""
        batch = self.prepare(*(persons or (AMIRA,)))
        self.desk.approve(batch, employee=SIEM)
        before = len(self.mailbox.letters)
        self.post_room.make_letters(batch, employee=JOKE, keep=lambda letters: None)
        return self.mailbox.letters[before:]

    def code_of(self, letter: Letter) -> str:
        """What a wallet reads in the offer that the letter's QR code refers to."""
        assert letter.reference is not None
        grant = self.service.offer_at(letter.reference, self.clock.now).pre_authorized_code
        assert grant is not None
        return grant.pre_authorized_code


def other_pin(letter: Letter, number: int = 1) -> str:
    """A PIN that is not the letter's."""
    return f"{(int(letter.pin) + number) % 1_000_000:06}"
