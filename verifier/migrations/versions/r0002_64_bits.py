# SPDX-License-Identifier: EUPL-1.2
"""Times are 64 bits: seconds since 1970 no longer fit in 32 bits in the year 2038.

PostgreSQL writes these tables anew. SQLite has had 64 bits for every whole number from the beginning.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_COLUMNS = {
    "request": ("created_at", "expires_at"),
    "decision": ("decided_at", "forget_at"),
    "allowed": ("forget_at",),
}


def upgrade() -> None:
    """Widen them."""
    _change(sa.BigInteger())


def downgrade() -> None:
    """Narrow them; the database refuses that when there is a time after 2038."""
    _change(sa.Integer())


def _change(type_: Any) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, columns in _COLUMNS.items():
        for column in columns:
            op.alter_column(table, column, type_=type_)
