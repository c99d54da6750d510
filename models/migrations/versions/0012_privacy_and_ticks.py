"""Periodic jobs that end, blocks that seal the audit log, what is kept how long, and persons who are forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what each of them needs."""
    op.add_column("beat_ticks", sa.Column("done_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_beat_ticks_at", "beat_ticks", ["at"])
    op.create_index("ix_beat_ticks_begun", "beat_ticks", ["job", "at"])
    op.create_index("ix_beat_ticks_ended", "beat_ticks", ["job", "done_at"])


def downgrade() -> None:
    """Take it away again."""
    op.drop_index("ix_beat_ticks_ended", "beat_ticks")
    op.drop_index("ix_beat_ticks_begun", "beat_ticks")
    op.drop_index("ix_beat_ticks_at", "beat_ticks")
    op.drop_column("beat_ticks", "done_at")
