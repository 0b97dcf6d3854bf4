# SPDX-License-Identifier: EUPL-1.2
"""A verifier on disk: one folder with its settings, sealed keys, certificate, trust list and database.

    verifier.json     settings; nothing secret
    keys.sealed       ``VerifierKeys`` in a sealed file
    certificate.pem   the certificate of the request key, and those between it and its anchor
    anchor.pem        the authority's certificate, for wallets
    trust.json        who may issue what (specs/protocols/trust.md); made by the municipality
    policies/         the municipality's own policies, beside the published ones; may be missing
    verifier.sqlite   open requests, decisions, pseudonyms

Invariant: what is made here is readable by its owner only, and never takes the place of another verifier's file.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final, Self

from ssi.atomic_file import create_file, replace_file
from ssi.credential.document import DocumentError, Node, parse_document
from ssi.sealed_errors import SealedFileExistsError
from ssi.sealed_file import KeyWork, SealedFile, read_sealed
from verifier.certificates import CertificateChain, issue_own
from verifier.errors import FolderExistsError, FolderMissingError, SettingsError
from verifier.keys import KEY_FILE, VerifierKeys
from verifier.policy.shelf import published_policies
from verifier.settings import ClientName, VerifierSettings
from verifier.store import Store

__all__ = ["VerifierFolder"]

_FORMAT: Final = "stuiver/verifier/v1"
_MEMBERS: Final = ("format", "public_url", "name", "client", "encrypted", "haip", "request_minutes", "wallet_url")


@dataclass(frozen=True, slots=True)
class VerifierFolder:
    """Where a verifier lives."""

    path: Path

    @classmethod
    def create(
        cls,
        path: Path,
        passphrase: str,
        settings: VerifierSettings,
        *,
        now: datetime,
        work: KeyWork = KeyWork.MODERATE,
    ) -> Self:
        """Make a verifier with fresh keys and a certificate of its own.

        Args:
            path: its folder; made if it is not there.
            passphrase: for the key file.
            settings: what is set once.
            now: when the certificate starts.
            work: what a guess of the passphrase shall cost.
        Raises:
            FolderExistsError: there is one in this folder.
            SealedFileError: no passphrase, or another program is making one here.
        """
        folder = cls(path)
        if any(file.exists() for file in (folder._settings, folder._keys, folder.database)):
            raise FolderExistsError
        keys = VerifierKeys.generate()
        chain, anchor = issue_own(keys.request, name=settings.name.nl, host=settings.host, now=now)
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            SealedFile.create(folder._keys, passphrase, keys.to_octets(), KEY_FILE, work=work).close()
        except SealedFileExistsError:
            raise FolderExistsError from None
        create_file(folder.certificate, chain.to_pem())
        create_file(folder.anchor, anchor)
        create_file(folder._settings, _written(settings))
        return folder

    def settings(self) -> VerifierSettings:
        """The settings.

        Raises:
            FolderMissingError: no verifier here.
            DocumentError, SettingsError: the file was changed into something that cannot be used.
        """
        try:
            octets = self._settings.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            raise FolderMissingError from None
        return _read(parse_document(octets))

    def keys(self, passphrase: str) -> VerifierKeys:
        """The secrets.

        Raises:
            FolderMissingError: no verifier here.
            SealedFileError: a wrong passphrase, a damaged file.
            KeyFileError: the content is not what this program writes.
        """
        if not self._settings.exists():
            raise FolderMissingError
        return VerifierKeys.from_octets(read_sealed(self._keys, passphrase, KEY_FILE))

    def chain(self, keys: VerifierKeys) -> CertificateChain:
        """The certificate in use; SettingsError when it is for another key, or none."""
        return CertificateChain.from_pem(self.certificate.read_bytes(), keys.request.public_key)

    def use_certificate(self, pem: bytes, keys: VerifierKeys) -> CertificateChain:
        """Replace the certificate by one that an authority gave for the request key; SettingsError as ``chain``."""
        chain = CertificateChain.from_pem(pem, keys.request.public_key)
        replace_file(self.certificate, chain.to_pem())
        return chain

    def store(self) -> Store:
        """The database, opened; FolderMissingError."""
        if not self._settings.exists():
            raise FolderMissingError
        return Store.at(self.database)

    def policy_folders(self) -> tuple[Traversable, ...]:
        """Where policies are: the published ones, and this municipality's own if there are any."""
        own = self.path / "policies"
        return (published_policies(), own) if own.is_dir() else (published_policies(),)

    @property
    def trust(self) -> Path:
        """The trust list's file."""
        return self.path / "trust.json"

    @property
    def anchor(self) -> Path:
        """The authority's certificate, for wallets."""
        return self.path / "anchor.pem"

    @property
    def certificate(self) -> Path:
        """The certificates that requests carry."""
        return self.path / "certificate.pem"

    @property
    def database(self) -> Path:
        """The database's file."""
        return self.path / "verifier.sqlite"

    @property
    def _settings(self) -> Path:
        return self.path / "verifier.json"

    @property
    def _keys(self) -> Path:
        return self.path / "keys.sealed"


def _written(settings: VerifierSettings) -> bytes:
    document: dict[str, object] = {
        "format": _FORMAT,
        "public_url": settings.public_url,
        "name": {"nl": settings.name.nl, "en": settings.name.en},
        "client": settings.client.value,
        "encrypted": settings.encrypted,
        "haip": settings.haip,
        "request_minutes": int(settings.request_life.total_seconds() // 60),
        "wallet_url": settings.wallet_url,
    }
    if settings.did is not None:
        document["did"] = settings.did
    return json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"


def _read(node: Node) -> VerifierSettings:
    members = node.members(_MEMBERS, ("did",))
    members["format"].choice((_FORMAT,))
    try:
        return VerifierSettings(
            public_url=members["public_url"].text(),
            name=members["name"].wording(),
            client=ClientName(members["client"].choice(tuple(ClientName))),
            encrypted=members["encrypted"].boolean(),
            haip=members["haip"].boolean(),
            request_life=timedelta(minutes=members["request_minutes"].integer(1, 30)),
            wallet_url=members["wallet_url"].text(),
            did=members["did"].text() if "did" in members else None,
        )
    except SettingsError as error:
        raise DocumentError(f"$.{error.member}", error.rule) from error
