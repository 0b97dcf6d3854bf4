# SPDX-License-Identifier: EUPL-1.2
"""Writes contracts/test/fixtures/*.json: statements and proofs of ``ssi.claim``, on which forge tests the contracts.

Run ``python -m tests.contracts.make_fixtures``; with ``--check`` it compares instead and exits 1 where a file differs.

Invariants:
    * Deterministic: every random draw comes from a seeded stream, so that the files change only when the protocol does.
    * Every honest claim has been verified by ``ssi.claim``. Every claim of ``forged.json`` has been refused by it as
      ``invalid_proof``: it differs from an honest one only in what its prover holds; its challenge is the right one.
      Every claim of ``unbound.json`` has been refused as ``invalid_challenge``, though all its equations hold.
"""

import argparse
import hashlib
import json
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from py_arkworks_bls12381 import G1Point, G2Point, Scalar

from ssi.bbs.suite import BLS12381_SHA256, BP2, R, invert, msm, multiply
from ssi.claim.encoding import encode_xy, evm_g1, evm_g2
from ssi.claim.header import CLAIMS, TypeHeader
from ssi.claim.proof import Claim
from ssi.claim.prove import PreparedClaim, Witness
from ssi.claim.registry_key import prove_possession
from ssi.claim.squares import three_squares
from ssi.claim.statement import Statement
from ssi.claim.terms import ClaimTerms, Constant, Disclosed, Predicate, Term
from ssi.claim.verify import verify_claim
from ssi.errors import Reason, VerificationError
from ssi.keccak import keccak256
from tests.forging import forge_from_public_proof, relations_hold

FOLDER: Final = Path(__file__).resolve().parents[2] / "contracts" / "test" / "fixtures"
CHAIN_ID: Final = 31337
REGISTRY_DEPLOYER: Final = bytes.fromhex("0000000000000000000000000000000000de9108")
VALIDATOR_ACCOUNT: Final = bytes.fromhex("000000000000000000000000000000007a11da7e")
FUND: Final = bytes.fromhex("00f0000000000000000000000000000000000a11")
RULEBOOK: Final = keccak256(b"a rulebook")
TODAY: Final = 46347  # 2026-11-22
_FIELD: Final = int(
    "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab", 16
)

# positions of the household type: municipality and kind are texts
MUNICIPALITY, KIND, INCOME, NORM, CHILDREN, EXPIRES, RECOVERED, RESERVE, _, NYM_SECRET = range(10)
HOUSEHOLD: Final = TypeHeader.from_octets(bytes([8, 0, 0, 24, 24, 4, 17, 17, 32]) + b'{"type":"household"}')
SINGLE: Final = TypeHeader.from_octets(bytes([1, 32]))
LARGE: Final = TypeHeader.from_octets(bytes([16] + [16] * 16) + bytes(range(40)))
UTRECHT: Final = CLAIMS.hash_to_scalar(b"GM0344", b"MAP_MSG_TO_SCALAR_AS_HASH_")
SINGLE_PARENT: Final = CLAIMS.hash_to_scalar(b"single_21_plus", b"MAP_MSG_TO_SCALAR_AS_HASH_")

# Amira's household is exactly at the limit: 6 * 150000 - 5 * 180000 = 0
AMIRA: Final = (UTRECHT, SINGLE_PARENT, 180_000, 150_000, 3, TODAY + 90, TODAY - 400, (1 << 32) - 1)
INCOME_RULE: Final = Predicate((Term(INCOME, -5), Term(NORM, 6)), 2)
EXPIRY_RULE: Final = Predicate((Term(EXPIRES, 1),), 0, -1)
RECOVERY_RULE: Final = Predicate((Term(RECOVERED, -1),), -365, 1)
RESERVE_RULE: Final = Predicate((Term(RESERVE, 1),), -((1 << 32) - 1))
RESIDENT: Final = (Constant(MUNICIPALITY, UTRECHT), Constant(KIND, SINGLE_PARENT))


class _Stream:
    """A seeded source of randomness for proofs."""

    def __init__(self, seed: str) -> None:
        self._seed = seed.encode()
        self._count = 0

    def octets(self, size: int) -> bytes:
        """The next octets of the stream."""
        self._count += 1
        return hashlib.shake_256(self._seed + self._count.to_bytes(8, "big")).digest(size)

    def scalar(self) -> int:
        """A scalar below the group order."""
        return int.from_bytes(self.octets(48), "big") % R

    def short(self) -> int:
        """A mask of a short response, below 2^126."""
        return int.from_bytes(self.octets(16), "big") >> 2

    def below(self, limit: int) -> int:
        """An integer below ``limit``."""
        return int.from_bytes(self.octets(48), "big") % limit


