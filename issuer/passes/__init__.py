# SPDX-License-Identifier: EUPL-1.2
"""The desk of a pass: one pass credential for whoever holds an activated pass account (pass.md 2.2 and 2.3).

Invariants:

- The record of a pass credential is its pass account and nothing else: the desk knows no name.
- Whether an account is activated, and whether it signed, is asked through ``PassAccounts``; no chain is imported here.
- One secret for each account: a second request gets a credential for the same secret, or none.
"""
