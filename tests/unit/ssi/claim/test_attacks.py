# SPDX-License-Identifier: EUPL-1.2
"""Damaged proofs, and provers that do not follow the protocol (claim.md 7 and 8)."""

from dataclasses import replace

import pytest
from py_arkworks_bls12381 import G1Point

from ssi.bbs.signature import Signature, core_sign
from ssi.bbs.suite import BLS12381_SHA256, Interface, R, msm, random_scalar
from ssi.claim.header import CLAIMS, TypeHeader
from ssi.claim.proof import Claim
from ssi.claim.prove import PreparedClaim, Witness
from ssi.claim.randomness import SYSTEM
from ssi.claim.squares import three_squares
from ssi.claim.statement import Statement
from ssi.claim.terms import SHORT_BITS, ClaimTerms, Constant, Disclosed, Predicate, Term, TermsError
from ssi.claim.verify import verify_claim
from ssi.errors import Reason, VerificationError
from tests.claims import (
    CONTEXT,
    HEADER,
    INCOME,
    MUNICIPALITY,
    NORM,
    PERIOD_START,
    PREDICATES,
    PUBLIC_KEY,
    SECRET_KEY,
    TODAY,
    Household,
    claim,
    prepared,
    sign,
    statement,
    terms,
)
from tests.forging import forge_from_public_proof, relations_hold
from tests.tampering import tampered_claims


def _refused(verifying: Statement, shown: Claim, proof: bytes, reason: Reason | None = None) -> None:
    with pytest.raises(VerificationError) as caught:
        verify_claim(verifying, shown, proof)
    assert reason in (None, caught.value.reason)


def _cheat(proving: Statement, shown: Claim, witness: Witness) -> bytes:
    """A proof by a prover that skips its own checks, with the roots of |x|."""
    hidden = [witness.scalars[position] for position in proving.terms.hidden]
    B = msm([proving.bv, *proving.hidden_generators, *proving.disclosed_generators], [1, *hidden, *shown.disclosed])
    values = [predicate.evaluate(witness.scalars, shown.as_of) for predicate in proving.terms.predicates]
    ready = PreparedClaim(proving, shown, witness, tuple(three_squares(abs(value)) for value in values), B)
    while True:
        proof = ready._attempt(SYSTEM)
        if proof is not None:
            return proof


def test_refuses_every_damaged_claim() -> None:
    ready = prepared(statement(PREDICATES))
    proof, other = ready.prove(), ready.prove()
    cases = list(tampered_claims(ready.statement.terms, ready.claim, proof, other))
    assert len(cases) >= 300
    accepted = []
    for case in cases:
        try:
            verify_claim(ready.statement, case.claim, case.proof)
            accepted.append(case.name)
        except VerificationError:
            continue
    assert accepted == []


@pytest.mark.parametrize("count", [0, 1])
def test_refuses_every_damaged_claim_with_few_predicates(count: int) -> None:
    ready = prepared(statement(PREDICATES[:count]))
    for case in tampered_claims(ready.statement.terms, ready.claim, ready.prove(), ready.prove()):
        _refused(ready.statement, case.claim, case.proof)


@pytest.mark.parametrize(
    "household",
    [
        Household(income=154_061),
        Household(income=2**24 - 1),
        Household(exp=TODAY - 1),
        Household(exp=0),
        Household(recovered_at=PERIOD_START),
    ],
    ids=["one cent above", "far above", "expired yesterday", "never valid", "recovered on the first day"],
)
def test_a_prover_that_skips_its_checks_is_refused(household: Household) -> None:
    for _ in range(5):
        _refused(statement(), claim(household), _cheat(statement(), claim(household), sign(household)))


def test_linear_predicates_over_two_claims_hold_exactly_when_they_are_true() -> None:
    """150 honest claims around the limit are accepted and 150 false ones refused."""
    ours = statement(PREDICATES[:1])
    for distance in range(150):
        norm = 30_000 + 997 * distance
        limit = (120 * norm + 50) // 100
        honest, false = Household(income=limit, norm=norm), Household(income=limit + 1 + distance, norm=norm)
        verify_claim(ours, claim(honest), _cheat(ours, claim(honest), sign(honest)))
        _refused(ours, claim(false), _cheat(ours, claim(false), sign(false)))


