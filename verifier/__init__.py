# SPDX-License-Identifier: EUPL-1.2
"""The relying party that proves and decides off chain: permits and subsidies.

Invariants:

- Imports ``ssi`` and nothing else of ours; never ``issuer``, ``holder`` or ``programmable_money``.
- Sees what a presentation discloses and keeps only what its decision needs.
- Fails closed: no decision rests on a presentation that ``ssi`` has not returned as verified.
"""
