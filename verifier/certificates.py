# SPDX-License-Identifier: EUPL-1.2
"""The certificate that a verifier signs its requests with: its own, or one that an authority gave.

A wallet knows the verifier by the hash of this certificate (``x509_hash``) and trusts it through the authority's
anchor. For a start ``issue_own`` makes an authority for this one certificate and throws the authority's key away; a
wallet that lists its anchor trusts this verifier and nobody else.
"""

import base64
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ssi.keys import PrivateKey, PublicKey
from verifier.errors import SettingsError

__all__ = ["CertificateChain", "issue_own", "signing_request"]

_VALID: Final = timedelta(days=825)
_EARLIER: Final = timedelta(hours=1)
"""A wallet's clock may be behind."""


@dataclass(frozen=True, slots=True)
class CertificateChain:
    """Certificates in DER, the leaf first, the anchor left out (as HAIP 1.0 asks)."""

    ders: tuple[bytes, ...]

    @classmethod
    def from_pem(cls, pem: bytes, key: PublicKey) -> Self:
        """Read a file of certificates, the leaf first.

        Args:
            pem: the file.
            key: the request key, which the leaf must be for.
        Raises:
            SettingsError: it cannot be read, or is for another key.
        """
        try:
            certificates = x509.load_pem_x509_certificates(pem)
            leaf_key = certificates[0].public_key()
        except ValueError:
            raise SettingsError("certificate", "must be certificates in PEM, the verifier's own first") from None
        if not isinstance(leaf_key, ec.EllipticCurvePublicKey) or _compressed(leaf_key) != key.octets:
            raise SettingsError("certificate", "must be for the request key of this verifier")
        return cls(tuple(_der(certificate) for certificate in certificates))

    @property
    def leaf(self) -> bytes:
        """The verifier's own certificate, DER."""
        return self.ders[0]

    @property
    def texts(self) -> tuple[str, ...]:
        """Each in base64, as ``x5c`` has them."""
        return tuple(base64.b64encode(der).decode("ascii") for der in self.ders)

    @property
    def is_self_signed(self) -> bool:
        """Whether the leaf signed itself, which HAIP does not accept."""
        certificate = x509.load_der_x509_certificate(self.leaf)
        return certificate.issuer == certificate.subject

    def ends_at(self) -> datetime:
        """The last moment of the leaf."""
        return x509.load_der_x509_certificate(self.leaf).not_valid_after_utc

    def to_pem(self) -> bytes:
        """The file that ``from_pem`` reads."""
        loaded = (x509.load_der_x509_certificate(der) for der in self.ders)
        return b"".join(certificate.public_bytes(serialization.Encoding.PEM) for certificate in loaded)


def issue_own(key: PrivateKey, *, name: str, host: str, now: datetime) -> tuple[CertificateChain, bytes]:
    """A certificate for a request key, by an authority that is made for it and forgotten.

    Args:
        key: the request key, P-256.
        name: who asks, for people.
        host: the name or address of the public URL.
        now: when it starts.
    Returns:
        The chain, and the authority's certificate in PEM, which wallets list as an anchor.
    """
    authority = ec.generate_private_key(ec.SECP256R1())
    root_name = _name(f"{name} - authority")
    root = (
        _builder(root_name, root_name, authority.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(authority, hashes.SHA256())
    )
    secret = ec.derive_private_key(int.from_bytes(key.secret_octets, "big"), ec.SECP256R1())
    leaf = (
        _builder(_name(name), root_name, secret.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.SubjectAlternativeName([_alternative(host)]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False)
        .sign(authority, hashes.SHA256())
    )
    return CertificateChain((_der(leaf),)), root.public_bytes(serialization.Encoding.PEM)


def signing_request(key: PrivateKey, *, name: str, host: str) -> bytes:
    """A request for an authority to certify the request key (PKCS #10, PEM)."""
    secret = ec.derive_private_key(int.from_bytes(key.secret_octets, "big"), ec.SECP256R1())
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(_name(name))
        .add_extension(x509.SubjectAlternativeName([_alternative(host)]), critical=False)
        .sign(secret, hashes.SHA256())
    )
    return request.public_bytes(serialization.Encoding.PEM)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + _VALID)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def _compressed(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)