def _own(predicates: tuple[Predicate, ...] = PREDICATES[:3], municipality: int | None = None) -> Statement:
    base = terms(predicates)
    constants = base.constants if municipality is None else (Constant(MUNICIPALITY, municipality),)
    return Statement.of(ClaimTerms(HEADER, constants, base.disclosed, predicates), PUBLIC_KEY, CONTEXT)


@pytest.mark.parametrize(
    ("own", "household"),
    [
        (_own((Predicate((Term(INCOME, -5), Term(NORM, 6)), 7), *PREDICATES[1:3])), Household(income=154_061)),
        (_own((Predicate((Term(INCOME, -5), Term(NORM, 7)), 2), *PREDICATES[1:3])), Household(income=160_000)),
        (_own((Predicate((Term(INCOME, 5), Term(NORM, -6)), 0), *PREDICATES[1:3])), Household(income=160_000)),
        (_own(PREDICATES[2::-1]), Household()),
        (_own(municipality=4), Household(municipality=4)),
        (replace(_own(), op=BLS12381_SHA256.P1), Household()),
        (Statement.of(terms(), PUBLIC_KEY, b"another scope"), Household()),
    ],
    ids=["own bound", "own coefficient", "own direction", "own order", "own constant", "own OP", "own scope"],
)
def test_a_prover_with_a_statement_of_its_own_is_refused(own: Statement, household: Household) -> None:
    """Under its own S, and under the true S: the forgery is for another statement either way."""
    proof = _cheat(own, claim(household), sign(household))
    _refused(statement(), claim(household), proof)
    _refused(statement(), claim(household), _cheat(replace(own, S=statement().S), claim(household), sign(household)))


def test_such_a_forgery_holds_for_the_forgers_statement_only() -> None:
    own = _own((Predicate((Term(INCOME, -5), Term(NORM, 6)), 7), *PREDICATES[1:3]))
    household = Household(income=154_061)
    verify_claim(own, claim(household), _cheat(own, claim(household), sign(household)))


def test_another_validators_key_is_refused() -> None:
    _refused(statement(), claim(), _cheat(statement(), claim(), sign(Household(), secret_key=SECRET_KEY + 1)))


def test_an_unsigned_claim_is_refused() -> None:
    honest = sign(Household(income=200_000))
    forged = replace(honest, scalars=(*honest.scalars[:4], 1, *honest.scalars[5:]))
    _refused(statement(), claim(), _cheat(statement(), claim(), forged))


def test_another_nym_secret_is_refused() -> None:
    honest = sign(Household())
    forged = replace(honest, scalars=(*honest.scalars[:-1], random_scalar()))
    _refused(statement(), claim(), _cheat(statement(), claim(), forged))


def test_a_shown_number_of_children_that_was_not_signed_is_refused() -> None:
    _refused(
        statement(), claim(Household(children=9)), _cheat(statement(), claim(Household(children=9)), sign(Household()))
    )


def test_a_claim_does_not_move_to_another_account_day_or_statement() -> None:
    ready = prepared(statement())
    proof = ready.prove()
    _refused(statement(), replace(ready.claim, recipient=bytes(20)), proof)
    _refused(statement(), replace(ready.claim, as_of=TODAY - 1), proof)
    _refused(statement(context_id=b"next year"), ready.claim, proof)


def test_a_credential_of_another_type_is_refused() -> None:
    """The widths are signed: a type that calls a text a number is another type."""
    lying = TypeHeader.from_octets(bytes([6, 17, 17, 20, 5, 24, 20]) + HEADER.octets[7:])
    _refused(statement(), claim(), _cheat(statement(), claim(), sign(Household(), header=lying)))


def test_a_signature_of_the_plain_drafts_is_no_signature_on_numbers() -> None:
    """(1.1) Our own interface identifier separates hashed texts from numbers."""
    draft = Interface(BLS12381_SHA256, BLS12381_SHA256.identifier + b"H2G_HM2S_PSEUDONYM_")
    scalars = (*Household().scalars, random_scalar(), random_scalar())
    generators = draft.generators(7) + draft.blind_generators(2)
    signature = Signature.from_bytes(core_sign(draft, SECRET_KEY, PUBLIC_KEY, generators, HEADER.combined, scalars))
    _refused(statement(), claim(), _cheat(statement(), claim(), Witness(signature.point, signature.exponent, scalars)))
    assert draft.generators(1) != CLAIMS.generators(1)


