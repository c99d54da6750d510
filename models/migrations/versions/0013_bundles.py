"""Statements of account, bundles of documents, and when each document was last compared with its bytes."""

import sqlalchemy as sa
from alembic import op

from models.migrations.words import narrow, widen, words

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

WORK_STATES = "'pending', 'running', 'done', 'dead', 'ignored'"
STATEMENT, DAMAGED = "statement", "document_damaged"


def upgrade() -> None:
    """Add three tables, a kind of document, a break, and a column."""
    widen("documents", "kind", STATEMENT)
    widen("breaks", "kind", DAMAGED)
    op.add_column("documents", sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_documents_verified_at",
        "documents",
        [sa.text("verified_at NULLS FIRST"), "id"],
        postgresql_where=sa.text("state = 'done'"),
    )
    _create_statements()
    _create_bundles()
    _create_parts()


def downgrade() -> None:
    """Back to documents of what was paid and issued; statements can be asked for again."""
    for table in ("bundle_parts", "bundles", "statements"):
        op.drop_table(table)
    op.drop_index("ix_documents_verified_at", "documents")
    op.drop_column("documents", "verified_at")
    op.execute(
        f"DELETE FROM emails WHERE document_id IN (SELECT id FROM documents WHERE kind = '{STATEMENT}')"
    )
    op.execute(f"DELETE FROM documents WHERE kind = '{STATEMENT}'")
    op.execute(f"DELETE FROM breaks WHERE kind = '{DAMAGED}'")
    narrow("breaks", "kind", DAMAGED)
    narrow("documents", "kind", STATEMENT)


def _create_statements() -> None:
    op.create_table(
        "statements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("snapshot", sa.LargeBinary(), nullable=False),
        sa.Column("snapshot_sha256", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statements")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_statements_customer_id"), ondelete="RESTRICT"
        ),
        sa.UniqueConstraint(
            "customer_id", "snapshot_sha256", name=op.f("uq_statements_customer_id_snapshot_sha256")
        ),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_statements_span_has_a_length")),
    )


def _create_bundles() -> None:
    kinds = ", ".join(f"'{kind}'" for kind in words("documents", "kind"))
    op.create_table(
        "bundles",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_until", sa.Uuid(), nullable=True),
        sa.Column("requested_by", sa.Text(), nullable=False),
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bundles")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_bundles_customer_id"), ondelete="RESTRICT"
        ),
        sa.CheckConstraint("format IN ('zip', 'pdf')", name=op.f("ck_bundles_format_known")),
        sa.CheckConstraint(f"kind IN ({kinds})", name=op.f("ck_bundles_kind_known")),
        sa.CheckConstraint(f"state IN ({WORK_STATES})", name=op.f("ck_bundles_state_known")),
        sa.CheckConstraint(
            "(state = 'running') = (claim_token IS NOT NULL AND lease_until IS NOT NULL)",
            name=op.f("ck_bundles_running_is_leased"),
        ),
        sa.CheckConstraint("state <> 'dead' OR error IS NOT NULL", name=op.f("ck_bundles_dead_has_a_reason")),
    )
    for name, columns, state in (
        ("ix_bundles_due", ["not_before", "id"], "pending"),
        ("ix_bundles_leased", ["lease_until"], "running"),
    ):
        op.create_index(name, "bundles", columns, postgresql_where=sa.text(f"state = '{state}'"))
    op.create_index("ix_bundles_customer_id", "bundles", ["customer_id"])


def _create_parts() -> None:
    op.create_table(
        "bundle_parts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bundle_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("blob_key", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bundle_parts")),
        sa.ForeignKeyConstraint(
            ["bundle_id"], ["bundles.id"], name=op.f("fk_bundle_parts_bundle_id"), ondelete="RESTRICT"
        ),
        sa.UniqueConstraint("bundle_id", "position", name=op.f("uq_bundle_parts_bundle_id_position")),
        sa.CheckConstraint("position >= 1", name=op.f("ck_bundle_parts_counted_from_one")),
    )
