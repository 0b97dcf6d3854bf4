# SPDX-License-Identifier: EUPL-1.2
"""A desk on disk: one folder with the validator's public settings, its sealed keys and its database.

    validator.json    name, DID, municipalities and types of credentials; nothing secret
    keys.sealed       ``ValidatorKeys`` in a sealed file
    service.sealed    ``ServiceKeys`` in a sealed file under the same passphrase; made when first asked for
    desk.sqlite       records, pins, sessions; personal; beside it its log, and a file that writers queue at
    database.url      optional: the one line names another database, such as postgresql+psycopg://desk@db.example/desk,
                      and desk.sqlite stays unused; the password belongs in that database's own password file

Invariant: what is made here is readable by its owner only, and never takes the place of another desk's file.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Self

from issuer.credentials import VALID_DAYS
from issuer.errors import DeskExistsError, DeskMissingError, SettingsError
from issuer.keys import KEY_FILE, ValidatorKeys
from issuer.model import Validator
from issuer.service import SESSION_LIFE, Desk
from issuer.service_keys import SERVICE_KEY_FILE, ServiceKeys
from issuer.store import Store
from issuer.type_names import ISSUED, published_type, type_name
from ssi.atomic_file import create_file, replace_file
from ssi.credential.document import Node, parse_document
from ssi.credential.types import CredentialType
from ssi.sealed_errors import SealedFileExistsError
from ssi.sealed_file import KeyWork, SealedFile, read_sealed

__all__ = ["DeskFolder"]

_FORMAT: Final = "stuiver/validator/v1"


@dataclass(frozen=True, slots=True)
class DeskFolder:
    """Where a validator's desk lives."""

    path: Path

    @classmethod
    def create(
        cls,
        path: Path,
        passphrase: str,
        types: Iterable[CredentialType],
        *,
        name: str,
        municipalities: Collection[str],
        did: str | None = None,
        work: KeyWork = KeyWork.MODERATE,
    ) -> Self:
        """Make a desk with fresh keys.

        Args:
            path: its folder; made if it is not there.
            passphrase: for the key file.
            types: what it will issue.
            name: the validator's, for people.
            municipalities: CBS codes of the municipalities that it attests.
            did: the validator's DID; by default a did:key.
            work: what a guess of the passphrase shall cost.
        Raises:
            DeskExistsError: there is one in this folder.
            SettingsError: a name, code or DID that cannot be used; nothing was written.
            SealedFileError: no passphrase, or another program is making a desk here.
        """
        folder = cls(path)
        kinds = tuple(types)
        keys = ValidatorKeys.generate(kinds, did=did)
        validator = Validator(keys.did, name, frozenset(municipalities))
        if any(file.exists() for file in (folder._settings, folder._keys, folder._database)):
            raise DeskExistsError
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            SealedFile.create(folder._keys, passphrase, keys.to_octets(), KEY_FILE, work=work).close()
        except SealedFileExistsError:
            raise DeskExistsError from None
        Store.at(folder._database).close()
        settings = {
            "format": _FORMAT,
            "did": validator.did,
            "name": validator.name,
            "municipalities": sorted(validator.municipalities),
            "credential_types": [type_name(kind) for kind in kinds],
        }
        create_file(folder._settings, _written(settings))
        return folder

    def validator(self) -> Validator:
        """The public settings.

        Raises:
            DeskMissingError: no desk here.
            DocumentError, SettingsError: the settings file was changed into something that cannot be used.
        """
        members = self._members()
        codes = frozenset(item.text() for item in members["municipalities"].items(1, 1000))
        return Validator(members["did"].text(), members["name"].text(), codes)

    def types(self) -> tuple[CredentialType, ...]:
        """The credential types that the desk issues. Raises as ``validator``."""
        named = self._members().get("credential_types")
        names = ISSUED if named is None else [item.text() for item in named.items(1, 100)]
        return tuple(published_type(name) for name in names)

    def add_type(self, passphrase: str, kind: CredentialType) -> None:
        """Issue one more type from now on: make its key, and name it in the settings. Raises as ``keys``.

        Raises:
            SettingsError: the desk issues it already.
        """
        kinds = self.types()
        if kind in kinds:
            raise SettingsError("type", "must be one that this desk does not issue yet")
        with SealedFile.open(self._keys, passphrase, KEY_FILE) as file:
            file.save(ValidatorKeys.from_octets(file.payload).with_type(kind).to_octets())
        settings = json.loads(self._settings.read_bytes())
        settings["credential_types"] = [type_name(known) for known in (*kinds, kind)]
        replace_file(self._settings, _written(settings))

    def _members(self) -> dict[str, Node]:
        try:
            octets = self._settings.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            raise DeskMissingError from None
        members = parse_document(octets).members(("format", "did", "name", "municipalities"), ("credential_types",))
        members["format"].choice((_FORMAT,))
        return members

    def store(self) -> Store:
        """The database, opened.

        Raises:
            DeskMissingError: no desk here.
            SettingsError: ``database.url`` names none that can be used.
        """
        if not self._settings.exists():
            raise DeskMissingError
        if self._database_url.exists():
            return Store.at_url(self._database_url.read_bytes().decode("utf-8", "replace").strip())
        return Store.at(self._database)

    def keys(self, passphrase: str) -> ValidatorKeys:
        """The secrets.

        Raises:
            DeskMissingError: no desk here.
            SealedFileError: a wrong passphrase, a damaged file.
            KeyFileError: the content is not what this program writes.
        """
        if not self._settings.exists():
            raise DeskMissingError
        return ValidatorKeys.from_octets(read_sealed(self._keys, passphrase, KEY_FILE))

    def service_keys(self, passphrase: str, *, work: KeyWork = KeyWork.MODERATE) -> ServiceKeys:
        """The service's secrets; made now when there are none. Raises as ``keys``."""
        self._make_service_keys(passphrase, work)
        return ServiceKeys.from_octets(read_sealed(self._service_keys, passphrase, SERVICE_KEY_FILE))

    def change_service_keys(
        self, passphrase: str, change: Callable[[ServiceKeys], ServiceKeys], *, work: KeyWork = KeyWork.MODERATE
    ) -> ServiceKeys:
        """Replace the service's secrets by what ``change`` makes of them. Raises as ``keys`` and as ``change``."""
        self._make_service_keys(passphrase, work)
        with SealedFile.open(self._service_keys, passphrase, SERVICE_KEY_FILE) as file:
            changed = change(ServiceKeys.from_octets(file.payload))
            file.save(changed.to_octets())
        return changed

    def _make_service_keys(self, passphrase: str, work: KeyWork) -> None:
        if self._service_keys.exists():
            return
        self.keys(passphrase)  # so that both files are under one passphrase
        with suppress(SealedFileExistsError):
            made = ServiceKeys.generate().to_octets()
            SealedFile.create(self._service_keys, passphrase, made, SERVICE_KEY_FILE, work=work).close()

    def open(
        self,
        passphrase: str,
        types: Iterable[CredentialType],
        *,
        clock: Callable[[], datetime],
        valid_days: int = VALID_DAYS,
        session_life: timedelta = SESSION_LIFE,
    ) -> Desk:
        """The desk, ready to issue. Arguments as ``Desk``; raises as ``validator``, ``keys`` and ``Desk``."""
        validator, keys, store = self.validator(), self.keys(passphrase), self.store()
        try:
            return Desk(validator, keys, store, tuple(types), clock, valid_days=valid_days, session_life=session_life)
        except BaseException:
            store.close()
            raise

    @property
    def _settings(self) -> Path:
        return self.path / "validator.json"

    @property
    def _keys(self) -> Path:
        return self.path / "keys.sealed"

    @property
    def _service_keys(self) -> Path:
        return self.path / "service.sealed"

    @property
    def _database_url(self) -> Path:
        return self.path / "database.url"

    @property
    def _database(self) -> Path:
        return self.path / "desk.sqlite"


def _written(settings: Mapping[str, object]) -> bytes:
    return json.dumps(settings, indent=2, ensure_ascii=False).encode() + b"\n"
