# SPDX-License-Identifier: EUPL-1.2
"""Certificates in a token (``x5c``): do they lead to an anchor, and whose name do they bear (trust.md 3).

Sources: RFC 7515 §4.1.6, RFC 5280 §6, HAIP 1.0 §6.1 (no anchor in ``x5c``, no self-signed certificate), OpenID4VP 1.0
§5.9.3 (``x509_hash``). Path validation is that of the cryptography library, with this module's rules for extensions.

Invariants:
    * The certificates are a path in order, leaf first, and all of it: what the library verified is exactly what was
      sent, and one anchor behind it. An anchor is trusted because it is configured, never because it was sent.
    * Every certificate of the path, the anchor included, is valid at the moment that was asked about.
    * Whoever issues has ``cA``, ``keyCertSign`` and room in its path length; the leaf has ``digitalSignature``, is no
      CA, and bears an alternative name. A certificate that is for other purposes only is refused.
    * ``VerifiedChain`` is made here and nowhere else.
"""

import base64
import binascii
import hashlib
import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID

from ssi.base64url import encode_base64url
from ssi.errors import Reason, VerificationError
from ssi.keys import KeyType, PublicKey

__all__ = ["Anchors", "VerifiedChain", "parse_x5c", "read_anchor", "x509_hash"]

