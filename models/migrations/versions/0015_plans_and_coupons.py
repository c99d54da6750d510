"""Limits of plans, coupons, installments, grants, notifications; what is asked for anew, what is given up."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

CHECKS = {
    "tolerated_is_written_off": "tolerated_minor BETWEEN 0 AND written_off_minor",
    "ruled_is_given_up": "given_up_minor BETWEEN written_off_minor - tolerated_minor AND gross_minor",
}


def upgrade() -> None:
    """Add when somebody made an event due again, and who gave up what of an invoice.

    What was written off so far was ruled; an invoice that was paid on has no tolerance.
    """
    op.add_column("gateway_events", sa.Column("replayed_at", sa.DateTime(timezone=True), nullable=True))
    for column in ("given_up_minor", "tolerated_minor"):
        added = sa.Column(column, sa.BigInteger(), server_default="0", nullable=False)
        op.add_column("invoice_lines", added)
    op.add_column("invoices", sa.Column("tolerance_minor", sa.BigInteger(), nullable=True))
    op.execute("UPDATE invoice_lines SET given_up_minor = written_off_minor WHERE written_off_minor > 0")
    op.execute("UPDATE invoices SET tolerance_minor = 0 WHERE paid_minor + refunded_minor > 0")
    for name, condition in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_invoice_lines_{name}"), "invoice_lines", condition)


def downgrade() -> None:
    """Forget them."""
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_invoice_lines_{name}"), "invoice_lines")
    op.drop_column("invoices", "tolerance_minor")
    for column in ("given_up_minor", "tolerated_minor"):
        op.drop_column("invoice_lines", column)
    op.drop_column("gateway_events", "replayed_at")
