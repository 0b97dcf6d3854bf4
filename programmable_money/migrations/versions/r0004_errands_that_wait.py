# SPDX-License-Identifier: EUPL-1.2
"""Errands that wait for another one, as the use of an offer for the statement of its slot."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what an errand waits for; those that are there wait for nothing."""
    op.add_column("relay_errand", sa.Column("waits_for", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Remove it."""
    op.drop_column("relay_errand", "waits_for")
