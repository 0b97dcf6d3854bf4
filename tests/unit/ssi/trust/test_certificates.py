# SPDX-License-Identifier: EUPL-1.2
"""Paths of certificates: what is accepted, and the many ways in which one is refused."""

import base64
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier
from hypothesis import given, settings
from hypothesis import strategies as st

from ssi.base64url import encode_base64url
from ssi.errors import Reason, VerificationError
from ssi.trust import Anchors, VerifiedChain, parse_x5c, x509_hash
from tests.pki import NOW, SIGNS, Authority, Validity, key_usage, make_root

ROOT = make_root()
OTHER_ROOT = make_root("Other root")
BETWEEN = ROOT.intermediate()
OVER = Validity(NOW - timedelta(days=30), NOW - timedelta(seconds=1))
NOT_YET = Validity(NOW + timedelta(seconds=1), NOW + timedelta(days=30))
HOST = ("issuer.example",)
URI = "https://issuer.example/income"


def verify(chain: Sequence[bytes], root: Authority = ROOT) -> VerifiedChain:
    """With anchors that remember nothing."""
    return Anchors.from_pem([root.pem]).verify(chain, NOW)


def der(authority: Authority) -> bytes:
    return authority.certificate.public_bytes(Encoding.DER)


@pytest.mark.parametrize("authorities", [0, 1, 2])
def test_accepts_a_path_of_any_sensible_length(authorities: int) -> None:
    authority = ROOT
    for number in range(authorities):
        authority = authority.intermediate(f"Authority {number}", path_length=None)
    leaf = authority.leaf(dns=("Issuer.Example",), uris=(URI,))
    found = verify(leaf.der)
    assert found.key == leaf.private_key.public_key
    assert (found.leaf, found.anchor) == (leaf.der[0], der(ROOT))
    assert (found.dns_names, found.uris) == (HOST, (URI,))


def test_the_path_is_valid_as_long_as_all_of_it_is() -> None:
    short = Validity(NOW - timedelta(days=3), NOW + timedelta(days=4))
    leaf = BETWEEN.leaf(dns=HOST, validity=short)
    found = verify(leaf.der)
    assert (found.not_before, found.not_after) == (short.start, short.end)


def test_a_path_that_is_remembered_still_ends() -> None:
    anchors = Anchors.from_pem([ROOT.pem])
    leaf = BETWEEN.leaf(dns=HOST, validity=Validity(NOW - timedelta(days=1), NOW + timedelta(days=1)))
    assert anchors.verify(leaf.der, NOW) is anchors.verify(leaf.der, NOW + timedelta(days=1))
    for moment in (NOW + timedelta(days=1, seconds=1), NOW - timedelta(days=1, seconds=1)):
        with pytest.raises(VerificationError) as refused:
            anchors.verify(leaf.der, moment)
        assert refused.value.reason is Reason.UNTRUSTED_CERTIFICATE


def test_remembers_a_bounded_number_of_paths() -> None:
    anchors = Anchors.from_pem([ROOT.pem])
    first = BETWEEN.leaf(dns=HOST)
    kept = anchors.verify(first.der, NOW)
    for _ in range(256):
        anchors.verify(ROOT.leaf(dns=HOST).der, NOW)
    assert anchors.verify(first.der, NOW) is not kept


def test_several_anchors_may_be_configured() -> None:
    anchors = Anchors.from_pem([OTHER_ROOT.pem, ROOT.pem])
    assert anchors.verify(BETWEEN.leaf(dns=HOST).der, NOW).anchor == der(ROOT)
    assert anchors.verify(OTHER_ROOT.leaf(dns=HOST).der, NOW).anchor == der(OTHER_ROOT)


def extra() -> tuple[bytes, ...]:
    return (*BETWEEN.leaf(dns=HOST).der, der(OTHER_ROOT.intermediate()))


def extra_between() -> tuple[bytes, ...]:
    leaf, between = BETWEEN.leaf(dns=HOST).der
    return leaf, der(ROOT.intermediate("Unneeded")), between


def changed() -> tuple[bytes, ...]:
    leaf, between = BETWEEN.leaf(dns=HOST).der
    return leaf[:-1] + bytes([leaf[-1] ^ 1]), between


