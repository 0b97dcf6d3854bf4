# SPDX-License-Identifier: EUPL-1.2
"""Credentials as SD-JWTs: Amira's are accepted; Cato's, and broken ones, are refused, each for its reason."""

import hashlib
import hmac
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssi.base64url import encode_base64url
from ssi.errors import Reason, VerificationError
from ssi.jose.jws import sign_jwt
from ssi.keys import KeyType, PrivateKey
from ssi.nesting import MAX_DEPTH
from ssi.sd_jwt.disclosures import digest_of
from ssi.sd_jwt.issue import Sd
from ssi.sd_jwt.parse import UnverifiedSdJwt
from ssi.sd_jwt.present import choose_disclosures
from ssi.sd_jwt.vc import NEVER_SELECTIVE, Open, verify_issued
from tests.unit.ssi.sd_jwt.material import (
    AMIRA,
    AUDIENCE,
    CATO,
    CLAIMS,
    ISSUER,
    ISSUER_NAME,
    NONCE,
    NOW,
    SECONDS,
    VCT,
    Revoked,
    TrustList,
    bind,
    digest,
    disclosure,
    forge,
    issue,
    present,
    verify,
)

GOOD = present(issue())
NAME = disclosure("salt", "name", "Amira")
STATUS = {"status_list": {"idx": 7, "uri": "https://desk.example/status-lists/1"}}


def refusal(text: str, **changes: object) -> Reason:
    """Why a presentation is refused."""
    with pytest.raises(VerificationError) as refused:
        verify(text, **changes)
    return refused.value.reason


def test_accepts_what_amira_presents() -> None:
    verified = verify(present(issue(), [["income"], ["children"]]))
    assert (verified.issuer, verified.vct, verified.types) == (ISSUER_NAME, VCT, frozenset({VCT}))
    assert {name: verified.claims[name] for name in ("income", "children")} == {"income": 182_300, "children": 3}
    assert verified.disclosed == {("income",), ("children",)}
    assert not {"norm", "municipality"} & verified.claims.keys()
    assert verified.holder_key == AMIRA.public_key
    assert verified.expires_at == NOW + timedelta(days=30)
    assert verified.presented_at == NOW


def test_shows_no_claim_in_its_text() -> None:
    assert "182300" not in repr(verify(GOOD))
    assert "182300" not in repr(choose_disclosures(UnverifiedSdJwt.parse(issue()), [["income"]]))


@pytest.mark.parametrize("key_type", [KeyType.P256, KeyType.ED25519, KeyType.SECP256K1])
def test_issuer_and_holder_may_have_any_signing_key(key_type: KeyType) -> None:
    issuer, holder = PrivateKey.generate(key_type), PrivateKey.generate(key_type)
    text = present(issue(signer=issuer, holder_key=holder.public_key), holder=holder)
    assert verify(text, trust=TrustList(key=issuer)).holder_key == holder.public_key


def test_a_credential_may_name_no_issuer_where_its_certificate_does() -> None:
    text = present(issue(issuer=None))
    assert verify(text, trust=TrustList(issuer=None)).issuer is None  # type: ignore[arg-type]


def test_a_further_type_counts_where_it_is_asked_for() -> None:
    other = "urn:example:income"
    text = present(issue(claims={**CLAIMS, "aka_vcts": Open([other])}))
    verified = verify(text, vcts={other}, trust=TrustList(vcts=frozenset({other})))
    assert verified.types == frozenset({VCT, other})
    # whoever may issue one type may not thereby issue another
    assert refusal(text, vcts={other}) is Reason.UNKNOWN_ISSUER


def test_a_verifier_named_in_the_credential_may_see_it() -> None:
    assert verify(bind(forge({"aud": [AUDIENCE, "another"]}))).claims["aud"] == [AUDIENCE, "another"]


def test_approved_transactions_are_bound_in_any_order() -> None:
    text = present(issue(), transaction_data=["cGF5", "c2lnbg"])
    assert verify(text, transaction_data=["c2lnbg", "cGF5"]).holder_key == AMIRA.public_key


def test_every_credential_of_a_type_shows_as_many_digests() -> None:
    few = UnverifiedSdJwt.parse(issue(claims={"income": 1}, digests=8)).unverified_claims
    many = UnverifiedSdJwt.parse(issue(digests=8)).unverified_claims
    assert len(few["_sd"]) == len(many["_sd"]) == 8  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="more claims"):
        issue(digests=3)


