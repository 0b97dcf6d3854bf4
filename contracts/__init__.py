# SPDX-License-Identifier: EUPL-1.2
"""The Solidity contracts and, for Python, their committed artifacts (ABI and bytecode).

Invariants:

- Imports nothing of ours: this package is data and the code that loads it.
- The committed artifacts are exactly what the committed sources compile to; ``make check`` proves it.
- No proxies, no upgrades: a changed rulebook is a new contract.
"""
