# SPDX-License-Identifier: EUPL-1.2
"""The wallet's use cases: issuance, storage, restoring, and the consent log's order."""

import shutil
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from holder.consent import ConsentOutcome
from holder.errors import PhraseChecksumError, WalletExistsError, WrongPassphraseError
from holder.model import WalletContents
from holder.recovery import Recovery
from holder.refusals import IssuanceRefusedError, StoredCredentialError, UnknownValidatorError, WalletContentsError
from holder.service import Wallet
from holder.store import WalletStore
from holder.wallet_file import KeyWork, WalletFile, read_wallet
from ssi.bbs.keys import generate_secret_key, sk_to_pk
from ssi.claim.statement import Statement
from ssi.claim.verify import verify_claim
from ssi.errors import Reason
from tests.unit.holder.town import (
    AGE,
    AMIRA,
    CATALOGUE,
    INCOME,
    NOW,
    PASSPHRASE,
    SCOPE,
    Desk,
    compiled,
    give,
    new_wallet,
    programme,
    reopened,
)


def _nullifier(wallet: Wallet, desk: Desk) -> bytes:
    """Claim, and check the message as the fund would."""
    view = programme(desk)
    plan = wallet.plan_claim(view, now=NOW)
    message = wallet.claim(plan, now=NOW)
    statement = Statement.of(compiled(), desk.public_key, SCOPE.context_id)
    assert message.key_id == view.keys[0].key_id
    return verify_claim(statement, plan.prepared.claim, message.proof).nullifier


def test_a_credential_survives_closing_the_wallet(amira: Wallet, tmp_path: Path) -> None:
    amira.close()
    with reopened(tmp_path) as again:
        assert [held.credential for held in again.credentials] == [held.credential for held in amira.credentials]
        assert again.consents == amira.consents
        assert again.pending == ()


def test_a_restored_wallet_has_the_same_nullifier_and_account(desk: Desk, tmp_path: Path) -> None:
    first, phrase = new_wallet(tmp_path)
    give(first, desk, "amira", AMIRA)
    before = _nullifier(first, desk), first.account_address(SCOPE), first.accounts[0].address
    first.close()
    (tmp_path / "amira.wallet").unlink()
    restored = Wallet.restore(
        tmp_path / "new.wallet", "another passphrase", phrase, CATALOGUE, work=KeyWork.INTERACTIVE
    )
    assert restored.credentials == ()
    assert restored.account_address(SCOPE) == before[1]
    give(restored, desk, "amira", AMIRA)  # the desk would refuse another wallet than the pinned one
    assert (_nullifier(restored, desk), restored.account_address(SCOPE), restored.accounts[0].address) == before


def test_another_phrase_is_another_wallet(tmp_path: Path) -> None:
    one, phrase = new_wallet(tmp_path, "one")
    two, other = new_wallet(tmp_path, "two")
    assert phrase != other
    assert one.account_address(SCOPE) != two.account_address(SCOPE)


def test_each_scope_has_its_own_account(amira: Wallet) -> None:
    addresses = {amira.account_address(scope) for scope in (SCOPE, replace(SCOPE, period=2025))}
    assert len(addresses) == 2


def test_a_wallet_is_never_made_over_another_file(amira: Wallet, tmp_path: Path) -> None:
    amira.close()
    before = (tmp_path / "amira.wallet").read_bytes()
    with pytest.raises(WalletExistsError):
        new_wallet(tmp_path)
    with pytest.raises(PhraseChecksumError):
        Wallet.restore(tmp_path / "amira.wallet", PASSPHRASE, "abandon " * 24, CATALOGUE)
    with pytest.raises(WrongPassphraseError):
        Wallet.open(tmp_path / "amira.wallet", "wrong", CATALOGUE)
    assert (tmp_path / "amira.wallet").read_bytes() == before


