# SPDX-License-Identifier: EUPL-1.2
"""The letters that the start page shows: made as the desk makes every letter, and kept in words besides.

    letters.json     for each citizen the reference and the PIN of the last letter
    letters/*.pdf    the letters as they would be posted

Invariants:

- One employee prepares, another approves; the desk's log says so.
- A letter in the place of one that was used goes by recovery: the lost wallet gets nothing more.
- The files are readable by their owner only. No validator would keep them: these people are invented.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from edge.language import Language
from issuer.activation.desk import ActivationDesk
from issuer.activation.letters import LetterPress
from issuer.activation.model import ActivationState, Approval
from issuer.activation.posting import Letter, Letters, PostRoom
from issuer.activation.secrets import activation_secret
from issuer.activation.service import ActivationService
from issuer.activation.settings import Sender
from issuer.errors import IssuanceRefusedError, RefusalReason
from issuer.model import PersonId
from issuer.recovering import recover_person
from issuer.service import Desk
from ssi.atomic_file import replace_file
from ssi.credential.document import parse_document
from stuiver.up.citizens import CITIZENS

__all__ = ["LetterBox", "LetterState", "ShownLetter"]

_LANGUAGE: Final = Language.NL


class LetterState(StrEnum):
    """What can be done with a letter."""

    OPEN = "open"
    USED = "used"
    ENDED = "ended"
    """Locked by wrong PINs, revoked at the desk, or too old."""


@dataclass(frozen=True, slots=True)
class ShownLetter:
    """A letter on the page."""

    person: PersonId
    name: str
    link: str = field(repr=False)
    pin: str = field(repr=False)
    state: LetterState


class LetterBox:
    """The citizens' letters.

    Args:
        home: the folder with what is kept.
        desk: the validator's.
        sender: whose letters they are.
        employees: who prepares and who approves.
        clock: the present, aware UTC.
    """

    def __init__(
        self, home: Path, desk: Desk, sender: Sender, employees: tuple[str, str], clock: Callable[[], datetime]
    ) -> None:
        self._index, self._folder = home / "letters.json", home / "letters"
        self._desk, self._clock = desk, clock
        self._preparing, self._approving = employees
        self._activation = ActivationDesk(desk.store, clock)
        # Only its links are used here; the validator's own service redeems them.
        self._service = ActivationService(desk.store, activation_secret(desk.keys), sender.public_url, {})
        self._press = LetterPress(self._service, sender, {kind.name: kind.title for kind in desk.types})

    def fill(self) -> None:
        """Make the letters that are not there yet."""
        for person in CITIZENS:
            if person not in self._kept():
                self._make(person)

    def letters(self) -> tuple[ShownLetter, ...]:
        """All of them, as they are now."""
        kept = self._kept()
        return tuple(self._shown(person, *kept[person]) for person in CITIZENS)

    def pdf(self, person: PersonId) -> bytes:
        """A letter as it would be posted; KeyError for somebody else."""
        if person not in CITIZENS:
            raise KeyError(person)
        return self._file(person).read_bytes()

    def replace(self, person: PersonId) -> None:
        """Send somebody another letter, unless theirs can still be used; KeyError for somebody else.

        The wallet that used the last one is lost then: it gets nothing more, and the record is freed for another.
        """
        if person not in CITIZENS:
            raise KeyError(person)
        states = {code.state_at(self._clock()) for code in self._activation.codes(person=person)}
        if ActivationState.SENT in states:
            return
        try:
            recover_person(self._desk, person, employee=self._approving, reason="asked for another letter")
        except IssuanceRefusedError as error:
            if error.reason is not RefusalReason.NOTHING_TO_RECOVER:
                return
        self._make(person)

    def _make(self, person: PersonId) -> None:
        """A list of one, so that each letter is a file of its own."""
        types = tuple(kind.name for kind in self._desk.types)
        batch = self._activation.prepare([Approval(person, _LANGUAGE, types)], employee=self._preparing)
        self._activation.approve(batch, employee=self._approving)
        press = _NotingPress(self._press)

        def keep(made: Letters) -> None:
            (letter,) = press.noted
            self._keep(person, letter, made.letters or b"")

        room = PostRoom(self._desk.store, self._clock, activation_secret(self._desk.keys), press)
        room.make_letters(batch, employee=self._preparing, keep=keep)

    def _keep(self, person: PersonId, letter: Letter, pdf: bytes) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        replace_file(self._file(person), pdf)
        kept = {**self._kept(), person: (letter.reference or "", letter.pin)}
        document = {name: {"reference": reference, "pin": pin} for name, (reference, pin) in kept.items()}
        replace_file(self._index, json.dumps(document, indent=1).encode() + b"\n")

    def _kept(self) -> dict[str, tuple[str, str]]:
        try:
            entries = parse_document(self._index.read_bytes()).entries()
        except FileNotFoundError:
            return {}
        members = {name: entry.members(("reference", "pin")) for name, entry in entries.items()}
        return {name: (member["reference"].text(), member["pin"].text()) for name, member in members.items()}

    def _shown(self, person: PersonId, reference: str, pin: str) -> ShownLetter:
        last = self._activation.codes(person=person)[-1].state_at(self._clock())
        state = {ActivationState.SENT: LetterState.OPEN, ActivationState.REDEEMED: LetterState.USED}
        with self._desk.store.reading() as transaction:
            household = transaction.find_household(person)
        return ShownLetter(
            person,
            person if household is None else household.name,
            self._service.offer_link(reference),
            pin,
            state.get(last, LetterState.ENDED),
        )

    def _file(self, person: str) -> Path:
        return self._folder / f"{person}.pdf"


class _NotingPress:
    """A press that notes what it prints."""

    def __init__(self, press: LetterPress) -> None:
        self._press = press
        self.noted: tuple[Letter, ...] = ()

    def print(self, letters: Sequence[Letter]) -> Letters:
        """Print them."""
        self.noted = tuple(letters)
        return self._press.print(letters)
