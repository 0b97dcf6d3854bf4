# SPDX-License-Identifier: EUPL-1.2
"""Second opinions in Python: ``sd-jwt`` and ``openvc-core`` read what we issue, and we read what they issue."""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from jwcrypto.jwk import JWK
from openvc.cbor import decode as decode_cbor
from openvc.cose import parse_sign1, verify_sign1
from openvc.errors import OpenvcError
from openvc.keys import P256SigningKey
from openvc.proof.sd_jwt import SdJwtVcProofSuite
from openvc.status.issue import build_status_list_token, build_token_status_reference, verify_status_list_token
from openvc.status.token_status_list import check_token_status, get_status, new_status_list, set_status
from sd_jwt.common import SDObj  # type: ignore[import-untyped]
from sd_jwt.holder import SDJWTHolder  # type: ignore[import-untyped]
from sd_jwt.issuer import SDJWTIssuer  # type: ignore[import-untyped]
from sd_jwt.verifier import SDJWTVerifier  # type: ignore[import-untyped]

from edge.fetch import GuardedFetch
from holder.openid.offers import read_offer
from ssi.base64url import encode_base64url
from ssi.errors import Reason, VerificationError
from ssi.keys import KeyType, PrivateKey
from ssi.sd_jwt.parse import UnverifiedSdJwt
from ssi.sd_jwt.present import present_sd_jwt
from ssi.sd_jwt.vc import NoStatusIsChecked, StatusChecks, VerifiedSdJwtVc, verify_presentation
from ssi.status import USUAL_FRESHNESS, StatusChecker, StatusReference, TokenFormat
from ssi.trust import TrustList
from tests.interop.services import Town, issuer
from tests.interop.wallets import new_wallet, now, receiver, trust_document, trust_list

AUDIENCE = "x509_hash:a-verifier"
NONCE = "a nonce of one request"
INCOME = "urn:stuiver:credential:household-income:1"
FETCH = GuardedFetch.for_this_machine()
STRANGER = PrivateKey.from_octets(KeyType.P256, bytes(31) + b"\x51")
"""An issuer that uses a library of others."""
CITIZEN = PrivateKey.from_octets(KeyType.P256, bytes(31) + b"\x52")
MEMBERSHIP = "https://types.example/club-member/1"
THEIR_CLAIMS = {"given_name": "Amira", "member": True, "since": "2020-01-01"}
THEIR_LIST = "https://club.example/statuses/1"


@dataclass
class Held:
    """A credential that our issuer's service gave to our wallet, its key, and who issued it."""

    town: Town
    text: str
    key: PrivateKey

    @property
    def issuer_jwk(self) -> dict[str, Any]:
        """As it is published."""
        found: dict[str, Any] = json.loads(FETCH.get(f"{self.town.address}/jwks").octets)["keys"][0]
        return found

    @property
    def claims(self) -> dict[str, Any]:
        """What everybody sees who holds the text."""
        return dict(UnverifiedSdJwt.parse(self.text).unverified_claims)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Held]:
    folder = tmp_path_factory.mktemp("second")
    with issuer(folder / "issuer") as town, new_wallet(folder) as wallet:
        link, pin = town.letter("amira", "household-income", "age")
        received = receiver(wallet, town.trust).accept(read_offer(link, FETCH), pin)
        (copied,) = [found for found in received.copied if found.vct == INCOME]
        copy = copied.copies[0]
        yield Held(town, copy.text, wallet.document_key(copy.key_index))


def _secret(key: PrivateKey) -> dict[str, Any]:
    return {**key.public_key.to_jwk(), "d": encode_base64url(key.secret_octets)}


def _did(key: PrivateKey) -> str:
    return "did:jwk:" + encode_base64url(json.dumps(dict(key.public_key.to_jwk())).encode())


def _status(trust: TrustList) -> StatusChecker:
    """As a verifier checks it, over HTTP."""
    form = TokenFormat.JWT
    return StatusChecker(
        lambda uri: FETCH.get(uri, accept=form.media_type).octets, trust, token_format=form, freshness=USUAL_FRESHNESS
    )


def _we_verify(text: str, vct: str, trust: TrustList, status: StatusChecks) -> VerifiedSdJwtVc:
    return verify_presentation(
        UnverifiedSdJwt.parse(text),
        vcts={vct},
        audience=AUDIENCE,
        nonce=NONCE,
        now=now(),
        trust=trust,
        status=status,
        max_age=timedelta(minutes=5),
    )


def _sd_jwt_verifies(text: str, jwk: dict[str, Any], nonce: str | None = None) -> dict[str, Any]:
    key = JWK.from_json(json.dumps(jwk))
    audience = None if nonce is None else AUDIENCE
    verified: dict[str, Any] = SDJWTVerifier(text, lambda *_: key, audience, nonce).get_verified_payload()
    return verified


