# SPDX-License-Identifier: EUPL-1.2
"""A charge is kept for each shop: who signs for a code and never carries it takes nothing from who is paid."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_NAMES = {"pk": "%(table_name)s_pkey"}
"""What PostgreSQL calls a primary key; SQLite calls it nothing."""


def upgrade() -> None:
    """The shop's account is a part of the key."""
    _key("fund", "payment", "account")


def downgrade() -> None:
    """Of several shops' charges of one payment, one stays."""
    charge = sa.table("shop_charge", sa.column("fund"), sa.column("payment"), sa.column("account"))
    other = charge.alias()
    same = (other.c.fund == charge.c.fund, other.c.payment == charge.c.payment, other.c.account < charge.c.account)
    op.execute(sa.delete(charge).where(sa.exists(sa.select(other.c.fund).where(*same))))
    _key("fund", "payment")


def _key(*columns: str) -> None:
    with op.batch_alter_table("shop_charge", naming_convention=_NAMES) as table:
        table.drop_constraint("shop_charge_pkey", type_="primary")
        table.create_primary_key("shop_charge_pkey", list(columns))
