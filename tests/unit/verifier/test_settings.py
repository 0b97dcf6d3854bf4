# SPDX-License-Identifier: EUPL-1.2
"""Settings, keys and certificates of a verifier, and its folder on disk."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ssi.credential.document import DocumentError
from ssi.errors import VerificationError
from ssi.keys import KeyType, PrivateKey
from ssi.sealed_errors import WrongFilePassphraseError
from ssi.sealed_file import KeyWork
from ssi.trust import Anchors
from tests.pki import make_root
from tests.unit.verifier.material import NAME, NOW, URL, changed_settings
from verifier.asking import Asker
from verifier.certificates import CertificateChain, issue_own, signing_request
from verifier.errors import FolderExistsError, FolderMissingError, KeyFileError, SettingsError
from verifier.folder import VerifierFolder
from verifier.keys import VerifierKeys
from verifier.settings import ClientName, VerifierSettings

HTTPS = "https://verifier.example"


@pytest.mark.parametrize(
    ("member", "values"),
    [
        ("public_url", {"public_url": "http://verifier.example"}),
        ("public_url", {"public_url": f"{HTTPS}/"}),
        ("public_url", {"public_url": "https://me:secret@verifier.example"}),
        ("public_url", {"public_url": f"{HTTPS}?x=1"}),
        ("public_url", {"public_url": "verifier.example"}),
        ("request_life", {"request_life": timedelta(seconds=10)}),
        ("request_life", {"request_life": timedelta(days=1)}),
        ("wallet_url", {"wallet_url": "javascript:alert(1)"}),
        ("haip", {"haip": True, "encrypted": False}),
        ("haip", {"haip": True, "client": ClientName.REDIRECT_URI}),
        ("did", {"public_url": HTTPS, "did": "did:web:elsewhere.example"}),
    ],
)
def test_settings_that_do_not_go_together(member: str, values: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as caught:
        changed_settings(**values)
    assert caught.value.member == member


def test_this_machine_needs_no_certificate_and_others_do() -> None:
    assert changed_settings(public_url="http://localhost:8019").is_loopback
    assert changed_settings(public_url="http://[::1]:8019").is_loopback
    assert changed_settings(public_url=HTTPS).is_https
    assert not changed_settings(public_url=HTTPS).is_loopback


def test_the_certificate_is_for_the_key_and_leads_to_its_anchor() -> None:
    key = PrivateKey.generate(KeyType.P256)
    chain, anchor = issue_own(key, name="Gemeente", host="verifier.example", now=NOW)
    verified = Anchors.from_pem([anchor.decode()]).verify(chain.ders, NOW)
    assert verified.key == key.public_key
    assert verified.dns_names == ("verifier.example",)
    assert not chain.is_self_signed
    assert CertificateChain.from_pem(chain.to_pem(), key.public_key) == chain
    with pytest.raises(VerificationError):
        Anchors.from_pem([anchor.decode()]).verify(chain.ders, chain.ends_at() + timedelta(seconds=1))


def test_a_certificate_for_another_key_is_refused() -> None:
    key, other = PrivateKey.generate(KeyType.P256), PrivateKey.generate(KeyType.P256)
    chain, _ = issue_own(key, name="Gemeente", host="127.0.0.1", now=NOW)
    with pytest.raises(SettingsError, match="certificate"):
        CertificateChain.from_pem(chain.to_pem(), other.public_key)
    with pytest.raises(SettingsError, match="certificate"):
        CertificateChain.from_pem(b"no certificate", key.public_key)


def test_haip_accepts_no_certificate_that_signed_itself() -> None:
    key, root = PrivateKey.generate(KeyType.P256), make_root()
    chain = CertificateChain.from_pem(root.pem.encode(), _key_of(root.pem))
    assert chain.is_self_signed
    with pytest.raises(SettingsError, match="self-signed"):
        Asker(changed_settings(haip=True), key, chain, None)  # type: ignore[arg-type]


def _key_of(pem: str) -> Any:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from ssi.keys import PublicKey

    key = x509.load_pem_x509_certificate(pem.encode()).public_key()
    return PublicKey(KeyType.P256, key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint))


def test_keys_survive_their_file_and_nothing_else_does() -> None:
    keys = VerifierKeys.generate()
    assert VerifierKeys.from_octets(keys.to_octets()) == keys
    assert str(keys.request.secret_octets) not in repr(keys)
    for octets in (b"", b"{}", b'{"format": "x", "request": "", "receipt": ""}'):
        with pytest.raises(KeyFileError):
            VerifierKeys.from_octets(octets)
    with pytest.raises(KeyFileError, match="receipt"):
        VerifierKeys.from_octets(keys.to_octets().replace(b'"receipt": "', b'"receipt": "!'))


def made(path: Path, settings: VerifierSettings | None = None) -> VerifierFolder:
    return VerifierFolder.create(
        path, "secret", settings or VerifierSettings(URL, NAME), now=NOW, work=KeyWork.INTERACTIVE
    )


@pytest.mark.parametrize(
    "settings",
    [
        VerifierSettings(URL, NAME),
        changed_settings(
            public_url=HTTPS,
            client=ClientName.DECENTRALIZED_IDENTIFIER,
            did="did:web:verifier.example",
            encrypted=False,
        ),
        changed_settings(public_url=HTTPS, haip=True, request_life=timedelta(minutes=3), wallet_url="haip-vp://"),
    ],
    ids=["loopback", "did", "haip"],
)
def test_a_folder_gives_back_what_was_put_in(tmp_path: Path, settings: VerifierSettings) -> None:
    folder = made(tmp_path / "verifier", settings)
    assert folder.settings() == settings
    keys = folder.keys("secret")
    assert folder.chain(keys).leaf
    folder.store().close()
    assert all(file.stat().st_mode & 0o077 == 0 for file in (tmp_path / "verifier").iterdir())
    with pytest.raises(WrongFilePassphraseError):
        folder.keys("wrong")


def test_a_folder_is_never_made_over(tmp_path: Path) -> None:
    made(tmp_path)
    with pytest.raises(FolderExistsError):
        made(tmp_path)


def test_an_empty_folder_is_no_verifier(tmp_path: Path) -> None:
    folder = VerifierFolder(tmp_path)
    for use in (folder.settings, folder.store, lambda: folder.keys("secret")):
        with pytest.raises(FolderMissingError):
            use()


def test_settings_that_were_changed_by_hand_are_checked(tmp_path: Path) -> None:
    folder = made(tmp_path)
    file = tmp_path / "verifier.json"
    file.write_text(file.read_text().replace("http://127.0.0.1:8019", "http://verifier.example"))
    with pytest.raises(DocumentError, match="public_url"):
        folder.settings()


def test_an_authority_certifies_the_key(tmp_path: Path) -> None:
    folder = made(tmp_path)
    keys = folder.keys("secret")
    assert signing_request(keys.request, name="Gemeente", host="127.0.0.1").startswith(b"-----BEGIN CERTIFICATE REQ")
    chain, _ = issue_own(keys.request, name="An authority", host="127.0.0.1", now=NOW)
    assert folder.use_certificate(chain.to_pem(), keys) == folder.chain(keys) == chain


def test_own_policies_are_beside_the_published_ones(tmp_path: Path) -> None:
    folder = made(tmp_path)
    assert len(folder.policy_folders()) == 1
    (tmp_path / "policies").mkdir()
    assert len(folder.policy_folders()) == 2