@contextmanager
def _seeded(seed: str) -> Iterator[_Stream]:
    """The stream; the search for three squares draws from it too."""
    stream = _Stream(seed)
    with patch.object(secrets, "randbelow", stream.below):
        yield stream


def _first_contract(deployer: bytes) -> bytes:
    """The address of the first contract that an account creates."""
    return keccak256(b"\xd6\x94" + deployer + b"\x80")[12:]


@dataclass(frozen=True, slots=True)
class _Validator:
    """A validator's key, and the credentials it signs."""

    secret: int

    @property
    def point(self) -> G2Point:
        return BP2 * Scalar(self.secret)

    @property
    def public_key(self) -> bytes:
        return bytes(self.point.to_compressed_bytes())

    def possession(self, header: TypeHeader, account: bytes) -> bytes:
        """(1.7) For the tests' registry: the first contract of its deployer."""
        return prove_possession(
            self.secret,
            chain_id=CHAIN_ID,
            registry=_first_contract(REGISTRY_DEPLOYER),
            type_id=header.type_id,
            validator=account,
        )

    def sign(self, header: TypeHeader, claims: tuple[int, ...], nym_secret: int) -> Witness:
        """(1.6) A credential; the prover blind is arbitrary here."""
        scalars = (*claims, 424242, nym_secret)
        e = int.from_bytes(keccak256(repr((self.secret, scalars)).encode()), "big") % R
        B = msm([BLS12381_SHA256.P1, *header.generators], [1, header.domain(self.public_key), *scalars])
        return Witness(multiply(B, invert(self.secret + e)), e, scalars)


VALIDATOR: Final = _Validator(0x5EED0001)
STRANGER: Final = _Validator(0x5EED0002)


@dataclass(frozen=True, slots=True)
class _Fixture:
    """Terms, and credentials that meet them."""

    name: str
    terms: ClaimTerms
    credentials: tuple[tuple[int, ...], ...]
    days: tuple[int, ...] = (TODAY,)


def _disclosed(claims: tuple[int, ...], terms: ClaimTerms) -> tuple[int, ...]:
    return tuple(claims[item.position] for item in terms.disclosed)


def _terms(
    header: TypeHeader,
    constants: tuple[Constant, ...] = (),
    disclosed: tuple[int, ...] = (),
    predicates: tuple[Predicate, ...] = (),
) -> ClaimTerms:
    shown = tuple(Disclosed(position, 0, (1 << header.widths[position]) - 1) for position in disclosed)
    return ClaimTerms(header, constants, shown, predicates)


def _fixtures() -> list[_Fixture]:
    rich = (UTRECHT, SINGLE_PARENT, 0, (1 << 24) - 1, 15, TODAY, 0, (1 << 32) - 1)
    single = _terms(SINGLE, predicates=(Predicate((Term(0, 1),), 0), Predicate((Term(0, -1),), (1 << 32) - 1)))
    pairs = tuple(
        Predicate((Term(at, 3), Term(at + 1, -2), Term(at + 2, 1), Term(at + 3, -1)), 7 - at, at % 3 - 1)
        for at in range(4, 12)
    )
    sixteen = (1, 2, 3, 4, *(60_000 + at for at in range(12)))
    return [
        _Fixture("none", _terms(HOUSEHOLD, RESIDENT), (AMIRA, rich)),
        _Fixture("one", _terms(HOUSEHOLD, RESIDENT, (), (INCOME_RULE,)), (AMIRA, rich)),
        _Fixture("two", _terms(HOUSEHOLD, RESIDENT, (), (INCOME_RULE, EXPIRY_RULE)), (AMIRA, rich)),
        _Fixture(
            "four",
            _terms(HOUSEHOLD, RESIDENT, (), (INCOME_RULE, EXPIRY_RULE, RECOVERY_RULE, RESERVE_RULE)),
            (AMIRA, rich),
        ),
        _Fixture(
            "disclosed",
            _terms(HOUSEHOLD, RESIDENT[:1], (CHILDREN, RECOVERED), (INCOME_RULE, EXPIRY_RULE)),
            (AMIRA, rich),
            (TODAY, TODAY - 1),
        ),
        _Fixture("single", single, ((0,), (1,), ((1 << 32) - 1,))),
        _Fixture("large", _terms(LARGE, (Constant(0, 1),), (1, 2, 3), pairs), (sixteen,)),
    ]


def _statement(terms: ClaimTerms, validator: _Validator = VALIDATOR, period: int = 1) -> Statement:
    scope = b"stuiver/scope/v1" + CHAIN_ID.to_bytes(32, "big") + FUND + RULEBOOK + period.to_bytes(32, "big")
    return Statement.of(terms, validator.public_key, scope)


def _hex(octets: bytes) -> str:
    return "0x" + octets.hex()


