# SPDX-License-Identifier: EUPL-1.2
"""Encrypted messages: JSON Web Encryption in compact form, to one ephemeral key of the receiver.

Sources: RFC 7516; RFC 7518 sections 4.6 (``ECDH-ES``, direct key agreement) and 5.3 (AES-GCM); RFC 8725.

Invariants:
    * Only ``ECDH-ES`` on P-256 with ``A128GCM`` or ``A256GCM`` exists here: nothing is wrapped, nothing is compressed.
    * The header is read strictly and judged before the library sees the message, and sizes are bounded.
    * ``repr`` of a key shows nothing of it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from jwcrypto import jwe, jwk
from jwcrypto.common import JWException

from ssi.base64url import decode_base64url, encode_base64url
from ssi.errors import Reason, VerificationError
from ssi.jose.tokens_json import LONGEST, read_object
from ssi.keys import KeyFormatError, KeyProblem, KeyType, PublicKey

__all__ = ["ALGORITHM", "ENCRYPTIONS", "EphemeralKey", "encrypt", "read_jwe_header"]

ALGORITHM: Final = "ECDH-ES"
ENCRYPTIONS: Final = ("A128GCM", "A256GCM")
"""What content is encrypted with, the ``enc`` of a header."""
_LONGEST_HEADER: Final = 1 << 13
_TAG_OCTETS: Final = 16
_IV_OCTETS: Final = 12


@dataclass(frozen=True, slots=True)
class EphemeralKey:
    """A key pair that others encrypt one message to.

    Args:
        kid: its name, which comes back in the header of what is encrypted to it.
        public_key: the public half.
    """

    kid: str
    public_key: PublicKey
    _secret: jwk.JWK = field(repr=False, compare=False)

    @classmethod
    def generate(cls, *, kid: str | None = None) -> Self:
        """Make a P-256 key pair; its name is the key's thumbprint unless one is given."""
        secret = jwk.JWK.generate(kty="EC", crv="P-256")
        public_key = PublicKey.from_jwk(secret.export_public(as_dict=True))
        return cls(kid if kid is not None else public_key.thumbprint(), public_key, secret)

    @classmethod
    def from_secret(cls, secret: str) -> Self:
        """The key that ``to_secret`` wrote.

        Raises:
            ValueError: it wrote no such thing.
        """
        try:
            members = json.loads(secret)
            key = jwk.JWK(kty="EC", crv="P-256", **{name: members[name] for name in ("x", "y", "d")})
            return cls(members["kid"], PublicKey.from_jwk(key.export_public(as_dict=True)), key)
        except (KeyError, TypeError, JWException, VerificationError):
            raise ValueError("not an ephemeral key") from None

    def to_secret(self) -> str:
        """The whole key as JSON text, for a sealed place between request and response."""
        members = self._secret.export_private(as_dict=True)
        return json.dumps({"kid": self.kid, **{name: members[name] for name in ("x", "y", "d")}})

    def public_jwk(self) -> dict[str, str]:
        """The JSON Web Key to publish, with ``kid``, ``use`` and ``alg``."""
        return {**self.public_key.to_jwk(), "kid": self.kid, "use": "enc", "alg": ALGORITHM}

    def decrypt(self, unverified_text: str, *, longest: int = LONGEST) -> bytes:
        """Decrypt a message in compact form. Who wrote it stays unknown: the content must prove that itself.

        Args:
            unverified_text: as received.
            longest: most characters that are looked at.
        Raises:
            VerificationError: ``TOO_LARGE``; ``MALFORMED``; ``UNKNOWN_CRITICAL_HEADER``; ``WRONG_ALGORITHM`` for
                any other algorithm, curve or compression; ``UNDECRYPTABLE`` if it was changed or is not for this key.
        """
        read_jwe_header(unverified_text, longest=longest)
        message = jwe.JWE(algs=[ALGORITHM, *ENCRYPTIONS])
        try:
            message.deserialize(unverified_text, key=self._secret)
        except (JWException, ValueError, TypeError):
            raise VerificationError(Reason.UNDECRYPTABLE) from None
        return bytes(message.payload)