LONGEST_CHAIN: Final = 4
"""Most certificates in a token."""
_LONGEST_CERTIFICATE: Final = 8192
_LONGEST_TEXT: Final = 4 * -(-_LONGEST_CERTIFICATE // 3)
_MOST_KEPT: Final = 256
_HTTPS: Final = re.compile(r"https://([A-Za-z0-9.-]{1,253})(?::[0-9]{1,5})?(?:[/?#].*)?", re.ASCII)
_OTHER_PURPOSES: Final = frozenset(
    {
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.CLIENT_AUTH,
        ExtendedKeyUsageOID.CODE_SIGNING,
        ExtendedKeyUsageOID.EMAIL_PROTECTION,
        ExtendedKeyUsageOID.TIME_STAMPING,
        ExtendedKeyUsageOID.OCSP_SIGNING,
    }
)
"""Purposes that are not signing credentials, status lists or requests."""


@dataclass(frozen=True, slots=True)
class VerifiedChain:
    """A path from a leaf to an anchor that was verified.

    Args:
        key: the leaf's.
        leaf: the leaf's DER octets.
        anchor: the anchor's DER octets.
        dns_names: of the leaf's alternative names, in lower case.
        uris: the https URIs among the leaf's alternative names, since a certificate vouches for no DID; none below an
            authority that may certify some names only.
        not_before, not_after: the moments in which the whole path is valid, both included.
    """

    key: PublicKey
    leaf: bytes
    anchor: bytes
    dns_names: tuple[str, ...]
    uris: tuple[str, ...]
    not_before: datetime
    not_after: datetime

    def speaks_for(self, issuer: str) -> bool:
        """(3.6) Whether the leaf bears this issuer's name: as a URI, or as the host of an https URI. No wildcards."""
        if issuer in self.uris:
            return True
        host = _HTTPS.fullmatch(issuer)
        return host is not None and host[1].lower() in self.dns_names

    def only_name(self) -> str:
        """(3.7) The issuer, when nothing but the leaf names it: its only URI, or else its only host as https URI.

        Raises:
            VerificationError: ``UNTRUSTED_CERTIFICATE`` if there are several, or none.
        """
        if len(self.uris) == 1:
            return self.uris[0]
        if not self.uris and len(self.dns_names) == 1 and _HTTPS.fullmatch(f"https://{self.dns_names[0]}"):
            return f"https://{self.dns_names[0]}"
        raise VerificationError(Reason.UNTRUSTED_CERTIFICATE, "the certificate does not name one issuer")


def x509_hash(leaf: bytes) -> str:
    """The value of the client identifier prefix ``x509_hash``: base64url of the SHA-256 of a leaf's DER octets."""
    return encode_base64url(hashlib.sha256(leaf).digest())


def parse_x5c(unverified: object) -> tuple[bytes, ...]:
    """Read a header's ``x5c``: DER octets, leaf first. Nothing about them is verified.

    Raises:
        VerificationError: ``MALFORMED`` unless it is an array of base64 texts; ``TOO_LARGE`` for too many or too long.
    """
    if not isinstance(unverified, list | tuple) or not unverified:
        raise VerificationError(Reason.MALFORMED, "x5c is not an array of certificates")
    if len(unverified) > LONGEST_CHAIN:
        raise VerificationError(Reason.TOO_LARGE, "more certificates than are read")
    return tuple(_der(text) for text in unverified)


def _der(text: object) -> bytes:
    if not isinstance(text, str):
        raise VerificationError(Reason.MALFORMED, "a certificate is not a text")
    if len(text) > _LONGEST_TEXT:
        raise VerificationError(Reason.TOO_LARGE, "a certificate longer than is read")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise VerificationError(Reason.MALFORMED, "a certificate is not base64") from None


def read_anchor(text: str) -> x509.Certificate:
    """Read a PEM text of one authority's certificate; ValueError for anything else."""
    if text.count("-----BEGIN") != 1:
        raise ValueError("not one PEM text")
    certificate = x509.load_pem_x509_certificate(text.encode("ascii"))
    if not _is_authority(certificate):
        raise ValueError("not the certificate of an authority")
    return certificate


class Anchors:
    """Certificates that are trusted because somebody configured them.

    Verified paths are kept, so that a signer's next token costs no path validation; for use by many threads.

    Args:
        certificates: the anchors, at least one.
    Raises:
        ValueError: an anchor is no certificate authority, or there is none.
    """

    def __init__(self, certificates: Sequence[x509.Certificate]) -> None:
        if not certificates or not all(_is_authority(certificate) for certificate in certificates):
            raise ValueError("an anchor is the certificate of an authority, and there is at least one")
        self._store = verification.Store(list(certificates))
        self._anchors = frozenset(certificate.public_bytes(Encoding.DER) for certificate in certificates)
        self._kept: OrderedDict[tuple[bytes, ...], VerifiedChain] = OrderedDict()
        self._lock = Lock()

    @classmethod
    def from_pem(cls, texts: Sequence[str]) -> Self:
        """Anchors from PEM texts of one certificate each; ValueError for anything else."""
        return cls([read_anchor(text) for text in texts])

    def verify(self, unverified_chain: Sequence[bytes], now: datetime) -> VerifiedChain:
        """Verify a path.

        Args:
            unverified_chain: DER octets, leaf first, without the anchor; of ``parse_x5c``.
            now: the moment at which it must be valid.
        Raises:
            VerificationError: ``UNTRUSTED_CERTIFICATE``; ``WRONG_ALGORITHM`` for a leaf whose key is not P-256.
        """
        key = tuple(unverified_chain)
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
        if kept is not None and kept.not_before <= now <= kept.not_after:
            return kept
        verified = self._verify(key, now)
        with self._lock:
            self._kept[key] = verified
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return verified

    def _verify(self, unverified_chain: tuple[bytes, ...], now: datetime) -> VerifiedChain:
        # (3.1) nothing that vouches for itself
        if not 1 <= len(unverified_chain) <= LONGEST_CHAIN or not self._anchors.isdisjoint(unverified_chain):
            raise _untrusted("the path is empty, too long, or holds an anchor")
        try:
            sent = [x509.load_der_x509_certificate(octets) for octets in unverified_chain]
            if any(certificate.issuer == certificate.subject for certificate in sent):
                raise _untrusted("a certificate is self-issued")
            # (3.2), (3.3), (3.4) signatures, moments, names, what each is for
            verifier = (
                verification.PolicyBuilder()
                .store(self._store)
                .time(now)
                .max_chain_depth(len(sent) - 1)
                .extension_policies(ca_policy=_AUTHORITY, ee_policy=_LEAF)
                .build_client_verifier()
            )
            path = verifier.verify(sent[0], sent[1:]).chain
            names = sent[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            constrained = any(_is_constrained(certificate) for certificate in path)
        except VerificationError:
            raise
        except Exception as error:  # reading a broken certificate raises a dozen kinds of errors, TypeError among them
            raise _untrusted("no path to an anchor") from error
        # (3.5) exactly what was sent, in that order
        if [certificate.public_bytes(Encoding.DER) for certificate in path[:-1]] != list(unverified_chain):
            raise _untrusted("the certificates are not one path, in order")
        return VerifiedChain(
            _key(sent[0]),
            unverified_chain[0],
            path[-1].public_bytes(Encoding.DER),
            tuple(name.lower() for name in names.get_values_for_type(x509.DNSName)),
            () if constrained else _https_uris(names),
            max(certificate.not_valid_before_utc for certificate in path),
            min(certificate.not_valid_after_utc for certificate in path),
        )


def _untrusted(detail: str) -> VerificationError:
    return VerificationError(Reason.UNTRUSTED_CERTIFICATE, detail)


def _key(leaf: x509.Certificate) -> PublicKey:
    key = leaf.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise VerificationError(Reason.WRONG_ALGORITHM, "the certificate's key is not a P-256 key")
    return PublicKey(KeyType.P256, key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint))


def _https_uris(names: x509.SubjectAlternativeName) -> tuple[str, ...]:
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    return tuple(uri for uri in uris if _HTTPS.fullmatch(uri) is not None)


def _is_constrained(certificate: x509.Certificate) -> bool:
    """Whether an authority may certify some names only. Such limits are about hosts and leave URIs free, so that the
    URIs below it would escape them; they do not count.
    """
    return any(extension.oid == x509.NameConstraints.oid for extension in certificate.extensions)


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def _must_certify(_: verification.Policy, __: x509.Certificate, constraints: x509.BasicConstraints) -> None:
    if not constraints.ca:
        raise ValueError("an issuer of certificates is no authority")


def _must_not_certify(_: verification.Policy, __: x509.Certificate, constraints: x509.BasicConstraints | None) -> None:
    if constraints is not None and constraints.ca:
        raise ValueError("the leaf is an authority")


def _signs_certificates(_: verification.Policy, __: x509.Certificate, usage: x509.KeyUsage) -> None:
    if not usage.key_cert_sign:
        raise ValueError("an issuer of certificates may not sign them")


def _signs(_: verification.Policy, __: x509.Certificate, usage: x509.KeyUsage) -> None:
    if not usage.digital_signature or usage.key_cert_sign:
        raise ValueError("the leaf's key is not for signatures")


def _serves(_: verification.Policy, __: x509.Certificate, purposes: x509.ExtendedKeyUsage | None) -> None:
    if purposes is not None and _OTHER_PURPOSES.issuperset(purposes):
        raise ValueError("a certificate for other purposes")


_ANY: Final = verification.Criticality.AGNOSTIC
_AUTHORITY: Final = (
    verification.ExtensionPolicy.permit_all()
    .require_present(x509.BasicConstraints, verification.Criticality.CRITICAL, _must_certify)
    .require_present(x509.KeyUsage, _ANY, _signs_certificates)
    .may_be_present(x509.ExtendedKeyUsage, _ANY, _serves)
)
_LEAF: Final = (
    verification.ExtensionPolicy.permit_all()
    .require_present(x509.SubjectAlternativeName, _ANY, None)
    .require_present(x509.KeyUsage, _ANY, _signs)
    .may_be_present(x509.BasicConstraints, _ANY, _must_not_certify)
    .may_be_present(x509.ExtendedKeyUsage, _ANY, _serves)
)
