# SPDX-License-Identifier: EUPL-1.2
"""The sponsor's papers of settlements and its list of shops.

Versions before this revision made these tables by themselves, in the same form; where they are, they stay.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables that are not there."""
    there = set(sa.inspect(op.get_bind()).get_table_names())
    for make, tables in ((_settlement, _SETTLEMENT), (_shops, _SHOPS)):
        if not there & set(tables):
            make()


def downgrade() -> None:
    """Remove them."""
    for table in (*_SHOPS, *_SETTLEMENT):
        op.drop_table(table)


_SETTLEMENT = (
    "settlement_log",
    "settlement_entry",
    "settlement_statement",
    "settlement_order",
    "settlement_decision",
    "settlement_batch",
    "settlement_employee",
)
_SHOPS = ("shop_log", "shop_charge", "shop_key", "shop_policy", "shop_approval", "shop")


def _settlement() -> None:
    op.create_table(
        "settlement_employee",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        sa.UniqueConstraint("account"),
    )
    op.create_table(
        "settlement_batch",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=False),
        sa.Column("fund", sa.String(), nullable=False),
        sa.Column("debtor_name", sa.String(), nullable=False),
        sa.Column("debtor_iban", sa.String(), nullable=False),
        sa.Column("debtor_bic", sa.String(), nullable=False),
        sa.Column("execute_on", sa.Date(), nullable=False),
        sa.Column("ceiling", sa.BigInteger(), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("searched_from", sa.BigInteger(), nullable=False),
        sa.Column("burnt_in", sa.String(), nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("reference"),
    )
    op.create_index(op.f("ix_settlement_batch_proposed_at"), "settlement_batch", ["proposed_at"], unique=False)
    op.create_table(
        "settlement_decision",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("employee", sa.String(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("reference", "kind"),
    )
    op.create_table(
        "settlement_order",
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("merchant", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("iban", sa.String(), nullable=False),
        sa.Column("bic", sa.String(), nullable=False),
        sa.Column("proposed", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("end_to_end", sa.String(), nullable=False),
        sa.Column("given_up", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("origin", "merchant", "attempt"),
        sa.UniqueConstraint("reference", "number"),
    )
    op.create_index(op.f("ix_settlement_order_end_to_end"), "settlement_order", ["end_to_end"], unique=False)
    op.create_table(
        "settlement_statement",
        sa.Column("iban", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("to_day", sa.Date(), nullable=False),
        sa.Column("opening", sa.BigInteger(), nullable=False),
        sa.Column("closing", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("iban", "id"),
    )
    op.create_table(
        "settlement_entry",
        sa.Column("iban", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("statement", sa.String(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("is_return", sa.Boolean(), nullable=False),
        sa.Column("end_to_end", sa.String(), nullable=False),
        sa.Column("payment_batch", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("remittance", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("iban", "key"),
    )
    op.create_table("settlement_log", *_log_columns())


def _shops() -> None:
    op.create_table(
        "shop",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("iban", sa.String(), nullable=False),
        sa.Column("bic", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("is_chain_store", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("account"),
    )
    op.create_table(
        "shop_approval",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("fund", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("agreed_by", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("account", "fund"),
    )
    op.create_table(
        "shop_policy",
        sa.Column("fund", sa.String(), nullable=False),
        sa.Column("excludes_chains", sa.Boolean(), nullable=False),
        sa.Column("chains", sa.String(), nullable=False),
        sa.Column("four_eyes", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("fund"),
    )
    op.create_table(
        "shop_key",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("registered_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(op.f("ix_shop_key_account"), "shop_key", ["account"], unique=False)
    op.create_table(
        "shop_charge",
        sa.Column("fund", sa.String(), nullable=False),
        sa.Column("payment", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("payer", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("charged_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("fund", "payment"),
    )
    op.create_index(op.f("ix_shop_charge_account"), "shop_charge", ["account"], unique=False)
    op.create_table("shop_log", *_log_columns())


def _log_columns() -> tuple[sa.Column[int] | sa.Column[str] | sa.PrimaryKeyConstraint, ...]:
    return (
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("employee", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
