# SPDX-License-Identifier: EUPL-1.2
"""Links that pair a browser, keys of the sponsor's employees, and requests that tills show."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "shop_link",
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index(op.f("ix_shop_link_account"), "shop_link", ["account"], unique=False)
    op.create_table(
        "shop_desk_key",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("employee", sa.String(), nullable=False),
        sa.Column("registered_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(op.f("ix_shop_desk_key_employee"), "shop_desk_key", ["employee"], unique=False)
    op.create_table(
        "shop_request",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("fund", sa.String(), nullable=False),
        sa.Column("till", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("permit", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index(op.f("ix_shop_request_account"), "shop_request", ["account"], unique=False)


def downgrade() -> None:
    """Remove them."""
    for table in ("shop_request", "shop_desk_key", "shop_link"):
        op.drop_table(table)
