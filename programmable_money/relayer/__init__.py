# SPDX-License-Identifier: EUPL-1.2
"""The relayer: an outbox in the database, from which messages of wallets and tills are carried to their programmes.

Invariants (docs/relayer.md explains them):

- What is answered as accepted is in the database, and everything that is sent was in the database before, signed.
- One errand has one nonce of one account at a time; a nonce that was signed for is used up or filled, never given to
  another errand.
- A state is written only in the place of the one that the decision was made on, by who has the account's lease.
- Nothing here decides about money: whatever is sent twice, the contracts do once.
"""
