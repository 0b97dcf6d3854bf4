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
        "activation_attempts",
        sa.Column("minute", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("is_known", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("minute", "is_known"),
    )
    op.create_table(
        "activation_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("prepared_by", sa.String(), nullable=False),
        sa.Column("prepared_at", sa.Integer(), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=True),
        sa.Column("approved_at", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "activation_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("employee", sa.String(), nullable=True),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("batch", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_activation_event_batch"), "activation_event", ["batch"], unique=False)
    op.create_index(op.f("ix_activation_event_code"), "activation_event", ["code"], unique=False)
    op.create_table(
        "authorization_proof",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index(op.f("ix_authorization_proof_expires_at"), "authorization_proof", ["expires_at"], unique=False)
    op.create_table(
        "authorization_request",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("request", sa.String(), nullable=False),
        sa.Column("expires_at", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index(op.f("ix_authorization_request_expires_at"), "authorization_request", ["expires_at"], unique=False)
    op.create_table(
        "employee",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("passphrase_hash", sa.String(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("paused_until", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "person",
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("income_cents", sa.Integer(), nullable=False),
        sa.Column("norm_cents", sa.Integer(), nullable=False),
        sa.Column("children", sa.Integer(), nullable=False),
        sa.Column("municipality", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("person"),
    )
    op.create_table(
        "spent_nonce",
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("nonce"),
    )
    op.create_index(op.f("ix_spent_nonce_expires_at"), "spent_nonce", ["expires_at"], unique=False)
    op.create_table(
        "status_list",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "activation_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("open_person", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("credentials", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=True),
        sa.Column("pin_hash", sa.LargeBinary(), nullable=True),
        sa.Column("wrong_pins", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.Integer(), nullable=True),
        sa.Column("expires_at", sa.Integer(), nullable=True),
        sa.Column("redeemed_at", sa.Integer(), nullable=True),
        sa.Column("replaces", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch"],
            ["activation_batch.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.person"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code_hash"),
        sa.UniqueConstraint("open_person"),
    )
    op.create_index(op.f("ix_activation_code_batch"), "activation_code", ["batch"], unique=False)
    op.create_index(op.f("ix_activation_code_expires_at"), "activation_code", ["expires_at"], unique=False)
    op.create_index(op.f("ix_activation_code_person"), "activation_code", ["person"], unique=False)
    op.create_index(op.f("ix_activation_code_state"), "activation_code", ["state"], unique=False)
    op.create_table(
        "authorization_code",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("grant_id", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("request", sa.String(), nullable=False),
        sa.Column("expires_at", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.Integer(), nullable=True),
        sa.Column("forget_at", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.person"],
        ),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index(op.f("ix_authorization_code_forget_at"), "authorization_code", ["forget_at"], unique=False)
    op.create_index(op.f("ix_authorization_code_person"), "authorization_code", ["person"], unique=False)
    op.create_table(
        "authorization_grant",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=True),
        sa.Column("thumbprint", sa.String(), nullable=True),
        sa.Column("configuration_ids", sa.String(), nullable=False),
        sa.Column("uses_identifiers", sa.Boolean(), nullable=False),
        sa.Column("revoked_at", sa.Integer(), nullable=True),
        sa.Column("expires_at", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.person"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_authorization_grant_expires_at"), "authorization_grant", ["expires_at"], unique=False)
    op.create_index(op.f("ix_authorization_grant_person"), "authorization_grant", ["person"], unique=False)
    op.create_table(
        "authorization_visit",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("request", sa.String(), nullable=False),
        sa.Column("kept", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=True),
        sa.Column("expires_at", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.person"],
        ),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index(op.f("ix_authorization_visit_expires_at"), "authorization_visit", ["expires_at"], unique=False)
    op.create_index(op.f("ix_authorization_visit_person"), "authorization_visit", ["person"], unique=False)
    op.create_table(
        "credential",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("vct", sa.String(), nullable=False),
        sa.Column("key_id", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.Integer(), nullable=False),
        sa.Column("exp", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.person"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_credential_person"), "credential", ["person"], unique=False)
    op.create_table(
        "deferred_order",
        sa.Column("transaction_hash", sa.LargeBinary(), nullable=False),
        sa.Column("grant_id", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("order", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.person"],
        ),
        sa.PrimaryKeyConstraint("transaction_hash"),
    )
    op.create_index(op.f("ix_deferred_order_expires_at"), "deferred_order", ["expires_at"], unique=False)
    op.create_table(
        "notification",
        sa.Column("notification_hash", sa.LargeBinary(), nullable=False),
        sa.Column("grant_id", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("issued_at", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(), nullable=True),
        sa.Column("notified_at", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.person"],
        ),
        sa.PrimaryKeyConstraint("notification_hash"),
    )
    op.create_index(op.f("ix_notification_person"), "notification", ["person"], unique=False)
    op.create_table(
        "pin",
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("issuance_pseudonym", sa.LargeBinary(), nullable=True),
        sa.Column("recovered_at", sa.Date(), nullable=True),
        sa.Column("is_recovering", sa.Boolean(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.person"],
        ),
        sa.PrimaryKeyConstraint("person"),
        sa.UniqueConstraint("issuance_pseudonym"),
    )
    op.create_table(
        "recovery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("employee", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("recovered_at", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.person"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_recovery_person"), "recovery", ["person"], unique=False)
    op.create_table(
        "review",
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("employee", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decided_at", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.person"],
        ),
        sa.PrimaryKeyConstraint("person"),
    )
    op.create_table(
        "session",
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("expires_at", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.person"],
        ),
        sa.PrimaryKeyConstraint("nonce"),
    )
    op.create_index(op.f("ix_session_expires_at"), "session", ["expires_at"], unique=False)
    op.create_index(op.f("ix_session_person"), "session", ["person"], unique=False)
    op.create_table(
        "standing",
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("vct", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.Integer(), nullable=False),
        sa.Column("employee", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.person"],
        ),
        sa.PrimaryKeyConstraint("person", "vct"),
    )
    op.create_table(
        "status",
        sa.Column("list_number", sa.Integer(), nullable=False),
        sa.Column("list_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("vct", sa.String(), nullable=False),
        sa.Column("issued_at", sa.Integer(), nullable=False),
        sa.Column("exp", sa.Date(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_number"],
            ["status_list.number"],
        ),
        sa.ForeignKeyConstraint(
            ["person"],
            ["person.person"],
        ),
        sa.PrimaryKeyConstraint("list_number", "list_index"),
    )
    op.create_index(
        "status_not_valid",
        "status",
        ["list_number"],
        unique=False,
        sqlite_where=sa.text("status != 0"),
        postgresql_where=sa.text("status != 0"),
    )
    op.create_index("status_of_person", "status", ["person", "vct"], unique=False)
    op.create_table(
        "authorization_access_token",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("grant_id", sa.String(), nullable=False),
        sa.Column("configuration_ids", sa.String(), nullable=False),
        sa.Column("expires_at", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["grant_id"],
            ["authorization_grant.id"],
        ),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index(
        op.f("ix_authorization_access_token_expires_at"), "authorization_access_token", ["expires_at"], unique=False
    )
    op.create_index(
        op.f("ix_authorization_access_token_grant_id"), "authorization_access_token", ["grant_id"], unique=False
    )
    op.create_table(
        "authorization_refresh_token",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("grant_id", sa.String(), nullable=False),
        sa.Column("used_at", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["grant_id"],
            ["authorization_grant.id"],
        ),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index(
        op.f("ix_authorization_refresh_token_grant_id"), "authorization_refresh_token", ["grant_id"], unique=False
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_index(op.f("ix_authorization_refresh_token_grant_id"), table_name="authorization_refresh_token")
    op.drop_table("authorization_refresh_token")
    op.drop_index(op.f("ix_authorization_access_token_grant_id"), table_name="authorization_access_token")
    op.drop_index(op.f("ix_authorization_access_token_expires_at"), table_name="authorization_access_token")
    op.drop_table("authorization_access_token")
    op.drop_index("status_of_person", table_name="status")
    op.drop_index(
        "status_not_valid",
        table_name="status",
        sqlite_where=sa.text("status != 0"),
        postgresql_where=sa.text("status != 0"),
    )
    op.drop_table("status")
    op.drop_table("standing")
    op.drop_index(op.f("ix_session_person"), table_name="session")
    op.drop_index(op.f("ix_session_expires_at"), table_name="session")
    op.drop_table("session")
    op.drop_table("review")
    op.drop_index(op.f("ix_recovery_person"), table_name="recovery")
    op.drop_table("recovery")
    op.drop_table("pin")
    op.drop_index(op.f("ix_notification_person"), table_name="notification")
    op.drop_table("notification")
    op.drop_index(op.f("ix_deferred_order_expires_at"), table_name="deferred_order")
    op.drop_table("deferred_order")
    op.drop_index(op.f("ix_credential_person"), table_name="credential")
    op.drop_table("credential")
    op.drop_index(op.f("ix_authorization_visit_person"), table_name="authorization_visit")
    op.drop_index(op.f("ix_authorization_visit_expires_at"), table_name="authorization_visit")
    op.drop_table("authorization_visit")
    op.drop_index(op.f("ix_authorization_grant_person"), table_name="authorization_grant")
    op.drop_index(op.f("ix_authorization_grant_expires_at"), table_name="authorization_grant")
    op.drop_table("authorization_grant")
    op.drop_index(op.f("ix_authorization_code_person"), table_name="authorization_code")
    op.drop_index(op.f("ix_authorization_code_forget_at"), table_name="authorization_code")
    op.drop_table("authorization_code")
    op.drop_index(op.f("ix_activation_code_state"), table_name="activation_code")
    op.drop_index(op.f("ix_activation_code_person"), table_name="activation_code")
    op.drop_index(op.f("ix_activation_code_expires_at"), table_name="activation_code")
    op.drop_index(op.f("ix_activation_code_batch"), table_name="activation_code")
    op.drop_table("activation_code")
    op.drop_table("status_list")
    op.drop_index(op.f("ix_spent_nonce_expires_at"), table_name="spent_nonce")
    op.drop_table("spent_nonce")
    op.drop_table("person")
    op.drop_table("employee")
    op.drop_index(op.f("ix_authorization_request_expires_at"), table_name="authorization_request")
    op.drop_table("authorization_request")
    op.drop_index(op.f("ix_authorization_proof_expires_at"), table_name="authorization_proof")
    op.drop_table("authorization_proof")
    op.drop_index(op.f("ix_activation_event_code"), table_name="activation_event")
    op.drop_index(op.f("ix_activation_event_batch"), table_name="activation_event")
    op.drop_table("activation_event")
    op.drop_table("activation_batch")
    op.drop_table("activation_attempts")