def test_a_text_hash_used_as_a_number_would_be_forgeable_and_is_not_expressible() -> None:
    """(8.4) Why 3.3 exists: a full-size scalar can be a sum of small squares modulo r whatever it stands for."""
    roots = (3, 5, 7)
    forged = (sum(root * root for root in roots) - 1) * pow(4, -1, R) % R
    assert forged > 1 << 33  # no small integer, and yet 4 x + 1 is a sum of three small squares modulo r
    assert (4 * forged + 1) % R == sum(root * root for root in roots)
    with pytest.raises(TermsError, match=r"claim\.md 3\.3"):
        ClaimTerms(HEADER, (), (), (Predicate((Term(MUNICIPALITY, 1),), 0),))


def test_an_identity_in_any_point_is_refused() -> None:
    ready = prepared(statement())
    proof = ready.prove()
    for index in range(6 + 2 * ready.statement.terms.commitments):
        _refused(ready.statement, ready.claim, proof[: 96 * index] + bytes(96) + proof[96 * index + 96 :])
    assert G1Point.identity() not in ready.statement.bases


def test_a_disclosed_value_beyond_its_width_is_refused() -> None:
    wide = ClaimTerms(HEADER, (), (Disclosed(3, 0, 31),), ())
    ours = Statement.of(wide, PUBLIC_KEY, CONTEXT)
    ready = PreparedClaim.of(ours, claim(), sign(Household()))
    proof = ready.prove()
    for value in (3 + R, -1, 32):
        _refused(ours, replace(ready.claim, disclosed=(value,)), proof)


@pytest.mark.parametrize("count", [0, 1, 3, 4])
def test_nothing_is_forged_from_a_public_proof(count: int) -> None:
    """(7.4) A household that nobody signed, with another pseudonym and account: only the challenge gives it away."""
    ours = statement(PREDICATES[:count])
    ready = prepared(ours)
    public = ready.prove()
    invented = Household(income=0, children=15)
    scalars = (*invented.scalars, random_scalar(), random_scalar())
    shown = claim(invented, recipient=bytes([7]) * 20)
    proof = forge_from_public_proof(ours, ready.claim, public, shown, scalars, SYSTEM)
    assert proof[192:288] != public[192:288]
    assert relations_hold(ours, shown, proof)
    _refused(ours, shown, proof, Reason.INVALID_CHALLENGE)


@pytest.mark.parametrize("inverse", [0, 1, R - 1], ids=["0", "1", "-1"])
def test_the_inverse_of_another_challenge_is_refused(inverse: int) -> None:
    ready = prepared(statement())
    proof = ready.prove()
    at = 96 * (6 + 2 * ready.statement.terms.commitments)
    changed = proof[:at] + inverse.to_bytes(32, "big") + proof[at + 32 :]
    _refused(ready.statement, ready.claim, changed, Reason.INVALID_CHALLENGE)


def test_a_short_response_from_2_to_the_126th_on_is_refused() -> None:
    """(7.3) The bound of 8.4: a long z could make a negative value a sum of squares modulo r."""
    ready = prepared(statement())
    proof = ready.prove()
    limit = 1 << SHORT_BITS
    start = len(proof) - 48 * len(ready.statement.terms.predicates)
    for at in range(start, len(proof), 16):
        honest = int.from_bytes(proof[at : at + 16], "big")
        for value in (limit, honest + limit, honest + 2 * limit, 4 * limit - 1):
            changed = proof[:at] + value.to_bytes(16, "big") + proof[at + 16 :]
            _refused(ready.statement, ready.claim, changed, Reason.INVALID_SCALAR)
        below = proof[:at] + (limit - 1).to_bytes(16, "big") + proof[at + 16 :]
        _refused(ready.statement, ready.claim, below, Reason.INVALID_PROOF)


def test_a_weight_of_zero_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """(7.5) With rho = 0 only the signature's relation would count. No hash is known to give it, so it is put there."""
    ready = prepared(statement())
    proof = ready.prove()
    verify_claim(ready.statement, ready.claim, proof)
    monkeypatch.setattr("ssi.claim.verify.batch", lambda transcript, responses: 0)
    _refused(ready.statement, ready.claim, proof, Reason.INVALID_PROOF)
