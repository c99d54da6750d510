"""What plans allow, and how much of it customers have used."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add limits, counts and the acts behind them."""
    op.create_table(
        "plan_limits",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("maximum", sa.BigInteger(), nullable=True),
        sa.Column("per", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("plan_id", "name", name=op.f("pk_plan_limits")),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plans.id"], name=op.f("fk_plan_limits_plan_id"), ondelete="RESTRICT"
        ),
        sa.CheckConstraint("per IN ('period', 'ever')", name=op.f("ck_plan_limits_per_known")),
        sa.CheckConstraint("maximum >= 0", name=op.f("ck_plan_limits_maximum_not_negative")),
    )
    op.create_table(
        "usages",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("window", sa.Text(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "name", "window", name=op.f("pk_usages")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_usages_customer_id"), ondelete="RESTRICT"
        ),
        sa.CheckConstraint("used >= 0", name=op.f("ck_usages_used_not_negative")),
    )
    op.create_table(
        "usage_acts",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("window", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "key", name=op.f("pk_usage_acts")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_usage_acts_customer_id"), ondelete="RESTRICT"
        ),
    )


def downgrade() -> None:
    """Everything is allowed, nothing counted."""
    for table in ("usage_acts", "usages", "plan_limits"):
        op.drop_table(table)
