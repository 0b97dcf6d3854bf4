# SPDX-License-Identifier: EUPL-1.2
"""Every example of RFC 9901: issued octet by octet with its salts, verified, and presented, by us and by the other.

``tests/vectors/sd_jwt_examples.py`` says where the expected outputs come from.
"""

import json
import random
from datetime import timedelta
from typing import Any

import pytest
from jwcrypto.jwk import JWK
from sd_jwt.verifier import SDJWTVerifier  # type: ignore[import-untyped]

from ssi.base64url import decode_base64url, encode_base64url
from ssi.errors import Reason, VerificationError
from ssi.jose.jws import UnverifiedJws
from ssi.sd_jwt.disclosures import DEFAULT_ALGORITHM
from ssi.sd_jwt.issue import NoDecoys, issue_sd_jwt
from ssi.sd_jwt.key_binding import sign_key_binding, verify_key_binding
from ssi.sd_jwt.parse import UnverifiedSdJwt, parse_json_serialization
from ssi.sd_jwt.present import choose_disclosures
from ssi.sd_jwt.unpack import unpack
from ssi.sd_jwt.verify import confirmation_key, verify_sd_jwt
from tests.vectors.sd_jwt_examples import NOW, Example, SeededDecoys, example_params, seeded_randomness

FOLDER = "sd-jwt-spec"
EXAMPLES = example_params(FOLDER)
# RFC 9901 section 5.1 prints these digests, in this order, for the example that the folder calls "simple"
SIMPLE_DIGESTS = [
    "CrQe7S5kqBAHt-nMYXgc6bdt2SH5aTY1sU_M-PgkjPI",
    "JzYjH4svliH0R3PyEMfeZu6Jt69u5qehZo7F7EPYlSE",
    "PorFbpKuVu6xymJagvkFsFXAbRoc2JGlAUA2BA4o7cI",
    "TGf4oLbgwd5JQaHyKVQZU9UdGE0w5rtDsrZzfUaomLo",
    "XQ_3kPKt1XyX7KANkqVR6yZ2Va5NrPIvPYbyMvRKBMM",
    "XzFrzwscM6Gn6CJDc6vVK8BkMnfG8vOSKfpPIZdAfdE",
    "gbOsI4Edq2x2Kw-w5wPEzakob9hV1cRD0ATN3oQL9JM",
    "jsu9yVulwQQlhFlM_3JlzMaSFzglhQG0DpfayQwLUK4",
]
NAMES_WHAT_IS_NOT_THERE = "w3c-vc_for_slide_deck"


@pytest.fixture(params=EXAMPLES)
def example(request: pytest.FixtureRequest) -> Example:
    """Each example in turn."""
    return Example.load(FOLDER, request.param)


def issue(example: Example) -> str:
    """Our issuance with the example's salts."""
    random.seed(example.settings["random_seed"])
    header = dict(example.header)
    decoys = SeededDecoys() if example.specification.get("add_decoy_claims") else NoDecoys()
    return issue_sd_jwt(
        example.our_claims(),
        example.issuer,
        typ=header.pop("typ"),
        header=header,
        decoys=decoys,
        randomness=seeded_randomness,
    )


def their_verdict(example: Example, presentation: str) -> dict[str, Any]:
    """What the generator's verifier takes from a presentation."""
    public = JWK(**{name: value for name, value in example.issuer_jwks[0].items() if name != "d"})
    bound = (example.audience, example.nonce) if example.is_bound else ()
    verifier = SDJWTVerifier(presentation, lambda *_: public, *bound)
    claims: dict[str, Any] = verifier.get_verified_payload()
    return claims


def test_every_example_of_the_folder_is_tested() -> None:
    if EXAMPLES[0].id != "absent":
        assert len(EXAMPLES) == 15


def test_we_issue_what_the_example_shows(example: Example) -> None:
    expected = UnverifiedSdJwt.parse(example.generate().sd_jwt_issuance)
    issued = UnverifiedSdJwt.parse(issue(example))
    assert issued.disclosures == expected.disclosures
    assert issued.unverified_claims == expected.unverified_claims
    assert issued.unverified_header == expected.unverified_header


def test_the_main_example_has_the_digests_that_the_standard_prints() -> None:
    if EXAMPLES[0].id == "absent":
        pytest.skip(EXAMPLES[0].marks[0].kwargs["reason"])
    assert UnverifiedSdJwt.parse(issue(Example.load(FOLDER, "simple"))).unverified_claims["_sd"] == SIMPLE_DIGESTS


def test_we_verify_what_the_example_issues(example: Example) -> None:
    unverified = UnverifiedSdJwt.parse(example.generate().sd_jwt_issuance)
    verified = verify_sd_jwt(unverified, example.issuer.public_key, typ=example.header["typ"], now=NOW)
    assert verified.unpacked.claims == example.plain_claims()
    assert len(verified.unpacked.disclosed) == len(unverified.disclosures)