def test_the_phrase_is_not_in_the_wallet_and_no_secret_shows(tmp_path: Path) -> None:
    wallet, phrase = new_wallet(tmp_path)
    wallet.close()
    payload = read_wallet(tmp_path / "amira.wallet", PASSPHRASE)
    assert phrase.encode() not in payload
    contents = WalletContents.from_octets(payload)
    assert contents.seed == Recovery.from_phrase(phrase).seed
    assert contents.seed.hex() not in repr(contents)


def test_a_request_is_kept_and_logged_before_it_leaves(desk: Desk, tmp_path: Path) -> None:
    wallet, _ = new_wallet(tmp_path)
    request = wallet.request_credential(desk.did, desk.nonce(), INCOME, now=NOW)
    wallet.close()
    with reopened(tmp_path) as again:
        assert again.pending[0].request == request.to_octets()
        entry = again.consents.entries[-1]
    assert (entry.recipient, entry.at, entry.outcome) == (desk.did, NOW, ConsentOutcome.UNKNOWN)
    assert entry.disclosed[0].value == request.issuance_pseudonym.hex()


def test_nothing_leaves_when_the_log_cannot_be_written(amira: Wallet, desk: Desk, tmp_path: Path) -> None:
    plan = amira.plan_claim(programme(desk), now=NOW)
    entries = amira.consents.entries
    shutil.rmtree(tmp_path)
    for use in (
        lambda: amira.claim(plan, now=NOW),
        lambda: amira.request_credential(desk.did, desk.nonce(), INCOME, now=NOW),
        lambda: amira.learn_balance(SCOPE, 1),
    ):
        with pytest.raises(OSError, match=r"."):
            use()
    assert amira.consents.entries == entries
    assert amira.accounts == ()


def test_a_consent_log_cannot_lose_an_entry(amira: Wallet, tmp_path: Path) -> None:
    amira.close()
    with WalletStore.open(tmp_path / "amira.wallet", PASSPHRASE) as store:
        assert store.contents.consents.entries
        with pytest.raises(RuntimeError, match="only grows"):
            store.save(WalletContents(store.contents.seed))


def test_a_validator_is_named_by_a_did(amira: Wallet) -> None:
    with pytest.raises(UnknownValidatorError):
        amira.request_credential("the town hall", bytes(16), INCOME, now=NOW)


def test_a_naive_time_is_a_callers_bug(amira: Wallet, desk: Desk) -> None:
    with pytest.raises(ValueError, match="aware"):
        amira.request_credential(desk.did, bytes(16), INCOME, now=datetime(2024, 6, 15))  # noqa: DTZ001


def _refusal(wallet: Wallet, desk: Desk, public_key: bytes) -> Reason | None:
    nonce = desk.nonce()
    request = wallet.request_credential(desk.did, nonce, INCOME, now=NOW)
    issuance = desk.issue("amira", AMIRA, request.to_octets(), nonce)
    kept = wallet.credentials
    with pytest.raises(IssuanceRefusedError) as caught:
        wallet.accept_credential(issuance, public_key, now=NOW)
    assert wallet.credentials == kept
    return caught.value.reason


def test_a_credential_under_another_key_than_the_registrys_is_refused(desk: Desk, tmp_path: Path) -> None:
    wallet, _ = new_wallet(tmp_path)
    assert _refusal(wallet, desk, sk_to_pk(generate_secret_key())) is Reason.INVALID_SIGNATURE
    assert _refusal(wallet, desk, bytes(96)) is Reason.INVALID_PUBLIC_KEY


def test_a_credential_of_another_person_is_refused(amira: Wallet, desk: Desk, tmp_path: Path) -> None:
    cato, _ = new_wallet(tmp_path, "cato")
    nonce = desk.nonce()
    request = amira.request_credential(desk.did, nonce, INCOME, now=NOW)
    stolen = desk.issue("amira", AMIRA, request.to_octets(), nonce)
    with pytest.raises(IssuanceRefusedError) as caught:
        cato.accept_credential(stolen, desk.public_key, now=NOW)
    assert caught.value.reason is None
    cato.request_credential(desk.did, desk.nonce(), INCOME, now=NOW)
    with pytest.raises(IssuanceRefusedError) as caught:
        cato.accept_credential(stolen, desk.public_key, now=NOW)
    assert caught.value.reason is Reason.INVALID_SIGNATURE


