"""Plans with their prices at gateways, subscriptions, and how often a page was given out again."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables and the count."""
    op.create_table(
        "plans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("interval", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
        sa.UniqueConstraint("slug", name=op.f("uq_plans_slug")),
        sa.CheckConstraint(
            "interval IN ('day', 'week', 'month', 'quarter', 'year')", name=op.f("ck_plans_interval_known")
        ),
    )
    op.create_table(
        "prices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("gateway_account", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prices")),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plans.id"], name=op.f("fk_prices_plan_id"), ondelete="RESTRICT"
        ),
        sa.UniqueConstraint(
            "plan_id",
            "currency",
            "gateway_account",
            "external_id",
            name=op.f("uq_prices_plan_id_currency_gateway_account_external_id"),
        ),
    )
    _create_subscriptions()
    op.add_column("checkouts", sa.Column("reused", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    """Back to pages only."""
    op.drop_column("checkouts", "reused")
    for table in ("subscriptions", "prices", "plans"):
        op.drop_table(table)


def _create_subscriptions() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("price_id", sa.Uuid(), nullable=False),
        sa.Column("gateway_account", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("quantity", sa.Integer(), server_default="1", nullable=False),
        sa.Column("trial_days", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cycles", sa.Integer(), nullable=True),
        sa.Column("approval_url", sa.Text(), nullable=True),
        sa.Column("client_secret", sa.Text(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
            name=op.f("fk_subscriptions_customer_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["price_id"], ["prices.id"], name=op.f("fk_subscriptions_price_id"), ondelete="RESTRICT"
        ),
        sa.UniqueConstraint(
            "gateway_account", "external_id", name=op.f("uq_subscriptions_gateway_account_external_id")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_subscriptions_quantity_positive")),
        sa.CheckConstraint("trial_days >= 0", name=op.f("ck_subscriptions_trial_not_negative")),
        sa.CheckConstraint("cycles > 0", name=op.f("ck_subscriptions_cycles_positive")),
        sa.CheckConstraint(
            "failure IS NULL OR external_id IS NULL", name=op.f("ck_subscriptions_failed_before_it_was")
        ),
    )
    op.create_index("ix_subscriptions_customer_id", "subscriptions", ["customer_id"])
