# SPDX-License-Identifier: EUPL-1.2
"""Programmes on chain: funds opened from rulebooks, claims relayed, payments, refunds, settlement, books.

Invariants:

- Imports ``ssi`` and nothing else of ours; never ``issuer``, ``holder`` or ``verifier``.
- The contracts are the ledger. The read model is rebuilt from events and decides nothing; no table holds a balance
  that counts.
- Money is integer cents. ``deposits - settled = supply = unallocated budgets + accounts + merchants`` at every block.
- Only ``programmable_money.chain`` imports web3, only ``programmable_money.embedded`` imports the embedded chain,
  and ``programmable_money.messages`` is pure: it is what both ends sign.
- Nothing personal goes on chain: no name, no hash of a record, no identifier that two programmes share.
- A relayer carries claims and pays fees; it can neither change nor redirect one.
"""
