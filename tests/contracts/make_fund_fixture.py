# SPDX-License-Identifier: EUPL-1.2
"""Writes contracts/test/fixtures/claims.json: accepted claims of many wallets, for the forge tests of the fund.

Run ``python -m tests.contracts.make_fund_fixture``; with ``--check`` it compares instead and exits 1 on a difference.

Invariants:
    * Deterministic, like ``make_fixtures``. Every claim has been verified by ``ssi.claim``.
    * The claims are bound to the address at which `contracts/test/FundBase.sol` deploys its fund: the first contract of
      ``DEPLOYER``. The proofs of possession are for the registry that it deploys, and its validators' accounts. The
      keys of the payment accounts are in the file: they are nobody's.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256K1, derive_private_key
from eth_abi.abi import encode

from ssi.claim.encoding import evm_g2
from ssi.claim.proof import Claim
from ssi.claim.prove import PreparedClaim
from ssi.claim.statement import Statement
from ssi.claim.terms import ClaimTerms, Constant, Disclosed, Predicate
from ssi.keccak import keccak256
from tests.contracts.make_fixtures import (
    AMIRA,
    CHAIN_ID,
    CHILDREN,
    EXPIRY_RULE,
    FOLDER,
    HOUSEHOLD,
    INCOME_RULE,
    RECOVERY_RULE,
    REGISTRY_DEPLOYER,
    RESERVE_RULE,
    RESIDENT,
    RULEBOOK,
    TODAY,
    _first_contract,
    _hex,
    _seeded,
    _Validator,
)

DEPLOYER: Final = bytes.fromhex("0000000000000000000000000000000000de9107")
FUND: Final = _first_contract(DEPLOYER)
PERIOD: Final = 2026
KEYS: Final = (_Validator(0x5EED0001), _Validator(0x5EED0003), _Validator(0x5EED0004))
"""The first validator's key, the one it rotates to, and the second validator's."""
ACCOUNTS: Final = (b"desk", b"desk", b"agency")
"""The seeds of the accounts that register them."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """One claim to make: whose wallet, whose account, under which key, when, for how many children."""

    wallet: int
    account: int
    key: int
    day: int
    children: int


def _account(seed: bytes) -> tuple[bytes, bytes]:
    """The private key and the address of an account; that of forge's ``makeAddr`` for the same text."""
    key = keccak256(seed)
    numbers = derive_private_key(int.from_bytes(key, "big"), SECP256K1()).public_key().public_numbers()
    return key, keccak256(numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big"))[12:]


def _terms(constants: tuple[Constant, ...], predicates: tuple[Predicate, ...], *, counts_children: bool) -> ClaimTerms:
    shown = (Disclosed(CHILDREN, 0, 15),) if counts_children else ()
    return ClaimTerms(HOUSEHOLD, constants, shown, predicates)


CHILD_BUDGET: Final = _terms(RESIDENT[:1], (INCOME_RULE, EXPIRY_RULE, RECOVERY_RULE), counts_children=True)
RULES: Final = (INCOME_RULE, EXPIRY_RULE, RECOVERY_RULE, RESERVE_RULE)
MEASURED: Final = {str(count): _terms(RESIDENT, RULES[:count], counts_children=False) for count in (0, 1, 2, 4)}
WISHES: Final = (
    # sixteen wallets on the first day: ten of the first key, three of its successor, three of the second validator
    *(_Wish(at, at, 0 if at < 10 else 1 if at < 13 else 2, TODAY, 1 + at % 5) for at in range(16)),
    # the next day: the first wallet again, with another account and under the other validator's key
    _Wish(0, 16, 0, TODAY + 1, 1),
    _Wish(0, 16, 2, TODAY + 1, 1),
    # another wallet for an account that holds money
    _Wish(17, 1, 0, TODAY + 1, 2),
    # no children
    _Wish(18, 18, 0, TODAY, 0),
)


def _abi(terms: ClaimTerms) -> bytes:
    """The terms as Solidity decodes them."""
    return encode(
        ["(bytes32,(uint8,uint256)[],uint8[],((uint8,int32)[],int64,int8)[])"],
        [
            (
                terms.header.type_id,
                [(constant.position, constant.scalar) for constant in terms.constants],
                [item.position for item in terms.disclosed],
                [
                    (
                        [(term.position, term.coefficient) for term in predicate.terms],
                        predicate.constant,
                        predicate.per_as_of,
                    )
                    for predicate in terms.predicates
                ],
            )
        ],
    )


def _claim(terms: ClaimTerms, wish: _Wish) -> dict[str, Any]:
    validator = KEYS[wish.key]
    scope = b"stuiver/scope/v1" + CHAIN_ID.to_bytes(32, "big") + FUND + RULEBOOK + PERIOD.to_bytes(32, "big")
    statement = Statement.of(terms, validator.public_key, scope)
    key, account = _account(b"account %d of the fund's tests" % wish.account)
    credential = (*AMIRA[:CHILDREN], wish.children, *AMIRA[CHILDREN + 1 :])
    claim = Claim(account, wish.day, tuple(credential[item.position] for item in terms.disclosed))
    witness = validator.sign(terms.header, credential, 2_000_003 + wish.wallet)
    with _seeded(repr((terms.predicates, wish))) as stream:
        proof = PreparedClaim.of(statement, claim, witness).prove(stream)
    return {
        "account": _hex(account),
        "accountKey": _hex(key),
        "asOf": wish.day,
        "disclosed": list(claim.disclosed),
        "key": wish.key,
        "nullifier": _hex(keccak256(proof[192:288])),
        "proof": _hex(proof),
    }


def render() -> str:
    """The file's content."""
    content = {
        "chainId": CHAIN_ID,
        "deployer": _hex(DEPLOYER),
        "fund": _hex(FUND),
        "registryDeployer": _hex(REGISTRY_DEPLOYER),
        "registry": _hex(_first_contract(REGISTRY_DEPLOYER)),
        "rulebook": _hex(RULEBOOK),
        "period": PERIOD,
        "today": TODAY,
        "header": _hex(HOUSEHOLD.octets),
        "publicKeys": [_hex(evm_g2(validator.point)) for validator in KEYS],
        "possessions": [
            _hex(validator.possession(HOUSEHOLD, _account(account)[1]))
            for validator, account in zip(KEYS, ACCOUNTS, strict=True)
        ],
        "terms": _hex(_abi(CHILD_BUDGET)),
        "claims": [_claim(CHILD_BUDGET, wish) for wish in WISHES],
        "measured": {
            name: {
                "terms": _hex(_abi(terms)),
                "claims": [_claim(terms, _Wish(wallet, wallet, 0, TODAY, 1)) for wallet in (0, 1)],
            }
            for name, terms in MEASURED.items()
        },
    }
    return json.dumps(content, indent=1) + "\n"


def main() -> int:
    """Write or compare the file; returns the exit code."""
    parser = argparse.ArgumentParser(description="Write the fixture of the fund's tests.")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    path = FOLDER / "claims.json"
    content = render()
    if not parser.parse_args().check:
        path.write_text(content, encoding="utf-8")
    elif not path.is_file() or path.read_text(encoding="utf-8") != content:
        print(f"{path.name} differs from what the protocol gives", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