def test_the_holder_chooses_as_the_example_does(example: Example) -> None:
    issued = example.generate().sd_jwt_issuance
    credential = UnverifiedSdJwt.parse(issued)
    if example.name == NAMES_WHAT_IS_NOT_THERE:
        with pytest.raises(VerificationError) as refused:
            choose_disclosures(credential, example.chosen_paths())
        assert refused.value.reason is Reason.QUERY_NOT_MET
        return
    theirs = set(UnverifiedSdJwt.parse(example.present(issued)).disclosures)
    choice = choose_disclosures(credential, example.chosen_paths())
    ours = set(UnverifiedSdJwt.parse(choice.bound_text).disclosures)
    assert theirs <= ours
    # "true" for a claim with more inside shows the claim alone there; a path brings what is inside here
    extra = {
        place
        for place, text in unpack(credential.unverified_claims, tuple(ours)).disclosed.items()
        if text not in theirs
    }
    assert all(any(place[: len(path)] == path for path in example.chosen_paths()) for place in extra)
    assert bool(extra) == (example.name in ("complex_eidas", "complex_eidas_proposal"))


def test_we_verify_what_the_other_presents(example: Example) -> None:
    presented = example.present(example.generate().sd_jwt_issuance)
    unverified = UnverifiedSdJwt.parse(presented)
    verified = verify_sd_jwt(unverified, example.issuer.public_key, typ=example.header["typ"], now=NOW)
    assert verified.unpacked.claims == their_verdict(example, presented)
    if example.is_bound:
        made_at = int(json.loads(decode_base64url(str(unverified.key_binding).split(".")[1]))["iat"])
        verify_key_binding(
            unverified,
            confirmation_key(verified.unpacked.claims),
            algorithm=verified.unpacked.algorithm,
            audience=example.audience,
            nonce=example.nonce,
            now=NOW.fromtimestamp(made_at, NOW.tzinfo),
            max_age=timedelta(minutes=1),
            transaction_data=(),
        )


def test_the_other_verifies_what_we_present(example: Example) -> None:
    paths = [] if example.name == NAMES_WHAT_IS_NOT_THERE else example.chosen_paths()
    choice = choose_disclosures(UnverifiedSdJwt.parse(issue(example)), paths)
    presented = choice.bound_text
    if example.is_bound:
        presented = choice.present(example.holder, audience=example.audience, nonce=example.nonce, now=NOW)
    assert their_verdict(example, presented) == choice.claims


@pytest.mark.parametrize("name", [param for param in EXAMPLES if str(param.id).startswith(("json_", "absent"))])
def test_json_serialisation_carries_the_same(name: str) -> None:
    example = Example.load(FOLDER, name)
    choice = choose_disclosures(UnverifiedSdJwt.parse(issue(example)), example.chosen_paths())
    document = _document(example, choice.bound_text)
    parsed = parse_json_serialization(json.dumps(document).encode())
    assert len(parsed) == len(example.issuer_jwks)
    for unverified, jwk, issuer in zip(parsed, example.issuer_jwks, example.issuers, strict=True):
        assert unverified.unverified_header.get("kid") == jwk.get("kid")
        verified = verify_sd_jwt(unverified, issuer.public_key, typ=example.header["typ"], now=NOW)
        assert verified.unpacked.claims == choice.claims
        verify_key_binding(
            unverified,
            example.holder.public_key,
            algorithm=verified.unpacked.algorithm,
            audience=example.audience,
            nonce=example.nonce,
            now=NOW,
            max_age=timedelta(minutes=1),
            transaction_data=(),
        )


def _document(example: Example, bound_text: str) -> dict[str, Any]:
    """The JSON serialisation of a presentation: flattened for one key of the issuer, general for more."""
    token, *disclosures, _ = bound_text.split("~")
    payload = token.split(".")[1]
    signatures: list[dict[str, Any]] = []
    for jwk, issuer in zip(example.issuer_jwks, example.issuers, strict=True):
        header = UnverifiedJws.parse(token).unverified_header
        protected = encode_base64url(json.dumps({**header, **({"kid": jwk["kid"]} if "kid" in jwk else {})}).encode())
        signature = encode_base64url(issuer.sign(f"{protected}.{payload}".encode()))
        signatures.append({"protected": protected, "signature": signature})
    first = f"{signatures[0]['protected']}.{payload}.{signatures[0]['signature']}"
    binding = sign_key_binding(
        "~".join([first, *disclosures, ""]),
        example.holder,
        algorithm=DEFAULT_ALGORITHM,
        audience=example.audience,
        nonce=example.nonce,
        now=NOW,
    )
    signatures[0]["header"] = {"disclosures": disclosures, "kb_jwt": binding}
    if len(signatures) == 1:
        return {"payload": payload, **signatures[0]}
    return {"payload": payload, "signatures": signatures}
