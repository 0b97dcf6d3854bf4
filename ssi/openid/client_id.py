# SPDX-License-Identifier: EUPL-1.2
"""Who a verifier is: client identifiers with a prefix, and the key that must have signed (OpenID4VP 1.0 section 5.9).

Invariants:
    * A prefix says how the identifier is proved; one that we cannot check is refused, never read as something weaker.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol
from urllib.parse import urlsplit

from ssi.credential.document import Node
from ssi.did.document import Relationship
from ssi.did.errors import DidError
from ssi.errors import Reason, VerificationError
from ssi.jose.jws import UnverifiedJws
from ssi.keys import PublicKey
from ssi.trust.certificates import VerifiedChain, parse_x5c, x509_hash

__all__ = [
    "Certificates",
    "ClientId",
    "ClientIdPrefix",
    "ClientKey",
    "DidKeys",
    "check_response_uri",
    "client_id",
    "client_key",
    "x509_hash_client_id",
]

_LONGEST: Final = 8192
"""A did:jwk is long."""
_PRINTABLE: Final = re.compile(r"[!-~]+")
"""No spaces: the scope of a pseudonym is written after a client identifier and a space."""


class ClientIdPrefix(StrEnum):
    """How a client identifier is to be read."""

    REDIRECT_URI = "redirect_uri"
    DECENTRALIZED_IDENTIFIER = "decentralized_identifier"
    X509_HASH = "x509_hash"
    X509_SAN_DNS = "x509_san_dns"


@dataclass(frozen=True, slots=True)
class ClientId:
    """A client identifier; ``str`` gives the whole text, which is the audience of every presentation."""

    prefix: ClientIdPrefix
    value: str

    @classmethod
    def parse(cls, unverified: str) -> "ClientId":
        """Read a client identifier.

        Raises:
            DocumentError: without a prefix, or with one that is not ours.
        """
        return client_id(Node(unverified, "$.client_id"))

    def __str__(self) -> str:
        return f"{self.prefix.value}:{self.value}"


def client_id(node: Node) -> ClientId:
    """Read the member ``client_id``."""
    prefix, separator, value = node.text(_PRINTABLE, longest=_LONGEST).partition(":")
    if not separator or prefix not in tuple(ClientIdPrefix) or not value:
        node.refuse(f"must have one of the prefixes {', '.join(ClientIdPrefix)}")
    return ClientId(ClientIdPrefix(prefix), value)


def x509_hash_client_id(leaf: bytes) -> ClientId:
    """The client identifier of a verifier whose certificate has these DER octets."""
    return ClientId(ClientIdPrefix.X509_HASH, x509_hash(leaf))


class DidKeys(Protocol):
    """Finds the keys of DIDs; ``ssi.did.Resolver`` does."""

    def resolve_key(self, unverified_did_url: str, purpose: Relationship) -> PublicKey:
        """The key that a DID URL names; DidError when there is none for this purpose."""
        ...


class Certificates(Protocol):
    """Verifies paths of certificates; ``ssi.trust.certificates.Anchors`` does."""

    def verify(self, unverified_chain: Sequence[bytes], now: datetime) -> VerifiedChain:
        """The verified path; VerificationError when it leads to no anchor."""
        ...


@dataclass(frozen=True, slots=True)
class ClientKey:
    """The key that a client's request must be signed with.

    Attributes:
        key: the key.
        names: host names that a certificate gives the client; none for a DID.
    """

    key: PublicKey
    names: tuple[str, ...]


def client_key(
    client: ClientId, unverified: UnverifiedJws, *, now: datetime, dids: DidKeys, certificates: Certificates
) -> ClientKey:
    """Find the key that must have signed a request of this client.

    Args:
        client: the client identifier.
        unverified: the signed request, whose header says where the key is.
        now: the moment at which certificates must be valid.
        dids: finds the keys of DIDs.
        certificates: the anchors for verifiers.
    Raises:
        VerificationError: ``UNRESOLVABLE_KEY``, ``MALFORMED``, ``TOO_LARGE``, ``UNTRUSTED_CERTIFICATE`` or
            ``WRONG_ALGORITHM``.
    """
    header = unverified.unverified_header
    match client.prefix:
        case ClientIdPrefix.REDIRECT_URI:
            raise VerificationError(Reason.UNRESOLVABLE_KEY, "a request of a redirect_uri client is never signed")
        case ClientIdPrefix.DECENTRALIZED_IDENTIFIER:
            kid = header.get("kid")
            if not isinstance(kid, str) or not kid.startswith(f"{client.value}#"):
                raise VerificationError(Reason.UNRESOLVABLE_KEY, "kid must name a key of the client's DID")
            try:
                return ClientKey(dids.resolve_key(kid, Relationship.AUTHENTICATION), ())
            except DidError as error:
                raise VerificationError(Reason.UNRESOLVABLE_KEY, error.problem.value) from error
        case ClientIdPrefix.X509_HASH | ClientIdPrefix.X509_SAN_DNS:
            chain = certificates.verify(parse_x5c(header.get("x5c")), now)
            if client.prefix is ClientIdPrefix.X509_HASH:
                is_named = x509_hash(chain.leaf) == client.value
            else:
                is_named = client.value.lower() in chain.dns_names
            if not is_named:
                raise VerificationError(Reason.UNTRUSTED_CERTIFICATE, "the certificate is not this client's")
            return ClientKey(chain.key, chain.dns_names)


def check_response_uri(client: ClientId, response_uri: str) -> None:
    """Check that an answer may be sent there for this client (OpenID4VP 5.9.3 and 8.2).

    Raises:
        VerificationError: ``WRONG_AUDIENCE``: a redirect_uri client names another address, or an x509_san_dns client
            another host.
    """
    allowed = True  # who signs as a DID or with a certificate of this hash chooses the address
    if client.prefix is ClientIdPrefix.REDIRECT_URI:
        allowed = client.value == response_uri
    elif client.prefix is ClientIdPrefix.X509_SAN_DNS:
        allowed = urlsplit(response_uri).hostname == client.value.lower()
    if not allowed:
        raise VerificationError(Reason.WRONG_AUDIENCE, "the answer would go to somebody else")
