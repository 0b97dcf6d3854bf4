# SPDX-License-Identifier: EUPL-1.2
"""Status list tokens, in both forms: what is signed is read back, and everything else is refused."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssi.base64url import decode_base64url, encode_base64url
from ssi.errors import Reason, VerificationError
from ssi.jose.jws import sign_jwt
from ssi.keys import KeyType, PrivateKey
from ssi.status import (
    MAX_TOKEN_OCTETS,
    VerifiedStatusList,
    status_list_cwt,
    status_list_jwt,
    verify_status_list_cwt,
    verify_status_list_jwt,
)
from ssi.status.cose import sign1
from ssi.status.tokens import CWT_CLAIMS
from tests.pki import make_root
from tests.unit.ssi.status.material import HEADER, ISSUER, KEY, NOW, TRUST, URI, VCT, OneIssuer, claims, statuses

OTHER_KEY = PrivateKey.from_octets(KeyType.P256, bytes(31) + b"\x09")
EDWARDS_KEY = PrivateKey.from_octets(KeyType.ED25519, bytes(31) + b"\x07")


def jwt(**changes: Any) -> bytes:
    """A token whose claims have these changes; None takes a claim away."""
    body = claims().registered() | {"status_list": statuses().to_json()} | changes
    kept = {name: value for name, value in body.items() if value is not None}
    return sign_jwt(kept, KEY, typ="statuslist+jwt", header=HEADER).encode()


def cwt(**changes: Any) -> bytes:
    """The same as a CWT."""
    body = claims().registered() | {"status_list": statuses().to_cbor()} | changes
    kept = {CWT_CLAIMS[name]: value for name, value in body.items() if value is not None}
    return sign1(cbor2.dumps(kept), KEY, typ="application/statuslist+cwt", header={4: HEADER["kid"].encode()})


def read_jwt(token: bytes, **changes: Any) -> VerifiedStatusList:
    return verify_status_list_jwt(
        token, **{"uri": URI, "issuer": ISSUER, "vct": VCT, "now": NOW, "trust": TRUST, **changes}
    )


def read_cwt(token: bytes, **changes: Any) -> VerifiedStatusList:
    return verify_status_list_cwt(
        token, **{"uri": URI, "issuer": ISSUER, "vct": VCT, "now": NOW, "trust": TRUST, **changes}
    )


def reason_of(read: Callable[..., VerifiedStatusList], token: bytes, **changes: Any) -> Reason:
    with pytest.raises(VerificationError) as refused:
        read(token, **changes)
    return refused.value.reason


def expected() -> VerifiedStatusList:
    said = claims()
    return VerifiedStatusList(
        URI, said.issued_at, said.expires_at, said.time_to_live, said.statuses, said.aggregation_uri
    )


def test_reads_the_jwt_that_it_signs() -> None:
    assert read_jwt(status_list_jwt(claims(), KEY, key_header=HEADER).encode()) == expected()


def test_reads_the_cwt_that_it_signs() -> None:
    assert read_cwt(status_list_cwt(claims(), KEY, key_header=HEADER)) == expected()


def test_reads_both_forms_of_an_edwards_key() -> None:
    trust = OneIssuer(EDWARDS_KEY.public_key)
    assert read_jwt(status_list_jwt(claims(), EDWARDS_KEY, key_header=HEADER).encode(), trust=trust) == expected()
    assert read_cwt(status_list_cwt(claims(), EDWARDS_KEY, key_header=HEADER), trust=trust) == expected()


def test_expiry_time_to_live_and_issuer_may_be_left_out() -> None:
    said = claims(expires_at=None, time_to_live=None, issuer=None)
    for listed in (
        read_jwt(status_list_jwt(said, KEY, key_header=HEADER).encode()),
        read_cwt(status_list_cwt(said, KEY, key_header=HEADER)),
    ):
        assert (listed.expires_at, listed.time_to_live) == (None, None)


@pytest.mark.parametrize("length", [1, 2])
def test_a_cwt_carries_certificates_as_a_jwt_does(length: int) -> None:
    root = make_root()
    leaf = (root if length == 1 else root.intermediate()).leaf(dns=("issuer.example",))
    seen: list[Mapping[str, object]] = []

    class Watching:
        def status_key(self, unverified_header: Mapping[str, object], issuer: str, vct: str, now: object) -> Any:
            seen.append(unverified_header)
            return leaf.private_key.public_key

    key_header = {"x5c": leaf.x5c}
    read_jwt(status_list_jwt(claims(), leaf.private_key, key_header=key_header).encode(), trust=Watching())
    read_cwt(status_list_cwt(claims(), leaf.private_key, key_header=key_header), trust=Watching())
    assert [header["x5c"] for header in seen] == [leaf.x5c, leaf.x5c]


REFUSED_CLAIMS = [
    pytest.param({"sub": URI + "0"}, Reason.MALFORMED, id="another list"),
    pytest.param({"sub": None}, Reason.MALFORMED, id="no subject"),
    pytest.param({"iss": "did:web:other.example"}, Reason.UNKNOWN_ISSUER, id="another issuer"),
    pytest.param({"iat": None}, Reason.MALFORMED, id="no iat"),
    pytest.param({"iat": "now"}, Reason.MALFORMED, id="iat as text"),
    pytest.param({"iat": int(NOW.timestamp()) + 3600}, Reason.NOT_YET_VALID, id="made in the future"),
    pytest.param({"nbf": int(NOW.timestamp()) + 3600}, Reason.NOT_YET_VALID, id="not before"),
    pytest.param({"exp": int(NOW.timestamp()) - 3600}, Reason.EXPIRED, id="expired"),
    pytest.param({"exp": True}, Reason.MALFORMED, id="exp true"),
    pytest.param({"ttl": 0}, Reason.MALFORMED, id="ttl zero"),
    pytest.param({"ttl": -1}, Reason.MALFORMED, id="ttl negative"),
    pytest.param({"ttl": True}, Reason.MALFORMED, id="ttl true"),
    pytest.param({"ttl": "60"}, Reason.MALFORMED, id="ttl text"),
    pytest.param({"status_list": None}, Reason.MALFORMED, id="no list"),
    pytest.param({"status_list": {"bits": 1}}, Reason.MALFORMED, id="list without lst"),
]


@pytest.mark.parametrize(("changes", "reason"), REFUSED_CLAIMS)
def test_refuses_claims(changes: dict[str, object], reason: Reason) -> None:
    assert reason_of(read_jwt, jwt(**changes)) is reason
    assert reason_of(read_cwt, cwt(**changes)) is reason


def test_refuses_a_strange_aggregation_uri() -> None:
    assert reason_of(read_jwt, jwt(status_list={**statuses().to_json(), "aggregation_uri": 1})) is Reason.MALFORMED
    assert reason_of(read_cwt, cwt(status_list={**statuses().to_cbor(), "aggregation_uri": 1})) is Reason.MALFORMED


def test_tolerates_a_clock_that_differs_by_a_minute() -> None:
    assert read_jwt(jwt(iat=int(NOW.timestamp()) + 59)).statuses == statuses()
    assert read_cwt(cwt(exp=int(NOW.timestamp()) - 59)).statuses == statuses()


def test_ignores_claims_that_it_does_not_know() -> None:
    assert read_jwt(jwt(note="x")).statuses == statuses()


def test_refuses_the_other_form() -> None:
    assert reason_of(read_jwt, cwt()) is Reason.MALFORMED
    assert reason_of(read_cwt, jwt()) is Reason.MALFORMED


@pytest.mark.parametrize("typ", ["JWT", "dc+sd-jwt", "statuslist+cwt", "kb+jwt"])
def test_refuses_a_jwt_of_another_type(typ: str) -> None:
    body = claims().registered() | {"status_list": statuses().to_json()}
    assert reason_of(read_jwt, sign_jwt(body, KEY, typ=typ, header=HEADER).encode()) is Reason.WRONG_TYPE


@pytest.mark.parametrize("typ", ["application/cwt", "statuslist+cwt", "application/statuslist+jwt", 60])
def test_refuses_a_cwt_of_another_type(typ: Any) -> None:
    token = sign1(b"\xa0", KEY, typ=typ, header={4: HEADER["kid"].encode()})
    assert reason_of(read_cwt, token) is Reason.WRONG_TYPE


def test_refuses_another_signer() -> None:
    assert reason_of(read_jwt, status_list_jwt(claims(), OTHER_KEY, key_header=HEADER).encode()) is (
        Reason.INVALID_SIGNATURE
    )
    assert reason_of(read_cwt, status_list_cwt(claims(), OTHER_KEY, key_header=HEADER)) is Reason.INVALID_SIGNATURE


def test_refuses_another_algorithm_than_the_keys() -> None:
    token = status_list_cwt(claims(), EDWARDS_KEY, key_header=HEADER)
    assert reason_of(read_cwt, token) is Reason.WRONG_ALGORITHM
    header, rest = jwt().decode().split(".", 1)
    fields = json.loads(decode_base64url(header))
    for alg in ("none", "HS256", "ES384"):
        forged = encode_base64url(json.dumps({**fields, "alg": alg}).encode())
        assert reason_of(read_jwt, f"{forged}.{rest}".encode()) is Reason.WRONG_ALGORITHM


def test_refuses_an_issuer_or_a_key_that_is_not_trusted() -> None:
    assert reason_of(read_jwt, jwt(iss=None), issuer="did:web:other.example") is Reason.UNKNOWN_ISSUER
    stranger = status_list_cwt(claims(), KEY, key_header={"kid": f"{ISSUER}#2"})
    assert reason_of(read_cwt, stranger) is Reason.UNRESOLVABLE_KEY


SOME_CWT, SOME_JWT = cwt(), jwt()


def parts(token: bytes) -> list[Any]:
    """The four parts of a COSE_Sign1."""
    return list(cbor2.loads(token).value)


def tagged(value: object, tag: int = 18) -> bytes:
    return cbor2.dumps(cbor2.CBORTag(tag, value))


PROTECTED, UNPROTECTED, PAYLOAD, SIGNATURE = range(4)


def altered(part: int, value: object) -> bytes:
    changed = parts(cwt())
    changed[part] = value
    return tagged(changed)


ES256 = {1: -7, 16: "application/statuslist+cwt"}


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        pytest.param(b"", Reason.MALFORMED, id="nothing"),
        pytest.param(cwt()[1:], Reason.MALFORMED, id="untagged"),
        pytest.param(tagged(parts(cwt()), 17), Reason.MALFORMED, id="COSE_Mac0"),
        pytest.param(cbor2.dumps(cbor2.CBORTag(61, cbor2.loads(cwt()))), Reason.MALFORMED, id="CWT tag"),
        pytest.param(cwt() + b"\x00", Reason.MALFORMED, id="something behind it"),
        pytest.param(cwt()[:-1], Reason.MALFORMED, id="cut off"),
        pytest.param(tagged(parts(cwt())[:3]), Reason.MALFORMED, id="three parts"),
        pytest.param(tagged([*parts(cwt()), b""]), Reason.MALFORMED, id="five parts"),
        pytest.param(altered(PAYLOAD, None), Reason.MALFORMED, id="detached payload"),
        pytest.param(altered(PROTECTED, cbor2.dumps([])), Reason.MALFORMED, id="header is an array"),
        pytest.param(altered(PROTECTED, b"\xa2\x01\x26\x01\x26"), Reason.MALFORMED, id="repeated label"),
        pytest.param(altered(PROTECTED, b""), Reason.UNRESOLVABLE_KEY, id="no header"),
        pytest.param(altered(UNPROTECTED, {1: -8}), Reason.MALFORMED, id="algorithm protected and not"),
        pytest.param(altered(UNPROTECTED, {2: [99]}), Reason.UNKNOWN_CRITICAL_HEADER, id="crit not protected"),
        pytest.param(
            altered(PROTECTED, cbor2.dumps({**ES256, 2: [99], 99: 1})), Reason.UNKNOWN_CRITICAL_HEADER, id="crit"
        ),
        pytest.param(altered(UNPROTECTED, {33: "text"}), Reason.MALFORMED, id="x5chain as text"),
        pytest.param(altered(PROTECTED, cbor2.dumps({**ES256, 4: "text"})), Reason.MALFORMED, id="kid as text"),
        pytest.param(altered(UNPROTECTED, {99: cbor2.CBORTag(35, "a(")}), Reason.MALFORMED, id="tagged value"),
        pytest.param(altered(UNPROTECTED, {99: cbor2.CBORTag(4711, 1)}), Reason.MALFORMED, id="unknown tag"),
        pytest.param(b"\xd2" + b"\x81" * 100_000, Reason.MALFORMED, id="deep"),
        pytest.param(b"\xd2\x9b" + b"\xff" * 8, Reason.MALFORMED, id="endless array"),
        pytest.param(bytes(MAX_TOKEN_OCTETS + 1), Reason.TOO_LARGE, id="too large"),
        pytest.param(altered(SIGNATURE, b"short"), Reason.WRONG_LENGTH, id="short signature"),
        pytest.param(altered(SIGNATURE, bytes(64)), Reason.INVALID_SIGNATURE, id="zero signature"),
        pytest.param(altered(PAYLOAD, b"\xa0"), Reason.INVALID_SIGNATURE, id="other payload"),
    ],
)
def test_refuses_a_cwt(token: bytes, reason: Reason) -> None:
    assert reason_of(read_cwt, token) is reason


def test_an_algorithm_or_type_that_is_not_protected_does_not_count() -> None:
    kid = HEADER["kid"].encode()
    without = [cbor2.dumps({16: ES256[16]}), {1: -7, 4: kid}, *parts(cwt())[2:]]
    assert reason_of(read_cwt, tagged(without)) is Reason.WRONG_ALGORITHM
    without = [cbor2.dumps({1: -7}), {16: ES256[16], 4: kid}, *parts(cwt())[2:]]
    assert reason_of(read_cwt, tagged(without)) is Reason.WRONG_TYPE


@pytest.mark.parametrize("payload", [b"", b"\x80", b"\xa1\x01", b"\xa2\x02\x01\x02\x01", b"\xc1\x00", b"\xa0\x00"])
def test_refuses_a_cwt_whose_claims_are_no_map(payload: bytes) -> None:
    token = sign1(payload, KEY, typ="application/statuslist+cwt", header={4: HEADER["kid"].encode()})
    assert reason_of(read_cwt, token) is Reason.MALFORMED


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        pytest.param(b"x" * (MAX_TOKEN_OCTETS + 1), Reason.TOO_LARGE, id="too large"),
        pytest.param("é".encode(), Reason.MALFORMED, id="not ASCII"),
        pytest.param(b"a.b", Reason.MALFORMED, id="two parts"),
    ],
)
def test_refuses_a_jwt(token: bytes, reason: Reason) -> None:
    assert reason_of(read_jwt, token) is reason


def test_a_list_near_the_bound_fits_into_a_token() -> None:
    """Random statuses do not compress; the bounds of lists and of tokens must go together."""
    import random

    from ssi.status import StatusList

    large = StatusList(8, random.Random(1).randbytes(1 << 20))
    token = status_list_jwt(claims(listed=large), KEY, key_header=HEADER).encode()
    assert len(token) < MAX_TOKEN_OCTETS
    assert read_jwt(token).statuses == large


def test_a_signer_cannot_set_what_is_not_its_business() -> None:
    with pytest.raises(ValueError, match="kid or x5c"):
        status_list_cwt(claims(), KEY, key_header={"jwk": {}})
    with pytest.raises(ValueError, match="alg"):
        status_list_jwt(claims(), KEY, key_header={"alg": "none"})
    with pytest.raises(ValueError, match="algorithm"):
        sign1(b"", KEY, typ="x", header={1: -7})
    with pytest.raises(ValueError, match="lives"):
        claims(time_to_live=timedelta(0))
    with pytest.raises(ValueError, match="expires"):
        claims(expires_at=NOW)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_changed_octet_is_a_refusal_and_never_another_error(data: st.DataObject) -> None:
    for read, token in ((read_cwt, SOME_CWT), (read_jwt, SOME_JWT)):
        changed = bytearray(token)
        changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
        with pytest.raises(VerificationError):
            read(bytes(changed))
