# SPDX-License-Identifier: EUPL-1.2
"""Signed claims for tests: a household-like credential type of six claims, and anybody's numbers in it.

The signing key is a test's own; issuance through the real protocol is tested elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ssi.bbs.keys import key_gen, sk_to_pk
from ssi.bbs.signature import Signature, core_sign
from ssi.bbs.suite import BLS12381_SHA256, random_scalar
from ssi.claim.header import CLAIMS, TypeHeader
from ssi.claim.proof import Claim
from ssi.claim.prove import PreparedClaim, Witness
from ssi.claim.statement import Statement
from ssi.claim.terms import ClaimTerms, Constant, Disclosed, Predicate, Term

EXP, RECOVERED_AT, MUNICIPALITY, CHILDREN, INCOME, NORM = range(6)
HEADER = TypeHeader.from_octets(bytes([6, 17, 17, 0, 5, 24, 20]) + b'{"for":"tests"}')
ZUIDHORN = CLAIMS.message_scalars([b"GM1969"])[0]
SECRET_KEY = key_gen(BLS12381_SHA256, b"the validator of the tests, 32 octets or more")
PUBLIC_KEY = sk_to_pk(SECRET_KEY)
TODAY = 45_300
PERIOD_START = 45_200
CONTEXT = b"a scope of the tests"
RECIPIENT = bytes(range(1, 21))

AT_MOST_120_PERCENT = Predicate((Term(INCOME, -5), Term(NORM, 6)), 2)
STILL_VALID = Predicate((Term(EXP, 1),), 0, -1)
NOT_RECOVERED = Predicate((Term(RECOVERED_AT, -1),), PERIOD_START - 1)
AT_MOST_FIVE_TIMES = Predicate((Term(INCOME, -1), Term(NORM, 5)), 0)
PREDICATES = (AT_MOST_120_PERCENT, STILL_VALID, NOT_RECOVERED, AT_MOST_FIVE_TIMES)


def terms(
    predicates: Sequence[Predicate] = PREDICATES[:3], *, constants: bool = True, disclosed: bool = True
) -> ClaimTerms:
    """The child budget's terms, or with other predicates."""
    return ClaimTerms(
        HEADER,
        (Constant(MUNICIPALITY, ZUIDHORN),) if constants else (),
        (Disclosed(CHILDREN, 1, 15),) if disclosed else (),
        tuple(predicates),
    )


def statement(predicates: Sequence[Predicate] = PREDICATES[:3], *, context_id: bytes = CONTEXT) -> Statement:
    """The statement of ``terms`` for the tests' validator."""
    return Statement.of(terms(predicates), PUBLIC_KEY, context_id)


@dataclass(frozen=True)
class Household:
    """The claims of one household; the defaults are Amira's, exactly at the limit."""

    exp: int = TODAY + 90
    recovered_at: int = 0
    municipality: int = ZUIDHORN
    children: int = 3
    income: int = 154_060
    norm: int = 128_383

    @property
    def scalars(self) -> tuple[int, ...]:
        """The six claims by position."""
        return self.exp, self.recovered_at, self.municipality, self.children, self.income, self.norm


def sign(
    household: Household, nym_secret: int | None = None, *, secret_key: int = SECRET_KEY, header: TypeHeader = HEADER
) -> Witness:
    """A validator's signature on a household's claims."""
    scalars = (*household.scalars, random_scalar(), random_scalar() if nym_secret is None else nym_secret)
    octets = core_sign(CLAIMS, secret_key, sk_to_pk(secret_key), header.generators, header.combined, scalars)
    signature = Signature.from_bytes(octets)
    return Witness(signature.point, signature.exponent, scalars)


def claim(household: Household | None = None, *, recipient: bytes = RECIPIENT, as_of: int = TODAY) -> Claim:
    """A claim of the child budget for a household."""
    return Claim(recipient, as_of, ((household or Household()).children,))


def prepared(
    statement: Statement, household: Household | None = None, nym_secret: int | None = None, **changes: object
) -> PreparedClaim:
    """A claim of a household, ready to prove."""
    household = household or Household()
    return PreparedClaim.of(statement, claim(household, **changes), sign(household, nym_secret))  # type: ignore[arg-type]
