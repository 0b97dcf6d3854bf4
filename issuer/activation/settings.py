# SPDX-License-Identifier: EUPL-1.2
"""Whose letters they are: the sender's settings, in the desk's folder. Nothing secret.

Invariant: what is printed or offered from here was checked when it was read.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from edge.fonts import is_printable
from issuer.errors import SettingsError
from ssi.atomic_file import create_file, replace_file
from ssi.credential.document import DocumentError, Node, Wording, parse_document
from ssi.openid.reading import identifier_url

__all__ = ["SETTINGS_FILE", "Sender"]

SETTINGS_FILE: Final = "activation.json"
_FORMAT: Final = "stuiver/activation/v1"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends the letters, and where the holder finds help.

    Args:
        name: the validator's, for people.
        public_url: of the validator's service, without a slash at its end; the credential issuer of the offers.
        return_address: on one line, for the window of the envelope.
        phone: whom to call.
        hours: when.
        website: where it is explained, such as westerkwartier.example/wallet.
    Raises:
        SettingsError: a text is empty, too long or cannot be printed, or the URL is not one of an issuer.
    """

    name: str
    public_url: str
    return_address: str
    phone: str
    hours: Wording
    website: str

    def __post_init__(self) -> None:
        try:
            identifier_url(Node(self.public_url))
        except DocumentError as error:
            raise SettingsError("public_url", error.rule) from None
        if self.public_url.endswith("/"):
            raise SettingsError("public_url", "must not end with a slash")
        for member, value, longest in (
            ("name", self.name, 60),
            ("return_address", self.return_address, 80),
            ("phone", self.phone, 30),
            ("hours", self.hours.nl, 60),
            ("hours", self.hours.en, 60),
            ("website", self.website, 50),
        ):
            _check(member, value, longest)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The settings of a desk.

        Raises:
            SettingsError: there are none yet, or one of them is wrong.
            DocumentError: the file was changed into something that cannot be used.
        """
        try:
            octets = (folder / SETTINGS_FILE).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            rule = "is not known yet; say who sends the letters with `activation setup`"
            raise SettingsError("sender", rule) from None
        names = ("format", "name", "public_url", "return_address", "phone", "hours", "website")
        members = parse_document(octets).members(names)
        members["format"].choice((_FORMAT,))
        hours = members["hours"].members(("nl", "en"))
        return cls(
            members["name"].text(),
            members["public_url"].text(),
            members["return_address"].text(),
            members["phone"].text(),
            Wording(hours["nl"].text(), hours["en"].text()),
            members["website"].text(),
        )

    def write(self, folder: Path) -> None:
        """Keep the settings in a desk's folder, in the place of earlier ones."""
        document = {
            "format": _FORMAT,
            "name": self.name,
            "public_url": self.public_url,
            "return_address": self.return_address,
            "phone": self.phone,
            "hours": {"nl": self.hours.nl, "en": self.hours.en},
            "website": self.website,
        }
        path = folder / SETTINGS_FILE
        octets = json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"
        if path.exists():
            replace_file(path, octets)
        else:
            create_file(path, octets)


def _check(member: str, value: str, longest: int) -> None:
    if not 1 <= len(value.strip()) <= longest or any(not character.isprintable() for character in value):
        raise SettingsError(member, f"must have 1 to {longest} characters that show")
    if not is_printable(value):
        raise SettingsError(member, "has characters that the letter's font does not have")