class TestOurs:
    """What our issuer's service gave out, and what our wallet makes of it."""

    def test_sd_jwt_reads_every_claim(self, held: Held) -> None:
        verified = _sd_jwt_verifies(held.text, held.issuer_jwk)
        assert verified["income"] == 154_060
        assert verified["municipality"] == "GM1969"
        assert verified["vct"] == INCOME
        assert "_sd" not in verified

    def test_openvc_reads_every_claim(self, held: Held) -> None:
        verified = SdJwtVcProofSuite().verify(held.text, public_key_jwk=held.issuer_jwk, expected_vct=INCOME)
        assert verified.claims["income"] == 154_060
        assert verified.issuer == held.town.issuer_did
        assert verified.typ == "dc+sd-jwt"
        assert not verified.key_bound

    def test_both_see_what_the_wallet_shows_and_no_more(self, held: Held) -> None:
        shown = present_sd_jwt(
            UnverifiedSdJwt.parse(held.text), [["children"]], held.key, audience=AUDIENCE, nonce=NONCE, now=now()
        )
        theirs = SdJwtVcProofSuite().verify(
            shown, public_key_jwk=held.issuer_jwk, audience=AUDIENCE, nonce=NONCE, require_key_binding=True
        )
        assert theirs.key_bound
        for claims in (theirs.claims, _sd_jwt_verifies(shown, held.issuer_jwk, NONCE)):
            assert claims["children"] == 3
            assert not {"income", "norm", "municipality"} & claims.keys()

    def test_both_refuse_it_for_another_request(self, held: Held) -> None:
        shown = present_sd_jwt(
            UnverifiedSdJwt.parse(held.text), [], held.key, audience=AUDIENCE, nonce="another", now=now()
        )
        with pytest.raises(OpenvcError, match="nonce"):
            SdJwtVcProofSuite().verify(
                shown, public_key_jwk=held.issuer_jwk, audience=AUDIENCE, nonce=NONCE, require_key_binding=True
            )
        with pytest.raises(ValueError, match="nonce"):
            _sd_jwt_verifies(shown, held.issuer_jwk, NONCE)

    def test_openvc_shows_it_to_us(self, held: Held) -> None:
        key = P256SigningKey.from_jwk(_secret(held.key), "")
        shown = SdJwtVcProofSuite().create_presentation(held.text, holder_key=key, audience=AUDIENCE, nonce=NONCE)
        trust = trust_list(held.town.trust)
        verified = _we_verify(shown, INCOME, trust, _status(trust))
        assert verified.claims["income"] == 154_060
        assert verified.issuer == held.town.issuer_did

    def test_sd_jwt_shows_a_part_of_it_to_us(self, held: Held) -> None:
        wallet = SDJWTHolder(held.text)
        wallet.create_presentation({"children": True}, NONCE, AUDIENCE, JWK.from_json(json.dumps(_secret(held.key))))
        trust = trust_list(held.town.trust)
        verified = _we_verify(wallet.sd_jwt_presentation, INCOME, trust, _status(trust))
        assert verified.disclosed == {("children",)}

    def test_a_presentation_by_another_key_is_refused(self, held: Held) -> None:
        key = P256SigningKey.from_jwk(_secret(CITIZEN), "")
        shown = SdJwtVcProofSuite().create_presentation(held.text, holder_key=key, audience=AUDIENCE, nonce=NONCE)
        with pytest.raises(VerificationError) as refused:
            _we_verify(shown, INCOME, trust_list(held.town.trust), NoStatusIsChecked())
        assert refused.value.reason is Reason.FOREIGN_KEY_BINDING


