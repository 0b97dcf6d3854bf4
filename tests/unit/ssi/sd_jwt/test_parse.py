# SPDX-License-Identifier: EUPL-1.2
"""Taking apart: compact form and JSON serialisation."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssi.errors import Reason, VerificationError
from ssi.sd_jwt.parse import UnverifiedSdJwt, parse_json_serialization
from ssi.sd_jwt.verify import verify_sd_jwt
from tests.unit.ssi.sd_jwt.material import ISSUER, NOW, bind, forge, issue, present

PRESENTED = present(issue(), [["income"], ["children"]])
TOKEN, FIRST, SECOND, BINDING = PRESENTED.split("~")
PROTECTED, PAYLOAD, SIGNATURE = TOKEN.split(".")
HEADER = {"disclosures": [FIRST, SECOND], "kb_jwt": BINDING}
FLATTENED = {"payload": PAYLOAD, "protected": PROTECTED, "signature": SIGNATURE, "header": HEADER}
ONE = {"protected": PROTECTED, "signature": SIGNATURE}
GENERAL = {"payload": PAYLOAD, "signatures": [{**ONE, "header": HEADER}, ONE]}


def test_compact_form_comes_apart() -> None:
    parsed = UnverifiedSdJwt.parse(PRESENTED)
    assert parsed.issuer_jwt == TOKEN
    assert parsed.disclosures == (FIRST, SECOND)
    assert parsed.key_binding == BINDING
    assert parsed.bound_text == PRESENTED.removesuffix(BINDING)
    assert parsed.unverified_header["typ"] == "dc+sd-jwt"


def test_an_sd_jwt_may_have_nothing_to_disclose_and_no_key_binding() -> None:
    parsed = UnverifiedSdJwt.parse(forge())
    assert (parsed.disclosures, parsed.key_binding) == ((), None)
    assert parsed.bound_text == forge()


def test_flattened_form_says_the_same_as_compact_form() -> None:
    (parsed,) = parse_json_serialization(json.dumps(FLATTENED).encode())
    assert parsed == UnverifiedSdJwt.parse(PRESENTED)


def test_general_form_gives_one_for_each_signature() -> None:
    parsed = parse_json_serialization(json.dumps(GENERAL).encode())
    assert len(parsed) == 2
    for each in parsed:
        assert each.bound_text == PRESENTED.removesuffix(BINDING)
        verified = verify_sd_jwt(each, ISSUER.public_key, typ="dc+sd-jwt", now=NOW)
        assert verified.unpacked.claims["income"] == 182_300


def test_json_form_may_lack_disclosures_and_key_binding() -> None:
    document = {name: FLATTENED[name] for name in ("payload", "protected", "signature")}
    (parsed,) = parse_json_serialization(json.dumps(document).encode())
    assert (parsed.disclosures, parsed.key_binding) == ((), None)


def general(*signatures: Any) -> dict[str, Any]:
    """A general form with these signatures."""
    return {"payload": PAYLOAD, "signatures": list(signatures)}


REFUSED: dict[str, tuple[Any, Reason]] = {
    "no payload": ({**FLATTENED, "payload": None}, Reason.MALFORMED),
    "no protected header": ({**FLATTENED, "protected": None}, Reason.MALFORMED),
    "no signature": ({**FLATTENED, "signature": 1}, Reason.MALFORMED),
    "a payload that is no base64url": ({**FLATTENED, "payload": "="}, Reason.MALFORMED),
    "no signatures": (general(), Reason.MALFORMED),
    "signatures that are no list": ({"payload": PAYLOAD, "signatures": {}}, Reason.MALFORMED),
    "a signature that is no object": (general("x"), Reason.MALFORMED),
    "too many signatures": (general(*[ONE] * 17), Reason.MALFORMED),
    "both forms at once": ({**FLATTENED, "signatures": [ONE]}, Reason.MALFORMED),
    "disclosures behind the first signature": (general(ONE, {**ONE, "header": HEADER}), Reason.MALFORMED),
    "disclosures that are no list": ({**FLATTENED, "header": {"disclosures": "x"}}, Reason.MALFORMED),
    "disclosures that are no text": ({**FLATTENED, "header": {"disclosures": [1]}}, Reason.MALFORMED),
    "a disclosure that is two": ({**FLATTENED, "header": {"disclosures": [f"{FIRST}~{SECOND}"]}}, Reason.MALFORMED),
    "an empty disclosure": ({**FLATTENED, "header": {"disclosures": [""]}}, Reason.MALFORMED),
    "too many disclosures": ({**FLATTENED, "header": {"disclosures": ["x"] * 1025}}, Reason.TOO_LARGE),
    "a key binding that is no text": ({**FLATTENED, "header": {"kb_jwt": 1}}, Reason.MALFORMED),
    "an unprotected header that is no object": ({**FLATTENED, "header": []}, Reason.MALFORMED),
    "an unprotected algorithm": ({**FLATTENED, "header": {"alg": "none"}}, Reason.MALFORMED),
    "an unprotected critical extension": ({**FLATTENED, "header": {"crit": ["x"]}}, Reason.MALFORMED),
    "a header protected and unprotected": ({**FLATTENED, "header": {"typ": "x"}}, Reason.MALFORMED),
    "no object": ([FLATTENED], Reason.MALFORMED),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_refuses_in_json_form(name: str) -> None:
    document, reason = REFUSED[name]
    with pytest.raises(VerificationError) as refused:
        parse_json_serialization(json.dumps(document).encode())
    assert refused.value.reason is reason


def test_sizes_are_bounded() -> None:
    with pytest.raises(VerificationError) as refused:
        parse_json_serialization(json.dumps(FLATTENED).encode(), longest=100)
    assert refused.value.reason is Reason.TOO_LARGE
    with pytest.raises(VerificationError) as refused:
        UnverifiedSdJwt.parse(bind(forge()), longest=100)
    assert refused.value.reason is Reason.TOO_LARGE


@given(st.text("~.Aé", max_size=30))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    with pytest.raises(VerificationError):
        UnverifiedSdJwt.parse(text)
