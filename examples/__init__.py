# SPDX-License-Identifier: EUPL-1.2
"""One runnable story per programme, used by ``make demo`` and by the tests.

Invariants:

- A story uses the roles' public interfaces only and imports no test code.
- What must be accepted and refused follows from the input file and the rulebook, never from the sample at hand.
- Every person, address and shop in the data is invented.
"""
