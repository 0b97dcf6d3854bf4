# SPDX-License-Identifier: EUPL-1.2
"""Which key must have signed: by certificate, by DID, by BBS key; and nobody's when nobody is listed."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from specs import credential_type_octets
from ssi.claim.registry_key import registry_key_id
from ssi.credential.types import CredentialType
from ssi.did import CachedMethod, DidDocument, DidError, DidProblem, JwkMethod, Resolver, WebMethod
from ssi.errors import Reason, VerificationError
from ssi.keys import PublicKey
from ssi.sd_jwt.vc import IssuerTrust, TrustedKey
from ssi.status import StatusTrust
from ssi.trust import TrustList
from tests.pki import make_root
from tests.unit.ssi.trust.material import (
    AGE,
    AGENCY,
    BBS_KEYS,
    BETWEEN,
    DESK,
    DESK_DID,
    INCOME,
    NOW,
    ROOT,
    STAND,
    STAND_DID,
    Registry,
    agency_entry,
    bbs_entry,
    desk_entry,
    trust_list,
)

AGE_TYPE = CredentialType.from_json(credential_type_octets("age", 1))
DESK_HEADER = {"kid": f"{DESK_DID}#0"}
WEB_DID = "did:web:municipality.example"
SIGNER = BETWEEN.leaf(uris=(AGENCY,))
SIGNED_BY_AGENCY = {"x5c": SIGNER.x5c}


def reason_of(trust: TrustList, header: dict[str, Any], issuer: str | None, vct: str, now: datetime = NOW) -> Reason:
    with pytest.raises(VerificationError) as refused:
        trust.issuer_key(header, issuer, vct, now)
    return refused.value.reason


def test_is_what_credentials_and_statuses_ask_for() -> None:
    trust = trust_list()
    as_issuers: IssuerTrust = trust
    as_statuses: StatusTrust = trust
    assert as_issuers.issuer_key(DESK_HEADER, DESK_DID, INCOME, NOW).key == DESK.public_key
    assert as_statuses.status_key(DESK_HEADER, DESK_DID, INCOME, NOW) == DESK.public_key


@pytest.mark.parametrize("issuer", [DESK_DID, None], ids=["named", "named by kid only"])
def test_finds_the_key_of_a_did(issuer: str | None) -> None:
    assert trust_list().issuer_key(DESK_HEADER, issuer, INCOME, NOW) == TrustedKey(DESK.public_key, DESK_DID)


def test_finds_each_of_several_dids() -> None:
    header = {"kid": f"{STAND_DID}#{STAND_DID.removeprefix('did:key:')}"}
    assert trust_list().issuer_key(header, STAND_DID, INCOME, NOW).key == STAND.public_key


@pytest.mark.parametrize("issuer", [AGENCY, AGENCY + "/age", None], ids=["named", "path below the host", "unnamed"])
def test_finds_the_key_of_a_certificate(issuer: str | None) -> None:
    leaf = BETWEEN.leaf(dns=("agency.example",))
    certified = {"anchors": [ROOT.pem], "issuers": [AGENCY, AGENCY + "/age"]}
    trust = trust_list(agency_entry(x509=certified))
    assert trust.issuer_key({"x5c": leaf.x5c}, issuer, AGE, NOW) == TrustedKey(
        leaf.private_key.public_key, issuer or AGENCY
    )


def test_an_anchor_may_vouch_for_whoever_it_certifies() -> None:
    trust = trust_list(agency_entry(x509={"anchors": [ROOT.pem], "issuers": "any"}))
    leaf = ROOT.leaf(dns=("unheard.example",))
    assert trust.issuer_key({"x5c": leaf.x5c}, None, AGE, NOW).issuer == "https://unheard.example"


def test_entries_are_tried_until_one_holds() -> None:
    other = make_root("Another anchor")
    trust = trust_list(agency_entry(x509={"anchors": [other.pem], "issuers": "any"}), agency_entry())
    assert trust.issuer_key(SIGNED_BY_AGENCY, AGENCY, AGE, NOW).issuer == AGENCY


@pytest.mark.parametrize(
    ("header", "issuer", "vct", "reason"),
    [
        pytest.param(DESK_HEADER, DESK_DID, "urn:other", Reason.UNKNOWN_ISSUER, id="type that nobody issues"),
        pytest.param(DESK_HEADER, DESK_DID, AGE, Reason.UNKNOWN_ISSUER, id="DID of another type"),
        pytest.param(SIGNED_BY_AGENCY, AGENCY, INCOME, Reason.UNKNOWN_ISSUER, id="certificate of another type"),
        pytest.param(
            {"kid": "did:web:evil.test#0"}, "did:web:evil.test", INCOME, Reason.UNKNOWN_ISSUER, id="unlisted DID"
        ),
        pytest.param({"kid": "did:web:evil.test#0"}, None, INCOME, Reason.UNKNOWN_ISSUER, id="unlisted DID in kid"),
        pytest.param(
            {"kid": "did:web:evil.test#0"}, DESK_DID, INCOME, Reason.UNRESOLVABLE_KEY, id="kid of somebody else"
        ),
        pytest.param(DESK_HEADER, "did:web:evil.test", INCOME, Reason.UNKNOWN_ISSUER, id="iss of somebody else"),
        pytest.param({"kid": DESK_DID}, DESK_DID, INCOME, Reason.UNRESOLVABLE_KEY, id="kid without fragment"),
        pytest.param({"kid": "#0"}, DESK_DID, INCOME, Reason.UNRESOLVABLE_KEY, id="relative kid"),
        pytest.param({"kid": f"{DESK_DID}#1"}, DESK_DID, INCOME, Reason.UNRESOLVABLE_KEY, id="no such key"),
        pytest.param({"kid": 5}, DESK_DID, INCOME, Reason.UNRESOLVABLE_KEY, id="kid is a number"),
        pytest.param({}, DESK_DID, INCOME, Reason.UNRESOLVABLE_KEY, id="no key named"),
        pytest.param({}, None, INCOME, Reason.UNKNOWN_ISSUER, id="nothing named"),
        pytest.param({"jwk": DESK.public_key.to_jwk()}, DESK_DID, INCOME, Reason.UNRESOLVABLE_KEY, id="key in header"),
        pytest.param(
            {"jwk": DESK.public_key.to_jwk()},
            "did:web:evil.test",
            INCOME,
            Reason.UNKNOWN_ISSUER,
            id="key of a stranger",
        ),
        pytest.param({**DESK_HEADER, **SIGNED_BY_AGENCY}, DESK_DID, INCOME, Reason.MALFORMED, id="two ways"),
        pytest.param({"x5c": []}, AGENCY, AGE, Reason.MALFORMED, id="no certificates"),
        pytest.param({"x5c": SIGNER.x5c * 3}, AGENCY, AGE, Reason.TOO_LARGE, id="too many certificates"),
        pytest.param(SIGNED_BY_AGENCY, DESK_DID, AGE, Reason.UNTRUSTED_CERTIFICATE, id="certificate for a DID"),
        pytest.param(
            SIGNED_BY_AGENCY, AGENCY + "/x", AGE, Reason.UNTRUSTED_CERTIFICATE, id="certificate of another path"
        ),
        pytest.param(
            {"x5c": BETWEEN.leaf(dns=("other.example",)).x5c},
            "https://other.example",
            AGE,
            Reason.UNKNOWN_ISSUER,
            id="certified but not listed",
        ),
        pytest.param(
            {"x5c": BETWEEN.leaf(dns=("other.example",)).x5c},
            AGENCY,
            AGE,
            Reason.UNTRUSTED_CERTIFICATE,
            id="name of a listed issuer in the token only",
        ),
        pytest.param(
            {"x5c": make_root().leaf(uris=(AGENCY,)).x5c}, AGENCY, AGE, Reason.UNTRUSTED_CERTIFICATE, id="own root"
        ),
    ],
)
def test_refuses(header: dict[str, Any], issuer: str | None, vct: str, reason: Reason) -> None:
    assert reason_of(trust_list(), header, issuer, vct) is reason


def test_a_certificate_is_good_for_a_time() -> None:
    late = NOW + timedelta(days=1000)
    assert reason_of(trust_list(), SIGNED_BY_AGENCY, AGENCY, AGE, late) is Reason.UNTRUSTED_CERTIFICATE


def web_document(purpose: str, key: PublicKey = DESK.public_key) -> bytes:
    method = {"id": f"{WEB_DID}#1", "type": "JsonWebKey2020", "controller": WEB_DID, "publicKeyJwk": key.to_jwk()}
    return json.dumps({"id": WEB_DID, "verificationMethod": [method], purpose: [f"{WEB_DID}#1"]}).encode()


class Web:
    """One document on the web, and how often it was asked for."""

    def __init__(self, octets: bytes | None) -> None:
        self.octets = octets
        self.asked = 0

    def __call__(self, url: str) -> bytes:
        self.asked += 1
        if self.octets is None:
            raise OSError("no answer")
        return self.octets


def web_trust(web: Web) -> TrustList:
    return trust_list(desk_entry(dids=[WEB_DID]), resolver=Resolver.of((WebMethod(web), JwkMethod())))


def test_resolves_a_did_on_the_web() -> None:
    trust = web_trust(Web(web_document("assertionMethod")))
    assert trust.issuer_key({"kid": f"{WEB_DID}#1"}, WEB_DID, INCOME, NOW).key == DESK.public_key


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(None, id="no answer"),
        pytest.param(web_document("authentication"), id="key for something else"),
        pytest.param(b"<html>", id="no document"),
        pytest.param(web_document("assertionMethod").replace(b"#1", b"#2"), id="another key"),
    ],
)
def test_a_key_that_cannot_be_found_is_no_key(octets: bytes | None) -> None:
    assert reason_of(web_trust(Web(octets)), {"kid": f"{WEB_DID}#1"}, WEB_DID, INCOME) is Reason.UNRESOLVABLE_KEY


def test_fetches_nothing_for_strangers() -> None:
    web = Web(None)
    trust = web_trust(web)
    for header, issuer in (
        ({"kid": "did:web:evil.test#1"}, "did:web:evil.test"),
        ({"kid": "did:web:evil.test#1"}, None),
        ({"kid": "did:web:evil.test#1"}, WEB_DID),
        ({"kid": f"{WEB_DID}#1"}, "did:web:evil.test"),
    ):
        reason_of(trust, header, issuer, INCOME)
    assert web.asked == 0


def test_documents_can_be_kept_for_a_while() -> None:
    web, moment = Web(web_document("assertionMethod")), [NOW]
    method = CachedMethod(WebMethod(web), clock=lambda: moment[0], keep=timedelta(minutes=5))
    trust = trust_list(desk_entry(dids=[WEB_DID]), resolver=Resolver.of((method,)))
    for _ in range(3):
        trust.issuer_key({"kid": f"{WEB_DID}#1"}, WEB_DID, INCOME, NOW)
    assert web.asked == 1
    moment[0] = NOW + timedelta(minutes=5)
    web.octets = None
    assert reason_of(trust, {"kid": f"{WEB_DID}#1"}, WEB_DID, INCOME) is Reason.UNRESOLVABLE_KEY
    web.octets = web_document("assertionMethod")
    trust.issuer_key({"kid": f"{WEB_DID}#1"}, WEB_DID, INCOME, NOW)
    assert web.asked == 3


def test_kept_documents_are_bounded_in_number() -> None:
    class Counting:
        name = "web"
        asked = 0

        def resolve(self, unverified_did: str) -> DidDocument:
            self.asked += 1
            if unverified_did == "did:web:bad.example":
                raise DidError(DidProblem.FETCH_FAILED)
            return DidDocument(unverified_did, (), (), {})

    counting = Counting()
    method = CachedMethod(counting, clock=lambda: NOW, keep=timedelta(minutes=5))
    assert method.name == "web"
    for number in range(257):
        method.resolve(f"did:web:{number}.example")
    method.resolve("did:web:256.example")
    assert counting.asked == 257
    method.resolve("did:web:0.example")
    assert counting.asked == 258
    with pytest.raises(ValueError, match="kept"):
        CachedMethod(counting, clock=lambda: NOW, keep=timedelta(0))


def test_a_status_list_is_signed_by_the_issuer_of_the_credential() -> None:
    trust = trust_list()
    assert trust.status_key(SIGNED_BY_AGENCY, AGENCY, AGE, NOW) == SIGNER.private_key.public_key
    for header, issuer, vct, reason in (
        (DESK_HEADER, STAND_DID, INCOME, Reason.UNRESOLVABLE_KEY),
        (DESK_HEADER, AGENCY, AGE, Reason.UNKNOWN_ISSUER),
        (SIGNED_BY_AGENCY, DESK_DID, INCOME, Reason.UNKNOWN_ISSUER),
        (SIGNED_BY_AGENCY, "https://other.example", AGE, Reason.UNTRUSTED_CERTIFICATE),
        (DESK_HEADER, "did:web:evil.test", INCOME, Reason.UNKNOWN_ISSUER),
        (DESK_HEADER, DESK_DID, "urn:other", Reason.UNKNOWN_ISSUER),
    ):
        with pytest.raises(VerificationError) as refused:
            trust.status_key(header, issuer, vct, NOW)
        assert refused.value.reason is reason


def test_another_entrys_authority_has_no_say_about_the_statuses_of_a_named_issuer() -> None:
    loose = make_root("Certifies anybody")
    trust = trust_list(
        agency_entry(), agency_entry(vcts=["urn:library"], x509={"anchors": [loose.pem], "issuers": "any"})
    )
    impostor = loose.leaf(uris=(AGENCY,))
    with pytest.raises(VerificationError) as refused:
        trust.status_key({"x5c": impostor.x5c}, AGENCY, AGE, NOW)
    assert refused.value.reason is Reason.UNTRUSTED_CERTIFICATE
    other, name = loose.leaf(uris=("https://library.example",)), "https://library.example"
    assert trust.status_key({"x5c": other.x5c}, name, "urn:library", NOW) == other.private_key.public_key


def test_an_authority_for_library_cards_signs_no_status_list_of_incomes_though_no_entry_names_the_issuer() -> None:
    state, library = make_root("State"), make_root("Library")
    trust = trust_list(
        agency_entry(vcts=[INCOME], x509={"anchors": [state.pem], "issuers": "any"}),
        agency_entry(vcts=["urn:library"], x509={"anchors": [library.pem], "issuers": "any"}),
    )
    town = "https://town.example"
    ours, impostor = state.leaf(uris=(town,)), library.leaf(uris=(town,))
    assert trust.issuer_key({"x5c": ours.x5c}, town, INCOME, NOW).issuer == town
    assert trust.status_key({"x5c": ours.x5c}, town, INCOME, NOW) == ours.private_key.public_key
    for issuer, vct in ((impostor, INCOME), (ours, "urn:library")):
        with pytest.raises(VerificationError) as refused:
            trust.status_key({"x5c": issuer.x5c}, town, vct, NOW)
        assert refused.value.reason is Reason.UNTRUSTED_CERTIFICATE


def test_bbs_keys_are_listed_per_type_and_for_a_time() -> None:
    trust = trust_list()
    assert trust.bbs_keys(AGE_TYPE, NOW) == BBS_KEYS[:2]
    last = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert trust.bbs_keys(AGE_TYPE, last) == BBS_KEYS[:2]
    assert trust.bbs_keys(AGE_TYPE, last + timedelta(seconds=1)) == ()
    assert trust_list(bbs_entry(vcts=[INCOME])).bbs_keys(AGE_TYPE, NOW) == ()


def test_bbs_keys_come_from_the_registry_when_the_list_says_so() -> None:
    registry = Registry({AGE_TYPE.type_id: BBS_KEYS[1:]})
    entry = {**desk_entry(vcts=[AGE]), "registry": True}
    trust = trust_list(bbs_entry(), entry, registry=registry)
    assert trust.bbs_keys(AGE_TYPE, NOW) == BBS_KEYS
    assert trust_list(bbs_entry(), registry=registry).bbs_keys(AGE_TYPE, NOW) == BBS_KEYS[:2]
    assert registry.asked == 1


def test_a_bbs_key_is_found_by_the_registrys_name_of_it() -> None:
    trust = trust_list()
    wanted = registry_key_id(AGE_TYPE.type_id, BBS_KEYS[1])
    assert trust.bbs_key(AGE_TYPE, wanted, NOW) == BBS_KEYS[1]
    for unknown in (registry_key_id(AGE_TYPE.type_id, BBS_KEYS[2]), registry_key_id(bytes(32), BBS_KEYS[1]), b""):
        with pytest.raises(VerificationError) as refused:
            trust.bbs_key(AGE_TYPE, unknown, NOW)
        assert refused.value.reason is Reason.UNKNOWN_ISSUER


def test_a_registry_that_does_not_answer_lists_nobody() -> None:
    registry = Registry(is_down=True)
    trust = trust_list(bbs_entry(registry=True), registry=registry)
    with pytest.raises(VerificationError) as refused:
        trust.bbs_keys(AGE_TYPE, NOW)
    assert refused.value.reason is Reason.UNRESOLVABLE_KEY
