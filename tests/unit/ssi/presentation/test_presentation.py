# SPDX-License-Identifier: EUPL-1.2
"""Presentations of our BBS credential: what they establish, and the ways to misuse one (presentation.md 4 to 6)."""

import copy
import secrets
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from ssi.base64url import decode_base64url, encode_base64url
from ssi.claim.proof import Claim
from ssi.claim.prove import PreparedClaim
from ssi.claim.statement import Statement
from ssi.credential.days import day_number
from ssi.errors import Reason, VerificationError
from ssi.presentation import (
    AnyPseudonym,
    Binding,
    ClaimRequest,
    OncePerScope,
    describe,
    present,
    qualifies,
    verify_claim_presentation,
)
from ssi.presentation.binding import context_id
from ssi.presentation.present import unmet_rules
from tests.unit.ssi.presentation.material import (
    AMIRA,
    BINDING,
    CATO,
    EXPIRY,
    INCOME_RULE,
    NOW,
    OTHER_PUBLIC_KEY,
    OTHER_SECRET_KEY,
    PUBLIC_KEY,
    TODAY,
    amira,
    held,
    request,
)

APPROVAL = "eyJ0eXBlIjoiYSJ9"


class Pseudonyms:
    """Remembers pseudonyms, as a verifier's store does."""

    def __init__(self) -> None:
        self.seen: set[tuple[bytes, bytes]] = set()

    def first_use(self, scope_id: bytes, pseudonym: bytes) -> bool:
        key = (scope_id, pseudonym)
        is_new = key not in self.seen
        self.seen.add(key)
        return is_new


@pytest.fixture(scope="module")
def shown() -> dict[str, Any]:
    """Amira's presentation for the usual request."""
    return present(amira(), request(), BINDING, as_of=TODAY)


def _reason(unverified: object, asked: ClaimRequest, binding: Binding = BINDING, now: datetime = NOW) -> Reason:
    with pytest.raises(VerificationError) as caught:
        verify_claim_presentation(unverified, asked, binding, now=now, pseudonyms=AnyPseudonym())
    return caught.value.reason


def test_amira_shows_her_children_and_proves_the_rest(shown: dict[str, Any]) -> None:
    verified = verify_claim_presentation(shown, request(), BINDING, now=NOW, pseudonyms=AnyPseudonym())
    assert verified.disclosed == {"children": 3}
    assert verified.as_of == TODAY
    assert verified.key_id == request().key_id(PUBLIC_KEY) == shown["key"]
    assert len(verified.pseudonym) == 96


def test_a_presentation_holds_nothing_but_what_was_asked(shown: dict[str, Any]) -> None:
    assert set(shown) == {"key", "as_of", "disclosed", "salt", "proof"}
    proof = decode_base64url(shown["proof"])
    for number in (AMIRA["income"], AMIRA["norm"]):
        assert isinstance(number, int)
        assert number.to_bytes(32, "big") not in proof


def test_cato_whose_income_is_three_cents_too_high_is_refused_by_her_own_wallet() -> None:
    cato = held(CATO)
    assert not qualifies(cato, request(), TODAY)
    with pytest.raises(VerificationError) as caught:
        present(cato, request(), BINDING, as_of=TODAY)
    assert caught.value.reason is Reason.QUERY_NOT_MET
    assert caught.value.detail == "$.predicates[1]"
    assert str(CATO["income"]) not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"constants": {"municipality": "GM0014"}}, "$.constants.municipality"),
        ({"disclosed": {"children": [4, 15]}}, "$.disclosed.children"),
        ({"disclosed": {"children": [0, 2]}}, "$.disclosed.children"),
        ({"keys": [encode_base64url(OTHER_PUBLIC_KEY)]}, "$.keys"),
        (
            {"vct_values": ["urn:stuiver:credential:age:1"], "constants": {}, "disclosed": {}, "predicates": [EXPIRY]},
            "$.vct_values",
        ),
    ],
    ids=["constant", "below", "above", "key", "type"],
)
def test_a_wallet_knows_which_rule_it_does_not_meet(changes: dict[str, object], path: str) -> None:
    assert unmet_rules(amira(), request(**changes), TODAY) == (path,)


