# SPDX-License-Identifier: EUPL-1.2
"""Every refusal of the contracts has one reason, and every reason a sentence in two languages."""

import pytest
from eth_abi.abi import encode as abi_encode

from programmable_money.abi import CONTRACTS, decode_refusal, interface
from programmable_money.model import Language
from programmable_money.refusals import REASON_OF_ERROR, RefusalReason, sentence
from ssi.keccak import keccak256

_OF_LIBRARIES = {
    # what OpenZeppelin's code could raise and our contracts never let it
    "ECDSAInvalidSignature",
    "ECDSAInvalidSignatureLength",
    "ECDSAInvalidSignatureS",
    "InvalidShortString",
    "StringTooLong",
    "SafeERC20FailedOperation",
}


def test_the_table_is_the_compiled_interfaces() -> None:
    compiled = {entry.name for name in CONTRACTS for entry in interface(name).errors.values()}
    assert compiled - _OF_LIBRARIES <= set(REASON_OF_ERROR)


def test_every_reason_is_used_or_is_the_unexpected_one() -> None:
    assert {*REASON_OF_ERROR.values(), RefusalReason.UNEXPECTED} == set(RefusalReason)


@pytest.mark.parametrize("reason", list(RefusalReason))
@pytest.mark.parametrize("language", list(Language))
def test_every_reason_says_what_to_do_next_in_short_sentences(reason: RefusalReason, language: Language) -> None:
    text = sentence(reason, language)
    sentences = [part for part in text.split(". ") if part]
    assert len(sentences) >= 2
    assert all(len(part.split()) <= 20 for part in sentences)
    assert text.endswith(".")
    assert sentence(reason, Language.NL) != sentence(reason, Language.EN)


def test_no_two_reasons_say_the_same() -> None:
    for language in Language:
        assert len({sentence(reason, language) for reason in RefusalReason}) == len(RefusalReason)


def test_revert_data_becomes_a_reason_with_fields() -> None:
    octets = keccak256(b"FundAmountAboveLimit(uint256,uint256)")[:4] + abi_encode(["uint256", "uint256"], [11, 10])
    refused = decode_refusal(octets)
    assert refused.reason is RefusalReason.AMOUNT_ABOVE_LIMIT
    assert dict(refused.fields) == {"amount": 11, "limit": 10}


def test_what_no_contract_of_ours_says_is_unexpected() -> None:
    panic = bytes.fromhex("4e487b71") + abi_encode(["uint256"], [0x11])
    text = bytes.fromhex("08c379a0") + abi_encode(["string"], ["no"])
    assert (decode_refusal(panic).error, dict(decode_refusal(panic).fields)) == ("Panic", {"code": 0x11})
    assert dict(decode_refusal(text).fields) == {"message": "no"}
    for octets in (b"\xde\xad\xbe\xef", panic[:20], text[:10]):
        assert decode_refusal(octets).reason is RefusalReason.UNEXPECTED
