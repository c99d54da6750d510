"""Discount codes, and which invoice each was used for."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add codes and their uses."""
    op.create_table(
        "coupons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("percent_bp", sa.Integer(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.CHAR(3), nullable=True),
        sa.Column("component", sa.Text(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("max_uses", sa.Integer(), nullable=True),
        sa.Column("max_per_customer", sa.Integer(), nullable=True),
        sa.Column("used", sa.Integer(), server_default="0", nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupons")),
        sa.UniqueConstraint("code", name=op.f("uq_coupons_code")),
        sa.CheckConstraint(
            "(percent_bp IS NULL) <> (amount_minor IS NULL)", name=op.f("ck_coupons_share_or_amount")
        ),
        sa.CheckConstraint(
            "(amount_minor IS NULL) = (currency IS NULL)", name=op.f("ck_coupons_amount_in_a_currency")
        ),
        sa.CheckConstraint("used >= 0 AND used <= max_uses", name=op.f("ck_coupons_not_overused")),
    )
    op.create_table(
        "coupon_uses",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("coupon_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("invoice_id", name=op.f("pk_coupon_uses")),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_coupon_uses_invoice_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["coupon_id"], ["coupons.id"], name=op.f("fk_coupon_uses_coupon_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_coupon_uses_customer_id"), ondelete="RESTRICT"
        ),
    )
    op.create_index("ix_coupon_uses_coupon_customer", "coupon_uses", ["coupon_id", "customer_id"])


def downgrade() -> None:
    """No codes."""
    op.drop_table("coupon_uses")
    op.drop_table("coupons")
