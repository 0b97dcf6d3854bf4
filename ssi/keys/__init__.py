# SPDX-License-Identifier: EUPL-1.2
"""Keys: Ed25519, P-256, secp256k1 and BLS12-381, as octets, Multikeys and JSON Web Keys."""

from ssi.keys.errors import KeyFormatError, KeyProblem
from ssi.keys.private import PrivateKey
from ssi.keys.public import PublicKey
from ssi.keys.types import Algorithm, KeyType

__all__ = ["Algorithm", "KeyFormatError", "KeyProblem", "KeyType", "PrivateKey", "PublicKey"]
