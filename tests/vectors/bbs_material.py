# SPDX-License-Identifier: EUPL-1.2
"""What the BBS vector files share: suites by folder name, hex fields, and the drafts' seeded random scalars."""

from collections.abc import Sequence
from typing import Any

from ssi.bbs.suite import BLS12381_SHA256, BLS12381_SHAKE256, R, RandomScalars, Suite

SEED = b"3.141592653589793238462643383279"


def suite_of(name: str) -> Suite:
    """The suite that a file's path names."""
    return BLS12381_SHAKE256 if "bls12-381-shake-256" in name else BLS12381_SHA256


def seeded(suite: Suite, seed: bytes, dst: bytes) -> RandomScalars:
    """The draft's ``seeded_random_scalars`` ("Mocked Random Scalars")."""

    def give(count: int) -> list[int]:
        octets = suite.expand_message(seed, dst, 48 * count)
        return [int.from_bytes(octets[at : at + 48], "big") % R for at in range(0, len(octets), 48)]

    return give


def seeded_by(suite: Suite, vector: dict[str, Any], step: str) -> RandomScalars:
    """The random scalars that a vector's own parameters give for a step."""
    parameters = vector["mockRngParameters"]
    return seeded(suite, parameters["SEED"].encode(), parameters[step]["DST"].encode())


def octets(values: Sequence[str] | None) -> list[bytes]:
    """Hex strings to octet strings; nothing to an empty list."""
    return [bytes.fromhex(value) for value in values or ()]


def scalars(values: Sequence[str]) -> list[int]:
    """Hex strings to integers."""
    return [int(value, 16) for value in values]


def by_index(values: dict[str, str] | None) -> dict[int, bytes]:
    """An object of positions and hex strings to a mapping."""
    return {int(index): bytes.fromhex(value) for index, value in (values or {}).items()}
