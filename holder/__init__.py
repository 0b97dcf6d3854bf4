# SPDX-License-Identifier: EUPL-1.2
"""The citizen's wallet: keys, encrypted store, consent log, eligibility, proofs, claims, payments, recovery.

Invariants:

- Imports ``ssi`` and, of the money side, only ``programmable_money.messages``.
- Every secret derives from the recovery phrase or is sealed in the wallet file; none is printed, logged or sent.
- Eligibility is computed here from public terms; nobody learns that a citizen looked.
- The wallet recomputes what it is asked to prove against (keys, generators, scope, statement) and verifies its own
  proof before sending it; it trusts no value that a fund or a relayer hands it.
- One fresh payment account per programme and period; accounts and pseudonyms come back from the phrase alone.
- A wallet file is replaced atomically or not at all; a wrong passphrase and a damaged file are different, named errors.
"""