def test_a_stolen_credential_is_found_when_the_wallet_opens(amira: Wallet, desk: Desk, tmp_path: Path) -> None:
    """Everything of Amira's but her secret, put into Cato's own wallet file by Cato, who has its passphrase."""
    cato, _ = new_wallet(tmp_path, "cato")
    seed = cato._store.contents.seed
    cato.close()
    with WalletStore.open(tmp_path / "cato.wallet", PASSPHRASE) as store:
        store.save(replace(amira._store.contents, seed=seed))
    with pytest.raises(StoredCredentialError) as caught:
        reopened(tmp_path, "cato")
    assert (caught.value.index, caught.value.reason) == (1, Reason.INVALID_SIGNATURE)


def test_every_changed_part_of_a_stored_credential_is_found(amira: Wallet, tmp_path: Path) -> None:
    amira.close()
    stored = amira._store.contents.credentials[0]
    header, payloads, signature = stored.credential.split(".")
    richer = ".".join((header, payloads.replace(payloads.split("~")[4], "MQ"), signature))
    for damaged in (
        replace(stored, entropy=stored.entropy + 1),
        replace(stored, public_key=sk_to_pk(generate_secret_key())),
        replace(stored, credential=richer),
        replace(stored, issuance=replace(stored.issuance, blind=stored.issuance.blind + 1)),
    ):
        with WalletStore.open(tmp_path / "amira.wallet", PASSPHRASE) as store:
            store.save(replace(store.contents, credentials=(damaged,)))
        with pytest.raises(StoredCredentialError):
            reopened(tmp_path)


def test_renewing_keeps_the_nullifier_and_drops_what_expired(amira: Wallet, desk: Desk) -> None:
    before = _nullifier(amira, desk)
    give(amira, desk, "amira", {**AMIRA, "exp": date(2024, 12, 1)})
    assert len(amira.credentials) == 2
    assert _nullifier(amira, desk) == before
    give(amira, desk, "amira", {**AMIRA, "exp": date(2025, 3, 1)}, now=NOW + timedelta(days=100))
    assert [held.credential.credential.values["exp"] for held in amira.credentials] == [
        date(2024, 12, 1),
        date(2025, 3, 1),
    ]


def test_another_type_than_was_asked_for_is_refused(desk: Desk, tmp_path: Path) -> None:
    wallet, _ = new_wallet(tmp_path)
    nonce = desk.nonce()
    request = wallet.request_credential(desk.did, nonce, AGE, now=NOW)
    with pytest.raises(IssuanceRefusedError) as caught:
        wallet.accept_credential(desk.issue("amira", AMIRA, request.to_octets(), nonce), desk.public_key, now=NOW)
    assert caught.value.reason is Reason.MALFORMED


@pytest.mark.parametrize(
    "payload",
    [b"", b"{}", b"[]", b"\xff", b'{"stuiver":"wallet/2"}'],
    ids=["empty", "object", "array", "not text", "version"],
)
def test_contents_of_another_shape_are_named_and_left_alone(payload: bytes, tmp_path: Path) -> None:
    path = tmp_path / "amira.wallet"
    WalletFile.create(path, PASSPHRASE, payload, work=KeyWork.INTERACTIVE).close()
    before = path.read_bytes()
    with pytest.raises(WalletContentsError):
        reopened(tmp_path)
    assert path.read_bytes() == before


def test_contents_are_written_and_read_back(amira: Wallet, desk: Desk) -> None:
    amira.claim(amira.plan_claim(programme(desk), now=NOW), now=NOW)
    amira.sign_permit(SCOPE, 1250, now=NOW)
    amira.request_credential(desk.did, desk.nonce(), AGE, now=NOW)
    contents = amira._store.contents
    assert WalletContents.from_octets(contents.to_octets()) == contents
