# SPDX-License-Identifier: EUPL-1.2
"""Where a prover's masks come from: the operating system, unless a test vector fixes them."""

import secrets
from typing import Final, Protocol

from ssi.bbs.suite import random_scalar
from ssi.claim.terms import SHORT_BITS

__all__ = ["SYSTEM", "Randomness"]


class Randomness(Protocol):
    """A source of independent, uniform numbers; anything but ``SYSTEM`` gives the credential away."""

    def scalar(self) -> int:
        """A scalar, 0 .. R - 1."""

    def short(self) -> int:
        """A mask of a short response, below 2^126."""


class _SystemRandomness:
    def scalar(self) -> int:
        return random_scalar()

    def short(self) -> int:
        return secrets.randbits(SHORT_BITS)


SYSTEM: Final[Randomness] = _SystemRandomness()
