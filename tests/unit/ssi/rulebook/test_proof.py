# SPDX-License-Identifier: EUPL-1.2
"""What the pre-check says and what a claim proof can show are one statement."""

from datetime import date

import pytest

from ssi.bbs.signature import Signature, core_sign
from ssi.bbs.suite import random_scalar
from ssi.claim.header import CLAIMS
from ssi.claim.proof import Claim
from ssi.claim.prove import NotQualifiedError, PreparedClaim, Witness
from ssi.claim.statement import Statement
from ssi.claim.verify import verify_claim
from ssi.credential.days import day_number
from ssi.credential.types import ClaimValue
from ssi.rulebook.qualification import Allowed, qualify
from ssi.rulebook.terms import terms
from tests.claims import CONTEXT, PUBLIC_KEY, RECIPIENT, SECRET_KEY
from tests.unit.ssi.rulebook.material import HOUSEHOLD, KINDPAKKET

TODAY = date(2026, 11, 22)
AMIRA: dict[str, ClaimValue] = {
    "exp": TODAY,
    "recovered_at": date(2025, 12, 31),
    "municipality": "GM1969",
    "children": 3,
    "income": 154_060,
    "norm": 128_383,
}
STATEMENT = Statement.of(terms(KINDPAKKET, HOUSEHOLD, 2026), PUBLIC_KEY, CONTEXT)


def proves(values: dict[str, ClaimValue]) -> bool:
    """Whether a credential with these values can make a claim that verifies."""
    header = HOUSEHOLD.type_header
    scalars = (*HOUSEHOLD.scalars(values), random_scalar(), random_scalar())
    octets = core_sign(CLAIMS, SECRET_KEY, PUBLIC_KEY, header.generators, header.combined, scalars)
    signature = Signature.from_bytes(octets)
    claim = Claim(RECIPIENT, day_number(TODAY), (scalars[HOUSEHOLD.position("children")],))
    try:
        ready = PreparedClaim.of(STATEMENT, claim, Witness(signature.point, signature.exponent, scalars))
    except NotQualifiedError:
        return False
    verify_claim(STATEMENT, claim, ready.prove())
    return True


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"income": 0},
        {"income": 154_061},
        {"norm": 128_382},
        {"exp": date(2026, 11, 21)},
        {"recovered_at": date(2026, 1, 1)},
        {"municipality": "GM1970"},
        {"norm": (1 << 20) - 1, "income": (1 << 24) - 1},
        {"norm": (1 << 20) - 1, "income": 1_258_290},
        {"norm": (1 << 20) - 1, "income": 1_258_291},
    ],
)
def test_a_claim_can_be_proved_exactly_when_the_pre_check_allows_it(changes: dict[str, ClaimValue]) -> None:
    values = AMIRA | changes
    decision = qualify(values, KINDPAKKET, HOUSEHOLD, period=2026, as_of=TODAY)
    assert proves(values) == isinstance(decision, Allowed)
