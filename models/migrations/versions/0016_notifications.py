"""What hosts must be told of, and that a host which does not listen is put before a person."""

import sqlalchemy as sa
from alembic import op

from models.migrations.words import narrow, widen

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the kind of break."""
    op.create_table(
        "notifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.CheckConstraint(
            "state IN ('pending', 'running', 'done', 'dead', 'ignored')",
            name=op.f("ck_notifications_state_known"),
        ),
        sa.CheckConstraint(
            "(state = 'running') = (claim_token IS NOT NULL AND lease_until IS NOT NULL)",
            name=op.f("ck_notifications_running_is_leased"),
        ),
        sa.CheckConstraint(
            "state <> 'dead' OR error IS NOT NULL", name=op.f("ck_notifications_dead_has_a_reason")
        ),
        sa.CheckConstraint("kind IN ('enrollment.changed')", name=op.f("ck_notifications_kind_known")),
    )
    pending = sa.text("state = 'pending'")
    op.create_index("ix_notifications_due", "notifications", ["not_before", "id"], postgresql_where=pending)
    op.create_index("ix_notifications_subject_id", "notifications", ["subject_id"], postgresql_where=pending)
    op.create_index(
        "ix_notifications_leased",
        "notifications",
        ["lease_until"],
        postgresql_where=sa.text("state = 'running'"),
    )
    widen("breaks", "kind", "host_away")


def downgrade() -> None:
    """Hosts are told nothing."""
    op.execute("DELETE FROM breaks WHERE kind = 'host_away'")
    narrow("breaks", "kind", "host_away")
    op.drop_table("notifications")