def test_an_expired_credential_is_not_presented() -> None:
    assert qualifies(amira(), request(), date(2027, 5, 31))
    assert not qualifies(amira(), request(), date(2027, 6, 1))


def test_the_wallet_says_what_would_be_shown() -> None:
    told = describe(amira(), request())
    assert told.disclosed == {"children": 3}
    assert told.constants == {"municipality": "GM1969"}
    assert [text.en for text in told.predicates] == ["Still valid.", "At most 120 percent of the norm."]
    assert told.scope == "low-rent/2027"
    assert told.warnings == ()
    assert "3" not in repr(told)


# replay and transplantation: the proof is for one verifier, request, scope, key and statement


@pytest.mark.parametrize(
    "binding",
    [
        replace(BINDING, client_id="x509_hash:Q0000000000000000000000000000000000000000000"),
        replace(BINDING, nonce="n-0S6_WzA2Mk"),
        replace(BINDING, response_uri="https://v.example/post2"),
        replace(BINDING, transaction_data=(APPROVAL,)),
    ],
    ids=["another-verifier", "another-nonce", "another-address", "a-transaction-that-was-not-approved"],
)
def test_a_presentation_is_no_presentation_for_another_request(shown: dict[str, Any], binding: Binding) -> None:
    assert _reason(shown, request(), binding) is Reason.INVALID_CHALLENGE


def test_an_approval_is_of_exactly_these_transactions_in_this_order() -> None:
    binding = replace(BINDING, transaction_data=(APPROVAL, "eyJ0eXBlIjoiYiJ9"))
    approved = present(amira(), request(), binding, as_of=TODAY)
    verify_claim_presentation(approved, request(), binding, now=NOW, pseudonyms=AnyPseudonym())
    for others in ((), (APPROVAL,), tuple(reversed(binding.transaction_data)), (*binding.transaction_data, APPROVAL)):
        assert _reason(approved, request(), replace(binding, transaction_data=others)) is Reason.INVALID_CHALLENGE


@pytest.mark.parametrize(
    "changes",
    [
        {"scope": "low-rent/2028"},
        {"constants": {}},
        {"disclosed": {}, "constants": {"municipality": "GM1969", "children": 3}},
        {"predicates": [INCOME_RULE, EXPIRY]},
        {"predicates": [EXPIRY, {**INCOME_RULE, "sum": {"norm": 130, "income": -100}}]},
        {"predicates": [EXPIRY, {**INCOME_RULE, "plus": 150}]},
        {"predicates": [EXPIRY]},
    ],
    ids=["scope", "constant-left-out", "constant-for-disclosed", "swapped", "coefficient", "constant-term", "dropped"],
)
def test_a_presentation_is_no_presentation_for_other_terms(shown: dict[str, Any], changes: dict[str, object]) -> None:
    asked = request(**changes)
    expected = {Reason.INVALID_CHALLENGE, Reason.WRONG_LENGTH}
    assert _reason(shown, asked) in expected


def test_the_key_that_signed_is_part_of_the_proof(shown: dict[str, Any]) -> None:
    asked = request()
    assert _reason({**shown, "key": asked.key_id(OTHER_PUBLIC_KEY)}, asked) is Reason.INVALID_CHALLENGE
    assert _reason(shown, request(keys=[encode_base64url(OTHER_PUBLIC_KEY)])) is Reason.UNKNOWN_ISSUER
    assert _reason({**shown, "key": "unknown"}, asked) is Reason.UNKNOWN_ISSUER


