"""Mails of every kind: what they say, what must be true when they go out, and addresses that get none."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KINDS = (
    "'invoice.issued', 'payment.received', 'payment.failed', 'payment.retry_failed', 'charge.announced', "
    "'refund.processed', 'dispute.alert', 'enrollment.unlocked', 'dunning.reminder', 'dunning.due', "
    "'dunning.overdue', 'dunning.final_notice', 'dunning.suspended', 'card.expiring', 'plan.changed', "
    "'subscription.canceled'"
)
KINDS_BEFORE = "'payment.received', 'refund.processed', 'enrollment.unlocked'"
SEND_STATES = "'reserved', 'sending', 'sent', 'failed', 'unknown', 'delivered', 'bounced', 'complained'"
SEND_STATES_BEFORE = "'reserved', 'sending', 'sent', 'failed', 'unknown'"


def upgrade() -> None:
    """Add what a mail says and needs, and the suppression list."""
    op.add_column("emails", sa.Column("said", postgresql.JSONB(), nullable=True))
    op.add_column("emails", sa.Column("invoice_id", sa.Uuid(), nullable=True))
    op.add_column("emails", sa.Column("precondition", sa.Text(), nullable=True))
    op.add_column("emails", sa.Column("owed_minor", sa.BigInteger(), nullable=True))
    op.add_column("emails", sa.Column("answer", sa.Text(), nullable=True))
    op.create_foreign_key(
        "fk_emails_invoice_id", "emails", "invoices", ["invoice_id"], ["id"], ondelete="RESTRICT"
    )
    op.create_index(
        "ix_emails_invoice_id", "emails", ["invoice_id"], postgresql_where=sa.text("invoice_id IS NOT NULL")
    )
    op.alter_column("emails", "customer_id", nullable=True)
    _say("kind", KINDS)
    _say("send_state", SEND_STATES)
    _add_check("precondition_known", "precondition IN ('invoice_owed', 'payment_missing', 'dispute_open')")
    _add_check("only_operators_are_no_customer", "customer_id IS NOT NULL OR kind IN ('dispute.alert')")
    op.create_table(
        "suppressions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("email_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppressions")),
        sa.UniqueConstraint("address", name=op.f("uq_suppressions_address")),
        sa.ForeignKeyConstraint(
            ["email_id"], ["emails.id"], name=op.f("fk_suppressions_email_id"), ondelete="RESTRICT"
        ),
        sa.CheckConstraint(
            "reason IN ('bounced', 'complained', 'operator')", name=op.f("ck_suppressions_reason_known")
        ),
        sa.CheckConstraint("address = lower(address)", name=op.f("ck_suppressions_address_in_lower_case")),
    )


def downgrade() -> None:
    """Mails of three kinds; the others are lost."""
    op.drop_table("suppressions")
    op.execute(f"DELETE FROM emails WHERE kind NOT IN ({KINDS_BEFORE})")
    op.execute(f"UPDATE emails SET send_state = 'sent' WHERE send_state NOT IN ({SEND_STATES_BEFORE})")
    for name in ("only_operators_are_no_customer", "precondition_known"):
        op.drop_constraint(op.f(f"ck_emails_{name}"), "emails")
    _say("send_state", SEND_STATES_BEFORE)
    _say("kind", KINDS_BEFORE)
    op.alter_column("emails", "customer_id", nullable=False)
    for column in ("answer", "owed_minor", "precondition", "invoice_id", "said"):
        op.drop_column("emails", column)


def _say(column: str, words: str) -> None:
    op.drop_constraint(op.f(f"ck_emails_{column}_known"), "emails")
    _add_check(f"{column}_known", f"{column} IN ({words})")


def _add_check(name: str, condition: str) -> None:
    op.create_check_constraint(op.f(f"ck_emails_{name}"), "emails", condition)
