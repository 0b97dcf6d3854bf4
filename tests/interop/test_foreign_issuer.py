# SPDX-License-Identifier: EUPL-1.2
"""Our wallet accepts credentials from an issuer built with @openid4vc and @sd-jwt."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from holder.openid.errors import AnswerError, PinNeededError
from holder.openid.offers import read_offer
from holder.refusals import IssuanceRefusedError
from holder.service import Wallet
from ssi.errors import Reason
from tests.interop.programs import Program, program, require_node
from tests.interop.wallets import new_wallet, receiver, trust_document

VCT = "https://types.example/club-member/1"
PIN = "493817"
COPIES = 3
JOB = {"vct": VCT, "claims": {"member": True, "since": "2020-01-01"}, "pin": PIN, "batch": COPIES}

pytestmark = pytest.mark.node


@pytest.fixture
def wallet(tmp_path: Path) -> Iterator[Wallet]:
    with new_wallet(tmp_path) as made:
        yield made


@pytest.fixture
def issuer() -> Iterator[Program]:
    require_node()
    with program("issue", JOB) as running:
        yield running


def test_an_offer_by_reference_with_a_pin_gives_a_copy_for_each_key(wallet: Wallet, issuer: Program) -> None:
    said = issuer.hear()
    receiving = receiver(wallet, trust_document([VCT], dids=[said["issuer"]]))
    offer = read_offer(said["offer"], receiving.fetch)
    assert [found.vct for found in offer.configurations.values()] == [VCT]

    received = receiving.accept(offer, PIN)

    (credential,) = received.copied
    assert len(credential.unused) == COPIES
    assert credential.issuer == said["issuer"]
    assert wallet.copied == (credential,)
    assert issuer.hear() == {"event": "credential_accepted"}


def test_a_wrong_pin_is_the_issuers_refusal(wallet: Wallet, issuer: Program) -> None:
    said = issuer.hear()
    receiving = receiver(wallet, trust_document([VCT], dids=[said["issuer"]]))
    with pytest.raises(AnswerError) as refused:
        receiving.accept(read_offer(said["offer"], receiving.fetch), "000000")
    assert refused.value.code == "invalid_grant"
    assert wallet.copied == ()


def test_an_offer_with_a_pin_is_not_accepted_without_it(wallet: Wallet, issuer: Program) -> None:
    said = issuer.hear()
    receiving = receiver(wallet, trust_document([VCT], dids=[said["issuer"]]))
    with pytest.raises(PinNeededError):
        receiving.accept(read_offer(said["offer"], receiving.fetch), None)


def test_an_issuer_that_no_trust_list_names_is_told_that_its_credential_was_not_kept(
    wallet: Wallet, issuer: Program
) -> None:
    said = issuer.hear()
    receiving = receiver(wallet, trust_document([VCT], dids=["did:web:other.example"]))
    with pytest.raises(IssuanceRefusedError) as refused:
        receiving.accept(read_offer(said["offer"], receiving.fetch), PIN)
    assert refused.value.reason is Reason.UNKNOWN_ISSUER
    assert wallet.copied == ()
    assert issuer.hear() == {"event": "credential_failure"}
