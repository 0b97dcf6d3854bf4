# SPDX-License-Identifier: EUPL-1.2
"""A credential, its key binding, its issuer's trust and its status, all real: what a verifier does, in one piece."""

from datetime import timedelta

import pytest

from ssi.errors import Reason, VerificationError
from ssi.keys import KeyType, PrivateKey
from ssi.sd_jwt.parse import UnverifiedSdJwt
from ssi.sd_jwt.present import present_sd_jwt
from ssi.sd_jwt.vc import Open, VerifiedSdJwtVc, issue_sd_jwt_vc, verify_presentation
from ssi.status import (
    USUAL_FRESHNESS,
    StatusChecker,
    StatusList,
    StatusListClaims,
    StatusReference,
    TokenFormat,
    status_list_cwt,
    status_list_jwt,
)
from tests.unit.ssi.trust.material import AGE, AGENCY, BETWEEN, DESK, DESK_DID, INCOME, NOW, trust_list

AMIRA = PrivateKey.from_octets(KeyType.P256, bytes(31) + b"\x21")
URI = "https://issuer.example/status-lists/1"
AUDIENCE = "x509_hash:verifier"
LEAF = BETWEEN.leaf(dns=("agency.example",))

BY_DID = (DESK, {"kid": f"{DESK_DID}#0"}, DESK_DID, INCOME)
BY_CERTIFICATE = (LEAF.private_key, {"x5c": LEAF.x5c}, AGENCY, AGE)
ISSUERS = pytest.mark.parametrize("issuer", [BY_DID, BY_CERTIFICATE], ids=["by DID", "by certificate"])
FORMS = pytest.mark.parametrize("form", list(TokenFormat))
Issuer = tuple[PrivateKey, dict[str, object], str, str]


def show(
    issuer: Issuer,
    form: TokenFormat,
    status: int,
    *,
    status_issuer: Issuer | None = None,
    own_vct: str | None = None,
) -> VerifiedSdJwtVc:
    """Issue to Amira, give the credential this status, let her show it; with a type of its own beside the issuer's."""
    key, header, name, vct = issuer
    status_key, status_header, status_name, _ = status_issuer or issuer
    credential = issue_sd_jwt_vc(
        {"over_18": True, "city": "Zuidhorn"} | ({} if own_vct is None else {"aka_vcts": Open([vct])}),
        key,
        vct=own_vct or vct,
        issuer=name,
        issued_at=NOW,
        expires_at=NOW + timedelta(days=90),
        holder_key=AMIRA.public_key,
        status=StatusReference(70_000, URI).to_claim(),
        header=header,
    )
    listed = StatusList.of_size(2, 1 << 17).with_statuses({70_000: status})
    said = StatusListClaims(URI, NOW, NOW + timedelta(hours=12), timedelta(minutes=5), listed, issuer=status_name)
    if form is TokenFormat.JWT:
        token = status_list_jwt(said, status_key, key_header=status_header).encode()
    else:
        token = status_list_cwt(said, status_key, key_header=status_header)
    trust = trust_list()
    checks = StatusChecker(lambda uri: token, trust, token_format=form, freshness=USUAL_FRESHNESS)
    shown = present_sd_jwt(
        UnverifiedSdJwt.parse(credential), [("over_18",)], AMIRA, audience=AUDIENCE, nonce="n" * 22, now=NOW
    )
    return verify_presentation(
        UnverifiedSdJwt.parse(shown),
        vcts={vct},
        audience=AUDIENCE,
        nonce="n" * 22,
        now=NOW,
        trust=trust,
        status=checks,
        max_age=timedelta(minutes=5),
    )


@ISSUERS
@FORMS
def test_a_good_credential_is_accepted(issuer: Issuer, form: TokenFormat) -> None:
    verified = show(issuer, form, 0)
    assert verified.issuer == issuer[2]
    assert verified.claims["over_18"] is True
    assert "city" not in verified.claims


@ISSUERS
@FORMS
@pytest.mark.parametrize(("status", "reason"), [(1, Reason.REVOKED), (2, Reason.SUSPENDED), (3, Reason.UNKNOWN_STATUS)])
def test_a_credential_with_another_status_is_refused(
    issuer: Issuer, form: TokenFormat, status: int, reason: Reason
) -> None:
    with pytest.raises(VerificationError) as refused:
        show(issuer, form, status)
    assert refused.value.reason is reason


@ISSUERS
@FORMS
def test_the_status_is_judged_by_the_type_that_the_credential_counts_as(issuer: Issuer, form: TokenFormat) -> None:
    verified = show(issuer, form, 0, own_vct="urn:example:own")
    assert verified.vct == "urn:example:own"
    assert verified.types == {"urn:example:own", issuer[3]}


@FORMS
@pytest.mark.parametrize(("issuer", "other"), [(BY_DID, BY_CERTIFICATE), (BY_CERTIFICATE, BY_DID)])
def test_another_trusted_issuer_cannot_speak_about_it(issuer: Issuer, other: Issuer, form: TokenFormat) -> None:
    with pytest.raises(VerificationError) as refused:
        show(issuer, form, 0, status_issuer=other)
    assert refused.value.reason is Reason.STATUS_UNAVAILABLE
