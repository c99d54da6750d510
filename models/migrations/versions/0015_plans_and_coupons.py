"""Limits of plans, coupons, installments, grants, notifications; what is asked for anew, what policy gives up."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add when somebody made an event due again."""
    op.add_column("gateway_events", sa.Column("replayed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Forget it."""
    op.drop_column("gateway_events", "replayed_at")
