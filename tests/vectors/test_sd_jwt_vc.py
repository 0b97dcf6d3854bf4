# SPDX-License-Identifier: EUPL-1.2
"""Every example of the SD-JWT VC draft, issued with its salts, and verified as a credential.

The examples have no status and, but for the third, no issuer that a trust list would know: the list here knows the
examples' key.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from ssi.errors import Reason, VerificationError
from ssi.keys import PublicKey
from ssi.sd_jwt.issue import issue_sd_jwt
from ssi.sd_jwt.parse import UnverifiedSdJwt
from ssi.sd_jwt.present import choose_disclosures
from ssi.sd_jwt.vc import NoStatusIsChecked, TrustedKey, VerifiedSdJwtVc, verify_issued, verify_presentation
from tests.vectors.sd_jwt_examples import NOW, Example, example_params, seeded_randomness

FOLDER = "sd-jwt-vc-spec"
EXAMPLES = example_params(FOLDER)
UNBOUND = "02"


@dataclass(frozen=True)
class OneKey:
    """Trusts one key for every type."""

    key: PublicKey

    def issuer_key(
        self, unverified_header: Mapping[str, object], unverified_issuer: str | None, vct: str, now: datetime
    ) -> TrustedKey:
        """The key."""
        return TrustedKey(self.key, unverified_issuer or "the example")


@pytest.fixture(params=EXAMPLES)
def example(request: pytest.FixtureRequest) -> Example:
    """Each example in turn."""
    return Example.load(FOLDER, request.param)


def issue(example: Example) -> str:
    """Our issuance with the example's salts."""
    random.seed(example.settings["random_seed"])
    header = dict(example.header)
    return issue_sd_jwt(
        example.our_claims(), example.issuer, typ=header.pop("typ"), header=header, randomness=seeded_randomness
    )


def verify(example: Example, presented: str) -> VerifiedSdJwtVc:
    """Verify as the verifier of the example."""
    return verify_presentation(
        UnverifiedSdJwt.parse(presented),
        vcts={example.specification["user_claims"]["vct"]},
        audience=example.audience,
        nonce=example.nonce,
        now=NOW,
        trust=OneKey(example.issuer.public_key),
        status=NoStatusIsChecked(),
        max_age=timedelta(minutes=5),
    )


def test_every_example_of_the_folder_is_tested() -> None:
    if EXAMPLES[0].id != "absent":
        assert len(EXAMPLES) == 3


def test_we_issue_what_the_example_shows(example: Example) -> None:
    expected = UnverifiedSdJwt.parse(example.generate().sd_jwt_issuance)
    issued = UnverifiedSdJwt.parse(issue(example))
    assert issued.disclosures == expected.disclosures
    assert issued.unverified_claims == expected.unverified_claims
    assert issued.unverified_header == expected.unverified_header


def test_its_holder_accepts_it(example: Example) -> None:
    unverified = UnverifiedSdJwt.parse(example.generate().sd_jwt_issuance)
    vct = example.specification["user_claims"]["vct"]
    trust = OneKey(example.issuer.public_key)
    if example.name == UNBOUND:
        with pytest.raises(VerificationError) as refused:
            verify_issued(unverified, vcts={vct}, holder_key=example.holder.public_key, now=NOW, trust=trust)
        assert refused.value.reason is Reason.MISSING_KEY_BINDING
        return
    issued = verify_issued(unverified, vcts={vct}, holder_key=example.holder.public_key, now=NOW, trust=trust)
    assert issued.vct == vct
    assert issued.claims == example.plain_claims()


def test_its_presentation_is_accepted_only_with_key_binding(example: Example) -> None:
    choice = choose_disclosures(UnverifiedSdJwt.parse(issue(example)), example.chosen_paths())
    if example.name == UNBOUND:
        with pytest.raises(VerificationError) as refused:
            verify(example, choice.bound_text)
        assert refused.value.reason is Reason.MISSING_KEY_BINDING
        return
    verified = verify(example, choice.present(example.holder, audience=example.audience, nonce=example.nonce, now=NOW))
    assert verified.claims == choice.claims
    assert verified.disclosed == choice.disclosed
    assert verified.holder_key == example.holder.public_key
