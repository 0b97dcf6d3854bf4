# SPDX-License-Identifier: EUPL-1.2
"""The recovery phrase: what is wrong with it is said without repeating it, and what it derives is deterministic."""

import copy
import pickle
import traceback

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

import holder.recovery
from holder.errors import HolderError, PhraseChecksumError, RecoveryPhraseError, UnknownWordError, WordCountError
from holder.recovery import BLS12_381_ORDER, HOLDER_SECRET_LENGTH, WORD_COUNT, Recovery, generate_phrase
from ssi.keys import KeyType

WORDS = ["abandon"] * 23 + ["art"]
PHRASE = " ".join(WORDS)
RECOVERY = Recovery.from_phrase(PHRASE)


def test_a_new_phrase_has_24_words_and_restores() -> None:
    first, second = generate_phrase(), generate_phrase()
    assert len(first.split()) == WORD_COUNT
    assert first != second
    assert Recovery.from_phrase(first) == Recovery.from_phrase(first)
    assert Recovery.from_phrase(first) != Recovery.from_phrase(second)


@pytest.mark.parametrize(
    "typed", [PHRASE.upper(), f"  {PHRASE}\n", PHRASE.replace(" ", "\n"), PHRASE.replace(" ", "\u3000"), PHRASE.title()]
)
def test_reads_a_phrase_as_people_type_it(typed: str) -> None:
    assert Recovery.from_phrase(typed) == RECOVERY


@pytest.mark.parametrize("count", [0, 1, 12, 23, 25, 48])
def test_says_how_many_words_there_are(count: int) -> None:
    with pytest.raises(WordCountError) as refused:
        Recovery.from_phrase(" ".join(["abandon"] * count))
    assert (refused.value.count, refused.value.expected) == (count, 24)


@pytest.mark.parametrize("position", [1, 2, 13, 24])
@pytest.mark.parametrize("word", ["abandom", "1.", "stuiver", "aban", "voilà"])
def test_names_the_place_of_an_unknown_word(position: int, word: str) -> None:
    words = [*WORDS]
    words[position - 1] = word
    with pytest.raises(UnknownWordError) as refused:
        Recovery.from_phrase(" ".join(words))
    assert refused.value.position == position


@pytest.mark.parametrize("phrase", [" ".join(["abandon"] * 24), " ".join(["art", *WORDS[1:-1], "abandon"])])
def test_refuses_words_that_are_no_phrase_together(phrase: str) -> None:
    with pytest.raises(PhraseChecksumError):
        Recovery.from_phrase(phrase)


@pytest.mark.parametrize("phrase", ["", "secretword " * 24, "abandon " * 24, "abandon secretword"])
def test_no_error_repeats_the_phrase(phrase: str) -> None:
    with pytest.raises(RecoveryPhraseError) as refused:
        Recovery.from_phrase(phrase)
    assert isinstance(refused.value, HolderError)
    text = "".join(traceback.format_exception_only(refused.value)) + repr(refused.value.args)
    assert "secretword" not in text
    assert "abandon" not in text
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None


def test_nothing_shows_the_seed() -> None:
    assert RECOVERY.seed.hex() not in repr(RECOVERY) + str(RECOVERY)
    assert "seed" not in repr(RECOVERY)
    for copying in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            copying(RECOVERY)


def test_an_extra_passphrase_is_another_wallet() -> None:
    assert Recovery.from_phrase(PHRASE, passphrase="bicycle").nym_secret() != RECOVERY.nym_secret()


def test_the_seed_has_64_octets() -> None:
    with pytest.raises(ValueError, match="64 octets"):
        Recovery(bytes(32))


def test_holder_secrets_are_independent_and_the_scalar_is_in_the_group() -> None:
    secrets = {RECOVERY.holder_secret(label) for label in ("nym", "nym2", "", "n")}
    assert len(secrets) == 4
    assert {len(secret) for secret in secrets} == {HOLDER_SECRET_LENGTH}
    assert RECOVERY.nym_secret() == int.from_bytes(RECOVERY.holder_secret("nym"), "big") % BLS12_381_ORDER
    assert 0 < RECOVERY.nym_secret() < BLS12_381_ORDER
    assert RECOVERY.nym_secret() == Recovery.from_phrase(PHRASE).nym_secret()


def test_each_scope_has_its_own_payment_key() -> None:
    keys = {RECOVERY.payment_key(scope) for scope in (b"", b"\x00", b"\x00\x00", b"a", b"b", bytes(1000))}
    assert len(keys) == 6
    for key in keys:
        assert 0 < int.from_bytes(key, "big") < ec.SECP256K1().group_order


def test_a_payment_key_outside_the_group_is_derived_again(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Recovery._derive
    attempts = []

    def first_two_outside(
        self: Recovery, purpose: bytes, context: tuple[bytes, ...], length: int, *, attempt: int
    ) -> bytes:
        attempts.append(attempt)
        if attempt < 2:
            return (b"\x00", b"\xff")[attempt] * length
        return real(self, purpose, context, length, attempt=attempt)

    plain, plain_p256 = RECOVERY.payment_key(b"scope"), RECOVERY.document_key(KeyType.P256)
    monkeypatch.setattr(holder.recovery.Recovery, "_derive", first_two_outside)
    assert RECOVERY.payment_key(b"scope") not in {plain, bytes(32), b"\xff" * 32}
    assert attempts == [0, 1, 2]
    assert RECOVERY.document_key(KeyType.P256) != plain_p256
    assert attempts == [0, 1, 2, 0, 1, 2]


def test_document_keys_sign_and_differ() -> None:
    keys = [RECOVERY.document_key(kind, index=index) for kind in (KeyType.ED25519, KeyType.P256) for index in range(3)]
    assert len({key.secret_octets for key in keys}) == 6
    for key in keys:
        key.public_key.verify(b"nonce", key.sign(b"nonce"))


@pytest.mark.parametrize("kind", [KeyType.SECP256K1, KeyType.BLS12_381_G2, KeyType.X25519, KeyType.RSA])
def test_other_kinds_sign_no_documents(kind: KeyType) -> None:
    with pytest.raises(ValueError, match="do not sign"):
        RECOVERY.document_key(kind)


@pytest.mark.parametrize("index", [-1, 2**32])
def test_an_index_has_32_bits(index: int) -> None:
    with pytest.raises(ValueError, match="32 bits"):
        RECOVERY.document_key(KeyType.P256, index=index)
