# SPDX-License-Identifier: EUPL-1.2
"""A validator's public key as the trust registry writes it: its octets on chain, its name, the proof of possession."""

from py_arkworks_bls12381 import G2Point

from ssi.bbs.keys import check_secret_key
from ssi.bbs.suite import decode_g2, multiply
from ssi.claim.encoding import evm_g1, evm_g2
from ssi.claim.header import CLAIMS
from ssi.errors import Reason, VerificationError
from ssi.keccak import keccak256

__all__ = ["parse_registry_key", "prove_possession", "registry_key", "registry_key_id"]

_WORD = 32
_LENGTH = 256
_PADDED = 64
_PADDING = 16


def registry_key(public_key: bytes) -> bytes:
    """A public key in EVM form, 256 octets.

    Args:
        public_key: 96 octets, compressed point of G2.
    Raises:
        VerificationError: not a point of G2 other than the identity.
    """
    return evm_g2(decode_g2(public_key))


def parse_registry_key(unverified: bytes) -> bytes:
    """The inverse of ``registry_key``: a key as the registry gives it, compressed, 96 octets.

    Args:
        unverified: 256 octets in EVM form, as received.
    Raises:
        VerificationError: ``wrong_length``, or ``invalid_point``: not on the curve, not in the subgroup, not the
            canonical encoding, or the identity.
    """
    if len(unverified) != _LENGTH:
        raise VerificationError(Reason.WRONG_LENGTH, "a key in EVM form has 256 octets")
    coordinates = (unverified[at + _PADDING : at + _PADDED] for at in range(0, _LENGTH, _PADDED))
    try:
        point = G2Point.from_xy_bytes_be(b"".join(coordinates))
    except ValueError:
        raise VerificationError(Reason.INVALID_POINT) from None
    if point == G2Point.identity() or evm_g2(point) != unverified:
        raise VerificationError(Reason.INVALID_POINT)
    return bytes(point.to_compressed_bytes())


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
