# SPDX-License-Identifier: EUPL-1.2
"""The ``stuiver`` command: the composition root where roles, stores and chains are wired together.

Invariants:

- The only place, with ``examples``, that may import every role; no role imports it.
- Wires and presents; decides nothing that a role or a contract decides.
"""
