# SPDX-License-Identifier: EUPL-1.2
"""The claim proof: one zero-knowledge proof of a credential, a pseudonym and linear predicates, bound to one recipient.

Implements specs/protocols/claim.md; comments carry its numbers.

Invariants:
    * A ``Statement`` is computed from a validator's public key, a programme's terms and a scope, not read from a chain.
    * A ``VerifiedClaim`` is made in ``ssi.claim.verify`` only.
    * Numbers are proved only at positions that the signed header flags as numeric.
"""
