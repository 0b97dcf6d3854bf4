# SPDX-License-Identifier: EUPL-1.2
"""Tasks in the wallet: choosing, reporting, appealing, collecting, and the earnings book. Implements tasks.md 2, 3, 5.

Invariants:
    * Each task gets a fresh account, each slot a fresh payment account; both come from the recovery phrase.
    * A proof is made for the wallet's own statement only, and never sent when the board's differs from it.
    * The earnings book is in the encrypted wallet and nowhere else. Nothing here sends it anywhere.
"""
