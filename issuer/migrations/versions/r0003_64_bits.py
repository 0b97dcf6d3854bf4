# SPDX-License-Identifier: EUPL-1.2
"""Times and cents are 64 bits: seconds since 1970 no longer fit in 32 bits in the year 2038.

PostgreSQL writes these tables anew. SQLite has had 64 bits for every whole number from the beginning.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_COLUMNS = {
    "person": ("income_cents", "norm_cents"),
    "session": ("expires_at", "used_at"),
    "credential": ("issued_at",),
    "recovery": ("recovered_at",),
    "activation_batch": ("prepared_at", "approved_at"),
    "activation_code": ("sent_at", "expires_at", "redeemed_at"),
    "activation_event": ("at",),
    "activation_attempts": ("minute",),
    "authorization_proof": ("expires_at",),
    "authorization_request": ("expires_at",),
    "authorization_visit": ("expires_at",),
    "authorization_code": ("expires_at", "used_at", "forget_at"),
    "authorization_grant": ("revoked_at", "expires_at"),
    "authorization_access_token": ("expires_at",),
    "authorization_refresh_token": ("used_at",),
    "employee": ("paused_until",),
    "spent_nonce": ("expires_at",),
    "review": ("decided_at",),
    "deferred_order": ("expires_at",),
    "notification": ("issued_at", "notified_at"),
    "pass_pin": ("issued_at",),
    "pass_session": ("expires_at", "used_at"),
    "status_list": ("changed_at",),
    "status": ("issued_at",),
    "standing": ("decided_at",),
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
