# SPDX-License-Identifier: EUPL-1.2
"""The audit: everything about one programme, recomputed from its chain by anyone, and compared with what is published.

``auditor`` reads the open books for a municipality's own pages, by the definitions of ``figures`` and ``subjects``, by
which the audit compares them. The rest is for everybody else and trusts nobody: ``node`` reads a chain through nothing
but JSON-RPC; ``coverage`` finds what a node leaves out; ``fund``, ``passes`` and ``board`` follow the events and check
each one against the rules; ``claims`` and ``payments`` verify proofs and signatures again from the transactions' own
input; ``storage`` compares with the contracts; ``published`` with the sponsor's figures; ``service`` does it all and
makes a ``report``. docs/audit.md says what each difference means.

Invariants:

- Nothing here sends a transaction, signs, or keeps anything.
- What cannot be checked is a difference, never a pass.
"""

from programmable_money.audit.auditor import BooksAuditor, FundAuditor, Publisher, auditor_of
from programmable_money.audit.subjects import Names, Told

__all__ = ["BooksAuditor", "FundAuditor", "Names", "Publisher", "Told", "auditor_of"]
