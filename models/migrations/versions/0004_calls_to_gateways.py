"""Calls to gateways: their rows, requests for refunds, checkouts that are being opened."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

OPERATIONS = (
    "'create_customer', 'create_checkout', 'expire_checkout', 'create_intent', 'confirm_intent', 'charge', "
    "'capture', 'refund', 'create_subscription', 'change_subscription', 'pause_subscription', "
    "'resume_subscription', 'cancel_subscription', 'fetch'"
)
OUTCOMES = "'sending', 'unknown', 'answered', 'refused', 'given_up'"
WORK_STATES = "'pending', 'running', 'done', 'dead', 'ignored'"
BREAKS = (
    "'unidentified_payment', 'unknown_invoice', 'owner_mismatch', 'wrong_currency', 'amount_mismatch', "
    "'refund_exceeds_payment', 'refund_missing', 'alias_conflict', 'wrong_mode', 'double_payment', "
    "'dispute_open', 'fraud_warning', 'fee_changed', 'settlement_failed', "
)
DEAD_BREAKS = "'document_dead', 'email_unknown'"
REFUND_STATES = "'requested', 'rejected', 'approved', 'unknown', 'pending', 'canceled', 'succeeded', 'failed'"


def upgrade() -> None:
    """Add the tables, and what a checkout needs before it has a gateway id."""
    _create_calls()
    _create_refund_requests()
    _know_breaks(f"{BREAKS}'call_refused', 'call_stuck', {DEAD_BREAKS}")
    op.alter_column("checkouts", "external_id", nullable=True)
    for column in _checkout_columns():
        op.add_column("checkouts", column)
    op.drop_constraint(op.f("ck_checkouts_status_known"), "checkouts", type_="check")
    op.create_check_constraint(
        op.f("ck_checkouts_status_known"),
        "checkouts",
        "status IN ('creating', 'open', 'failed', 'expired', 'completed')",
    )
    op.create_check_constraint(
        op.f("ck_checkouts_kind_known"), "checkouts", "kind IN ('page', 'intent', 'charge')"
    )
    op.create_check_constraint(
        op.f("ck_checkouts_known_once_open"),
        "checkouts",
        "status NOT IN ('open', 'completed') OR external_id IS NOT NULL",
    )
    op.drop_index("uq_checkouts_open", "checkouts")
    op.create_index(
        "uq_checkouts_open",
        "checkouts",
        ["invoice_id", "amount_minor", "gateway_account", "kind"],
        unique=True,
        postgresql_where=sa.text("status IN ('creating', 'open')"),
    )
    op.create_index(
        "uq_checkouts_charging",
        "checkouts",
        ["invoice_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'charge' AND status IN ('creating', 'open')"),
    )


def downgrade() -> None:
    """Remove them; checkouts that never got a gateway id go with them."""
    op.drop_index("uq_checkouts_charging", "checkouts")
    op.drop_index("uq_checkouts_open", "checkouts")
    op.execute("DELETE FROM checkouts WHERE external_id IS NULL OR status IN ('creating', 'failed')")
    op.drop_constraint(op.f("ck_checkouts_known_once_open"), "checkouts", type_="check")
    op.drop_constraint(op.f("ck_checkouts_kind_known"), "checkouts", type_="check")
    op.drop_constraint(op.f("ck_checkouts_status_known"), "checkouts", type_="check")
    op.create_check_constraint(
        op.f("ck_checkouts_status_known"), "checkouts", "status IN ('open', 'expired', 'completed')"
    )
    for column in reversed(_checkout_columns()):
        op.drop_column("checkouts", column.name)
    op.alter_column("checkouts", "external_id", nullable=False)
    op.create_index(
        "uq_checkouts_open",
        "checkouts",
        ["invoice_id", "amount_minor", "gateway_account"],
        unique=True,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.execute("DELETE FROM breaks WHERE kind IN ('call_refused', 'call_stuck')")
    _know_breaks(f"{BREAKS}{DEAD_BREAKS}")
    op.drop_table("refund_requests")
    op.drop_table("gateway_calls")


def _know_breaks(kinds: str) -> None:
    op.drop_constraint(op.f("ck_breaks_kind_known"), "breaks", type_="check")
    op.create_check_constraint(op.f("ck_breaks_kind_known"), "breaks", f"kind IN ({kinds})")


def _checkout_columns() -> list[sa.Column[str]]:
    """Made anew each time: a column belongs to one table only."""
    return [
        sa.Column("kind", sa.Text(), server_default="page", nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("client_secret", sa.Text(), nullable=True),
        sa.Column("fallback_from", sa.Text(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("requested_by", sa.Text(), server_default="bursar", nullable=False),
    ]


def _create_calls() -> None:
    op.create_table(
        "gateway_calls",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gateway_account", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("n", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("params", postgresql.JSONB(), nullable=False),
        sa.Column("params_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        _time("sent_at"),
        _time("answered_at"),
        sa.Column("took_ms", sa.Integer(), nullable=True),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("answer", postgresql.JSONB(), nullable=True),
        sa.Column("failure", postgresql.JSONB(), nullable=True),
        _now("created_at"),
        *_work_columns(),
        sa.CheckConstraint(f"operation IN ({OPERATIONS})", name=op.f("ck_gateway_calls_operation_known")),
        sa.CheckConstraint(f"outcome IN ({OUTCOMES})", name=op.f("ck_gateway_calls_outcome_known")),
        sa.CheckConstraint(
            "(outcome IN ('sending', 'unknown')) <= (sent_at IS NOT NULL)",
            name=op.f("ck_gateway_calls_sent_before_unknown"),
        ),
        sa.CheckConstraint(
            "(state = 'done') <= (outcome IN ('answered', 'refused', 'given_up'))",
            name=op.f("ck_gateway_calls_done_with_an_outcome"),
        ),
        sa.CheckConstraint(f"state IN ({WORK_STATES})", name=op.f("ck_gateway_calls_state_known")),
        sa.CheckConstraint(
            "(state = 'running') = (claim_token IS NOT NULL AND lease_until IS NOT NULL)",
            name=op.f("ck_gateway_calls_running_is_leased"),
        ),
        sa.CheckConstraint(
            "state <> 'dead' OR error IS NOT NULL", name=op.f("ck_gateway_calls_dead_has_a_reason")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_gateway_calls_customer_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_calls")),
        sa.UniqueConstraint("key", name=op.f("uq_gateway_calls_key")),
        sa.UniqueConstraint("operation", "subject", "n", name=op.f("uq_gateway_calls_operation_subject_n")),
    )
    for name, columns, where in (
        ("ix_gateway_calls_due", ["not_before", "id"], "state = 'pending'"),
        ("ix_gateway_calls_leased", ["lease_until"], "state = 'running'"),
        ("ix_gateway_calls_unknown", ["sent_at"], "outcome IN ('sending', 'unknown')"),
    ):
        op.create_index(name, "gateway_calls", columns, postgresql_where=sa.text(where))
    op.create_index("ix_gateway_calls_created_at", "gateway_calls", ["gateway_account", "created_at"])


def _create_refund_requests() -> None:
    op.create_table(
        "refund_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("gateway_account", sa.Text(), nullable=False),
        sa.Column("gateway_refund_id", sa.Text(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="requested", nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        _time("decided_at"),
        sa.Column("decision", sa.Text(), nullable=True),
        _now("created_at"),
        sa.CheckConstraint(f"status IN ({REFUND_STATES})", name=op.f("ck_refund_requests_status_known")),
        sa.CheckConstraint("effect IN ('cancel', 'reopen')", name=op.f("ck_refund_requests_effect_known")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refund_requests_amount_positive")),
        sa.CheckConstraint(
            "(status = 'requested') = (decided_at IS NULL)", name=op.f("ck_refund_requests_decided_once")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_refund_requests_payment_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_requests")),
    )
    op.create_index("ix_refund_requests_payment_id", "refund_requests", ["payment_id"])
    op.create_index(
        "uq_refund_requests_refund",
        "refund_requests",
        ["gateway_account", "gateway_refund_id"],
        unique=True,
        postgresql_where=sa.text("gateway_refund_id IS NOT NULL"),
    )


def _work_columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("crashes", sa.Integer(), server_default="0", nullable=False),
        _now("not_before"),
        _time("lease_until"),
        sa.Column("claim_token", sa.Uuid(), nullable=True),
        sa.Column("error_class", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        _time("done_at"),
    )


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def _now(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)
