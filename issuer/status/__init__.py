# SPDX-License-Identifier: EUPL-1.2
"""The statuses of what was issued: lists that anybody may fetch, and the desk's decisions behind them.

Invariants:
    * Every copy of a credential has an index of its own, chosen at random among the free ones, so that two copies of
      one person are no closer to each other than any other two.
    * A list is as large on its first day as on its last; fetching it says nothing about whom one asks for.
    * A decision changes all of a person's copies in one transaction; whoever reads a list sees all of it or nothing.
    * Revoking is for good. What was suspended may be reinstated.
"""
