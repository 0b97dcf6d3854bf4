# SPDX-License-Identifier: EUPL-1.2
"""Nonces that are remembered only when they are used."""

from datetime import timedelta

import pytest

from issuer.openid.nonces import NONCE_LIFE, NonceMint
from ssi.base64url import decode_base64url, encode_base64url
from ssi.errors import Reason, VerificationError
from ssi.openid.credential import commitment_nonce
from tests.unit.issuer.material import START

MINT = NonceMint(bytes(range(32)))


def test_recognises_its_own_until_it_expires() -> None:
    nonce = MINT.recognise(MINT.make(START), START + NONCE_LIFE - timedelta(seconds=1))
    assert nonce.expires_at == START + NONCE_LIFE
    assert len(nonce.identifier) == 16


def test_recognises_what_another_process_made() -> None:
    assert NonceMint(bytes(range(32))).recognise(MINT.make(START), START).text


def test_never_makes_the_same_twice() -> None:
    assert len({MINT.make(START) for _ in range(200)}) == 200


def test_a_commitment_can_be_bound_to_it() -> None:
    assert len(commitment_nonce(MINT.make(START), "https://desk.example")) == 32


def test_says_nothing_of_its_octets_when_shown() -> None:
    text = MINT.make(START)
    assert text not in repr(MINT.recognise(text, START))
    assert "secret" not in repr(MINT)


def test_refuses_an_expired_one() -> None:
    with pytest.raises(VerificationError) as caught:
        MINT.recognise(MINT.make(START), START + NONCE_LIFE)
    assert caught.value.reason is Reason.EXPIRED


@pytest.mark.parametrize("at", range(0, 40, 3))
def test_refuses_a_changed_one(at: int) -> None:
    octets = bytearray(decode_base64url(MINT.make(START)))
    octets[at] ^= 1
    with pytest.raises(VerificationError) as caught:
        MINT.recognise(encode_base64url(bytes(octets)), START)
    assert caught.value.reason is Reason.WRONG_NONCE


@pytest.mark.parametrize(
    "text",
    ["", "A", "****", "AAAA", MINT.make(START) + "AAAA", MINT.make(START)[:-4], "é" * 40],
    ids=["empty", "a_character", "stars", "short", "longer", "shorter", "not_ascii"],
)
def test_refuses_another_form(text: str) -> None:
    with pytest.raises(VerificationError) as caught:
        MINT.recognise(text, START)
    assert caught.value.reason is Reason.WRONG_NONCE


def test_refuses_those_of_another_service() -> None:
    with pytest.raises(VerificationError):
        NonceMint(bytes(32)).recognise(MINT.make(START), START)
