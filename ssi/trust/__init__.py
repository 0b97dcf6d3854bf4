# SPDX-License-Identifier: EUPL-1.2
"""Who may issue what: certificates, DIDs and BBS keys behind one list (specs/protocols/trust.md)."""

from ssi.trust.certificates import Anchors, VerifiedChain, parse_x5c, x509_hash
from ssi.trust.document import CertifiedIssuers, ListedKey, TrustedIssuer, parse_trust_list
from ssi.trust.lists import KeyRegistry, NoKeyRegistry, TrustList

__all__ = [
    "Anchors",
    "CertifiedIssuers",
    "KeyRegistry",
    "ListedKey",
    "NoKeyRegistry",
    "TrustList",
    "TrustedIssuer",
    "VerifiedChain",
    "parse_trust_list",
    "parse_x5c",
    "x509_hash",
]
