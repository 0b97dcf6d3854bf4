# SPDX-License-Identifier: EUPL-1.2
"""The validator's side: records in, activation codes and credentials out.

Invariants:

- Imports ``ssi`` and nothing else of ours; never ``holder``, ``verifier`` or ``programmable_money``.
- Issues blind: the citizen's secret reaches this package only inside a commitment whose proof was verified.
- Numbers in a credential are written here, from checked records; a holder's input never reaches a numeric position.
- One person has one pinned issuance pseudonym; pinning another wallet sets ``recovered_at``.
- A bad row of a record file is refused with its line, column and rule; the rest is imported only when told to.
- No record leaves this package other than inside the credential of the person it is about.
"""
