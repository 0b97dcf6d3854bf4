# SPDX-License-Identifier: EUPL-1.2
"""Every number 4 x + 1 with x >= 0 is a sum of three squares (Legendre and Gauss); this finds them."""

from math import isqrt
from typing import Final

__all__ = ["three_squares"]

_EXHAUSTIVE_BELOW: Final = 1 << 14
_ROUNDS: Final = 2000
_BASES: Final = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29)


def three_squares(x: int) -> tuple[int, int, int]:
    """Find y1, y2, y3 with ``y1^2 + y2^2 + y3^2 = 4 x + 1``.

    Takes a varying time that may tell something about x, so it is called before a proof is begun (claim.md 6). Which
    decomposition is found does not matter: the responses are distributed the same for all (claim.md 8.6).

    Args:
        x: not negative, below 2^33.
    Raises:
        ValueError: x is negative.
    """
    if x < 0:
        raise ValueError("a negative number has no three squares")
    n = 4 * x + 1
    if n < _EXHAUSTIVE_BELOW:
        return _search(n)
    largest = isqrt(n) // 2 * 2
    # About ln(n) rounds are needed: an even y1 leaves 1 mod 4, which is a sum of two squares whenever it is prime.
    for first in range(largest, max(-2, largest - 2 * _ROUNDS), -2):
        pair = _two_squares(n - first * first)
        if pair is not None:
            return first, *pair
    return _search(n)


def _search(n: int) -> tuple[int, int, int]:
    for first in range(isqrt(n), -1, -1):
        rest = n - first * first
        for second in range(isqrt(rest), -1, -1):
            third = isqrt(rest - second * second)
            if first * first + second * second + third * third == n:
                return first, second, third
    raise ValueError("not a sum of three squares")  # unreachable for 4 x + 1


def _two_squares(p: int) -> tuple[int, int] | None:
    """Cornacchia's algorithm for a number that is 1 mod 4; None unless it is found to be a sum of two squares."""
    if p == 1:
        return 1, 0
    for base in _BASES:
        root = pow(base, (p - 1) // 4, p)
        if root * root % p == p - 1:
            break
    else:
        return None
    larger, smaller = p, root
    while smaller * smaller > p:
        larger, smaller = smaller, larger % smaller
    other = isqrt(p - smaller * smaller)
    return (smaller, other) if smaller * smaller + other * other == p else None
