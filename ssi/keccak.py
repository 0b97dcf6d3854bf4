# SPDX-License-Identifier: EUPL-1.2
"""Keccak-256, the hash of the Ethereum virtual machine (not the later SHA3-256)."""

from Crypto.Hash import keccak

__all__ = ["keccak256"]


def keccak256(octets: bytes) -> bytes:
    """The 32-octet Keccak-256 digest of ``octets``."""
    return keccak.new(digest_bits=256, data=octets).digest()
