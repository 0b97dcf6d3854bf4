# SPDX-License-Identifier: EUPL-1.2
"""The trust list as a document: who may issue what, by certificate, by DID, by BBS key (trust.md 2).

Invariants:
    * Read as strictly as every published document; an unknown member, an unusable certificate, DID or key refuses the
      whole list, and the error names the field.
    * Every entry says for which types it holds, and of certificates for which issuers; nothing is trusted by omission.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography import x509

from ssi.base64url import decode_base64url
from ssi.bbs.keys import decode_public_key
from ssi.credential.document import Node, Wording, parse_document
from ssi.did.document import split_did
from ssi.did.errors import DidError
from ssi.errors import VerificationError
from ssi.trust.certificates import Anchors, read_anchor

__all__ = ["CertifiedIssuers", "ListedKey", "TrustedIssuer", "parse_trust_list"]

FORMAT: Final = "stuiver/trust-list/v1"
ANY: Final = "any"
"""In place of the issuers of an anchor: whoever it certifies."""
_MOST_ENTRIES: Final = 1000
_MOST_ITEMS: Final = 100
_LONGEST_PEM: Final = 12_000
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+", re.ASCII)
_HTTPS: Final = re.compile(r"https://[!-~]+", re.ASCII)
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class CertifiedIssuers:
    """Issuers that certificates name.

    Args:
        anchors: where their paths must end.
        issuers: which of them; None for whoever an anchor certifies.
    """

    anchors: Anchors
    issuers: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class ListedKey:
    """A BBS key that is named in the list itself.

    Args:
        public_key: 96 octets.
        valid_until: the last second in which it counts.
    """

    public_key: bytes
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """One entry: who, and for which types.

    Args:
        name: for people.
        vcts: the types of credentials.
        dids: issuers that sign with the keys of their DID documents.
        certified: issuers that sign with certified keys.
        bbs_keys: keys of BBS credentials.
        asks_registry: whether the keys of the trust registry count as well.
    """

    name: Wording
    vcts: frozenset[str]
    dids: frozenset[str]
    certified: CertifiedIssuers | None
    bbs_keys: tuple[ListedKey, ...]
    asks_registry: bool

    def names(self, issuer: str) -> bool:
        """Whether this entry names the issuer, rather than whoever an authority certifies."""
        certified = self.certified.issuers if self.certified is not None else None
        return issuer in self.dids or (certified is not None and issuer in certified)


def parse_trust_list(unverified: bytes) -> tuple[TrustedIssuer, ...]:
    """Read a list.

    Args:
        unverified: its octets; a list is configuration, read from a place that only its owner can write.
    Raises:
        DocumentError: names the field and the rule that it breaks.
    """
    members = parse_document(unverified).members(("format", "issuers"))
    members["format"].choice((FORMAT,))
    return tuple(_entry(node) for node in members["issuers"].items(1, _MOST_ENTRIES))


def _entry(node: Node) -> TrustedIssuer:
    members = node.members(("name", "vcts"), ("dids", "x509", "bbs_keys", "registry"))
    if len(members) == 2:
        node.refuse("must have at least one of dids, x509, bbs_keys, registry")
    return TrustedIssuer(
        members["name"].wording(),
        _distinct(members["vcts"], _vct),
        _distinct(members["dids"], _did) if "dids" in members else frozenset(),
        _certified(members["x509"]) if "x509" in members else None,
        tuple(_bbs_key(item) for item in members["bbs_keys"].items(1, _MOST_ITEMS)) if "bbs_keys" in members else (),
        _true(members["registry"]) if "registry" in members else False,
    )


def _distinct(node: Node, read: Callable[[Node], str]) -> frozenset[str]:
    texts: set[str] = set()
    for item in node.items(1, _MOST_ITEMS):
        text = read(item)
        if text in texts:
            item.refuse("stands in this array already")
        texts.add(text)
    return frozenset(texts)


def _vct(node: Node) -> str:
    return node.text(_URI)


def _did(node: Node) -> str:
    text = node.text()
    try:
        split_did(text)
    except DidError:
        node.refuse("must be a DID, without path, query or fragment")
    return text


def _issuer(node: Node) -> str:
    return node.text(_HTTPS)


def _certified(node: Node) -> CertifiedIssuers:
    members = node.members(("anchors", "issuers"))
    nodes = members["anchors"].items(1, _MOST_ITEMS)
    certificates = [_anchor(item) for item in nodes]
    issuers = members["issuers"]
    if isinstance(issuers.value, str):
        issuers.choice((ANY,))
        return CertifiedIssuers(Anchors(certificates), None)
    return CertifiedIssuers(Anchors(certificates), _distinct(issuers, _issuer))


def _anchor(node: Node) -> x509.Certificate:
    try:
        return read_anchor(node.text(longest=_LONGEST_PEM))
    except ValueError:
        node.refuse("must be one certificate of an authority, in PEM")


def _bbs_key(node: Node) -> ListedKey:
    members = node.members(("public_key", "valid_until"))
    try:
        octets = decode_base64url(members["public_key"].text())
        decode_public_key(octets)
    except (ValueError, VerificationError):
        members["public_key"].refuse("must be base64url of a BBS public key, 96 octets")
    text = members["valid_until"].text(_MOMENT)
    try:
        return ListedKey(octets, datetime.fromisoformat(text).astimezone(UTC))
    except ValueError:
        members["valid_until"].refuse("must be a moment, as in 2027-12-31T00:00:00Z")


def _true(node: Node) -> bool:
    if not node.boolean():
        node.refuse("must be true, or left out")
    return True