def test_a_credential_of_another_validator_is_refused() -> None:
    theirs = held(secret_key=OTHER_SECRET_KEY)
    asked = request(keys=[encode_base64url(OTHER_PUBLIC_KEY)])
    element = present(theirs, asked, BINDING, as_of=TODAY)
    verify_claim_presentation(element, asked, BINDING, now=NOW, pseudonyms=AnyPseudonym())
    assert _reason(element, request(keys=[encode_base64url(PUBLIC_KEY)])) is Reason.UNKNOWN_ISSUER


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"disclosed": [2]}, Reason.INVALID_CHALLENGE),
        ({"disclosed": [0]}, Reason.QUERY_NOT_MET),
        ({"disclosed": [16]}, Reason.QUERY_NOT_MET),
        ({"disclosed": []}, Reason.WRONG_LENGTH),
        ({"disclosed": [3, 3]}, Reason.WRONG_LENGTH),
        ({"as_of": day_number(TODAY) - 1}, Reason.INVALID_CHALLENGE),
        ({"as_of": day_number(TODAY) - 2}, Reason.TOO_OLD),
        ({"as_of": day_number(TODAY) + 1}, Reason.NOT_YET_VALID),
        ({"salt": encode_base64url(bytes(16))}, Reason.INVALID_CHALLENGE),
        ({"salt": encode_base64url(bytes(15))}, Reason.MALFORMED),
        ({"as_of": True}, Reason.MALFORMED),
        ({"disclosed": ["3"]}, Reason.MALFORMED),
        ({"disclosed": [3.0]}, Reason.MALFORMED),
        ({"proof": "not base64url!"}, Reason.MALFORMED),
        ({"proof": encode_base64url(bytes(100))}, Reason.WRONG_LENGTH),
        ({"extra": 1}, Reason.MALFORMED),
    ],
    ids=lambda value: (
        "-".join(f"{k}-{str(v)[:8]}" for k, v in value.items()) if isinstance(value, dict) else value.value
    ),
)
def test_every_changed_member_is_refused(shown: dict[str, Any], changes: dict[str, object], reason: Reason) -> None:
    assert _reason({**shown, **changes}, request()) is reason


@pytest.mark.parametrize("name", ["key", "as_of", "disclosed", "salt", "proof"])
def test_every_member_is_needed(shown: dict[str, Any], name: str) -> None:
    rest = copy.copy(shown)
    del rest[name]
    assert _reason(rest, request()) is Reason.MALFORMED


@pytest.mark.parametrize("unverified", [None, "text", [], 1], ids=["null", "text", "array", "number"])
def test_what_is_no_object_is_refused(unverified: object) -> None:
    assert _reason(unverified, request()) is Reason.MALFORMED


def test_every_hundredth_octet_of_the_proof_counts(shown: dict[str, Any]) -> None:
    proof = decode_base64url(shown["proof"])
    for at in range(0, len(proof), 100):
        spoilt = bytearray(proof)
        spoilt[at] ^= 1
        reason = _reason({**shown, "proof": encode_base64url(bytes(spoilt))}, request())
        assert reason in {Reason.INVALID_POINT, Reason.INVALID_SCALAR, Reason.INVALID_CHALLENGE, Reason.INVALID_PROOF}


def test_a_presentation_of_yesterday_still_counts_and_an_older_one_does_not(shown: dict[str, Any]) -> None:
    verify_claim_presentation(shown, request(), BINDING, now=NOW + timedelta(days=1), pseudonyms=AnyPseudonym())
    assert _reason(shown, request(), now=NOW + timedelta(days=2)) is Reason.TOO_OLD
    assert _reason(shown, request(), now=NOW - timedelta(days=1)) is Reason.NOT_YET_VALID


def test_a_claim_of_a_fund_is_no_presentation_and_a_presentation_no_claim(shown: dict[str, Any]) -> None:
    asked = request()
    fund = b"stuiver/scope/v1" + (31337).to_bytes(32, "big") + bytes(20) + bytes(32) + (2027).to_bytes(32, "big")
    salt = secrets.token_bytes(16)
    claim = Claim(BINDING.recipient(salt), day_number(TODAY), (3,))
    of_the_fund = Statement.of(asked.terms, PUBLIC_KEY, fund)
    proof = PreparedClaim.of(of_the_fund, claim, amira().witness).prove()
    element = {**shown, "salt": encode_base64url(salt), "proof": encode_base64url(proof)}
    assert _reason(element, asked) is Reason.INVALID_CHALLENGE
    assert not context_id(BINDING.client_id, "any").startswith(b"stuiver/scope/v1")


