# SPDX-License-Identifier: EUPL-1.2
"""A validator's public key as the trust registry writes it: its octets on chain, and its name."""

from ssi.bbs.suite import decode_g2
from ssi.claim.encoding import evm_g2
from ssi.keccak import keccak256

__all__ = ["registry_key", "registry_key_id"]

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