class TestTheirs:
    """What an issuer gives out who uses their libraries."""

    TRUST = trust_list(trust_document([MEMBERSHIP], dids=[_did(STRANGER)]))

    def test_we_verify_what_openvc_issues(self) -> None:
        suite = SdJwtVcProofSuite()
        issued = suite.issue(
            {"iss": _did(STRANGER), **THEIR_CLAIMS},
            signing_key=P256SigningKey.from_jwk(_secret(STRANGER), f"{_did(STRANGER)}#0"),
            disclosable=THEIR_CLAIMS,
            holder_jwk=dict(CITIZEN.public_key.to_jwk()),
            vct=MEMBERSHIP,
            expires_in_s=3600,
            decoys=4,
        )
        shown = present_sd_jwt(
            UnverifiedSdJwt.parse(issued), [["member"]], CITIZEN, audience=AUDIENCE, nonce=NONCE, now=now()
        )
        verified = _we_verify(shown, MEMBERSHIP, self.TRUST, NoStatusIsChecked())
        assert verified.claims["member"] is True
        assert verified.disclosed == {("member",)}
        assert "given_name" not in verified.claims

    def test_we_verify_what_sd_jwt_issues_with_structure(self) -> None:
        address = {SDObj("city"): "Zuidhorn", SDObj("postcode"): "9801 AA"}
        issued = SDJWTIssuer(
            {
                "iss": _did(STRANGER),
                "vct": MEMBERSHIP,
                "iat": int(now().timestamp()),
                SDObj("given_name"): "Amira",
                SDObj("address"): address,
                "nationalities": [SDObj("NL"), SDObj("BE")],
            },
            JWK.from_json(json.dumps(_secret(STRANGER))),
            JWK.from_json(json.dumps(dict(CITIZEN.public_key.to_jwk()))),
            add_decoy_claims=True,
            extra_header_parameters={"typ": "dc+sd-jwt", "kid": f"{_did(STRANGER)}#0"},
        )
        wallet = SDJWTHolder(issued.sd_jwt_issuance)
        wallet.create_presentation(
            {"address": {"city": True}, "nationalities": [False, True]},
            NONCE,
            AUDIENCE,
            JWK.from_json(json.dumps(_secret(CITIZEN))),
        )
        verified = _we_verify(wallet.sd_jwt_presentation, MEMBERSHIP, self.TRUST, NoStatusIsChecked())
        assert verified.claims["address"] == {"city": "Zuidhorn"}
        assert verified.claims["nationalities"] == ["BE"]
        assert "given_name" not in verified.claims

    @pytest.mark.parametrize(
        ("value", "reason"),
        [(0, None), (1, Reason.REVOKED), (2, Reason.SUSPENDED), (3, Reason.UNKNOWN_STATUS)],
        ids=["valid", "invalid", "suspended", "of the application"],
    )
    def test_we_read_a_status_list_of_openvc(self, value: int, reason: Reason | None) -> None:
        statuses = new_status_list(4096, bits=2)
        set_status(statuses, 1969, value, bits=2)
        token = build_status_list_token(
            signing_key=P256SigningKey.from_jwk(_secret(STRANGER), f"{_did(STRANGER)}#0"),
            uri=THEIR_LIST,
            status_list=statuses,
            bits=2,
            expires=now() + timedelta(hours=1),
            ttl=300,
            issuer=_did(STRANGER),
        )
        checker = StatusChecker(
            lambda uri: {THEIR_LIST: token.encode()}[uri],
            self.TRUST,
            token_format=TokenFormat.JWT,
            freshness=USUAL_FRESHNESS,
        )
        claim = build_token_status_reference(uri=THEIR_LIST, index=1969)["status"]
        if reason is None:
            checker.check(claim, _did(STRANGER), MEMBERSHIP, now())
            return
        with pytest.raises(VerificationError) as refused:
            checker.check(claim, _did(STRANGER), MEMBERSHIP, now())
        assert refused.value.reason is reason


class TestOurStatusLists:
    """They change, so they come last."""

    def _jwt(self, held: Held) -> int:
        def resolve(uri: str) -> dict[str, Any]:
            token = FETCH.get(uri, accept=TokenFormat.JWT.media_type).octets.decode()
            return verify_status_list_token(token, public_key_jwk=held.issuer_jwk, expected_uri=uri)

        found = check_token_status(held.claims, resolve_status_list_token=resolve)
        assert found is not None
        return found.status

    def _cwt(self, held: Held) -> int:
        """By their CBOR and COSE; the meaning of the claims is the draft's."""
        reference = StatusReference.from_claim(held.claims["status"])
        fetched = FETCH.get(reference.uri, accept=TokenFormat.CWT.media_type)
        assert fetched.content_type == "application/statuslist+cwt"
        signed = parse_sign1(decode_cbor(fetched.octets))
        assert verify_sign1(signed, public_jwk=held.issuer_jwk)
        assert signed.protected_header[16] == "application/statuslist+cwt"
        assert signed.payload is not None
        claims = decode_cbor(signed.payload)
        assert claims[2] == reference.uri
        assert claims[6] <= datetime.now(UTC).timestamp() < claims[4]
        listed = claims[65533]
        return get_status(zlib.decompress(listed["lst"]), reference.index, bits=listed["bits"])

    def test_openvc_follows_a_credential_through_its_states(self, held: Held) -> None:
        assert (self._jwt(held), self._cwt(held)) == (0, 0)
        for command, status in (("suspend", 2), ("reinstate", 0), ("revoke", 1)):
            arguments = ("--type", "household-income", "--employee", "joke", "--reason", "a second opinion")
            held.town.run("status", command, "amira", *arguments)
            assert (self._jwt(held), self._cwt(held)) == (status, status), command

    def test_every_list_is_in_the_aggregation(self, held: Held) -> None:
        listed = json.loads(FETCH.get(f"{held.town.address}/status-lists").octets)["status_lists"]
        assert held.claims["status"]["status_list"]["uri"] in listed
