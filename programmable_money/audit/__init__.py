# SPDX-License-Identifier: EUPL-1.2
"""The audit: everything about one fund, recomputed from its chain by anyone, and compared with what is said about it.

``fund_auditor`` reads the open books for a municipality's own pages. The rest is for everybody else and trusts nobody:
``node`` reads a chain through nothing but JSON-RPC; ``coverage`` finds what a node leaves out; ``following`` replays
the events and checks each one against the rules; ``claims`` and ``payments`` verify proofs and signatures again from
the transactions' own input; ``storage`` compares with the contracts; ``published`` with the sponsor's figures;
``service`` does it all and makes a ``report``. docs/audit.md says what each difference means.

Invariants:

- Nothing here sends a transaction, signs, or keeps anything.
- What cannot be checked is a difference, never a pass.
"""

from programmable_money.audit.fund_auditor import FundAuditor

__all__ = ["FundAuditor"]
