# SPDX-License-Identifier: EUPL-1.2
"""The first revision."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "allowed",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("pseudonym", sa.LargeBinary(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("forget_at", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "pseudonym"),
    )
    op.create_index(op.f("ix_allowed_decision"), "allowed", ["decision"], unique=False)
    op.create_index(op.f("ix_allowed_forget_at"), "allowed", ["forget_at"], unique=False)
    op.create_table(
        "decision",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("request", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("reasons", sa.String(), nullable=False),
        sa.Column("decided_at", sa.Integer(), nullable=False),
        sa.Column("receipt", sa.String(), nullable=False),
        sa.Column("pseudonym", sa.LargeBinary(), nullable=True),
        sa.Column("scope", sa.String(), nullable=True),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.Column("forget_at", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("request"),
    )
    op.create_index(op.f("ix_decision_decided_at"), "decision", ["decided_at"], unique=False)
    op.create_index(op.f("ix_decision_forget_at"), "decision", ["forget_at"], unique=False)
    op.create_table(
        "request",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=True),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.Integer(), nullable=False),
        sa.Column("browser_hash", sa.LargeBinary(), nullable=False),
        sa.Column("response_key", sa.String(), nullable=True),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("response_code_hash", sa.LargeBinary(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("correlation", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("nonce"),
    )
    op.create_index(op.f("ix_request_expires_at"), "request", ["expires_at"], unique=False)


def downgrade() -> None:
    """Remove them."""
    op.drop_index(op.f("ix_request_expires_at"), table_name="request")
    op.drop_table("request")
    op.drop_index(op.f("ix_decision_forget_at"), table_name="decision")
    op.drop_index(op.f("ix_decision_decided_at"), table_name="decision")
    op.drop_table("decision")
    op.drop_index(op.f("ix_allowed_forget_at"), table_name="allowed")
    op.drop_index(op.f("ix_allowed_decision"), table_name="allowed")
    op.drop_table("allowed")
