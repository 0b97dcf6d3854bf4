# SPDX-License-Identifier: EUPL-1.2
"""Passes in the wallet: activating, the pass credential, offers, and showing one at a till (specs/protocols/pass.md).

Invariants:

- The wallet proves only for the terms that it compiled itself from the rulebook, and never for terms that disclose.
- A use is written down before it leaves, so that no number is shown at two tills without the citizen's saying so.
- The pass account is fresh for each pass and period, and signs one thing: the request for the pass credential.
"""
