"""Charges of saved ways to pay: why one was declined, and which ways a payer has."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what the bank said, and the index that finds a payer's saved ways to pay."""
    op.add_column("checkouts", sa.Column("decline_code", sa.Text(), nullable=True))
    op.add_column("checkouts", sa.Column("advice_code", sa.Text(), nullable=True))
    op.create_index(
        "ix_gateway_objects_payer",
        "gateway_objects",
        ["gateway_account", sa.text("(data ->> 'gateway_customer')")],
        postgresql_where=sa.text("kind = 'payment_method'"),
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_index("ix_gateway_objects_payer", "gateway_objects")
    op.drop_column("checkouts", "advice_code")
    op.drop_column("checkouts", "decline_code")
