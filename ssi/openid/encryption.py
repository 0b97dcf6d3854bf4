# SPDX-License-Identifier: EUPL-1.2
"""Encrypted credential requests and responses: what an issuer supports, and what a wallet asks for (OpenID4VCI 10)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from ssi.credential.document import Node
from ssi.keys.jwk import PRIVATE_MEMBERS
from ssi.openid.reading import find, known_members, present_members, strings

__all__ = [
    "EncryptionParameters",
    "RequestEncryption",
    "ResponseEncryption",
    "algorithm_names",
    "jwk_set",
    "public_jwk",
]

_MOST_KEYS: Final = 20


@dataclass(frozen=True, slots=True)
class RequestEncryption:
    """How credential requests may be encrypted."""

    jwks: tuple[Mapping[str, object], ...] = field(hash=False)
    enc_values: tuple[str, ...]
    required: bool
    zip_values: tuple[str, ...] = ()

    @classmethod
    def from_node(cls, node: Node) -> "RequestEncryption":
        """Read ``credential_request_encryption``."""
        members = known_members(
            node, ("jwks", "enc_values_supported", "encryption_required"), ("zip_values_supported",)
        )
        return cls(
            jwk_set(members["jwks"]),
            algorithm_names(members["enc_values_supported"]),
            members["encryption_required"].boolean(),
            find(members, "zip_values_supported", algorithm_names) or (),
        )

    def to_json(self) -> dict[str, object]:
        """The object that ``from_node`` reads."""
        return present_members(
            {
                "jwks": {"keys": [dict(jwk) for jwk in self.jwks]},
                "enc_values_supported": list(self.enc_values),
                "zip_values_supported": list(self.zip_values),
            }
        ) | {"encryption_required": self.required}


@dataclass(frozen=True, slots=True)
class ResponseEncryption:
    """How credential responses may be encrypted."""

    alg_values: tuple[str, ...]
    enc_values: tuple[str, ...]
    required: bool
    zip_values: tuple[str, ...] = ()

    @classmethod
    def from_node(cls, node: Node) -> "ResponseEncryption":
        """Read ``credential_response_encryption``."""
        names = ("alg_values_supported", "enc_values_supported", "encryption_required")
        members = known_members(node, names, ("zip_values_supported",))
        return cls(
            algorithm_names(members["alg_values_supported"]),
            algorithm_names(members["enc_values_supported"]),
            members["encryption_required"].boolean(),
            find(members, "zip_values_supported", algorithm_names) or (),
        )

    def to_json(self) -> dict[str, object]:
        """The object that ``from_node`` reads."""
        return present_members(
            {
                "alg_values_supported": list(self.alg_values),
                "enc_values_supported": list(self.enc_values),
                "zip_values_supported": list(self.zip_values),
            }
        ) | {"encryption_required": self.required}


@dataclass(frozen=True, slots=True)
class EncryptionParameters:
    """The key and the algorithm that a wallet wants its response encrypted with."""

    jwk: Mapping[str, object] = field(hash=False)
    """A public key with its ``alg``."""
    enc: str
    zip: str | None = None

    @classmethod
    def from_node(cls, node: Node) -> "EncryptionParameters":
        """Read ``credential_response_encryption`` of a request."""
        members = known_members(node, ("jwk", "enc"), ("zip",))
        return cls(
            public_jwk(members["jwk"]),
            members["enc"].text(longest=100),
            find(members, "zip", lambda member: member.text(longest=100)),
        )

    def to_json(self) -> dict[str, object]:
        """The object that ``from_node`` reads."""
        return present_members({"jwk": dict(self.jwk), "enc": self.enc, "zip": self.zip})


def public_jwk(node: Node) -> Mapping[str, object]:
    """A public key as an object; whether it is usable is seen when it is used."""
    members = {name: member.value for name, member in node.entries().items()}
    if PRIVATE_MEMBERS & members.keys():
        node.refuse("must be a public key")
    if not isinstance(members.get("kty"), str):
        node.refuse("must have kty")
    return MappingProxyType(members)


def jwk_set(node: Node) -> tuple[Mapping[str, object], ...]:
    """A set of public keys (RFC 7517 section 5)."""
    return tuple(public_jwk(key) for key in known_members(node, ("keys",))["keys"].items(0, _MOST_KEYS))


def algorithm_names(node: Node) -> tuple[str, ...]:
    """A non-empty list of algorithm names."""
    return strings(node, most=100, longest=200)
