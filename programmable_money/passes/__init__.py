# SPDX-License-Identifier: EUPL-1.2
"""Passes and their offers: the contract, its rules, what a till checks. Implements specs/protocols/pass.md.

Invariants:

- A pass that is opened or joined follows its rulebook: the contract's rules are compared with the compiled ones.
- A till verifies every proof itself before it gives an offer; the contract verifies again, and it alone decides.
- A shop learns that a pass is valid, for which offer and at what price.
"""
