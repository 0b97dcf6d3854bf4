# SPDX-License-Identifier: EUPL-1.2
"""The desk of a pass: pins of pass accounts, and challenges."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "pass_pin",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("issuance_pseudonym", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.Integer(), nullable=False),
        sa.Column("issued", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account"),
        sa.UniqueConstraint("issuance_pseudonym"),
    )
    op.create_table(
        "pass_session",
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("expires_at", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("nonce"),
    )
    op.create_index(op.f("ix_pass_session_expires_at"), "pass_session", ["expires_at"], unique=False)


def downgrade() -> None:
    """Take the tables away."""
    op.drop_index(op.f("ix_pass_session_expires_at"), table_name="pass_session")
    op.drop_table("pass_session")
    op.drop_table("pass_pin")
