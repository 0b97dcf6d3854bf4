# SPDX-License-Identifier: EUPL-1.2
"""Blind issuance and pinning (issuance.md)."""

from dataclasses import replace

import pytest

import specs
from ssi.bbs.blind import core_commit, verify_commitment
from ssi.bbs.keys import generate_secret_key, sk_to_pk
from ssi.bbs.suite import R, random_scalar
from ssi.claim.header import CLAIMS
from ssi.credential.issuance import HeldCredential, Issuance, accept, issue
from ssi.credential.pinning import (
    IssuanceRequest,
    PendingRequest,
    VerifiedRequest,
    holder_entropy,
    request_issuance,
)
from ssi.credential.types import ClaimValue, CredentialType
from ssi.errors import Reason, VerificationError

DESK = "did:web:westerkwartier.example"
NONCE = b"a nonce of a session"
PINNING_SECRET = bytes(range(32))
KEY = generate_secret_key()
TYPE = CredentialType.from_json(specs.credential_type_octets("household-income", 1))
AGE = CredentialType.from_json(specs.credential_type_octets("age", 1))
AMIRA: dict[str, ClaimValue] = {
    "exp": 45_400,
    "recovered_at": 0,
    "municipality": "GM1969",
    "children": 3,
    "income": 154_060,
    "norm": 128_383,
}


def _asked(secret: int) -> tuple[PendingRequest, VerifiedRequest]:
    pending = request_issuance(secret, validator=DESK, nonce=NONCE)
    received = IssuanceRequest.from_octets(pending.request.to_octets())
    return pending, received.verify(validator=DESK, nonce=NONCE)


def _issued(secret: int, record: str = "amira") -> tuple[PendingRequest, Issuance]:
    pending, verified = _asked(secret)
    return pending, issue(KEY, TYPE, AMIRA, verified, holder_entropy(PINNING_SECRET, record))


def _held(secret: int, record: str = "amira") -> HeldCredential:
    pending, issuance = _issued(secret, record)
    return accept(issuance, pending, [AGE, TYPE], sk_to_pk(KEY))


def _reason(issuance: Issuance, pending: PendingRequest, public_key: bytes = sk_to_pk(KEY)) -> Reason:
    with pytest.raises(VerificationError) as caught:
        accept(issuance, pending, [TYPE], public_key)
    return caught.value.reason


def test_a_credential_is_issued_blindly_and_accepted() -> None:
    held = _held(random_scalar())
    assert held.credential.values["income"] == 154_060
    assert held.credential.type == TYPE
    assert len(held.witness.scalars) == 8


def test_renewing_keeps_the_nym_secret_and_the_pin() -> None:
    secret = random_scalar()
    assert _held(secret).witness.scalars[-1] == _held(secret).witness.scalars[-1]
    assert _asked(secret)[1].issuance_pseudonym == _asked(secret)[1].issuance_pseudonym


def test_another_wallet_or_another_record_has_another_nym_secret() -> None:
    secret = random_scalar()
    nyms = {
        _held(secret).witness.scalars[-1],
        _held(secret, "bas").witness.scalars[-1],
        _held(secret + 1).witness.scalars[-1],
    }
    assert len(nyms) == 3
    assert _asked(secret)[1].issuance_pseudonym != _asked(secret + 1)[1].issuance_pseudonym


def test_two_validators_cannot_link_their_pins() -> None:
    secret = random_scalar()
    pins = {
        request_issuance(secret, validator=validator, nonce=NONCE).request.issuance_pseudonym
        for validator in (DESK, "did:web:groningen.example")
    }
    assert len(pins) == 2


@pytest.mark.parametrize(
    ("validator", "nonce"), [(DESK, b"the nonce of another"), ("did:web:groningen.example", NONCE)]
)
def test_a_request_is_for_one_validator_and_one_session(validator: str, nonce: bytes) -> None:
    request = request_issuance(random_scalar(), validator=DESK, nonce=NONCE).request
    with pytest.raises(VerificationError) as caught:
        request.verify(validator=validator, nonce=nonce)
    assert caught.value.reason is Reason.INVALID_PSEUDONYM


def test_a_pin_of_another_secret_than_the_committed_one_is_refused() -> None:
    mine, hers = (request_issuance(random_scalar(), validator=DESK, nonce=NONCE).request for _ in range(2))
    for mixed in (
        replace(mine, issuance_pseudonym=hers.issuance_pseudonym),
        replace(mine, issuance_pseudonym=hers.issuance_pseudonym, proof=hers.proof),
        replace(mine, proof=hers.proof),
        replace(mine, commitment_with_proof=hers.commitment_with_proof),
    ):
        with pytest.raises(VerificationError) as caught:
            mixed.verify(validator=DESK, nonce=NONCE)
        assert caught.value.reason is Reason.INVALID_PSEUDONYM


def test_every_damaged_octet_of_a_request_is_refused() -> None:
    octets = request_issuance(random_scalar(), validator=DESK, nonce=NONCE).request.to_octets()
    for at in range(len(octets)):
        damaged = octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :]
        with pytest.raises(VerificationError):
            IssuanceRequest.from_octets(damaged).verify(validator=DESK, nonce=NONCE)
    for damaged in (b"", octets[:-1], octets + b"\x00"):
        with pytest.raises(VerificationError):
            IssuanceRequest.from_octets(damaged)


def test_nothing_else_of_the_wallet_can_be_committed() -> None:
    """(5.2) A second committed scalar has nowhere to go: the request's length is fixed and the issuer counts."""
    commitment_with_proof, _ = core_commit(CLAIMS, [random_scalar(), random_scalar()])
    two = VerifiedRequest(verify_commitment(CLAIMS, commitment_with_proof), bytes(48))
    with pytest.raises(ValueError, match="nothing else"):
        issue(KEY, TYPE, AMIRA, two, 1)


def test_a_wallet_refuses_what_the_validator_did_not_sign() -> None:
    pending, issuance = _issued(random_scalar())
    header, payloads, signature = issuance.credential.split(".")
    richer = payloads.replace(payloads.split("~")[4], "MQ")
    assert _reason(replace(issuance, credential=f"{header}.{richer}.{signature}"), pending) is Reason.INVALID_SIGNATURE
    assert _reason(replace(issuance, entropy=issuance.entropy + 1), pending) is Reason.INVALID_SIGNATURE
    assert _reason(replace(issuance, entropy=R), pending) is Reason.INVALID_SCALAR
    assert _reason(replace(issuance, entropy=R - pending.holder_secret), pending) is Reason.INVALID_SCALAR
    assert _reason(issuance, pending, sk_to_pk(KEY + 1)) is Reason.INVALID_SIGNATURE


def test_another_wallet_cannot_use_a_credential() -> None:
    _, issuance = _issued(random_scalar())
    cato, _ = _asked(random_scalar())
    assert _reason(issuance, cato) is Reason.INVALID_SIGNATURE


def test_a_short_pinning_secret_or_nonce_is_a_callers_bug() -> None:
    with pytest.raises(ValueError, match="32 octets"):
        holder_entropy(b"short", "amira")
    with pytest.raises(ValueError, match="16 octets"):
        request_issuance(1, validator=DESK, nonce=b"short")
    with pytest.raises(ValueError, match="other than 0"):
        request_issuance(0, validator=DESK, nonce=NONCE)


def test_secrets_do_not_show() -> None:
    secret = random_scalar()
    pending, issuance = _issued(secret)
    shown = repr(pending) + repr(issuance) + repr(_held(secret))
    assert not any(str(number) in shown for number in (secret, pending.blind, issuance.entropy))
    assert "154060" not in shown
