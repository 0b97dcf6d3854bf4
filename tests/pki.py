# SPDX-License-Identifier: EUPL-1.2
"""A small public key infrastructure for tests: an anchor, authorities below it, leaves with a P-256 key.

root = make_root()
leaf = root.intermediate().leaf(uris=("https://issuer.example",))
leaf.private_key signs; leaf.x5c is the header; root.pem is the anchor to configure.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier

from ssi.keys import KeyType, PrivateKey

__all__ = ["NOW", "SIGNS", "SIGNS_CERTIFICATES", "Authority", "Leaf", "Validity", "key_usage", "make_root"]

NOW: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
"""A moment at which everything made here is valid, unless it says otherwise."""


@dataclass(frozen=True, slots=True)
class Validity:
    """When a certificate is valid."""

    start: datetime = NOW - timedelta(days=30)
    end: datetime = NOW + timedelta(days=335)


def key_usage(*uses: str) -> x509.KeyUsage:
    """The key usage extension with these uses and no other."""
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: name in uses for name in names})


SIGNS: Final = key_usage("digital_signature")
SIGNS_CERTIFICATES: Final = key_usage("key_cert_sign", "crl_sign")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A certificate that signs tokens.

    Args:
        private_key: its key, as the project's own type.
        chain: its certificate and those between it and the anchor, leaf first.
    """

    private_key: PrivateKey
    chain: tuple[x509.Certificate, ...]

    @property
    def der(self) -> tuple[bytes, ...]:
        """The chain's DER octets."""
        return tuple(certificate.public_bytes(Encoding.DER) for certificate in self.chain)

    @property
    def x5c(self) -> list[str]:
        """The header ``x5c``: the chain without the anchor."""
        return [base64.b64encode(octets).decode("ascii") for octets in self.der]


@dataclass(frozen=True, slots=True)
class Authority:
    """Whoever issues certificates.

    Args:
        key: its key.
        certificate: its own certificate.
        above: the certificates between it and the anchor, the anchor not included, its own not either.
        is_anchor: whether its own certificate is the anchor.
    """

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    above: tuple[x509.Certificate, ...] = ()
    is_anchor: bool = False

    @property
    def pem(self) -> str:
        """Its own certificate, to be configured as an anchor."""
        return self.certificate.public_bytes(Encoding.PEM).decode("ascii")

    def intermediate(
        self,
        name: str = "Intermediate",
        *,
        path_length: int | None = 0,
        validity: Validity = Validity(),
        constraints: x509.BasicConstraints | None = None,
        usage: x509.KeyUsage = SIGNS_CERTIFICATES,
        extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    ) -> "Authority":
        """An authority below this one."""
        key = ec.generate_private_key(ec.SECP256R1())
        basic = x509.BasicConstraints(ca=True, path_length=path_length) if constraints is None else constraints
        extended = ((basic, True), (usage, True), *extensions)
        certificate = self._certify(key.public_key(), name, validity, extended)
        return Authority(key, certificate, self._chain())

    def leaf(
        self,
        *,
        dns: Sequence[str] = (),
        uris: Sequence[str] = (),
        name: str = "Signer",
        validity: Validity = Validity(),
        usage: x509.KeyUsage | None = SIGNS,
        purposes: Sequence[ObjectIdentifier] = (),
        private_key: PrivateKey | None = None,
        public_key: object = None,
        extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    ) -> Leaf:
        """A signer's certificate with these alternative names; none leaves the extension out.

        Args:
            public_key: another public key than that of ``private_key``, of any kind.
        """
        signer = PrivateKey.generate(KeyType.P256) if private_key is None else private_key
        certified = _public(signer) if public_key is None else public_key
        names = [*map(x509.DNSName, dns), *map(x509.UniformResourceIdentifier, uris)]
        extended: list[tuple[x509.ExtensionType, bool]] = [*extensions]
        if names:
            extended.append((x509.SubjectAlternativeName(names), False))
        if usage is not None:
            extended.append((usage, True))
        if purposes:
            extended.append((x509.ExtendedKeyUsage(purposes), False))
        return Leaf(signer, (self._certify(certified, name, validity, extended), *self._chain()))

    def with_key_of(self, other: "Authority") -> "Authority":
        """This authority's name and certificates with another's key: a forger."""
        return replace(self, key=other.key)

    def _chain(self) -> tuple[x509.Certificate, ...]:
        return () if self.is_anchor else (self.certificate, *self.above)

    def _certify(
        self, key: object, name: str, validity: Validity, extensions: Sequence[tuple[x509.ExtensionType, bool]]
    ) -> x509.Certificate:
        builder = _builder(name, self.certificate.subject, key, validity, extensions)
        above = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        return builder.add_extension(above, critical=False).sign(self.key, hashes.SHA256())


def make_root(
    name: str = "Root",
    *,
    path_length: int | None = None,
    validity: Validity = Validity(),
    usage: x509.KeyUsage = SIGNS_CERTIFICATES,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
) -> Authority:
    """A self-signed anchor."""
    key = ec.generate_private_key(ec.SECP256R1())
    basic = x509.BasicConstraints(ca=True, path_length=path_length)
    extended = ((basic, True), (usage, True), *extensions)
    builder = _builder(name, _name(name), key.public_key(), validity, extended)
    return Authority(key, builder.sign(key, hashes.SHA256()), is_anchor=True)


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _public(signer: PrivateKey) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), signer.public_key.octets)


def _builder(
    name: str,
    issuer: x509.Name,
    key: object,
    validity: Validity,
    extensions: Sequence[tuple[x509.ExtensionType, bool]],
) -> x509.CertificateBuilder:
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer)
        .public_key(key)  # type: ignore[arg-type] # tests certify keys of any kind
        .serial_number(x509.random_serial_number())
        .not_valid_before(validity.start)
        .not_valid_after(validity.end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)  # type: ignore[arg-type]
    )
    for extension, is_critical in extensions:
        builder = builder.add_extension(extension, is_critical)
    return builder
