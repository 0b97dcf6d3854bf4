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
        "money_claim",
        sa.Column("fund", sa.String(), nullable=False),
        sa.Column("nullifier", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("as_of", sa.Integer(), nullable=False),
        sa.Column("claimed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("fund", "nullifier"),
    )
    op.create_index(op.f("ix_money_claim_account"), "money_claim", ["account"], unique=False)
    op.create_table(
        "money_cursor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("block", sa.BigInteger(), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "money_deposit",
        sa.Column("reference", sa.LargeBinary(), nullable=False),
        sa.Column("to", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("minted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("reference"),
    )
    op.create_table(
        "money_fund",
        sa.Column("fund", sa.String(), nullable=False),
        sa.Column("rulebook_hash", sa.LargeBinary(), nullable=False),
        sa.Column("period", sa.BigInteger(), nullable=False),
        sa.Column("sponsor", sa.String(), nullable=False),
        sa.Column("funded", sa.BigInteger(), nullable=False),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("fund"),
    )
    op.create_table(
        "money_key",
        sa.Column("key_id", sa.LargeBinary(), nullable=False),
        sa.Column("type_id", sa.LargeBinary(), nullable=False),
        sa.Column("validator", sa.String(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("is_revoked", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key_id"),
    )
    op.create_index(op.f("ix_money_key_validator"), "money_key", ["validator"], unique=False)
    op.create_table(
        "money_payment",
        sa.Column("fund", sa.String(), nullable=False),
        sa.Column("payment", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("merchant", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("paid_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("fund", "payment"),
    )
    op.create_index(op.f("ix_money_payment_account"), "money_payment", ["account"], unique=False)
    op.create_index(op.f("ix_money_payment_merchant"), "money_payment", ["merchant"], unique=False)
    op.create_table(
        "money_settlement",
        sa.Column("fund", sa.String(), nullable=False),
        sa.Column("merchant", sa.String(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.LargeBinary(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("fund", "merchant", "batch"),
    )
    op.create_index(op.f("ix_money_settlement_reference"), "money_settlement", ["reference"], unique=False)
    op.create_table(
        "money_shop",
        sa.Column("fund", sa.String(), nullable=False),
        sa.Column("merchant", sa.String(), nullable=False),
        sa.Column("category", sa.Integer(), nullable=False),
        sa.Column("is_approved", sa.Boolean(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("fund", "merchant"),
    )
    op.create_table(
        "relay_account",
        sa.Column("chain_id", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("next_nonce", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(), nullable=True),
        sa.Column("held_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("chain_id", "account"),
    )
    op.create_table(
        "relay_errand",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=False),
        sa.Column("fund", sa.String(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(), nullable=True),
        sa.Column("nonce", sa.BigInteger(), nullable=True),
        sa.Column("transaction", sa.String(), nullable=True),
        sa.Column("block", sa.BigInteger(), nullable=True),
        sa.Column("block_hash", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("accepted_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("chain_id", "account", "nonce", name="relay_errand_nonce"),
        sa.UniqueConstraint("key"),
    )
    op.create_index(op.f("ix_relay_errand_state"), "relay_errand", ["state"], unique=False)
    op.create_table(
        "relay_attempt",
        sa.Column("transaction", sa.String(), nullable=False),
        sa.Column("errand", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("highest", sa.BigInteger(), nullable=False),
        sa.Column("tip", sa.BigInteger(), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["errand"],
            ["relay_errand.id"],
        ),
        sa.PrimaryKeyConstraint("transaction"),
    )
    op.create_index(op.f("ix_relay_attempt_errand"), "relay_attempt", ["errand"], unique=False)


def downgrade() -> None:
    """Remove them."""
    op.drop_index(op.f("ix_relay_attempt_errand"), table_name="relay_attempt")
    op.drop_table("relay_attempt")
    op.drop_index(op.f("ix_relay_errand_state"), table_name="relay_errand")
    op.drop_table("relay_errand")
    op.drop_table("relay_account")
    op.drop_table("money_shop")
    op.drop_index(op.f("ix_money_settlement_reference"), table_name="money_settlement")
    op.drop_table("money_settlement")
    op.drop_index(op.f("ix_money_payment_merchant"), table_name="money_payment")
    op.drop_index(op.f("ix_money_payment_account"), table_name="money_payment")
    op.drop_table("money_payment")
    op.drop_index(op.f("ix_money_key_validator"), table_name="money_key")
    op.drop_table("money_key")
    op.drop_table("money_fund")
    op.drop_table("money_deposit")
    op.drop_table("money_cursor")
    op.drop_index(op.f("ix_money_claim_account"), table_name="money_claim")
    op.drop_table("money_claim")
