"""Checkouts: whether only one gateway is to be asked, and until when somebody waits for an answer."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both; of a checkout that is there nobody waits any longer."""
    op.add_column("checkouts", sa.Column("pinned", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("checkouts", sa.Column("wanted_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Forget them."""
    op.drop_column("checkouts", "wanted_until")
    op.drop_column("checkouts", "pinned")
