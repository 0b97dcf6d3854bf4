# SPDX-License-Identifier: EUPL-1.2
"""Public tasks that earn coins: the board, its purse, and what is said about them. Implements specs/protocols/tasks.md.

Invariants:

- A board and a purse that are opened or joined follow their rulebook, name each other, and have one sponsor.
- The contracts decide about every step and every cent; nothing here does.
- Nothing personal is published: an offer is about a place and some work, a task account is one task's.
"""
