"""Ask gateways what is true: runs over windows of time, and the lines of what reached the bank."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WORK_STATES = "'pending', 'running', 'done', 'dead', 'ignored'"
BREAKS = (
    "'unidentified_payment', 'unknown_invoice', 'owner_mismatch', 'wrong_currency', 'amount_mismatch', "
    "'refund_exceeds_payment', 'refund_missing', 'alias_conflict', 'wrong_mode', 'double_payment', "
    "'dispute_open', 'fraud_warning', 'fee_changed', 'settlement_failed', 'call_refused', 'call_stuck', "
    "'document_dead', 'email_unknown'"
)
NEW_BREAKS = "'gateway_differs', 'settlement_differs'"


def upgrade() -> None:
    """Add both tables, and the breaks for what does not agree."""
    _create_runs()
    _create_lines()
    _know_breaks(f"{BREAKS}, {NEW_BREAKS}")


def downgrade() -> None:
    """Back to breaks that the gateways' lists cannot open; those that are open go."""
    op.execute(f"DELETE FROM breaks WHERE kind IN ({NEW_BREAKS})")
    _know_breaks(BREAKS)
    op.drop_table("settlement_lines")
    op.drop_table("reconciliation_runs")


def _create_runs() -> None:
    op.create_table(
        "reconciliation_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gateway_account", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("periodic", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("done_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("look", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("counts", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("crashes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claim_token", sa.Uuid(), nullable=True),
        sa.Column("error_class", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation_runs")),
        sa.CheckConstraint(
            "kind IN ('backfill', 'diff', 'settle')", name=op.f("ck_reconciliation_runs_kind_known")
        ),
        sa.CheckConstraint("since < until", name=op.f("ck_reconciliation_runs_window_has_a_length")),
        sa.CheckConstraint(f"state IN ({WORK_STATES})", name=op.f("ck_reconciliation_runs_state_known")),
        sa.CheckConstraint(
            "(state = 'running') = (claim_token IS NOT NULL AND lease_until IS NOT NULL)",
            name=op.f("ck_reconciliation_runs_running_is_leased"),
        ),
        sa.CheckConstraint(
            "state <> 'dead' OR error IS NOT NULL", name=op.f("ck_reconciliation_runs_dead_has_a_reason")
        ),
    )
    for name, columns, where in (
        ("ix_reconciliation_runs_due", ["not_before", "id"], "state = 'pending'"),
        ("ix_reconciliation_runs_leased", ["lease_until"], "state = 'running'"),
        ("uq_reconciliation_runs_open", ["gateway_account", "kind"], "state IN ('pending', 'running')"),
    ):
        unique = name.startswith("uq_")
        op.create_index(name, "reconciliation_runs", columns, unique=unique, postgresql_where=sa.text(where))
    op.create_index(
        "ix_reconciliation_runs_until", "reconciliation_runs", ["gateway_account", "kind", "until"]
    )


def _create_lines() -> None:
    op.create_table(
        "settlement_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gateway_account", sa.Text(), nullable=False),
        sa.Column("settlement", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=True),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_lines")),
        sa.UniqueConstraint("gateway_account", "line", name=op.f("uq_settlement_lines_gateway_account_line")),
        sa.CheckConstraint(
            "net_minor = gross_minor - fee_minor", name=op.f("ck_settlement_lines_net_is_gross_less_fee")
        ),
    )
    op.create_index("ix_settlement_lines_settlement", "settlement_lines", ["gateway_account", "settlement"])


def _know_breaks(kinds: str) -> None:
    op.drop_constraint(op.f("ck_breaks_kind_known"), "breaks", type_="check")
    op.create_check_constraint(op.f("ck_breaks_kind_known"), "breaks", f"kind IN ({kinds})")