def read_jwe_header(unverified_text: str, *, longest: int = LONGEST) -> dict[str, object]:
    """Read and judge the header of a message, for example to find the key that its ``kid`` names.

    Raises:
        VerificationError: as ``EphemeralKey.decrypt``, except ``UNDECRYPTABLE``.
    """
    if len(unverified_text) > longest:
        raise VerificationError(Reason.TOO_LARGE)
    parts = unverified_text.split(".", 5)
    if len(parts) != 5:
        raise VerificationError(Reason.MALFORMED, "not an encrypted message in compact form")
    try:
        protected, wrapped, iv, _, tag = (decode_base64url(part) for part in parts)
    except ValueError:
        raise VerificationError(Reason.MALFORMED, "not base64url") from None
    header = read_object(protected, longest=_LONGEST_HEADER)
    if "crit" in header:
        raise VerificationError(Reason.UNKNOWN_CRITICAL_HEADER)
    if header.get("alg") != ALGORITHM or header.get("enc") not in ENCRYPTIONS or "zip" in header:
        raise VerificationError(Reason.WRONG_ALGORITHM)
    if wrapped or len(iv) != _IV_OCTETS or len(tag) != _TAG_OCTETS:
        raise VerificationError(Reason.MALFORMED, "not a message by direct key agreement")
    _p256(header.get("epk"))
    for name in ("apu", "apv"):
        if not isinstance(header.get(name, ""), str):
            raise VerificationError(Reason.MALFORMED, "party information is text")
    return header


def encrypt(
    payload: bytes,
    recipient_jwk: Mapping[str, object],
    enc: str,
    *,
    apu: bytes = b"",
    apv: bytes = b"",
    cty: str = "",
) -> str:
    """Encrypt to a received public key.

    Args:
        payload: any octets.
        recipient_jwk: a public P-256 JSON Web Key; its ``kid``, if any, goes into the header.
        enc: one of ``ENCRYPTIONS``.
        apu: information about the sender that goes into the key derivation, if any.
        apv: the same about the receiver.
        cty: the media type of the content, if it is to be said.
    Raises:
        ValueError: ``enc`` is none of ours.
        VerificationError: ``INVALID_PUBLIC_KEY`` or ``WRONG_ALGORITHM``: the key is not one that can be encrypted to.
    """
    if enc not in ENCRYPTIONS:
        raise ValueError(f"content is encrypted with one of {', '.join(ENCRYPTIONS)}")
    if recipient_jwk.get("use", "enc") != "enc" or recipient_jwk.get("alg", ALGORITHM) != ALGORITHM:
        raise VerificationError(Reason.WRONG_ALGORITHM)
    # a JWK of ECDH-ES may say so; our reader of public keys knows the names of signatures only
    public_key = _p256({name: value for name, value in recipient_jwk.items() if name != "alg"})
    header = {"alg": ALGORITHM, "enc": enc}
    kid = recipient_jwk.get("kid")
    if kid is not None:
        if not isinstance(kid, str):
            raise VerificationError(Reason.INVALID_PUBLIC_KEY)
        header["kid"] = kid
    header |= {name: encode_base64url(value) for name, value in (("apu", apu), ("apv", apv)) if value}
    if cty:
        header["cty"] = cty
    message = jwe.JWE(payload, protected=json.dumps(header), algs=[ALGORITHM, enc])
    message.add_recipient(jwk.JWK(**public_key.to_jwk()))
    return str(message.serialize(compact=True))


def _p256(unverified_jwk: object) -> PublicKey:
    if not isinstance(unverified_jwk, Mapping):
        raise KeyFormatError(KeyProblem.BAD_JWK)
    key = PublicKey.from_jwk(unverified_jwk)
    if key.key_type is not KeyType.P256:
        raise VerificationError(Reason.WRONG_ALGORITHM)
    return key