def test_open_claims_are_seen_and_marks_work_inside() -> None:
    text = issue(claims={"municipality": Open("GM1969"), "household": {"size": Sd(4), "kind": "couple"}})
    verified = verify(present(text, []))
    assert verified.claims["municipality"] == "GM1969"
    assert "household" not in verified.claims
    shown = verify(present(text, [["household", "size"]]))
    assert shown.claims["household"] == {"size": 4, "kind": "couple"}


@pytest.mark.parametrize("name", sorted(NEVER_SELECTIVE | {"iat"}))
def test_issues_no_registered_claim_as_a_claim_to_disclose(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        issue(claims={name: "x"})


def _expired() -> str:
    return present(issue(issued_at=NOW - timedelta(days=9), expires_at=NOW - timedelta(minutes=2)))


def _deep() -> str:
    text = disclosure("salt", "a", 1)
    texts = [text]
    for _ in range(MAX_DEPTH):
        text = disclosure("salt", "a", {"_sd": [digest(text)]})
        texts.append(text)
    return bind(forge({"_sd": [digest(text)]}, texts))


def _selective(name: str, value: object) -> str:
    """A registered claim that the issuer made selectively disclosable, disclosed."""
    text = disclosure("salt", name, value)
    return bind(forge({name: None, "_sd": [digest(text)]}, [text]))


def _selective_inside(name: str, inner: str, value: object) -> str:
    text = disclosure("salt", inner, value)
    return bind(forge({name: {"_sd": [digest(text)]}}, [text]))


def _mac(secret: bytes) -> str:
    """A key binding by a MAC that is keyed with the holder's public key."""
    sd_jwt = forge()
    header, claims, _ = bind(sd_jwt).removeprefix(sd_jwt).split(".")
    header = encode_base64url(b'{"alg":"HS256","typ":"kb+jwt"}')
    mac = hmac.digest(secret, f"{header}.{claims}".encode(), hashlib.sha256)
    return f"{sd_jwt}{header}.{claims}.{encode_base64url(mac)}"


def _unsecured(sd_jwt: str) -> str:
    """The same claims of the issuer in a token without signature."""
    claims = sd_jwt.split(".")[1]
    header = encode_base64url(b'{"alg":"none","typ":"dc+sd-jwt"}')
    return f"{header}.{claims}.~"


def _unsecured_binding() -> str:
    sd_jwt = forge()
    claims = bind(sd_jwt).removeprefix(sd_jwt).split(".")[1]
    header = encode_base64url(b'{"alg":"none","typ":"kb+jwt"}')
    return f"{sd_jwt}{header}.{claims}."


def _other_disclosures() -> str:
    """The key binding of one choice behind another choice."""
    credential = UnverifiedSdJwt.parse(issue())
    binding = present(issue(), [["income"]]).rsplit("~", 1)[1]
    return choose_disclosures(credential, [["income"], ["children"]]).bound_text + binding


REFUSED: dict[str, tuple[Callable[[], str], Reason]] = {
    # the token of the issuer
    "alg none": (lambda: bind(_unsecured(forge())), Reason.WRONG_ALGORITHM),
    "an unknown issuer": (lambda: present(issue(issuer="did:web:elsewhere.example")), Reason.UNKNOWN_ISSUER),
    "no issuer": (lambda: present(issue(issuer=None)), Reason.UNKNOWN_ISSUER),
    "an issuer that is no text": (lambda: bind(forge({"iss": ["x"]})), Reason.MALFORMED),
    "another key of the issuer": (lambda: present(issue(signer=CATO)), Reason.INVALID_SIGNATURE),
    "another algorithm": (
        lambda: present(issue(signer=PrivateKey.from_octets(KeyType.ED25519, bytes(32)))),
        Reason.WRONG_ALGORITHM,
    ),
    "the type of any token": (lambda: bind(forge(typ="JWT")), Reason.WRONG_TYPE),
    "the type that the draft once had": (lambda: bind(forge(typ="vc+sd-jwt")), Reason.WRONG_TYPE),
    "the type of a key binding": (lambda: bind(forge(typ="kb+jwt")), Reason.WRONG_TYPE),
    "another type of credential": (lambda: present(issue(vct="urn:other")), Reason.WRONG_CREDENTIAL_TYPE),
    "no type of credential": (lambda: bind(forge({"vct": None})), Reason.MALFORMED),
    "a type of credential that is no text": (lambda: bind(forge({"vct": [VCT]})), Reason.MALFORMED),
    "an empty type of credential": (lambda: bind(forge({"vct": ""})), Reason.MALFORMED),
    "no further types": (lambda: bind(forge({"aka_vcts": []})), Reason.MALFORMED),
    "a further type that is the type": (lambda: bind(forge({"aka_vcts": [VCT]})), Reason.MALFORMED),
    "a further type that is no text": (lambda: bind(forge({"aka_vcts": [1]})), Reason.MALFORMED),
    # time
    "expired": (_expired, Reason.EXPIRED),
    "not yet valid": (lambda: bind(forge({"nbf": SECONDS + 3600})), Reason.NOT_YET_VALID),
    "issued in the future": (lambda: bind(forge({"iat": SECONDS + 3600})), Reason.NOT_YET_VALID),
    "an expiry that is text": (lambda: bind(forge({"exp": "never"})), Reason.MALFORMED),
    # disclosures
    "a disclosure sent twice": (
        lambda: bind(forge({"_sd": [digest(NAME)]}, [NAME, NAME])),
        Reason.DUPLICATE_DISCLOSURE,
    ),
    "a digest that stands twice": (lambda: bind(forge({"_sd": [digest(NAME)] * 2}, [NAME])), Reason.DUPLICATE_DIGEST),
    "a disclosure of nothing": (lambda: bind(forge({}, [NAME])), Reason.UNREFERENCED_DISCLOSURE),
    "a claim over another": (
        lambda: bind(forge({"name": "Bas", "_sd": [digest(NAME)]}, [NAME])),
        Reason.FORBIDDEN_CLAIM,
    ),
    "an empty disclosure": (lambda: bind(forge() + "~"), Reason.MALFORMED),
    "nested too deep": (_deep, Reason.TOO_DEEP),
    "a disclosed iss": (lambda: _selective("iss", ISSUER_NAME), Reason.UNKNOWN_ISSUER),
    "a disclosed vct": (lambda: _selective("vct", VCT), Reason.MALFORMED),
    "a disclosed exp": (lambda: _selective("exp", SECONDS + 1000), Reason.FORBIDDEN_CLAIM),
    "a disclosed nbf": (lambda: _selective("nbf", SECONDS - 1000), Reason.FORBIDDEN_CLAIM),
    "a disclosed cnf": (lambda: _selective("cnf", {"jwk": AMIRA.public_key.to_jwk()}), Reason.FORBIDDEN_CLAIM),
    "a disclosed status": (lambda: _selective("status", STATUS), Reason.FORBIDDEN_CLAIM),
    "a disclosed vct#integrity": (lambda: _selective("vct#integrity", "sha256-x"), Reason.FORBIDDEN_CLAIM),
    "disclosed further types": (lambda: _selective("aka_vcts", ["urn:other"]), Reason.FORBIDDEN_CLAIM),
    "a disclosed key inside cnf": (
        lambda: _selective_inside("cnf", "jwk", AMIRA.public_key.to_jwk()),
        Reason.FORBIDDEN_CLAIM,
    ),
    "a disclosed list inside status": (
        lambda: _selective_inside("status", "status_list", STATUS["status_list"]),
        Reason.FORBIDDEN_CLAIM,
    ),
    # key binding
    "no key binding": (
        lambda: choose_disclosures(UnverifiedSdJwt.parse(issue()), [["income"]]).bound_text,
        Reason.MISSING_KEY_BINDING,
    ),
    "no key to bind to": (lambda: bind(forge({"cnf": None})), Reason.MISSING_KEY_BINDING),
    "a key to bind to by name only": (lambda: bind(forge({"cnf": {"kid": "1"}})), Reason.MISSING_KEY_BINDING),
    "a key to bind to that is none": (lambda: bind(forge({"cnf": {"jwk": {"kty": "EC"}}})), Reason.INVALID_PUBLIC_KEY),
    "Cato's key binding": (lambda: bind(forge(), signer=CATO), Reason.FOREIGN_KEY_BINDING),
    "the issuer's key binding": (lambda: bind(forge(), signer=ISSUER), Reason.FOREIGN_KEY_BINDING),
    "a key binding for other disclosures": (_other_disclosures, Reason.FOREIGN_KEY_BINDING),
    "a key binding without sd_hash": (lambda: bind(forge(), sd_hash=None), Reason.FOREIGN_KEY_BINDING),
    "an sd_hash by another function": (
        lambda: bind(forge(), sd_hash=digest_of(forge(), "sha-512")),
        Reason.FOREIGN_KEY_BINDING,
    ),
    "a key binding by alg none": (_unsecured_binding, Reason.WRONG_ALGORITHM),
    "a key binding by a MAC": (lambda: _mac(AMIRA.public_key.octets), Reason.WRONG_ALGORITHM),
    "a key binding by another algorithm": (
        lambda: bind(forge(), signer=PrivateKey.from_octets(KeyType.ED25519, bytes(32))),
        Reason.WRONG_ALGORITHM,
    ),
    "a key binding of another type": (lambda: bind(forge(), typ="JWT"), Reason.WRONG_TYPE),
    "a key binding that is a credential": (lambda: forge() + forge().removesuffix("~"), Reason.WRONG_TYPE),
    "a key binding that is none": (lambda: forge() + "x", Reason.MALFORMED),
    "a key binding of many characters": (lambda: bind(forge(), padding="x" * 20_000), Reason.TOO_LARGE),
    "another audience": (lambda: bind(forge(), aud="x509_hash:another"), Reason.WRONG_AUDIENCE),
    "a list of audiences": (lambda: bind(forge(), aud=[AUDIENCE]), Reason.WRONG_AUDIENCE),
    "no audience": (lambda: bind(forge(), aud=None), Reason.WRONG_AUDIENCE),
    "another nonce": (lambda: bind(forge(), nonce="another"), Reason.WRONG_NONCE),
    "no nonce": (lambda: bind(forge(), nonce=None), Reason.WRONG_NONCE),
    "a nonce that is no text": (lambda: bind(forge(), nonce=1), Reason.WRONG_NONCE),
    "a key binding of yesterday": (lambda: bind(forge(), iat=SECONDS - 86_400), Reason.TOO_OLD),
    "a key binding of tomorrow": (lambda: bind(forge(), iat=SECONDS + 86_400), Reason.NOT_YET_VALID),
    "a key binding without time": (lambda: bind(forge(), iat=None), Reason.MALFORMED),
    "a key binding with a time as text": (lambda: bind(forge(), iat=str(SECONDS)), Reason.MALFORMED),
    "a key binding that expired": (lambda: bind(forge(), exp=SECONDS - 3600), Reason.EXPIRED),
    "a key binding for later": (lambda: bind(forge(), nbf=SECONDS + 3600), Reason.NOT_YET_VALID),
    "a transaction that nobody asked for": (
        lambda: present(issue(), transaction_data=["cGF5"]),
        Reason.WRONG_TRANSACTION_DATA,
    ),
    "transactions that are none": (lambda: bind(forge(), transaction_data_hashes="x"), Reason.WRONG_TRANSACTION_DATA),
    "transactions that are numbers": (
        lambda: bind(forge(), transaction_data_hashes=[1]),
        Reason.WRONG_TRANSACTION_DATA,
    ),
    # who may see it, and status
    "a credential for another verifier": (lambda: bind(forge({"aud": "another"})), Reason.WRONG_AUDIENCE),
    "a status that is none": (lambda: bind(forge({"status": "good"})), Reason.MALFORMED),
    # shape
    "no tilde": (lambda: forge().removesuffix("~"), Reason.MALFORMED),
    "nothing": (lambda: "", Reason.MALFORMED),
    "too large": (lambda: bind(forge({"x": "y" * 300_000})), Reason.TOO_LARGE),
    "a critical header": (lambda: bind(_with_crit()), Reason.UNKNOWN_CRITICAL_HEADER),
    "a weak hash function": (lambda: bind(forge({"_sd_alg": "md5"})), Reason.WRONG_ALGORITHM),
}


def _with_crit() -> str:
    header = encode_base64url(b'{"alg":"ES256","typ":"dc+sd-jwt","crit":["x"],"x":1}')
    claims = forge().split(".")[1]
    return f"{header}.{claims}.{encode_base64url(ISSUER.sign(f'{header}.{claims}'.encode()))}~"


@pytest.mark.parametrize("name", list(REFUSED))
def test_refuses(name: str) -> None:
    make, reason = REFUSED[name]
    assert refusal(make()) is reason


def test_what_the_table_changes_is_all_that_is_wrong_with_it() -> None:
    assert verify(bind(forge())).vct == VCT
    assert verify(bind(forge({"_sd": [digest(NAME)]}, [NAME]))).claims["name"] == "Amira"
    assert verify(bind(forge({"aud": AUDIENCE}))).vct == VCT


def test_a_transaction_that_was_not_approved_is_refused() -> None:
    assert refusal(GOOD, transaction_data=["cGF5"]) is Reason.WRONG_TRANSACTION_DATA
    approved = present(issue(), transaction_data=["cGF5"])
    assert refusal(approved, transaction_data=["cGF5", "c2lnbg"]) is Reason.WRONG_TRANSACTION_DATA
    assert refusal(approved, transaction_data=["c2lnbg"]) is Reason.WRONG_TRANSACTION_DATA
    sha_512 = bind(forge(), transaction_data_hashes=[digest("cGF5")], transaction_data_hashes_alg="sha-512")
    assert refusal(sha_512, transaction_data=["cGF5"]) is Reason.WRONG_TRANSACTION_DATA


def test_a_bad_status_is_refused_and_one_that_is_absent_is_not_asked_for() -> None:
    assert refusal(present(issue(status=STATUS)), status=Revoked()) is Reason.REVOKED
    assert verify(GOOD, status=Revoked()).vct == VCT
    assert verify(present(issue(status=STATUS))).claims["status"] == STATUS


def test_status_is_asked_for_only_when_all_else_is_well() -> None:
    text = present(issue(status=STATUS), nonce="another")
    assert refusal(text, status=Revoked()) is Reason.WRONG_NONCE


@settings(max_examples=150)
@given(st.integers(0, len(GOOD) - 1), st.sampled_from("AZaz09-_.~"))
def test_no_changed_character_is_accepted(position: int, character: str) -> None:
    changed = GOOD[:position] + character + GOOD[position + 1 :]
    if changed != GOOD:
        refusal(changed)


@settings(max_examples=60)
@given(st.lists(st.sampled_from(sorted(CLAIMS)), unique=True))
def test_exactly_what_was_chosen_is_seen(names: list[str]) -> None:
    verified = verify(present(issue(digests=6), [[name] for name in names]))
    assert {name: verified.claims[name] for name in CLAIMS if name in verified.claims} == {
        name: CLAIMS[name] for name in names
    }


# the holder receives


def receipt(text: str, **changes: object) -> Reason:
    """Why a wallet refuses what it receives."""
    arguments: dict[str, object] = {"vcts": {VCT}, "holder_key": AMIRA.public_key, "now": NOW, "trust": TrustList()}
    with pytest.raises(VerificationError) as refused:
        verify_issued(UnverifiedSdJwt.parse(text), **{**arguments, **changes})  # type: ignore[arg-type]
    return refused.value.reason


def test_the_holder_accepts_what_it_asked_for() -> None:
    issued = verify_issued(
        UnverifiedSdJwt.parse(issue(status=STATUS, vct_integrity="sha256-x", header={"kid": "1"})),
        vcts={VCT},
        holder_key=AMIRA.public_key,
        now=NOW,
        trust=TrustList(),
    )
    assert {name: issued.claims[name] for name in CLAIMS} == CLAIMS
    assert issued.claims["status"] == STATUS
    assert issued.claims["vct#integrity"] == "sha256-x"
    assert issued.expires_at == NOW + timedelta(days=30)
    assert "182300" not in repr(issued)


RECEIVED: dict[str, tuple[Callable[[], str], Reason]] = {
    "a presentation": (lambda: GOOD, Reason.MALFORMED),
    "bound to Cato": (lambda: issue(holder_key=CATO.public_key), Reason.FOREIGN_KEY_BINDING),
    "bound to nobody": (lambda: issue(holder_key=None), Reason.MISSING_KEY_BINDING),
    "another type": (lambda: issue(vct="urn:other"), Reason.WRONG_CREDENTIAL_TYPE),
    "an unknown issuer": (lambda: issue(issuer="did:web:elsewhere.example"), Reason.UNKNOWN_ISSUER),
    "another key": (lambda: issue(signer=CATO), Reason.INVALID_SIGNATURE),
    "expired": (lambda: issue(expires_at=NOW - timedelta(days=1)), Reason.EXPIRED),
    "a disclosure of nothing": (lambda: issue() + f"{NAME}~", Reason.UNREFERENCED_DISCLOSURE),
}


@pytest.mark.parametrize("name", list(RECEIVED))
def test_the_holder_refuses(name: str) -> None:
    make, reason = RECEIVED[name]
    assert receipt(make()) is reason


# the holder presents


def test_signs_only_for_the_key_of_the_credential() -> None:
    with pytest.raises(ValueError, match="another key"):
        present(issue(), holder=CATO)
    with pytest.raises(VerificationError) as refused:
        present(issue(holder_key=None))
    assert refused.value.reason is Reason.MISSING_KEY_BINDING


def test_a_key_binding_cannot_stand_for_a_signature_of_another_kind() -> None:
    text = sign_jwt({"iat": SECONDS, "aud": AUDIENCE, "nonce": NONCE}, AMIRA, typ="openid4vci-proof+jwt")
    assert refusal(forge() + text) is Reason.WRONG_TYPE
