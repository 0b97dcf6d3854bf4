# SPDX-License-Identifier: EUPL-1.2
"""The desk of a pass on disk: a desk's folder (``issuer.folder``), and what it is the desk of.

    pass.json    rulebook, version and year; nothing secret

A folder for each pass and year, with keys and a DID of its own (decision 0016): what one desk pins, the next cannot
compare.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Self

import specs
from issuer.errors import DeskMissingError, SettingsError
from issuer.folder import DeskFolder
from issuer.passes.model import PassAccounts, PassTerms
from issuer.passes.service import PassDesk
from issuer.passes.store import PassTables
from ssi.atomic_file import create_file
from ssi.credential.document import DocumentError, parse_document
from ssi.credential.types import CredentialType
from ssi.rulebook.model import Rulebook
from ssi.sealed_file import KeyWork

__all__ = ["PassFolder", "PassProgramme"]

_FORMAT: Final = "stuiver/pass-desk/v1"
_YEARS: Final = (2000, 2200)


@dataclass(frozen=True, slots=True)
class PassProgramme:
    """A published pass in one year.

    Raises:
        SettingsError: there is no such rulebook, it is none of a pass, or the year cannot be.
    """

    name: str
    version: int
    year: int

    def __post_init__(self) -> None:
        if not _YEARS[0] <= self.year <= _YEARS[1]:
            raise SettingsError("year", f"must be from {_YEARS[0]} to {_YEARS[1]}")
        try:
            _ = self.terms
        except (FileNotFoundError, ValueError, DocumentError):
            raise SettingsError("rulebook", "must be the name and version of a published rulebook of a pass") from None

    @property
    def rulebook(self) -> Rulebook:
        """As published."""
        return Rulebook.from_json(specs.rulebook_octets(self.name, self.version))

    @property
    def terms(self) -> PassTerms:
        """What stands in each credential."""
        return PassTerms.of(self.rulebook, self.year)

    @property
    def credential_type(self) -> CredentialType:
        """Of the pass credentials."""
        rules = self.rulebook.pass_use.rules
        return CredentialType.from_json(specs.credential_type_octets(rules.type_name, rules.type_version))


@dataclass(frozen=True, slots=True)
class PassFolder:
    """Where the desk of a pass in one year lives."""

    path: Path

    @classmethod
    def create(
        cls,
        path: Path,
        passphrase: str,
        programme: PassProgramme,
        *,
        name: str,
        municipality: str,
        did: str | None = None,
        work: KeyWork = KeyWork.MODERATE,
    ) -> Self:
        """Make a desk with fresh keys; arguments and errors as ``DeskFolder.create``."""
        kinds = [programme.credential_type]
        DeskFolder.create(path, passphrase, kinds, name=name, municipalities=[municipality], did=did, work=work)
        written = {
            "format": _FORMAT,
            "rulebook": programme.name,
            "rulebook_version": programme.version,
            "year": programme.year,
        }
        folder = cls(path)
        create_file(folder._settings, json.dumps(written, indent=2).encode() + b"\n")
        return folder

    @property
    def is_here(self) -> bool:
        """Whether this folder has the desk of a pass, and no other."""
        return self._settings.exists()

    @property
    def desk(self) -> DeskFolder:
        """The parts that every desk has."""
        return DeskFolder(self.path)

    def programme(self) -> PassProgramme:
        """Which pass.

        Raises:
            DeskMissingError: no desk of a pass here.
            DocumentError, SettingsError: the settings file was changed into something that cannot be used.
        """
        try:
            octets = self._settings.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            raise DeskMissingError from None
        members = parse_document(octets).members(("format", "rulebook", "rulebook_version", "year"))
        members["format"].choice((_FORMAT,))
        version, year = members["rulebook_version"].integer(1, 999), members["year"].integer(*_YEARS)
        return PassProgramme(members["rulebook"].text(longest=100), version, year)

    def open(self, passphrase: str, accounts: PassAccounts, *, clock: Callable[[], datetime]) -> PassDesk:
        """The desk, ready to issue.

        Args:
            accounts: what the pass's contract says.
            clock: the present, aware UTC.
        Raises:
            SettingsError: the file names another desk than the keys.
            As ``programme``, ``DeskFolder.keys`` and ``DeskFolder.store``.
        """
        programme, did = self.programme(), self.desk.validator().did
        keys, store = self.desk.keys(passphrase), self.desk.store()
        try:
            return PassDesk(did, keys, store, programme.credential_type, programme.terms, accounts, clock)
        except BaseException:
            store.close()
            raise

    def counts(self) -> tuple[int, int]:
        """How many accounts have a pass credential, and how many credentials they got."""
        store = self.desk.store()
        try:
            with store.reading() as transaction:
                return PassTables(transaction).counts()
        finally:
            store.close()

    @property
    def _settings(self) -> Path:
        return self.path / "pass.json"