# pseudonyms


def test_a_holder_has_one_pseudonym_in_a_scope_and_unrelated_ones_elsewhere() -> None:
    def pseudonym(scope: str, client_id: str, holder_secret: int = 4711) -> bytes:
        asked, binding = request(scope=scope), replace(BINDING, client_id=client_id)
        element = present(held(holder_secret=holder_secret), asked, binding, as_of=TODAY)
        return verify_claim_presentation(element, asked, binding, now=NOW, pseudonyms=AnyPseudonym()).pseudonym

    first = pseudonym("a", "x509_hash:one")
    assert pseudonym("a", "x509_hash:one") == first
    others = {
        pseudonym("b", "x509_hash:one"),
        pseudonym("a", "x509_hash:two"),
        pseudonym("a", "x509_hash:one", holder_secret=4712),
    }
    assert len(others | {first}) == 4


def test_two_presentations_have_nothing_in_common_but_the_pseudonym(shown: dict[str, Any]) -> None:
    again = present(amira(), request(), BINDING, as_of=TODAY)
    one, two = (decode_base64url(str(element["proof"])) for element in (shown, again))
    pairs = [(one[at : at + 96], two[at : at + 96]) for at in range(0, 96 * 8, 96)]
    assert [left == right for left, right in pairs] == [False, False, True, False, False, False, False, False]
    assert shown["salt"] != again["salt"]


def test_a_verifier_may_accept_each_holder_once(shown: dict[str, Any]) -> None:
    once = OncePerScope(Pseudonyms())
    verify_claim_presentation(shown, request(), BINDING, now=NOW, pseudonyms=once)
    again = present(amira(), request(), replace(BINDING, nonce="second"), as_of=TODAY)
    with pytest.raises(VerificationError) as caught:
        verify_claim_presentation(again, request(), replace(BINDING, nonce="second"), now=NOW, pseudonyms=once)
    assert caught.value.reason is Reason.REPLAYED
    bas = held(holder_secret=99)
    theirs = present(bas, request(), BINDING, as_of=TODAY)
    verify_claim_presentation(theirs, request(), BINDING, now=NOW, pseudonyms=once)


def test_a_refused_presentation_spends_no_pseudonym(shown: dict[str, Any]) -> None:
    seen = Pseudonyms()
    with pytest.raises(VerificationError):
        verify_claim_presentation(
            {**shown, "disclosed": [2]}, request(), BINDING, now=NOW, pseudonyms=OncePerScope(seen)
        )
    assert not seen.seen


def test_no_two_pairs_of_verifier_and_scope_share_a_context() -> None:
    with pytest.raises(ValueError, match="without spaces"):
        Binding("x509_hash:a b", "n", "https://v.example", ())
    assert context_id("a", "b c") != context_id("a:b", "c")


def test_no_two_bindings_share_an_encoding() -> None:
    salt = bytes(16)
    bindings = [
        Binding("ab", "c", "d", ()),
        Binding("a", "bc", "d", ()),
        Binding("a", "c", "bd", ()),
        Binding("ab", "c", "d", ("",)),
        Binding("ab", "c", "d", ("", "")),
    ]
    assert len({binding.recipient(salt) for binding in bindings}) == len(bindings)
    assert BINDING.recipient(salt) != BINDING.recipient(bytes(15) + b"\1")
    with pytest.raises(ValueError, match="16 octets"):
        BINDING.recipient(b"")


def test_personal_values_do_not_show_in_reprs(shown: dict[str, Any]) -> None:
    verified = verify_claim_presentation(shown, request(), BINDING, now=NOW, pseudonyms=AnyPseudonym())
    assert "children" not in repr(verified)
    assert BINDING.nonce not in repr(BINDING)
