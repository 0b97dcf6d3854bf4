# SPDX-License-Identifier: EUPL-1.2
"""What a credential issuer publishes about itself (OpenID4VCI 1.0 section 12.2), and where metadata is found.

Invariants:
    * Metadata names exactly the issuer that it was asked of; metadata of another is refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from ssi.credential.document import Node
from ssi.openid.displays import ClaimDescription, Display, claims_path
from ssi.openid.encryption import RequestEncryption, ResponseEncryption
from ssi.openid.reading import (
    find,
    identifier_url,
    known_members,
    parse_message,
    present_members,
    strings,
    unique_strings,
    web_url,
)

__all__ = [
    "AUTHORIZATION_SERVER",
    "CREDENTIAL_ISSUER",
    "ClaimDescription",
    "CredentialConfiguration",
    "CredentialIssuerMetadata",
    "Display",
    "RequestEncryption",
    "ResponseEncryption",
    "claims_path",
    "well_known_url",
]

CREDENTIAL_ISSUER: Final = "openid-credential-issuer"
AUTHORIZATION_SERVER: Final = "oauth-authorization-server"
MOST_CONFIGURATIONS: Final = 200
_MOST: Final = 100
_DID: Final = re.compile(r"did:[a-z0-9]+:[!-~]+")

Algorithms = tuple[str | int, ...]
"""Names of signature algorithms: JOSE texts, or COSE numbers."""


def well_known_url(identifier: str, name: str) -> str:
    """Where metadata is found: ``/.well-known/<name>`` between host and path (OpenID4VCI 12.2.2, RFC 8414 section 3).

    Args:
        identifier: of the issuer or the authorization server, an address without query and fragment.
        name: ``CREDENTIAL_ISSUER`` or ``AUTHORIZATION_SERVER``.
    """
    parts = urlsplit(identifier)
    return f"{parts.scheme}://{parts.netloc}/.well-known/{name}{parts.path.rstrip('/')}"


@dataclass(frozen=True, slots=True)
class CredentialConfiguration:
    """One kind of credential that the issuer issues."""

    format: str
    vct: str | None = None
    scope: str | None = None
    signing_algorithms: Algorithms = ()
    binding_methods: tuple[str, ...] = ()
    """``jwk``, ``did:key`` and the like; empty: bound to no key."""
    proof_types: Mapping[str, Algorithms] = field(default_factory=dict, hash=False)
    """Algorithms by proof type; empty: no proof is needed."""
    key_attestations: frozenset[str] = frozenset()
    """The proof types that need a key attestation, which this wallet does not have."""
    display: tuple[Display, ...] = ()
    claims: tuple[ClaimDescription, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "proof_types", MappingProxyType(dict(self.proof_types)))

    @classmethod
    def from_node(cls, node: Node) -> "CredentialConfiguration":
        """Read one value of ``credential_configurations_supported``."""
        members = known_members(
            node,
            ("format",),
            (
                "vct",
                "scope",
                "credential_signing_alg_values_supported",
                "cryptographic_binding_methods_supported",
                "proof_types_supported",
                "credential_metadata",
            ),
        )
        proofs = members["proof_types_supported"].entries() if "proof_types_supported" in members else {}
        parsed = {name: _proof_type(proof) for name, proof in proofs.items()}
        about = (
            known_members(members["credential_metadata"], (), ("display", "claims"))
            if "credential_metadata" in members
            else {}
        )
        return cls(
            format=members["format"].text(longest=100),
            vct=find(members, "vct", lambda member: member.text()),
            scope=find(members, "scope", lambda member: member.text(longest=200)),
            signing_algorithms=find(members, "credential_signing_alg_values_supported", _algorithms) or (),
            binding_methods=find(members, "cryptographic_binding_methods_supported", _names) or (),
            proof_types={name: algorithms for name, (algorithms, _) in parsed.items()},
            key_attestations=frozenset(name for name, (_, attested) in parsed.items() if attested),
            display=tuple(Display.from_node(item) for item in about["display"].items(1, _MOST))
            if "display" in about
            else (),
            claims=tuple(ClaimDescription.from_node(item) for item in about["claims"].items(1, 1000))
            if "claims" in about
            else (),
        )

    def to_json(self) -> dict[str, object]:
        """The object that ``from_node`` reads."""
        about = present_members(
            {
                "display": [display.to_json() for display in self.display],
                "claims": [claim.to_json() for claim in self.claims],
            }
        )
        proofs = {
            name: present_members(
                {
                    "proof_signing_alg_values_supported": list(algorithms),
                    "key_attestations_required": {} if name in self.key_attestations else None,
                }
            )
            for name, algorithms in self.proof_types.items()
        }
        return present_members(
            {
                "format": self.format,
                "vct": self.vct,
                "scope": self.scope,
                "credential_signing_alg_values_supported": list(self.signing_algorithms),
                "cryptographic_binding_methods_supported": list(self.binding_methods),
                "proof_types_supported": proofs or None,
                "credential_metadata": about or None,
            }
        )


@dataclass(frozen=True, slots=True)
class CredentialIssuerMetadata:
    """A credential issuer: its endpoints and what it issues."""

    credential_issuer: str
    credential_endpoint: str
    configurations: Mapping[str, CredentialConfiguration] = field(hash=False)
    authorization_servers: tuple[str, ...] = ()
    """Empty: the issuer is its own authorization server."""
    nonce_endpoint: str | None = None
    deferred_credential_endpoint: str | None = None
    notification_endpoint: str | None = None
    request_encryption: RequestEncryption | None = None
    response_encryption: ResponseEncryption | None = None
    batch_size: int | None = None
    """Most keys in one request; None: one."""
    display: tuple[Display, ...] = ()
    validator_did: str | None = None
    """Our own member: the DID that requests for BBS credentials are made for (issuance.md 2.4)."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "configurations", MappingProxyType(dict(self.configurations)))

    @classmethod
    def from_json(cls, unverified: bytes, *, issuer: str) -> "CredentialIssuerMetadata":
        """Read metadata.

        Args:
            unverified: the body, as fetched from ``well_known_url(issuer, CREDENTIAL_ISSUER)``.
            issuer: the identifier that the address was made of.
        Raises:
            DocumentError: a wrong shape, or metadata of another issuer.
        """
        return cls.from_node(parse_message(unverified), issuer=issuer)

    @classmethod
    def from_node(cls, node: Node, *, issuer: str) -> "CredentialIssuerMetadata":
        """Read metadata, for example out of a signed token; arguments and errors as ``from_json``."""
        members = known_members(
            node,
            ("credential_issuer", "credential_endpoint", "credential_configurations_supported"),
            (
                "authorization_servers",
                "nonce_endpoint",
                "deferred_credential_endpoint",
                "notification_endpoint",
                "credential_request_encryption",
                "credential_response_encryption",
                "batch_credential_issuance",
                "display",
                "validator_did",
            ),
        )
        identifier = identifier_url(members["credential_issuer"])
        if identifier != issuer:
            members["credential_issuer"].refuse("must be the identifier that the metadata was asked for with")
        configurations = members["credential_configurations_supported"].entries()
        if len(configurations) > MOST_CONFIGURATIONS:
            members["credential_configurations_supported"].refuse(f"must have at most {MOST_CONFIGURATIONS} members")
        return cls(
            credential_issuer=identifier,
            credential_endpoint=web_url(members["credential_endpoint"]),
            configurations={name: CredentialConfiguration.from_node(value) for name, value in configurations.items()},
            authorization_servers=find(members, "authorization_servers", _servers) or (),
            nonce_endpoint=find(members, "nonce_endpoint", web_url),
            deferred_credential_endpoint=find(members, "deferred_credential_endpoint", web_url),
            notification_endpoint=find(members, "notification_endpoint", web_url),
            request_encryption=find(members, "credential_request_encryption", RequestEncryption.from_node),
            response_encryption=find(members, "credential_response_encryption", ResponseEncryption.from_node),
            batch_size=find(members, "batch_credential_issuance", _batch_size),
            display=tuple(Display.from_node(item) for item in members["display"].items(1, _MOST))
            if "display" in members
            else (),
            validator_did=find(members, "validator_did", lambda member: member.text(_DID, longest=8192)),
        )

    def to_json(self) -> dict[str, object]:
        """The document that ``from_json`` reads."""
        return present_members(
            {
                "credential_issuer": self.credential_issuer,
                "authorization_servers": list(self.authorization_servers),
                "credential_endpoint": self.credential_endpoint,
                "nonce_endpoint": self.nonce_endpoint,
                "deferred_credential_endpoint": self.deferred_credential_endpoint,
                "notification_endpoint": self.notification_endpoint,
                "credential_request_encryption": self.request_encryption and self.request_encryption.to_json(),
                "credential_response_encryption": self.response_encryption and self.response_encryption.to_json(),
                "batch_credential_issuance": None if self.batch_size is None else {"batch_size": self.batch_size},
                "display": [display.to_json() for display in self.display],
                "validator_did": self.validator_did,
                "credential_configurations_supported": {
                    name: configuration.to_json() for name, configuration in self.configurations.items()
                },
            }
        )


def _proof_type(node: Node) -> tuple[Algorithms, bool]:
    members = known_members(node, ("proof_signing_alg_values_supported",), ("key_attestations_required",))
    return _algorithms(members["proof_signing_alg_values_supported"]), "key_attestations_required" in members


def _algorithms(node: Node) -> Algorithms:
    return tuple(
        item.text(longest=100) if isinstance(item.value, str) else item.integer(-(1 << 31), 1 << 31)
        for item in node.items(1, _MOST)
    )


def _names(node: Node) -> tuple[str, ...]:
    return strings(node, most=_MOST, longest=200)


def _servers(node: Node) -> tuple[str, ...]:
    for item in node.items(1, _MOST):
        identifier_url(item)
    return unique_strings(node, most=_MOST)


def _batch_size(node: Node) -> int:
    return known_members(node, ("batch_size",))["batch_size"].integer(2, 10_000)