def _words(values: tuple[int, ...]) -> list[str]:
    return [f"0x{value:064x}" for value in values]


def _claim_entry(claim: Claim, proof: bytes) -> dict[str, Any]:
    return {
        "recipient": _hex(claim.recipient),
        "asOf": claim.as_of,
        "disclosed": _words(claim.disclosed),
        "proof": _hex(proof),
        "nullifier": _hex(keccak256(proof[192:288])),
    }


def _render(fixture: _Fixture) -> dict[str, Any]:
    terms = fixture.terms
    statement = _statement(terms)
    claims = []
    for index, credential in enumerate(fixture.credentials):
        for day in fixture.days:
            with _seeded(f"{fixture.name} {index} {day}") as stream:
                recipient = stream.octets(20)
                claim = Claim(recipient, day, _disclosed(credential, terms))
                witness = VALIDATOR.sign(terms.header, credential, 1_000_003 + index)
                claims.append(_claim_entry(claim, PreparedClaim.of(statement, claim, witness).prove(stream)))
    return {
        "header": _hex(terms.header.octets),
        "publicKey": _hex(evm_g2(VALIDATOR.point)),
        "compressedKey": _hex(VALIDATOR.public_key),
        "possession": _hex(VALIDATOR.possession(terms.header, VALIDATOR_ACCOUNT)),
        "domain": f"0x{terms.header.domain(VALIDATOR.public_key):064x}",
        "generators": _hex(b"".join(evm_g1(point) for point in terms.header.generators)),
        "chainId": CHAIN_ID,
        "fund": _hex(FUND),
        "rulebook": _hex(RULEBOOK),
        "period": 1,
        "contextId": _hex(statement.context_id),
        "op": _hex(evm_g1(statement.op)),
        "constants": {
            "positions": [constant.position for constant in terms.constants],
            "scalars": _words(tuple(constant.scalar for constant in terms.constants)),
        },
        "disclosed": [item.position for item in terms.disclosed],
        "predicates": [
            {
                "positions": [term.position for term in predicate.terms],
                "coefficients": [term.coefficient for term in predicate.terms],
                "constantTerm": predicate.constant,
                "perDay": predicate.per_as_of,
            }
            for predicate in terms.predicates
        ],
        "shape": {
            "hidden": len(terms.hidden),
            "predicates": len(terms.predicates),
            "commitments": terms.commitments,
            "perCommitment": terms.per_commitment,
            "kappa": terms.kappa,
            "dataSize": len(statement.octets),
        },
        "statement": _hex(statement.octets),
        "otherPeriod": _hex(_statement(terms, period=2).octets),
        "claims": claims,
    }


def _forge(statement: Statement, claim: Claim, witness: Witness, stream: _Stream) -> bytes:
    """A proof by a prover that skips its own checks: the roots are those of the absolute values."""
    terms = statement.terms
    values = [predicate.evaluate(witness.scalars, claim.as_of) for predicate in terms.predicates]
    points = [statement.bv, *statement.hidden_generators, *statement.disclosed_generators]
    B = msm(points, [1, *(witness.scalars[position] for position in terms.hidden), *claim.disclosed])
    prepared = PreparedClaim(statement, claim, witness, tuple(three_squares(abs(value)) for value in values), B)
    while True:
        proof = prepared._attempt(stream)
        if proof is not None:
            return proof


def _changed(witness: Witness, position: int, value: int) -> Witness:
    scalars = list(witness.scalars)
    scalars[position] = value
    return replace(witness, scalars=tuple(scalars))


def _forgeries() -> dict[str, Any]:
    """What a dishonest prover can send for the terms of ``disclosed``, each under a challenge that is right."""
    fixture = next(item for item in _fixtures() if item.name == "disclosed")
    terms = fixture.terms
    statement = _statement(terms)
    honest = VALIDATOR.sign(terms.header, AMIRA, 1_000_003)

    def issued(position: int, value: int) -> Witness:
        return VALIDATOR.sign(terms.header, (*AMIRA[:position], value, *AMIRA[position + 1 :]), 1_000_003)

    cases: dict[str, Witness] = {
        "one cent above the limit": issued(INCOME, 180_001),
        "expired yesterday": issued(EXPIRES, TODAY - 1),
        "a claim that was not signed": _changed(honest, INCOME, 100_000),
        "another nym secret": _changed(honest, NYM_SECRET, 77),
        "another municipality": issued(MUNICIPALITY, UTRECHT + 1),
        "another number of children": issued(CHILDREN, 4),
        "a stranger's signature": STRANGER.sign(terms.header, AMIRA, 1_000_003),
    }
    claims = []
    for name, witness in cases.items():
        with _seeded(name) as stream:
            claim = Claim(bytes(19) + b"\x01", TODAY, _disclosed(AMIRA, terms))
            proof = _forge(statement, claim, witness, stream)
            try:
                verify_claim(statement, claim, proof)
            except VerificationError as error:
                if error.reason is not Reason.INVALID_PROOF:
                    raise
            else:
                raise AssertionError(f"accepted: {name}")
            claims.append({"name": name, **_claim_entry(claim, proof)})
    return {"statementOf": "disclosed", "claims": claims}