def twice() -> tuple[bytes, ...]:
    leaf, between = BETWEEN.leaf(dns=HOST).der
    return leaf, between, between


def unknown_critical() -> tuple[x509.ExtensionType, bool]:
    return x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00"), True


def for_hosts(host: str) -> tuple[x509.ExtensionType, bool]:
    return x509.NameConstraints(permitted_subtrees=[x509.DNSName(host)], excluded_subtrees=None), True


def purposes(*named: ObjectIdentifier) -> tuple[x509.ExtensionType, bool]:
    return x509.ExtendedKeyUsage(named), False


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: (), id="empty"),
        pytest.param(lambda: (b"",), id="no certificate"),
        pytest.param(lambda: (*BETWEEN.leaf(dns=HOST).der, b"\x30\x00"), id="rubbish behind it"),
        pytest.param(lambda: OTHER_ROOT.leaf(dns=HOST).der, id="another root"),
        pytest.param(lambda: make_root().leaf(dns=HOST).der, id="another root of the same name"),
        pytest.param(lambda: BETWEEN.leaf(dns=HOST).der[:1], id="authority missing"),
        pytest.param(lambda: tuple(reversed(BETWEEN.leaf(dns=HOST).der)), id="root first"),
        pytest.param(lambda: (*BETWEEN.leaf(dns=HOST).der, der(ROOT)), id="anchor sent along"),
        pytest.param(lambda: (der(ROOT),), id="the anchor itself"),
        pytest.param(lambda: (der(BETWEEN),), id="an authority alone"),
        pytest.param(lambda: (*BETWEEN.leaf(dns=HOST).der, der(OTHER_ROOT)), id="another anchor sent along"),
        pytest.param(extra, id="a certificate too many"),
        pytest.param(extra_between, id="a certificate in between"),
        pytest.param(twice, id="a certificate twice"),
        pytest.param(changed, id="changed signature"),
        pytest.param(lambda: BETWEEN.with_key_of(OTHER_ROOT).leaf(dns=HOST).der, id="forged"),
        pytest.param(lambda: BETWEEN.leaf(dns=HOST, validity=OVER).der, id="leaf over"),
        pytest.param(lambda: BETWEEN.leaf(dns=HOST, validity=NOT_YET).der, id="leaf not yet"),
        pytest.param(lambda: ROOT.intermediate(validity=OVER).leaf(dns=HOST).der, id="authority over"),
        pytest.param(lambda: ROOT.intermediate(validity=NOT_YET).leaf(dns=HOST).der, id="authority not yet"),
        pytest.param(lambda: BETWEEN.intermediate("Below").leaf(dns=HOST).der, id="path length"),
        pytest.param(
            lambda: ROOT.intermediate(constraints=x509.BasicConstraints(False, None)).leaf(dns=HOST).der,
            id="issued by no authority",
        ),
        pytest.param(lambda: ROOT.intermediate(usage=SIGNS).leaf(dns=HOST).der, id="authority may not certify"),
        pytest.param(
            lambda: ROOT.intermediate(extensions=[unknown_critical()]).leaf(dns=HOST).der,
            id="authority with a critical extension",
        ),
        pytest.param(
            lambda: ROOT.intermediate(extensions=[purposes(ExtendedKeyUsageOID.SERVER_AUTH)]).leaf(dns=HOST).der,
            id="authority for servers",
        ),
        pytest.param(
            lambda: ROOT.intermediate(extensions=[for_hosts("other.example")]).leaf(dns=HOST).der,
            id="host that the authority may not certify",
        ),
        pytest.param(lambda: BETWEEN.leaf(uris=(), dns=()).der, id="no name"),
        pytest.param(lambda: BETWEEN.leaf(dns=HOST, usage=None).der, id="no key usage"),
        pytest.param(lambda: BETWEEN.leaf(dns=HOST, usage=key_usage("key_agreement")).der, id="key for agreement"),
        pytest.param(
            lambda: BETWEEN.leaf(dns=HOST, usage=key_usage("digital_signature", "key_cert_sign")).der,
            id="leaf may certify",
        ),
        pytest.param(
            lambda: BETWEEN.leaf(dns=HOST, extensions=[(x509.BasicConstraints(True, None), True)]).der,
            id="leaf is an authority",
        ),
        pytest.param(lambda: BETWEEN.leaf(dns=HOST, extensions=[unknown_critical()]).der, id="critical extension"),
        pytest.param(
            lambda: (
                BETWEEN.leaf(dns=HOST, purposes=[ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]).der
            ),
            id="for servers and clients",
        ),
        pytest.param(lambda: BETWEEN.leaf(dns=HOST, purposes=[ExtendedKeyUsageOID.TIME_STAMPING]).der, id="for time"),
    ],
)
def test_refuses(make: Callable[[], tuple[bytes, ...]]) -> None:
    with pytest.raises(VerificationError) as refused:
        verify(make())
    assert refused.value.reason is Reason.UNTRUSTED_CERTIFICATE


