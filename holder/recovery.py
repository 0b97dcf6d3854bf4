# SPDX-License-Identifier: EUPL-1.2
"""The recovery phrase, and every secret that is derived from it.

24 English words of BIP-39 (256 bits) give a 64-octet seed, and HKDF-SHA-256 (RFC 5869) turns the seed into one secret
per purpose. Restoring the phrase gives back the same pseudonyms, payment accounts and document keys.

Derivation (``specs/vectors/recovery.json`` holds its vectors):

    (1) input key = the seed; salt = "stuiver/recovery/v1".
    (2) info = purpose, then each context part, then the attempt. Each part is preceded by its length as four octets,
        big-endian, so that no two different lists of parts give one text; the attempt is a counter from 0, in four
        octets, and part of the list.
    (3) holder secret: 48 octets. As an integer modulo the order of BLS12-381 (255 bits) it is within 2^-128 of uniform.
    (4) ECDSA keys: 32 octets are taken as they are if they are a scalar of 1 up to the order; otherwise the attempt is
        raised. Ed25519 seeds are 32 octets as they are.

Invariants:
    * A purpose's secrets say nothing about another's: their HKDF infos differ.
    * Neither the phrase nor the seed is in a ``repr`` or in an error.
"""

import unicodedata
from dataclasses import dataclass, field
from typing import NoReturn, Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from mnemonic import Mnemonic

from holder.errors import PhraseChecksumError, UnknownWordError, WordCountError
from ssi.keys import KeyFormatError, KeyType, PrivateKey

__all__ = ["BLS12_381_ORDER", "HOLDER_SECRET_LENGTH", "NYM_LABEL", "WORD_COUNT", "Recovery", "generate_phrase"]

WORD_COUNT = 24
"""Words in a recovery phrase."""

HOLDER_SECRET_LENGTH = 48
"""Octets of a holder secret before it is reduced to a scalar."""

NYM_LABEL = "nym"
"""The label of the holder secret behind pseudonyms."""

BLS12_381_ORDER = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
"""The order r of the groups of BLS12-381."""

_STRENGTH_BITS = 256
_SALT = b"stuiver/recovery/v1"
_PURPOSE_HOLDER = b"holder secret"
_PURPOSE_PAYMENT = b"payment key"
_PURPOSE_DOCUMENT = b"document key"
_PURPOSE_TASK = b"task key"
_DOCUMENT_KEY_TYPES = frozenset({KeyType.ED25519, KeyType.P256})
_SECP256K1_ORDER = ec.SECP256K1().group_order
_WORDS = Mnemonic("english")
_KNOWN_WORDS = frozenset(_WORDS.wordlist)


def generate_phrase() -> str:
    """A new recovery phrase of 24 words, from the operating system's randomness.

    Returns:
        Lower-case English words with one space between them. Show it to the citizen once and forget it.
    """
    return _WORDS.generate(strength=_STRENGTH_BITS)


@dataclass(frozen=True, slots=True)
class Recovery:
    """The root of a wallet's secrets.

    Args:
        seed: the 64-octet BIP-39 seed.
    """

    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.seed) != 64:
            raise ValueError("a BIP-39 seed has 64 octets")

    @classmethod
    def from_phrase(cls, unverified_phrase: str, *, passphrase: str = "") -> Self:
        """Read a recovery phrase as a person types it: any case, any white space between words.

        Args:
            unverified_phrase: the 24 words.
            passphrase: BIP-39's optional extra word; another one gives another, equally valid wallet.
        Raises:
            WordCountError: if there are not 24 words.
            UnknownWordError: with the position of the first word that is not in the list.
            PhraseChecksumError: if the words are no phrase together.
        """
        words = unicodedata.normalize("NFKD", unverified_phrase).lower().split()
        if len(words) != WORD_COUNT:
            raise WordCountError(len(words), WORD_COUNT)
        for position, word in enumerate(words, start=1):
            if word not in _KNOWN_WORDS:
                raise UnknownWordError(position)
        phrase = " ".join(words)
        if not _WORDS.check(phrase):
            raise PhraseChecksumError
        return cls(bytes(Mnemonic.to_seed(phrase, passphrase)))

    def holder_secret(self, label: str) -> bytes:
        """A secret that never leaves the wallet unblinded. Step (3).

        Args:
            label: what it is for; each label gives an independent secret.
        Returns:
            48 octets.
        """
        return self._derive(_PURPOSE_HOLDER, (label.encode("utf-8"),), HOLDER_SECRET_LENGTH, attempt=0)

    def nym_secret(self) -> int:
        """The holder secret behind the citizen's pseudonyms, as a scalar of BLS12-381 of 1 up to its order."""
        return int.from_bytes(self.holder_secret(NYM_LABEL), "big") % BLS12_381_ORDER or 1  # zero has chance 2^-255

    def payment_key(self, scope: bytes) -> bytes:
        """The secp256k1 private key of the payment account of one scope. Step (4).

        Args:
            scope: what a claim is unique in, as octets; each scope gives an unlinkable account.
        Returns:
            32 octets, big-endian, of 1 up to the group's order.
        """
        attempt = 0
        while True:
            octets = self._derive(_PURPOSE_PAYMENT, (scope,), 32, attempt=attempt)
            if 0 < int.from_bytes(octets, "big") < _SECP256K1_ORDER:
                return octets
            attempt += 1

    def task_key(self, board: bytes, task: int, round_: int) -> bytes:
        """The secp256k1 private key of the account that does one task of a board in one round. Step (4).

        Args:
            board: the board's scope without a slot, as octets.
            task: its number.
            round_: how often it became free again; each round takes a fresh account.
        Returns:
            32 octets, as ``payment_key``.
        """
        context = board, task.to_bytes(8, "big"), round_.to_bytes(8, "big")
        attempt = 0
        while True:
            octets = self._derive(_PURPOSE_TASK, context, 32, attempt=attempt)
            if 0 < int.from_bytes(octets, "big") < _SECP256K1_ORDER:
                return octets
            attempt += 1

    def document_key(self, kind: KeyType, *, index: int = 0) -> PrivateKey:
        """A key that signs documents, such as the key binding of a credential. Step (4).

        Args:
            kind: Ed25519 or P-256.
            index: which one; a batch of credentials has a key for each, so that they cannot be linked.
        Raises:
            ValueError: for another kind, or an index outside 0 to 2^32 - 1.
        """
        if kind not in _DOCUMENT_KEY_TYPES:
            raise ValueError(f"{kind.value} keys do not sign a wallet's documents")
        if not 0 <= index < 2**32:
            raise ValueError("an index has 32 bits")
        context = (kind.value.encode("ascii"), index.to_bytes(4, "big"))
        attempt = 0
        while True:
            try:
                return PrivateKey.from_octets(kind, self._derive(_PURPOSE_DOCUMENT, context, 32, attempt=attempt))
            except KeyFormatError:  # P-256 only: zero, or not below the order
                attempt += 1

    def _derive(self, purpose: bytes, context: tuple[bytes, ...], length: int, *, attempt: int) -> bytes:
        parts = (purpose, *context, attempt.to_bytes(4, "big"))
        info = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return HKDF(algorithm=hashes.SHA256(), length=length, salt=_SALT, info=info).derive(self.seed)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a recovery seed is not pickled or copied: keep it in the wallet file")