def _unbound() -> dict[str, Any]:
    """Claims made without a signature from public proofs for the terms of ``disclosed``: only (7.4) is not met."""
    fixture = next(item for item in _fixtures() if item.name == "disclosed")
    terms = fixture.terms
    statement = _statement(terms)
    invented = (UTRECHT, SINGLE_PARENT, 0, 1, 15, TODAY, 0, 0, 7, 8)
    claims = []
    for index, credential in enumerate(fixture.credentials):
        with _seeded(f"unbound {index}") as stream:
            seen = Claim(stream.octets(20), TODAY, _disclosed(credential, terms))
            witness = VALIDATOR.sign(terms.header, credential, 1_000_003 + index)
            public = PreparedClaim.of(statement, seen, witness).prove(stream)
            claim = Claim(bytes(19) + b"\x02", TODAY, _disclosed(invented, terms))
            proof = forge_from_public_proof(statement, seen, public, claim, invented, stream)
            if not relations_hold(statement, claim, proof):
                raise AssertionError("expected a forgery that meets every equation")
            try:
                verify_claim(statement, claim, proof)
            except VerificationError as error:
                if error.reason is not Reason.INVALID_CHALLENGE:
                    raise
            else:
                raise AssertionError("accepted: a forgery from a public proof")
            claims.append({"name": f"from the proof of credential {index}", **_claim_entry(claim, proof)})
    return {"statementOf": "disclosed", "claims": claims}


def _strange_points() -> dict[str, Any]:
    """Points, as x || y, that no proof may contain, and one of the twist that is no key."""
    x = 1
    while True:
        y = pow(x**3 + 4, (_FIELD + 1) // 4, _FIELD)
        if y * y % _FIELD == (x**3 + 4) % _FIELD:
            break
        x += 1
    outside = x.to_bytes(48, "big") + y.to_bytes(48, "big")
    if G1Point.from_xy_bytes_unchecked_be(outside).is_in_subgroup():
        raise AssertionError("expected a point outside the subgroup")
    return {
        "outsideSubgroup": _hex(outside),
        "orderThree": _hex(bytes(48) + (2).to_bytes(48, "big")),
        "offCurve": _hex((1).to_bytes(48, "big") + (2).to_bytes(48, "big")),
        "p1": _hex(encode_xy(BLS12381_SHA256.P1)),
        "g2OutsideSubgroup": _hex(_twist_point()),
    }


def _twist_point() -> bytes:
    """A point of the twist y^2 = x^3 + 4 (1 + u) that is not in G2, in EVM form. Here u^2 = -1."""
    for x in range(1, 1000):
        real, imaginary = (x**3 + 4) % _FIELD, 4
        norm = (real * real + imaginary * imaginary) % _FIELD
        root = pow(norm, (_FIELD + 1) // 4, _FIELD)
        if root * root % _FIELD != norm:
            continue
        for candidate in (root, -root):
            half = (real + candidate) * pow(2, -1, _FIELD) % _FIELD
            y0 = pow(half, (_FIELD + 1) // 4, _FIELD)
            if y0 and y0 * y0 % _FIELD == half:
                y1 = imaginary * pow(2 * y0, -1, _FIELD) % _FIELD
                octets = b"".join(value.to_bytes(48, "big") for value in (x, 0, y0, y1))
                if not G2Point.from_xy_bytes_unchecked_be(octets).is_in_subgroup():
                    return b"".join(value.to_bytes(64, "big") for value in (x, 0, y0, y1))
    raise AssertionError("no such point")


def render() -> dict[str, str]:
    """Every file's name and content."""
    files: dict[str, Any] = {fixture.name: _render(fixture) for fixture in _fixtures()}
    files["forged"] = _forgeries()
    files["unbound"] = _unbound()
    files["points"] = _strange_points()
    return {f"{name}.json": json.dumps(content, indent=1) + "\n" for name, content in files.items()}


def main() -> int:
    """Write or compare the files; returns the exit code."""
    parser = argparse.ArgumentParser(description="Write the forge tests' fixtures.")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    check = parser.parse_args().check
    differing = []
    for name, content in render().items():
        path = FOLDER / name
        if not check:
            path.write_text(content, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != content:
            differing.append(name)
    if differing:
        print(f"differ from what the protocol gives: {', '.join(differing)}", file=sys.stderr)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
