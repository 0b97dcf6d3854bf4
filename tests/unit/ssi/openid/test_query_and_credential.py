# SPDX-License-Identifier: EUPL-1.2
"""A query, a real SD-JWT VC and its presentation: what the wallet chooses is what the verifier accepts."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ssi.errors import Reason, VerificationError
from ssi.keys import KeyType, PrivateKey
from ssi.openid.dcql import SD_JWT, ClaimsPath, DcqlQuery
from ssi.openid.dcql_check import Presented, check_response
from ssi.openid.dcql_match import Held, match
from ssi.sd_jwt.issue import Sd
from ssi.sd_jwt.parse import UnverifiedSdJwt
from ssi.sd_jwt.present import present_sd_jwt
from ssi.sd_jwt.vc import NoStatusIsChecked, TrustedKey, issue_sd_jwt_vc, verify_issued, verify_presentation

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
ISSUER_KEY = PrivateKey.from_octets(KeyType.P256, bytes(31) + b"\1")
HOLDER_KEY = PrivateKey.from_octets(KeyType.P256, bytes(31) + b"\2")
VCT = "urn:example:pid"
CLAIMS: dict[str, Any] = {
    "name": "Arthur Dent",
    "age": 42,
    "address": Sd({"street": Sd("42 Market Street"), "locality": Sd("Milliways")}),
    "nationalities": Sd([Sd("British"), Sd("Betelgeusian"), Sd("Earthling")]),
}


class Trust:
    """Trusts the one issuer."""

    def issuer_key(
        self, unverified_header: object, unverified_issuer: str | None, vct: str, now: datetime
    ) -> TrustedKey:
        return TrustedKey(ISSUER_KEY.public_key, "https://issuer.example")


CREDENTIAL = UnverifiedSdJwt.parse(
    issue_sd_jwt_vc(
        CLAIMS,
        ISSUER_KEY,
        vct=VCT,
        issuer="https://issuer.example",
        issued_at=NOW,
        expires_at=None,
        holder_key=HOLDER_KEY.public_key,
        digests=8,
    )
)
HELD = Held(
    "pid",
    SD_JWT,
    VCT,
    dict(verify_issued(CREDENTIAL, vcts={VCT}, holder_key=HOLDER_KEY.public_key, now=NOW, trust=Trust()).claims),
)


def _query(*paths: list[object]) -> DcqlQuery:
    claims = {"claims": [{"path": path} for path in paths]} if paths else {}
    document = {"credentials": [{"id": "q", "format": SD_JWT, "meta": {"vct_values": [VCT]}, **claims}]}
    return DcqlQuery.from_json(json.dumps(document).encode())


def _present(paths: tuple[ClaimsPath, ...]) -> Presented:
    text = present_sd_jwt(CREDENTIAL, paths, HOLDER_KEY, audience="v", nonce="n", now=NOW)
    verified = verify_presentation(
        UnverifiedSdJwt.parse(text),
        vcts={VCT},
        audience="v",
        nonce="n",
        now=NOW,
        trust=Trust(),
        status=NoStatusIsChecked(),
        max_age=timedelta(minutes=1),
    )
    return Presented(SD_JWT, verified.vct, verified.claims, verified.disclosed, holder_bound=True)


@pytest.mark.parametrize(
    "paths",
    [
        [],
        [["name"]],
        [["name"], ["age"]],
        [["address", "locality"]],
        [["address"]],
        [["nationalities", 0]],
        [["nationalities", 2]],
        [["nationalities", 0], ["nationalities", 2]],
        [["nationalities", None]],
        [["nationalities"]],
    ],
    ids=json.dumps,
)
def test_what_the_wallet_chooses_the_verifier_accepts(paths: list[list[object]]) -> None:
    query = _query(*paths)
    [choice] = match(query, [HELD], qualifies=lambda _, __: False).chosen
    check_response(query, {"q": [_present(choice.paths)]})


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ([], (("name",),)),
        ([["name"]], (("name",), ("age",))),
        ([["address", "locality"]], (("address",),)),
        ([["nationalities", 0]], (("nationalities", 0), ("nationalities", 1))),
        ([["nationalities", 2]], (("nationalities", None),)),
    ],
    ids=range(5),
)
def test_a_wallet_that_shows_more_is_refused(asked: list[list[object]], shown: tuple[ClaimsPath, ...]) -> None:
    with pytest.raises(VerificationError) as caught:
        check_response(_query(*asked), {"q": [_present(shown)]})
    assert caught.value.reason is Reason.OVER_DISCLOSURE


@pytest.mark.parametrize(
    ("asked", "shown"),
    [([["name"]], (("age",),)), ([["nationalities", 1]], ()), ([["address", "locality"]], (("address", "street"),))],
    ids=range(3),
)
def test_a_wallet_that_shows_something_else_is_refused(
    asked: list[list[object]], shown: tuple[ClaimsPath, ...]
) -> None:
    with pytest.raises(VerificationError) as caught:
        check_response(_query(*asked), {"q": [_present(shown)]})
    assert caught.value.reason is Reason.QUERY_NOT_MET
