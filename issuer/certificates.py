# SPDX-License-Identifier: EUPL-1.2
"""Certificates for document keys: asking for one, and reading what came back."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from issuer.document_keys import DocumentKey
from issuer.errors import SettingsError
from ssi.keys import PrivateKey

__all__ = ["certificate_request", "read_certificates"]

_LONGEST_NAME = 64
"""Of a common name (RFC 5280, ub-common-name)."""


def certificate_request(key: DocumentKey, *, name: str, host: str) -> bytes:
    """A PKCS#10 request in PEM, signed by the key.

    Args:
        key: of the sealed file.
        name: the issuer's, for people.
        host: of the public URL; the certificate is to name it as a DNS name.
    Raises:
        SettingsError: the key is in a security module, which makes its own requests; or no host name.
    """
    if not isinstance(key.signer, PrivateKey):
        raise SettingsError("document key", "must not be one that a security module keeps to itself")
    secret = ec.derive_private_key(int.from_bytes(key.signer.secret_octets, "big"), ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:_LONGEST_NAME])])
    try:
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
    except ValueError:
        raise SettingsError("host", "must be a host name in ASCII") from None
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).add_extension(names, critical=False)
    return request.sign(secret, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def read_certificates(pem: bytes) -> tuple[bytes, ...]:
    """The certificates of a PEM file as DER, in its order; SettingsError."""
    try:
        found = x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise SettingsError("certificates", "must be X.509 certificates in PEM") from None
    return tuple(certificate.public_bytes(serialization.Encoding.DER) for certificate in found)
