"""Periodic jobs that end, blocks that seal the audit log, what is kept how long, and persons who are forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

CUSTOMER_TIMES = ("erasure_requested_at", "erased_at", "held_at", "released_at")
VIEWS = {
    "allocations": """
      SELECT l.payment_id, n.invoice_id, l.invoice_line_id, l.currency, -sum(l.amount_minor)::bigint AS amount_minor
      FROM ledger_lines l JOIN invoice_lines n ON n.id = l.invoice_line_id
      WHERE l.account = 'receivable' AND l.payment_id IS NOT NULL
      GROUP BY 1, 2, 3, 4 HAVING sum(l.amount_minor) <> 0""",
    "report_collected": """
      SELECT (e.posted_at AT TIME ZONE 'UTC')::date AS day, l.currency,
        split_part(p.gateway_account, ':', 1) AS gateway,
        CASE l.account WHEN 'receivable' THEN n.component WHEN 'customer_credit' THEN '(credit)'
          WHEN 'unidentified' THEN '(unidentified)' ELSE '(taken back beyond)' END AS component,
        -sum(l.amount_minor)::bigint AS amount_minor
      FROM ledger_entries e JOIN ledger_lines l ON l.entry_id = e.id JOIN payments p ON p.id = l.payment_id
      LEFT JOIN invoice_lines n ON n.id = l.invoice_line_id
      WHERE l.account IN ('receivable', 'customer_credit', 'unidentified', 'suspense')
      GROUP BY 1, 2, 3, 4 HAVING sum(l.amount_minor) <> 0""",
    "report_owed": """
      SELECT i.id AS invoice_id, i.number, i.customer_id, i.currency, n.id AS invoice_line_id, n.component, n.due_on,
        n.gross_minor - n.allocated_minor - n.refunded_minor - n.credited_minor - n.written_off_minor AS open_minor
      FROM invoices i JOIN invoice_lines n ON n.invoice_id = i.id
      WHERE i.status = 'open' AND
        n.gross_minor > n.allocated_minor + n.refunded_minor + n.credited_minor + n.written_off_minor""",
}
"""What hosts' own tools read: their columns stay."""


def upgrade() -> None:
    """Add what each of them needs."""
    op.add_column("beat_ticks", sa.Column("done_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_beat_ticks_at", "beat_ticks", ["at"])
    op.create_index("ix_beat_ticks_begun", "beat_ticks", ["job", "at"])
    op.create_index("ix_beat_ticks_ended", "beat_ticks", ["job", "done_at"])
    _seal()
    for name, query in VIEWS.items():
        op.execute(f"CREATE VIEW {name} AS {query}")
    op.add_column("gateway_events", sa.Column("body_removed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("customers", sa.Column("held_because", sa.Text(), nullable=True))
    for column in CUSTOMER_TIMES:
        op.add_column("customers", sa.Column(column, sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_customers_to_erase",
        "customers",
        ["erasure_requested_at"],
        postgresql_where=sa.text("erasure_requested_at IS NOT NULL AND erased_at IS NULL"),
    )


def _seal() -> None:
    op.add_column(
        "audit_log",
        sa.Column(
            "xid",
            sa.BigInteger(),
            server_default=sa.text("(pg_current_xact_id()::text)::bigint"),
            nullable=False,
        ),
    )
    op.create_index("ix_audit_log_xid", "audit_log", ["xid"], postgresql_using="brin")
    op.create_table(
        "audit_blocks",
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("floor_id", sa.BigInteger(), nullable=False),
        sa.Column("xid_from", sa.BigInteger(), nullable=False),
        sa.Column("xid_until", sa.BigInteger(), nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_audit_blocks")),
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_blocks"
        " FOR EACH STATEMENT EXECUTE FUNCTION bursar_refuse('append-only; a seal is never renewed')"
    )


def downgrade() -> None:
    """Take it away again."""
    for name in VIEWS:
        op.execute(f"DROP VIEW {name}")
    op.drop_index("ix_customers_to_erase", "customers")
    for column in (*CUSTOMER_TIMES, "held_because"):
        op.drop_column("customers", column)
    op.drop_column("gateway_events", "body_removed_at")
    op.drop_table("audit_blocks")
    op.drop_index("ix_audit_log_xid", "audit_log")
    op.drop_column("audit_log", "xid")
    op.drop_index("ix_beat_ticks_ended", "beat_ticks")
    op.drop_index("ix_beat_ticks_begun", "beat_ticks")
    op.drop_index("ix_beat_ticks_at", "beat_ticks")
    op.drop_column("beat_ticks", "done_at")
