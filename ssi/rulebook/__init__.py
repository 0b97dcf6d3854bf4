# SPDX-License-Identifier: EUPL-1.2
"""Rulebooks: who qualifies, for how much, when and where, as frozen data that every role reads the same way.

The validator takes the norm of a household from it, the wallet tells locally what it qualifies for, and the sponsor
opens a programme with it. See specs/decisions/0006-rulebooks-are-data.md.
"""