@pytest.mark.parametrize("validity", [OVER, NOT_YET], ids=["over", "not yet"])
def test_an_anchor_too_is_valid_for_a_time_only(validity: Validity) -> None:
    root = make_root(validity=validity)
    with pytest.raises(VerificationError) as refused:
        verify(root.leaf(dns=HOST).der, root)
    assert refused.value.reason is Reason.UNTRUSTED_CERTIFICATE


def test_an_anchor_limits_the_length_of_its_paths() -> None:
    root = make_root(path_length=0)
    assert verify(root.leaf(dns=HOST).der, root).anchor == der(root)
    with pytest.raises(VerificationError) as refused:
        verify(root.intermediate().leaf(dns=HOST).der, root)
    assert refused.value.reason is Reason.UNTRUSTED_CERTIFICATE


@pytest.mark.parametrize(
    "public_key",
    [
        pytest.param(ec.generate_private_key(ec.SECP384R1()).public_key(), id="P-384"),
        pytest.param(ec.generate_private_key(ec.SECP256K1()).public_key(), id="secp256k1"),
        pytest.param(ed25519.Ed25519PrivateKey.generate().public_key(), id="Ed25519"),
        pytest.param(rsa.generate_private_key(65537, 2048).public_key(), id="RSA"),
    ],
)
def test_refuses_a_leaf_whose_key_no_token_here_is_signed_with(public_key: object) -> None:
    with pytest.raises(VerificationError) as refused:
        verify(BETWEEN.leaf(dns=HOST, public_key=public_key).der)
    assert refused.value.reason is Reason.WRONG_ALGORITHM


def test_a_purpose_of_its_own_is_welcome() -> None:
    own = ObjectIdentifier("1.3.6.1.4.1.99999.2")
    leaf = BETWEEN.leaf(dns=HOST, purposes=[own, ExtendedKeyUsageOID.SERVER_AUTH])
    assert verify(leaf.der).dns_names == HOST


def test_an_authority_for_some_hosts_certifies_no_uri() -> None:
    """Limits on hosts say nothing about URIs, and a URI is as good a name of an issuer as a host is."""
    limited = ROOT.intermediate(extensions=[for_hosts("example")])
    found = verify(limited.leaf(dns=HOST, uris=("https://elsewhere.test",)).der)
    assert (found.dns_names, found.uris) == (HOST, ())
    assert not found.speaks_for("https://elsewhere.test")


@pytest.mark.parametrize(
    ("issuer", "speaks"),
    [
        (URI, True),
        ("https://issuer.example", True),
        ("https://issuer.example/", True),
        ("https://ISSUER.example:8443/path?query", True),
        ("https://issuer.example.evil.test", False),
        ("https://issuer.example@evil.test", False),
        ("https://evil.test/issuer.example", False),
        ("https://evil.test#issuer.example", False),
        ("https://sub.issuer.example", False),
        ("http://issuer.example", False),
        ("issuer.example", False),
        ("https://a.wild.example", False),
        ("https://*.wild.example", False),
        ("did:web:issuer.example", False),
        ("urn:issuer", False),
        ("https://other.example/income", True),
        ("https://other.example/income/", False),
        ("https://other.example", False),
    ],
)
def test_speaks_for_the_names_that_it_bears(issuer: str, speaks: bool) -> None:
    names = (URI, "https://other.example/income", "did:web:issuer.example", "urn:issuer")
    leaf = BETWEEN.leaf(dns=("issuer.example", "*.wild.example"), uris=names)
    assert verify(leaf.der).speaks_for(issuer) is speaks


