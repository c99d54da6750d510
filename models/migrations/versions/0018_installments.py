"""When the parts of an invoice are due."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the parts."""
    op.create_table(
        "installments",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("invoice_id", "seq", name=op.f("pk_installments")),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_installments_invoice_id"), ondelete="RESTRICT"
        ),
        sa.CheckConstraint("seq >= 1 AND amount_minor > 0", name=op.f("ck_installments_part_of_something")),
    )
    op.create_index("ix_installments_due_on", "installments", ["due_on"])


def downgrade() -> None:
    """Every invoice is due as a whole."""
    op.drop_table("installments")
