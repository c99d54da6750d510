"""Every event: disputes, movements of the gateway's balance, registers, held credit, suspension, relief."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BREAKS = (
    "'unidentified_payment', 'unknown_invoice', 'owner_mismatch', 'wrong_currency', 'amount_mismatch', "
    "'refund_exceeds_payment', 'refund_missing', 'alias_conflict', 'wrong_mode'"
)
CHECKS = {
    ("breaks", "kind_known"): (
        f"kind IN ({BREAKS}, 'paid_twice', 'document_dead', 'email_unknown')",
        f"kind IN ({BREAKS}, 'double_payment', 'dispute_open', 'fraud_warning', 'fee_changed', "
        "'settlement_failed', 'document_dead', 'email_unknown')",
    ),
    ("enrollments", "desired_known"): (
        "desired IN ('pending', 'active', 'withdrawn')",
        "desired IN ('pending', 'active', 'suspended', 'withdrawn')",
    ),
    ("enrollments", "observed_known"): (
        "observed IN ('pending', 'active', 'withdrawn')",
        "observed IN ('pending', 'active', 'suspended', 'withdrawn')",
    ),
    ("enrollment_grants", "state_known"): (
        "state IN ('pending', 'active', 'withdrawn')",
        "state IN ('pending', 'active', 'suspended', 'withdrawn')",
    ),
    ("refunds", "effect_known"): ("effect IN ('cancel')", "effect IN ('cancel', 'reopen')"),
    ("ledger_entries", "cause_type_known"): (
        "cause_type IN ('invoice', 'payment', 'refund', 'action')",
        "cause_type IN ('invoice', 'payment', 'refund', 'dispute', 'movement', 'action')",
    ),
    ("ledger_entries", "kind_known"): (
        "kind IN ('issued', 'captured', 'refunded', 'refund_returned', 'moved')",
        "kind IN ('issued', 'captured', 'refunded', 'refund_returned', 'dispute_lost', 'dispute_restored', "
        "'balance_moved', 'credited', 'voided', 'written_off', 'write_off_reversed', 'moved')",
    ),
    ("invoice_lines", "not_overpaid"): (
        "allocated_minor + refunded_minor <= gross_minor",
        "allocated_minor + refunded_minor + credited_minor + written_off_minor <= gross_minor",
    ),
}
"""(table, name) -> (before, after)."""
NEW_CHECKS = {
    ("payments", "held_is_credit"): "held_minor = 0 OR held_minor BETWEEN 1 AND credit_minor",
    ("payments", "losses_not_negative"): "lost_minor >= 0",
    ("payments", "policy_known"): "policy IN ('priority', 'oldest_due', 'pro_rata', 'tax_first')",
    ("invoice_lines", "relief_not_negative"): "credited_minor >= 0 AND written_off_minor >= 0",
}
SPOKEN_OF = """
ALTER TABLE facts DISABLE TRIGGER USER;
UPDATE facts f SET payment_id = a.payment_id FROM gateway_events v, gateway_aliases a
WHERE v.id = f.event_id AND a.gateway_account = v.gateway_account AND a.external_id = f.data ->> 'payment';
ALTER TABLE facts ENABLE TRIGGER USER;
"""
"""Facts are append-only; this once, those that were told before learn which payment they speak of."""


def upgrade() -> None:
    """Add tables and columns; nothing that stands is rewritten."""
    _create_disputes()
    _create_movements()
    _create_objects()
    for table, columns in _columns().items():
        for column in columns:
            op.add_column(table, column)
    op.add_column("ledger_lines", sa.Column("dispute_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_ledger_lines_dispute_id"),
        "ledger_lines",
        "disputes",
        ["dispute_id"],
        ["id"],
        ondelete="RESTRICT",
    )
    op.create_index(
        "ix_ledger_lines_dispute_id",
        "ledger_lines",
        ["dispute_id"],
        postgresql_where=sa.text("dispute_id IS NOT NULL"),
    )
    op.create_index(
        "ix_payments_taken",
        "payments",
        ["customer_id"],
        postgresql_where=sa.text("refunded_minor > 0 OR lost_minor > 0"),
    )
    op.execute(SPOKEN_OF)
    op.create_index(
        "ix_facts_payment_id", "facts", ["payment_id"], postgresql_where=sa.text("payment_id IS NOT NULL")
    )
    op.drop_constraint(op.f("ck_breaks_kind_known"), "breaks")
    op.execute("UPDATE breaks SET kind = 'double_payment' WHERE kind = 'paid_twice'")
    op.create_index("ix_breaks_subject", "breaks", ["subject"])
    op.create_index(
        "ix_gateway_events_unapplied",
        "gateway_events",
        ["object_id"],
        postgresql_where=sa.text("state IN ('dead', 'ignored')"),
    )
    for (table, name), (_, after) in CHECKS.items():
        _replace_check(table, name, after)
    for (table, name), condition in NEW_CHECKS.items():
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def downgrade() -> None:
    """Drop what `upgrade` added. Refused by the checks where the new words are in use."""
    for table, name in NEW_CHECKS:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
    for (table, name), (before, _) in CHECKS.items():
        _replace_check(table, name, before)
    op.drop_index("ix_gateway_events_unapplied", "gateway_events")
    op.drop_index("ix_breaks_subject", "breaks")
    op.drop_index("ix_facts_payment_id", "facts")
    op.drop_index("ix_payments_taken", "payments")
    op.drop_column("ledger_lines", "dispute_id")
    for table, columns in _columns().items():
        for column in columns:
            op.drop_column(table, column.name)
    for table in ("gateway_objects", "movements", "disputes"):
        op.drop_table(table)


def _replace_check(table: str, name: str, condition: str) -> None:
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS ck_{table}_{name}")
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def _create_disputes() -> None:
    op.create_table(
        "disputes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gateway_account", sa.Text(), nullable=False),
        sa.Column("gateway_dispute_id", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("respond_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_seq", sa.BigInteger(), nullable=True),
        sa.Column("turns", sa.SmallInteger(), server_default="0", nullable=False),
        *_stamp(),
        _now("created_at"),
        _now("updated_at"),
        sa.CheckConstraint(
            "status IN ('inquiry', 'needs_response', 'under_review', 'closed', 'won', 'lost')",
            name=op.f("ck_disputes_status_known"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_disputes_amount_positive")),
        sa.CheckConstraint(
            "(status = 'lost') = (applied_seq IS NOT NULL)", name=op.f("ck_disputes_ordered_while_lost")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_disputes_payment_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
        sa.UniqueConstraint("applied_seq", name=op.f("uq_disputes_applied_seq")),
        sa.UniqueConstraint(
            "gateway_account",
            "gateway_dispute_id",
            name=op.f("uq_disputes_gateway_account_gateway_dispute_id"),
        ),
    )
    op.create_index("ix_disputes_payment_id", "disputes", ["payment_id"])


def _create_movements() -> None:
    op.create_table(
        "movements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gateway_account", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("counter_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("counter_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("status", sa.Text(), server_default="paid", nullable=False),
        sa.Column("dispute_id", sa.Uuid(), nullable=True),
        sa.Column("revision", sa.SmallInteger(), server_default="0", nullable=False),
        *_stamp(),
        _now("created_at"),
        sa.CheckConstraint(
            "kind IN ('fee', 'conversion', 'dispute_withdrawn', 'dispute_reinstated', 'settlement')",
            name=op.f("ck_movements_kind_known"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'canceled', 'paid', 'failed')", name=op.f("ck_movements_status_known")
        ),
        sa.CheckConstraint(
            "(counter_currency IS NULL) = (kind <> 'conversion')",
            name=op.f("ck_movements_converted_into_something"),
        ),
        sa.ForeignKeyConstraint(
            ["dispute_id"], ["disputes.id"], name=op.f("fk_movements_dispute_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_movements")),
        sa.UniqueConstraint(
            "gateway_account",
            "external_id",
            "kind",
            name=op.f("uq_movements_gateway_account_external_id_kind"),
        ),
    )
    op.create_index("ix_movements_about", "movements", ["gateway_account", "about"])


def _create_objects() -> None:
    op.create_table(
        "gateway_objects",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gateway_account", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        *_stamp(),
        _now("created_at"),
        _now("updated_at"),
        sa.CheckConstraint(
            "kind IN ('subscription', 'gateway_invoice', 'payment_method', 'customer', 'fraud_warning', "
            "'downtime')",
            name=op.f("ck_gateway_objects_kind_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_objects")),
        sa.UniqueConstraint(
            "gateway_account",
            "external_id",
            "kind",
            name=op.f("uq_gateway_objects_gateway_account_external_id_kind"),
        ),
    )


def _stamp() -> tuple[sa.Column[Any], ...]:
    """How late a word is: its time, the rank of its status, the key of its event."""
    return (
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
    )


def _now(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def _columns() -> dict[str, tuple[sa.Column[Any], ...]]:
    """Table -> its new columns, made anew: a column belongs to one table only."""
    return {
        "payments": (
            sa.Column("policy", sa.Text(), server_default="priority", nullable=False),
            sa.Column("components", postgresql.JSONB(), server_default="[]", nullable=False),
            sa.Column("held_minor", sa.BigInteger(), server_default="0", nullable=False),
            sa.Column("lost_minor", sa.BigInteger(), server_default="0", nullable=False),
            sa.Column("disputed", sa.Boolean(), server_default="false", nullable=False),
        ),
        "invoice_lines": (
            sa.Column("credited_minor", sa.BigInteger(), server_default="0", nullable=False),
            sa.Column("written_off_minor", sa.BigInteger(), server_default="0", nullable=False),
        ),
        "invoices": (sa.Column("contested", sa.Boolean(), server_default="false", nullable=False),),
        "facts": (sa.Column("payment_id", sa.Uuid(), nullable=True),),
    }