def test_names_an_issuer_that_no_token_names() -> None:
    assert verify(BETWEEN.leaf(dns=HOST).der).only_name() == "https://issuer.example"
    assert verify(BETWEEN.leaf(dns=HOST, uris=(URI,)).der).only_name() == URI


@pytest.mark.parametrize(
    ("dns", "uris"),
    [
        (("a.example", "b.example"), ()),
        (("*.example",), ()),
        ((), ("did:web:issuer.example",)),
        ((), ("https://a.example", "https://b.example")),
    ],
)
def test_does_not_guess_between_names(dns: tuple[str, ...], uris: tuple[str, ...]) -> None:
    found = verify(BETWEEN.leaf(dns=dns, uris=uris).der)
    with pytest.raises(VerificationError) as refused:
        found.only_name()
    assert refused.value.reason is Reason.UNTRUSTED_CERTIFICATE


def test_reads_the_header_that_a_signer_writes() -> None:
    leaf = BETWEEN.leaf(dns=HOST)
    assert parse_x5c(leaf.x5c) == leaf.der


@pytest.mark.parametrize(
    ("unverified", "reason"),
    [
        pytest.param(None, Reason.MALFORMED, id="nothing"),
        pytest.param("MII", Reason.MALFORMED, id="a text"),
        pytest.param([], Reason.MALFORMED, id="none"),
        pytest.param([1], Reason.MALFORMED, id="a number"),
        pytest.param(["A"], Reason.MALFORMED, id="bad base64"),
        pytest.param(["_-8="], Reason.MALFORMED, id="base64url"),
        pytest.param(["MI II"], Reason.MALFORMED, id="white space"),
        pytest.param(["é"], Reason.MALFORMED, id="not ASCII"),
        pytest.param(["AAAA"] * 5, Reason.TOO_LARGE, id="five"),
        pytest.param([base64.b64encode(bytes(9000)).decode()], Reason.TOO_LARGE, id="long"),
    ],
)
def test_refuses_a_header(unverified: object, reason: Reason) -> None:
    with pytest.raises(VerificationError) as refused:
        parse_x5c(unverified)
    assert refused.value.reason is reason


def test_hashes_a_leaf_as_client_identifiers_do() -> None:
    leaf = BETWEEN.leaf(dns=HOST)
    assert x509_hash(leaf.der[0]) == encode_base64url(leaf.chain[0].fingerprint(hashes.SHA256()))
    assert x509_hash(b"") == "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param([], id="none"),
        pytest.param(["no PEM"], id="no PEM"),
        pytest.param([ROOT.pem + OTHER_ROOT.pem], id="two in one"),
        pytest.param(["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"], id="no certificate"),
        pytest.param([ROOT.leaf(dns=HOST).chain[0].public_bytes(Encoding.PEM).decode()], id="a leaf"),
    ],
)
def test_an_anchor_is_the_certificate_of_an_authority(texts: list[str]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Anchors.from_pem(texts)


GENUINE = BETWEEN.leaf(dns=HOST, uris=(URI,))


@pytest.mark.filterwarnings("ignore")  # the library warns about some of what it then refuses
@settings(max_examples=300, deadline=None)
@given(st.integers(0, 1), st.data())
def test_a_changed_octet_is_a_refusal_and_never_another_error(which: int, data: st.DataObject) -> None:
    chain = [bytearray(octets) for octets in GENUINE.der]
    place = data.draw(st.integers(0, len(chain[which]) - 1))
    chain[which][place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(VerificationError) as refused:
        verify([bytes(octets) for octets in chain])
    assert refused.value.reason is Reason.UNTRUSTED_CERTIFICATE


def test_a_version_that_no_certificate_has_is_a_refusal() -> None:
    leaf, between = GENUINE.der
    assert leaf.count(b"\xa0\x03\x02\x01\x02") == 1
    with pytest.raises(VerificationError) as refused:
        verify((leaf.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x29"), between))
    assert refused.value.reason is Reason.UNTRUSTED_CERTIFICATE
