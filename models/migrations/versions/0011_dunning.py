"""Dunning: policies, cases and steps; which invoices were looked at; which cards were charged how often."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables, two marks on invoices, and the indexes that count the charges of a card."""
    op.create_table(
        "dunning_policies",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_dunning_policies")),
    )
    _create_cases()
    _create_steps()
    _say_preconditions("'invoice_owed', 'payment_missing', 'dispute_open', 'dunning_true'")
    for name in ("suspended", "dunning_seen"):
        op.add_column("invoices", sa.Column(name, sa.Boolean(), server_default="false", nullable=False))
    op.create_index(
        "ix_invoices_to_dun",
        "invoices",
        ["due_on", "id"],
        postgresql_where=sa.text("status = 'open' AND NOT dunning_seen"),
    )
    op.create_index(
        "ix_gateway_objects_fingerprint",
        "gateway_objects",
        ["gateway_account", sa.text("(data ->> 'fingerprint')")],
        postgresql_where=sa.text("kind = 'payment_method'"),
    )
    op.create_index(
        "ix_gateway_calls_charged",
        "gateway_calls",
        ["gateway_account", sa.text("(params ->> 'payment_method')")],
        postgresql_where=sa.text("operation = 'charge'"),
    )


def downgrade() -> None:
    """Nobody is asked for what is overdue."""
    op.drop_index("ix_gateway_calls_charged", "gateway_calls")
    op.drop_index("ix_gateway_objects_fingerprint", "gateway_objects")
    op.drop_index("ix_invoices_to_dun", "invoices")
    for name in ("dunning_seen", "suspended"):
        op.drop_column("invoices", name)
    op.execute("UPDATE emails SET precondition = 'invoice_owed' WHERE precondition = 'dunning_true'")
    _say_preconditions("'invoice_owed', 'payment_missing', 'dispute_open'")
    for table in ("dunning_steps", "dunning_cases", "dunning_policies"):
        op.drop_table(table)


def _say_preconditions(words: str) -> None:
    name = op.f("ck_emails_precondition_known")
    op.drop_constraint(name, "emails")
    op.create_check_constraint(name, "emails", f"precondition IN ({words})")


def _create_cases() -> None:
    op.create_table(
        "dunning_cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_type", sa.Text(), server_default="invoice", nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("policy_sha256", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("anchor_on", sa.Date(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("hold", sa.Text(), nullable=True),
        sa.Column("hold_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hold_reason", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dunning_cases")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_dunning_cases_customer_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["policy_sha256"],
            ["dunning_policies.sha256"],
            name=op.f("fk_dunning_cases_policy_sha256"),
            ondelete="RESTRICT",
        ),
        sa.CheckConstraint(
            "status IN ('open', 'recovered', 'canceled', 'exhausted')",
            name=op.f("ck_dunning_cases_status_known"),
        ),
        sa.CheckConstraint("hold IN ('promise', 'operator')", name=op.f("ck_dunning_cases_hold_known")),
        sa.CheckConstraint("subject_type IN ('invoice')", name=op.f("ck_dunning_cases_subject_type_known")),
        sa.CheckConstraint(
            "(status = 'open') = (closed_at IS NULL)", name=op.f("ck_dunning_cases_closed_once_over")
        ),
        sa.CheckConstraint(
            "hold IS NOT NULL OR (hold_until IS NULL AND hold_reason IS NULL)",
            name=op.f("ck_dunning_cases_held_for_a_reason"),
        ),
    )
    is_open = sa.text("status = 'open'")
    subject = ["subject_type", "subject_id"]
    op.create_index("uq_dunning_cases_open", "dunning_cases", subject, unique=True, postgresql_where=is_open)
    op.create_index("ix_dunning_cases_due", "dunning_cases", ["next_at", "id"], postgresql_where=is_open)
    op.create_index("ix_dunning_cases_subject_id", "dunning_cases", ["subject_id"])
    op.create_index("ix_dunning_cases_customer_id", "dunning_cases", ["customer_id"])


def _create_steps() -> None:
    op.create_table(
        "dunning_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.SmallInteger(), nullable=False),
        sa.Column("policy_step", sa.SmallInteger(), nullable=True),
        sa.Column("action", sa.Text(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), nullable=True),
        sa.Column("checkout_id", sa.Uuid(), nullable=True),
        sa.Column("email_id", sa.Uuid(), nullable=True),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dunning_steps")),
        *(
            sa.ForeignKeyConstraint(
                [column], [target], name=op.f(f"fk_dunning_steps_{column}"), ondelete="RESTRICT"
            )
            for column, target in (
                ("case_id", "dunning_cases.id"),
                ("checkout_id", "checkouts.id"),
                ("email_id", "emails.id"),
                ("invoice_id", "invoices.id"),
            )
        ),
        sa.UniqueConstraint("case_id", "n", name=op.f("uq_dunning_steps_case_id_n")),
        sa.UniqueConstraint("case_id", "day", name=op.f("uq_dunning_steps_case_id_day")),
        sa.CheckConstraint(
            "state IN ('pending', 'running', 'done', 'dead', 'ignored')",
            name=op.f("ck_dunning_steps_state_known"),
        ),
        sa.CheckConstraint(
            "(state = 'running') = (claim_token IS NOT NULL AND lease_until IS NOT NULL)",
            name=op.f("ck_dunning_steps_running_is_leased"),
        ),
        sa.CheckConstraint(
            "state <> 'dead' OR error IS NOT NULL", name=op.f("ck_dunning_steps_dead_has_a_reason")
        ),
        sa.CheckConstraint(
            "action IN ('remind', 'retry_charge', 'final_notice', 'late_fee', 'suspend', 'write_off', "
            "'debit_notice')",
            name=op.f("ck_dunning_steps_action_known"),
        ),
        sa.CheckConstraint(
            "(state = 'done') = (taken_at IS NOT NULL)", name=op.f("ck_dunning_steps_taken_once_done")
        ),
        sa.CheckConstraint(
            "state <> 'done' OR action IS NOT NULL", name=op.f("ck_dunning_steps_done_is_something")
        ),
    )
    op.create_index(
        "ix_dunning_steps_due",
        "dunning_steps",
        ["not_before", "id"],
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "ix_dunning_steps_leased",
        "dunning_steps",
        ["lease_until"],
        postgresql_where=sa.text("state = 'running'"),
    )
