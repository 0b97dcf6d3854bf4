# SPDX-License-Identifier: EUPL-1.2
"""Receipts: what they say, who can check them, and what they never say."""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from ssi.errors import Reason, VerificationError
from ssi.jose.jws import UnverifiedJws, sign_jwt
from ssi.keys import KeyType, PrivateKey
from tests.unit.verifier.material import NAME, NOW, URL
from tests.unit.verifier.test_policy import PUBLISHED
from verifier.policy.deciding import Allowed, Denied
from verifier.receipts import TYP, Receipt, read_receipt_keys, receipt_keys, verify_receipt

KEY = PrivateKey.generate(KeyType.P256)
KEYS = read_receipt_keys(json.dumps(receipt_keys(KEY.public_key)).encode())
POLICY = next(policy for policy in PUBLISHED if policy.id.name == "income-allowance")
RECEIPT = Receipt(
    id="a" * 22,
    issuer=URL,
    verifier=NAME,
    policy=POLICY,
    query="bbs",
    decision=Denied(("low_income",)),
    decided_at=NOW,
)


def claims_of(text: str) -> dict[str, Any]:
    return UnverifiedJws.parse(text).unverified_claims()


def test_says_what_was_decided_by_which_rules_and_why() -> None:
    found = verify_receipt(RECEIPT.sign(KEY), KEYS)
    assert found.decision == Denied(("low_income",))
    assert (found.policy_name, found.policy_version, found.policy_hash) == ("income-allowance", 1, POLICY.hash)
    assert found.rules_version == "stuiver/rules/1"
    assert (found.issuer, found.verifier, found.query) == (URL, NAME, "bbs")
    assert found.is_valid_at(NOW)
    assert found.is_valid_at(NOW + timedelta(days=90) - timedelta(seconds=1))
    assert not found.is_valid_at(NOW + timedelta(days=90))
    assert not found.is_valid_at(NOW - timedelta(minutes=2))


def test_says_nothing_else() -> None:
    assert set(claims_of(RECEIPT.sign(KEY))) == {
        "iss", "iat", "exp", "jti", "verifier", "policy", "rules", "query", "decision", "reasons",
    }  # fmt: skip


def test_says_what_the_policy_keeps_and_no_more() -> None:
    kept = replace(
        RECEIPT,
        decision=Allowed(("lives_here",)),
        kept={("municipality",): "GM1969", ("day",): date(2026, 1, 2)},
        pseudonym=b"p" * 96,
        reference="r",
    )
    found = verify_receipt(kept.sign(KEY), KEYS)
    assert found.claims == {"municipality": "GM1969", "day": "2026-01-02"}
    assert found.reference == "r"
    assert found.pseudonym is not None
    assert len(found.pseudonym) == 128


def test_what_is_personal_stays_out_of_logs() -> None:
    assert "GM0014" not in repr(replace(RECEIPT, kept={("municipality",): "GM0014"}, pseudonym=b"GM0014"))


def changed(**claims: object) -> str:
    """A receipt that is signed well and says something else."""
    new = {**claims_of(RECEIPT.sign(KEY)), **claims}
    return sign_jwt(
        {name: value for name, value in new.items() if value is not None},
        KEY,
        typ=TYP,
        header={"kid": KEY.public_key.thumbprint()},
    )


@pytest.mark.parametrize(
    "claims",
    [
        {"decision": "maybe"},
        {"decision": None},
        {"reasons": []},
        {"reasons": "low_income"},
        {"policy": {"name": "income-allowance"}},
        {"verifier": "Gemeente"},
        {"iat": "today"},
        {"exp": -1},
        {"exp": 1 << 40},
        {"pseudonym": 7},
        {"claims": ["municipality"]},
    ],
    ids=str,
)
def test_refuses_what_is_no_receipt(claims: dict[str, object]) -> None:
    with pytest.raises(VerificationError) as caught:
        verify_receipt(changed(**claims), KEYS)
    assert caught.value.reason is Reason.MALFORMED


def test_refuses_another_key_under_the_same_name() -> None:
    text = sign_jwt(
        claims_of(RECEIPT.sign(KEY)),
        PrivateKey.generate(KeyType.P256),
        typ=TYP,
        header={"kid": KEY.public_key.thumbprint()},
    )
    with pytest.raises(VerificationError) as caught:
        verify_receipt(text, KEYS)
    assert caught.value.reason is Reason.INVALID_SIGNATURE


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (RECEIPT.sign(PrivateKey.generate(KeyType.P256)), Reason.UNRESOLVABLE_KEY),
        (sign_jwt({}, KEY, typ=TYP), Reason.UNRESOLVABLE_KEY),
        (sign_jwt({}, KEY, typ="JWT", header={"kid": KEY.public_key.thumbprint()}), Reason.WRONG_TYPE),
        ("a.b", Reason.MALFORMED),
        ("a" * 100_000, Reason.TOO_LARGE),
    ],
    ids=["unknown_key", "no_key", "other_type", "no_jwt", "too_large"],
)
def test_refuses(text: str, reason: Reason) -> None:
    with pytest.raises(VerificationError) as caught:
        verify_receipt(text, KEYS)
    assert caught.value.reason is reason


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (b"[]", Reason.MALFORMED),
        (b'{"keys": {}}', Reason.MALFORMED),
        (b'{"keys": [{"kid": "a", "kty": "EC"}]}', Reason.INVALID_PUBLIC_KEY),
    ],
    ids=["a_list", "no_list", "no_key"],
)
def test_refuses_keys(octets: bytes, reason: Reason) -> None:
    with pytest.raises(VerificationError) as caught:
        read_receipt_keys(octets)
    assert caught.value.reason is reason


def test_leaves_out_keys_for_something_else() -> None:
    assert read_receipt_keys(b'{"keys": [{"kid": "a", "use": "enc", "kty": "?"}, {"kty": "?"}, 7]}') == {}
