# SPDX-License-Identifier: EUPL-1.2
"""Writes contracts/test/fixtures/pass.json and tasks.json: claims in slots, for the forge tests of both programmes.

Run ``python -m tests.contracts.make_programme_fixtures``; with ``--check`` it compares and exits 1 on a difference.

Invariants:
    * Deterministic, like ``make_fixtures``. Every claim has been verified by ``ssi.claim``.
    * The pass is the first contract of ``DEPLOYER``. The purse of the board is its first and the board its second.
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256K1, derive_private_key
from eth_abi.abi import encode

from ssi.claim.encoding import evm_g2
from ssi.claim.header import CLAIMS, TypeHeader
from ssi.claim.proof import Claim
from ssi.claim.prove import PreparedClaim
from ssi.claim.statement import Statement
from ssi.claim.terms import ClaimTerms, Constant, Predicate, Term
from ssi.keccak import keccak256
from tests.contracts.make_fixtures import (
    AMIRA,
    CHAIN_ID,
    EXPIRY_RULE,
    FOLDER,
    HOUSEHOLD,
    INCOME_RULE,
    REGISTRY_DEPLOYER,
    RESIDENT,
    RULEBOOK,
    TODAY,
    UTRECHT,
    _first_contract,
    _hex,
    _seeded,
    _Validator,
)
from tests.contracts.make_fund_fixture import DEPLOYER, PERIOD, _abi, _account

SHOPS: Final = (0x5401, 0x5402, 0x5403)
"""The shops' keys, as in ``contracts/test/FundBase.sol``."""
YEAR: Final = 2026
SLOTS: Final = 30
QUARTER: Final = 900
HOUR: Final = 3600

# a pass credential: programme, period, last day, day of recovery
PASS: Final = TypeHeader.from_octets(bytes([4, 0, 16, 17, 17]) + b'{"type":"pass"}')
STADJERSPAS: Final = CLAIMS.hash_to_scalar(b"stadjerspas", b"MAP_MSG_TO_SCALAR_AS_HASH_")
HELD: Final = (STADJERSPAS, PERIOD, TODAY + 39, TODAY - 400)
USE: Final = ClaimTerms(PASS, (Constant(0, STADJERSPAS), Constant(1, PERIOD)), (), (Predicate((Term(2, 1),), 0, -1),))
ACTIVATION: Final = ClaimTerms(HOUSEHOLD, RESIDENT[:1], (), (INCOME_RULE, EXPIRY_RULE))

# an age credential: municipality, under 21, last day
AGE: Final = TypeHeader.from_octets(bytes([3, 0, 1, 17]) + b'{"type":"age"}')
AGE_EXPIRY: Final = Predicate((Term(2, 1),), 0, -1)
ADULT: Final = ClaimTerms(AGE, (Constant(0, UTRECHT), Constant(1, 0)), (), (AGE_EXPIRY,))
YOUNG: Final = ClaimTerms(AGE, (Constant(0, UTRECHT), Constant(1, 1)), (), (AGE_EXPIRY,))

INCOME_KEY: Final = _Validator(0x5EED0001)
PASS_KEY: Final = _Validator(0x5EED0011)
AGE_KEY: Final = _Validator(0x5EED0021)


def _second_contract(deployer: bytes) -> bytes:
    """The address of the second contract that an account creates."""
    return keccak256(b"\xd6\x94" + deployer + b"\x01")[12:]


def _scope(contract: bytes, slot: int) -> bytes:
    """(2.1) With a slot."""
    numbers = RULEBOOK + PERIOD.to_bytes(32, "big") + slot.to_bytes(32, "big")
    return b"stuiver/scope/v1" + CHAIN_ID.to_bytes(32, "big") + contract + numbers


def _truncated(types: list[str], values: list[Any]) -> bytes:
    """What stands for several values as a claim's recipient."""
    return keccak256(encode(types, values))[12:]


@dataclass(frozen=True, slots=True)
class _Prover:
    """Everything but the wallet that a claim needs."""

    contract: bytes
    validator: _Validator
    terms: ClaimTerms
    claims: tuple[int, ...]

    def prove(self, wallet: int, slot: int, recipient: bytes, day: int) -> dict[str, Any]:
        """A claim of a wallet's credential."""
        statement = Statement.of(self.terms, self.validator.public_key, _scope(self.contract, slot))
        witness = self.validator.sign(self.terms.header, self.claims, 3_000_017 + wallet)
        with _seeded(repr((self.terms.header.type_id, wallet, slot, recipient, day))) as stream:
            proof = PreparedClaim.of(statement, Claim(recipient, day, ()), witness).prove(stream)
        return {"asOf": day, "nullifier": _hex(keccak256(proof[192:288])), "proof": _hex(proof), "slot": slot}


def _key(validator: _Validator, header: TypeHeader, account: bytes) -> dict[str, str]:
    return {
        "header": _hex(header.octets),
        "publicKey": _hex(evm_g2(validator.point)),
        "possession": _hex(validator.possession(header, _account(account)[1])),
    }


def _shop(index: int) -> bytes:
    return _address(SHOPS[index])


