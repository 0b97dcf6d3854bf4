# SPDX-License-Identifier: EUPL-1.2
"""A validator's public key as the trust registry writes it: its octets on chain, its name, the proof of possession."""

from ssi.bbs.keys import check_secret_key
from ssi.bbs.suite import decode_g2, multiply
from ssi.claim.encoding import evm_g1, evm_g2
from ssi.claim.header import CLAIMS
from ssi.keccak import keccak256

__all__ = ["prove_possession", "registry_key", "registry_key_id"]

_WORD = 32


def registry_key(public_key: bytes) -> bytes:
    """A public key in EVM form, 256 octets.

    Args:
        public_key: 96 octets, compressed point of G2.
    Raises:
        VerificationError: not a point of G2 other than the identity.
    """
    return evm_g2(decode_g2(public_key))


def registry_key_id(type_id: bytes, public_key: bytes) -> bytes:
    """The registry's name of a key: ``keccak256(abi.encode(type id, compressed public key))``, 32 octets.

    Args:
        type_id: the credential type's, 32 octets.
        public_key: 96 octets, compressed.
    """
    offset, length = (number.to_bytes(_WORD, "big") for number in (2 * _WORD, len(public_key)))
    return keccak256(type_id + offset + length + public_key)


def prove_possession(secret_key: int, *, chain_id: int, registry: bytes, type_id: bytes, validator: bytes) -> bytes:
    """(1.7) Prove to a trust registry that a key is the validator's own.

    Args:
        secret_key: the BBS key to be registered.
        chain_id: of the registry's chain.
        registry: its address, 20 octets.
        type_id: the credential type's, 32 octets.
        validator: the account that registers, 20 octets.
    Returns:
        A point of G1 in EVM form, 128 octets.
    """
    if (len(registry), len(type_id), len(validator)) != (20, 32, 20):
        raise ValueError("addresses have 20 octets, a type's id 32")
    check_secret_key(secret_key)
    message = b"stuiver/possession/v1" + chain_id.to_bytes(_WORD, "big") + registry + type_id + validator
    return evm_g1(multiply(CLAIMS.suite.hash_to_curve(message, CLAIMS.api_id + b"POSSESSION_"), secret_key))