def _address(key: int) -> bytes:
    numbers = derive_private_key(key, SECP256K1()).public_key().public_numbers()
    return keccak256(numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big"))[12:]


def _activation(wallet: int, account: int, day: int) -> dict[str, Any]:
    address = _account(b"account %d of the pass's tests" % account)[1]
    prover = _Prover(_first_contract(DEPLOYER), INCOME_KEY, ACTIVATION, AMIRA)
    return {"account": _hex(address), **prover.prove(wallet, 0, address, day)}


def _use(wallet: int, offer: int, number: int, shop: int, price: int) -> dict[str, Any]:
    recipient = _truncated(["address", "uint256"], [_shop(shop), price])
    prover = _Prover(_first_contract(DEPLOYER), PASS_KEY, USE, HELD)
    shown = prover.prove(wallet, offer * 256 + number, recipient, TODAY)
    return {"number": number, "offer": offer, "price": price, "shop": shop, **shown}


USES: Final = (
    # the school: EUR 30 off, once for each pass, by three passes that were activated and one that was not
    *((wallet, 1, 0, 0, 7_500) for wallet in range(4)),
    # the day ticket: free, three times
    *((0, 2, number, 1, 950) for number in range(3)),
    # a quarter off what the till enters, at two shops, twice for each pass
    (0, 3, 0, 0, 4_000),
    (0, 3, 1, 2, 333),
    (1, 3, 0, 0, 9_999),
    (1, 3, 1, 0, 1),
    # the same pass, offer and use once more, at another price and at another shop
    (0, 3, 0, 0, 5_000),
    (0, 3, 0, 2, 4_000),
)


def _pass() -> dict[str, Any]:
    contract = _first_contract(DEPLOYER)
    return {
        "deployer": _hex(DEPLOYER),
        "pass": _hex(contract),
        "registryDeployer": _hex(REGISTRY_DEPLOYER),
        "rulebook": _hex(RULEBOOK),
        "period": PERIOD,
        "today": TODAY,
        "income": _key(INCOME_KEY, HOUSEHOLD, b"desk"),
        "passes": _key(PASS_KEY, PASS, b"pass desk"),
        "terms": _hex(_abi(ACTIVATION)),
        "useTerms": _hex(_abi(USE)),
        "activations": [
            *(_activation(wallet, wallet, TODAY) for wallet in range(3)),
            # the first wallet again, and another wallet for an account that has a pass
            _activation(0, 9, TODAY + 1),
            _activation(5, 1, TODAY + 1),
        ],
        "uses": [_use(*item) for item in USES],
    }


def _collection(wallet: int, task: int, account: int, slot: int, young: int, total: int) -> dict[str, Any]:
    key, task_account = _account(b"task account %d" % task)
    address = _account(b"account %d of the board's tests" % account)[1]
    terms, claims = (YOUNG, (UTRECHT, 1, TODAY + 39)) if young else (ADULT, (UTRECHT, 0, TODAY + 39))
    recipient = _truncated(["address", "address", "uint256"], [task_account, address, total])
    prover = _Prover(_second_contract(DEPLOYER), AGE_KEY, terms, claims)
    return {
        "account": _hex(address),
        "collectedTotal": total,
        "taskAccount": _hex(task_account),
        "taskKey": _hex(key),
        "terms": young,
        **prover.prove(wallet, YEAR * 256 + slot, recipient, TODAY),
    }


COLLECTIONS: Final = (
    # the cap: thirty slots of EUR 50, ten hours each, one award
    *((0, 0, slot, slot, 0, 10 * HOUR * (slot + 1)) for slot in range(SLOTS)),
    # a birthday within one slot: EUR 2 for an hour, then EUR 48 at EUR 5 an hour
    (1, 1, 50, 0, 1, HOUR),
    (1, 1, 50, 0, 0, HOUR + 34_560),
    # a group of three: two, one and one quarter hours; the first collects in two parts, into two slots
    (2, 2, 60, 0, 0, QUARTER),
    (2, 2, 60, 1, 0, 2 * QUARTER),
    (3, 3, 61, 0, 0, QUARTER),
    (4, 4, 62, 0, 1, QUARTER),
    # somebody else's slot for the first of the group
    (4, 2, 62, 0, 1, QUARTER),
)


def _tasks() -> dict[str, Any]:
    return {
        "deployer": _hex(DEPLOYER),
        "purse": _hex(_first_contract(DEPLOYER)),
        "board": _hex(_second_contract(DEPLOYER)),
        "registryDeployer": _hex(REGISTRY_DEPLOYER),
        "rulebook": _hex(RULEBOOK),
        "period": PERIOD,
        "today": TODAY,
        "age": _key(AGE_KEY, AGE, b"desk"),
        "adultTerms": _hex(_abi(ADULT)),
        "youngTerms": _hex(_abi(YOUNG)),
        "collections": [_collection(*item) for item in COLLECTIONS],
    }


FILES: Final[dict[str, Callable[[], dict[str, Any]]]] = {"pass.json": _pass, "tasks.json": _tasks}


def rendered(name: str) -> str:
    """A file's content."""
    return json.dumps(FILES[name](), indent=1) + "\n"


def main() -> int:
    """Write or compare the files; returns the exit code."""
    parser = argparse.ArgumentParser(description="Write the fixtures of the pass's and the task board's tests.")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    is_check = parser.parse_args().check
    stale = []
    for name in FILES:
        path = FOLDER / name
        content = rendered(name)
        if not is_check:
            path.write_text(content, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != content:
            stale.append(name)
    if stale:
        print(f"differ from what the protocol gives: {', '.join(stale)}", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
