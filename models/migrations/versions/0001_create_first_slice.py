"""Create the tables of the first slice: inbox, money, ledger, rights, consequences, trust."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("apply_seq")))
    op.create_table(
        "audit_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.Text(), server_default="bursar", nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
    )
    op.create_index("ix_audit_log_subject_id", "audit_log", ["subject_id"], unique=False)
    op.create_table(
        "beat_ticks",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("window", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("job", "window", name=op.f("pk_beat_ticks")),
    )
    op.create_table(
        "breaks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('unidentified_payment', 'unknown_invoice', 'owner_mismatch', 'wrong_currency', 'amount_mismatch', 'refund_exceeds_payment', 'refund_missing', 'alias_conflict', 'wrong_mode', 'paid_twice', 'document_dead', 'email_unknown')",
            name=op.f("ck_breaks_kind_known"),
        ),
        sa.CheckConstraint(
            "(resolved_at IS NULL) = (resolution IS NULL)", name=op.f("ck_breaks_resolved_with_a_reason")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breaks")),
    )
    op.create_index(
        "uq_breaks_open",
        "breaks",
        ["kind", "subject"],
        unique=True,
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_table(
        "customers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("external_ref", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), server_default="en_IN", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint("external_ref", name=op.f("uq_customers_external_ref")),
    )
    op.create_table(
        "document_series",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("fiscal_year", sa.Text(), nullable=False),
        sa.Column("next_seq", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("next_seq >= 1", name=op.f("ck_document_series_next_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_series")),
        sa.UniqueConstraint(
            "entity",
            "kind",
            "prefix",
            "fiscal_year",
            name=op.f("uq_document_series_entity_kind_prefix_fiscal_year"),
        ),
    )
    op.create_table(
        "documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("blob_key", sa.Text(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("renderer_version", sa.Text(), nullable=True),
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
        sa.CheckConstraint(
            "(state = 'done') = (blob_key IS NOT NULL)", name=op.f("ck_documents_stored_once_done")
        ),
        sa.CheckConstraint(
            "(state = 'running') = (claim_token IS NOT NULL AND lease_until IS NOT NULL)",
            name=op.f("ck_documents_running_is_leased"),
        ),
        sa.CheckConstraint("kind IN ('receipt')", name=op.f("ck_documents_kind_known")),
        sa.CheckConstraint(
            "state <> 'dead' OR error IS NOT NULL", name=op.f("ck_documents_dead_has_a_reason")
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'running', 'done', 'dead', 'ignored')",
            name=op.f("ck_documents_state_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint(
            "kind", "subject_id", "version", name=op.f("uq_documents_kind_subject_id_version")
        ),
    )
    op.create_index(
        "ix_documents_due",
        "documents",
        ["not_before", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "ix_documents_leased",
        "documents",
        ["lease_until"],
        unique=False,
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_table(
        "gateway_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gateway_account", sa.Text(), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), server_default="webhook", nullable=False),
        sa.Column("gateway_event_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=True),
        sa.Column("api_version", sa.Text(), nullable=True),
        sa.Column("livemode", sa.Boolean(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("waiting_for", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("crashes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claim_token", sa.Uuid(), nullable=True),
        sa.Column("error_class", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'running') = (claim_token IS NOT NULL AND lease_until IS NOT NULL)",
            name=op.f("ck_gateway_events_running_is_leased"),
        ),
        sa.CheckConstraint(
            "state <> 'dead' OR error IS NOT NULL", name=op.f("ck_gateway_events_dead_has_a_reason")
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'running', 'done', 'dead', 'ignored')",
            name=op.f("ck_gateway_events_state_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_events")),
        sa.UniqueConstraint(
            "gateway_account", "dedupe_key", name=op.f("uq_gateway_events_gateway_account_dedupe_key")
        ),
        postgresql_with={"autovacuum_vacuum_scale_factor": "0.02"},
    )
    op.create_index(
        "ix_gateway_events_due",
        "gateway_events",
        ["not_before", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "ix_gateway_events_leased",
        "gateway_events",
        ["lease_until"],
        unique=False,
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_index(
        "ix_gateway_events_waiting",
        "gateway_events",
        ["waiting_for"],
        unique=False,
        postgresql_where=sa.text("waiting_for IS NOT NULL"),
    )
    op.create_table(
        "ledger_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cause_type", sa.Text(), nullable=False),
        sa.Column("cause_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=True),
        sa.Column("posted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "xid",
            sa.BigInteger(),
            server_default=sa.text("(pg_current_xact_id()::text)::bigint"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "cause_type IN ('invoice', 'payment', 'refund', 'action')",
            name=op.f("ck_ledger_entries_cause_type_known"),
        ),
        sa.CheckConstraint(
            "kind IN ('issued', 'captured', 'refunded', 'refund_returned', 'moved')",
            name=op.f("ck_ledger_entries_kind_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entries")),
        sa.UniqueConstraint(
            "cause_type", "cause_id", "kind", name=op.f("uq_ledger_entries_cause_type_cause_id_kind")
        ),
    )
    op.create_table(
        "tracks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("unlock_rule", sa.Text(), server_default="paid_in_full", nullable=False),
        sa.Column("unlock_share_bp", sa.Integer(), server_default="10000", nullable=False),
        sa.Column("withdraw_share_bp", sa.Integer(), server_default="10000", nullable=False),
        sa.CheckConstraint(
            "unlock_rule IN ('paid_in_full', 'first_payment', 'share')",
            name=op.f("ck_tracks_unlock_rule_known"),
        ),
        sa.CheckConstraint("price_minor > 0", name=op.f("ck_tracks_price_positive")),
        sa.CheckConstraint(
            "unlock_share_bp BETWEEN 1 AND 10000", name=op.f("ck_tracks_share_in_basis_points")
        ),
        sa.CheckConstraint(
            "withdraw_share_bp BETWEEN 1 AND 10000", name=op.f("ck_tracks_withdraw_in_basis_points")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tracks")),
        sa.UniqueConstraint("slug", name=op.f("uq_tracks_slug")),
    )
    op.create_table(
        "customer_gateway_refs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("gateway_account", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
            name=op.f("fk_customer_gateway_refs_customer_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_gateway_refs")),
        sa.UniqueConstraint(
            "customer_id",
            "gateway_account",
            name=op.f("uq_customer_gateway_refs_customer_id_gateway_account"),
        ),
        sa.UniqueConstraint(
            "gateway_account",
            "external_id",
            name=op.f("uq_customer_gateway_refs_gateway_account_external_id"),
        ),
    )
    op.create_table(
        "emails",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("send_state", sa.Text(), server_default="reserved", nullable=False),
        sa.Column("copies", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
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
        sa.CheckConstraint(
            "(state = 'running') = (claim_token IS NOT NULL AND lease_until IS NOT NULL)",
            name=op.f("ck_emails_running_is_leased"),
        ),
        sa.CheckConstraint(
            "kind IN ('payment.received', 'refund.processed', 'enrollment.unlocked')",
            name=op.f("ck_emails_kind_known"),
        ),
        sa.CheckConstraint(
            "send_state IN ('reserved', 'sending', 'sent', 'failed', 'unknown')",
            name=op.f("ck_emails_send_state_known"),
        ),
        sa.CheckConstraint("state <> 'dead' OR error IS NOT NULL", name=op.f("ck_emails_dead_has_a_reason")),
        sa.CheckConstraint(
            "state IN ('pending', 'running', 'done', 'dead', 'ignored')", name=op.f("ck_emails_state_known")
        ),
        sa.CheckConstraint("copies BETWEEN 0 AND 2", name=op.f("ck_emails_at_most_two_copies")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_emails_customer_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_emails_document_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emails")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_emails_dedupe_key")),
    )
    op.create_index("ix_emails_document_id", "emails", ["document_id"], unique=False)
    op.create_index(
        "ix_emails_due",
        "emails",
        ["not_before", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "ix_emails_leased",
        "emails",
        ["lease_until"],
        unique=False,
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_table(
        "enrollments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("track_id", sa.Uuid(), nullable=False),
        sa.Column("desired", sa.Text(), server_default="pending", nullable=False),
        sa.Column("observed", sa.Text(), server_default="pending", nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
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
        sa.CheckConstraint(
            "(state = 'running') = (claim_token IS NOT NULL AND lease_until IS NOT NULL)",
            name=op.f("ck_enrollments_running_is_leased"),
        ),
        sa.CheckConstraint(
            "desired IN ('pending', 'active', 'withdrawn')", name=op.f("ck_enrollments_desired_known")
        ),
        sa.CheckConstraint(
            "observed IN ('pending', 'active', 'withdrawn')", name=op.f("ck_enrollments_observed_known")
        ),
        sa.CheckConstraint(
            "state <> 'dead' OR error IS NOT NULL", name=op.f("ck_enrollments_dead_has_a_reason")
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'running', 'done', 'dead', 'ignored')",
            name=op.f("ck_enrollments_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_enrollments_customer_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["track_id"], ["tracks.id"], name=op.f("fk_enrollments_track_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollments")),
        sa.UniqueConstraint("customer_id", "track_id", name=op.f("uq_enrollments_customer_id_track_id")),
    )
    op.create_index(
        "ix_enrollments_due",
        "enrollments",
        ["not_before", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "ix_enrollments_leased",
        "enrollments",
        ["lease_until"],
        unique=False,
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_table(
        "facts",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "apply_seq", sa.BigInteger(), server_default=sa.text("nextval('apply_seq')"), nullable=False
        ),
        sa.Column("applied_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["gateway_events.id"], name=op.f("fk_facts_event_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("event_id", "n", name=op.f("pk_facts")),
        sa.UniqueConstraint("apply_seq", name=op.f("uq_facts_apply_seq")),
    )
    op.create_table(
        "invoices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("track_id", sa.Uuid(), nullable=True),
        sa.Column("source_type", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=True),
        sa.Column("status", sa.Text(), server_default="draft", nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("series_id", sa.Uuid(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_seq", sa.BigInteger(), nullable=True),
        sa.Column("snapshot", sa.LargeBinary(), nullable=True),
        sa.Column("snapshot_sha256", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(status = 'draft') = (number IS NULL)", name=op.f("ck_invoices_numbered_once_issued")
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'open', 'void', 'uncollectible')", name=op.f("ck_invoices_status_known")
        ),
        sa.CheckConstraint(
            "(number IS NULL) = (opened_seq IS NULL)", name=op.f("ck_invoices_ordered_once_issued")
        ),
        sa.CheckConstraint(
            "paid_minor + refunded_minor <= total_minor", name=op.f("ck_invoices_not_overpaid")
        ),
        sa.CheckConstraint(
            "paid_minor >= 0 AND refunded_minor >= 0", name=op.f("ck_invoices_sums_not_negative")
        ),
        sa.CheckConstraint("total_minor > 0", name=op.f("ck_invoices_total_positive")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_invoices_customer_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["series_id"], ["document_series.id"], name=op.f("fk_invoices_series_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["track_id"], ["tracks.id"], name=op.f("fk_invoices_track_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("number", name=op.f("uq_invoices_number")),
        sa.UniqueConstraint("opened_seq", name=op.f("uq_invoices_opened_seq")),
        sa.UniqueConstraint("series_id", "seq", name=op.f("uq_invoices_series_id_seq")),
    )
    op.create_index("ix_invoices_customer_id", "invoices", ["customer_id"], unique=False)
    op.create_index("ix_invoices_source_id", "invoices", ["source_id"], unique=False)
    op.create_index(
        "uq_invoices_source",
        "invoices",
        ["source_type", "source_id", "period_start"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "projects",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("track_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["track_id"], ["tracks.id"], name=op.f("fk_projects_track_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
        sa.UniqueConstraint("track_id", "position", name=op.f("uq_projects_track_id_position")),
    )
    op.create_table(
        "checkouts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gateway_account", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "status IN ('open', 'expired', 'completed')", name=op.f("ck_checkouts_status_known")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_checkouts_amount_positive")),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_checkouts_invoice_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkouts")),
        sa.UniqueConstraint(
            "gateway_account", "external_id", name=op.f("uq_checkouts_gateway_account_external_id")
        ),
    )
    op.create_index(
        "uq_checkouts_open",
        "checkouts",
        ["invoice_id", "amount_minor", "gateway_account"],
        unique=True,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "enrollment_grants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("source_type", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'active', 'withdrawn')", name=op.f("ck_enrollment_grants_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["enrollment_id"],
            ["enrollments.id"],
            name=op.f("fk_enrollment_grants_enrollment_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollment_grants")),
        sa.UniqueConstraint(
            "enrollment_id",
            "source_type",
            "source_id",
            name=op.f("uq_enrollment_grants_enrollment_id_source_type_source_id"),
        ),
    )
    op.create_index(
        "ix_enrollment_grants_source", "enrollment_grants", ["source_type", "source_id"], unique=False
    )
    op.create_table(
        "invoice_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("component", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), server_default="100", nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("quantity", sa.Integer(), server_default="1", nullable=False),
        sa.Column("unit_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("allocated_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "allocated_minor + refunded_minor <= gross_minor", name=op.f("ck_invoice_lines_not_overpaid")
        ),
        sa.CheckConstraint(
            "allocated_minor >= 0 AND refunded_minor >= 0", name=op.f("ck_invoice_lines_sums_not_negative")
        ),
        sa.CheckConstraint(
            "net_minor = quantity * unit_minor - discount_minor AND net_minor >= 0",
            name=op.f("ck_invoice_lines_net_of_terms"),
        ),
        sa.CheckConstraint(
            "quantity > 0 AND unit_minor >= 0 AND discount_minor >= 0",
            name=op.f("ck_invoice_lines_terms_not_negative"),
        ),
        sa.CheckConstraint(
            "tax_minor >= 0 AND gross_minor = net_minor + tax_minor AND gross_minor > 0",
            name=op.f("ck_invoice_lines_gross_of_net"),
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_invoice_lines_invoice_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_lines")),
        sa.UniqueConstraint("invoice_id", "position", name=op.f("uq_invoice_lines_invoice_id_position")),
    )
    op.create_table(
        "payments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gateway_account", sa.Text(), nullable=False),
        sa.Column("gateway_payment_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("evidence", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("claim", sa.Text(), server_default="", nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("applied_seq", sa.BigInteger(), nullable=True),
        sa.Column("credit_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("unidentified_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("suspense_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refund_watermark_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(status = 'succeeded') = (applied_seq IS NOT NULL)",
            name=op.f("ck_payments_ordered_once_succeeded"),
        ),
        sa.CheckConstraint(
            "status IN ('created', 'requires_action', 'processing', 'authorized', 'unknown', 'failed', 'expired', 'canceled', 'succeeded')",
            name=op.f("ck_payments_status_known"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payments_amount_positive")),
        sa.CheckConstraint(
            "credit_minor >= 0 AND unidentified_minor >= 0 AND suspense_minor >= 0",
            name=op.f("ck_payments_sums_not_negative"),
        ),
        sa.CheckConstraint(
            "refunded_minor >= 0 AND refund_watermark_minor >= 0",
            name=op.f("ck_payments_refunds_not_negative"),
        ),
        sa.CheckConstraint(
            "unidentified_minor = 0 OR customer_id IS NULL",
            name=op.f("ck_payments_unidentified_has_no_customer"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_payments_customer_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_payments_invoice_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("applied_seq", name=op.f("uq_payments_applied_seq")),
        sa.UniqueConstraint(
            "gateway_account",
            "gateway_payment_id",
            name=op.f("uq_payments_gateway_account_gateway_payment_id"),
        ),
    )
    op.create_index("ix_payments_customer_id", "payments", ["customer_id", "applied_seq"], unique=False)
    op.create_table(
        "project_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_project_steps_project_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_steps")),
        sa.UniqueConstraint("project_id", "position", name=op.f("uq_project_steps_project_id_position")),
    )
    op.create_table(
        "unlocks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("unlocked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollments.id"], name=op.f("fk_unlocks_enrollment_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_unlocks_project_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unlocks")),
        sa.UniqueConstraint("enrollment_id", "project_id", name=op.f("uq_unlocks_enrollment_id_project_id")),
    )
    op.create_table(
        "gateway_aliases",
        sa.Column("gateway_account", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_gateway_aliases_payment_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("gateway_account", "external_id", name=op.f("pk_gateway_aliases")),
    )
    op.create_table(
        "ledger_lines",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("invoice_line_id", sa.Uuid(), nullable=True),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "account <> 'receivable' OR invoice_line_id IS NOT NULL",
            name=op.f("ck_ledger_lines_receivable_names_its_line"),
        ),
        sa.CheckConstraint(
            "account NOT IN ('customer_credit', 'unidentified') OR payment_id IS NOT NULL",
            name=op.f("ck_ledger_lines_credit_is_held_in_lots"),
        ),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_ledger_lines_amount_not_zero")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_ledger_lines_customer_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger_entries.id"], name=op.f("fk_ledger_lines_entry_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["invoice_line_id"],
            ["invoice_lines.id"],
            name=op.f("fk_ledger_lines_invoice_line_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_ledger_lines_payment_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("entry_id", "n", name=op.f("pk_ledger_lines")),
    )
    op.create_index(
        "ix_ledger_lines_invoice_line_id",
        "ledger_lines",
        ["invoice_line_id"],
        unique=False,
        postgresql_where=sa.text("invoice_line_id IS NOT NULL"),
    )
    op.create_index(
        "ix_ledger_lines_payment_id",
        "ledger_lines",
        ["payment_id"],
        unique=False,
        postgresql_where=sa.text("payment_id IS NOT NULL"),
    )
    op.create_table(
        "payment_attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gateway_account", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("decline_code", sa.Text(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_payment_attempts_payment_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_attempts")),
        sa.UniqueConstraint(
            "gateway_account", "external_id", name=op.f("uq_payment_attempts_gateway_account_external_id")
        ),
    )
    op.create_index("ix_payment_attempts_payment_id", "payment_attempts", ["payment_id"], unique=False)
    op.create_table(
        "receipts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("snapshot", sa.LargeBinary(), nullable=False),
        sa.Column("snapshot_sha256", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_receipts_payment_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["series_id"], ["document_series.id"], name=op.f("fk_receipts_series_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
        sa.UniqueConstraint("number", name=op.f("uq_receipts_number")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_receipts_payment_id")),
        sa.UniqueConstraint("series_id", "seq", name=op.f("uq_receipts_series_id_seq")),
    )
    op.create_table(
        "refunds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gateway_account", sa.Text(), nullable=False),
        sa.Column("gateway_refund_id", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("effect", sa.Text(), server_default="cancel", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("applied_seq", sa.BigInteger(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(status = 'succeeded') = (applied_seq IS NOT NULL)",
            name=op.f("ck_refunds_ordered_while_succeeded"),
        ),
        sa.CheckConstraint("effect IN ('cancel')", name=op.f("ck_refunds_effect_known")),
        sa.CheckConstraint(
            "status IN ('requested', 'rejected', 'approved', 'unknown', 'pending', 'canceled', 'succeeded', 'failed')",
            name=op.f("ck_refunds_status_known"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refunds_amount_positive")),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_refunds_payment_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
        sa.UniqueConstraint("applied_seq", name=op.f("uq_refunds_applied_seq")),
        sa.UniqueConstraint(
            "gateway_account", "gateway_refund_id", name=op.f("uq_refunds_gateway_account_gateway_refund_id")
        ),
    )
    op.create_index("ix_refunds_payment_id", "refunds", ["payment_id"], unique=False)
    op.create_table(
        "step_progress",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("step_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), server_default="not_started", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrollment_id"],
            ["enrollments.id"],
            name=op.f("fk_step_progress_enrollment_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["step_id"], ["project_steps.id"], name=op.f("fk_step_progress_step_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_progress")),
        sa.UniqueConstraint("enrollment_id", "step_id", name=op.f("uq_step_progress_enrollment_id_step_id")),
    )


def downgrade() -> None:
    op.drop_table("step_progress")
    op.drop_index("ix_refunds_payment_id", table_name="refunds")
    op.drop_table("refunds")
    op.drop_table("receipts")
    op.drop_index("ix_payment_attempts_payment_id", table_name="payment_attempts")
    op.drop_table("payment_attempts")
    op.drop_index(
        "ix_ledger_lines_payment_id",
        table_name="ledger_lines",
        postgresql_where=sa.text("payment_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_ledger_lines_invoice_line_id",
        table_name="ledger_lines",
        postgresql_where=sa.text("invoice_line_id IS NOT NULL"),
    )
    op.drop_table("ledger_lines")
    op.drop_table("gateway_aliases")
    op.drop_table("unlocks")
    op.drop_table("project_steps")
    op.drop_index("ix_payments_customer_id", table_name="payments")
    op.drop_table("payments")
    op.drop_table("invoice_lines")
    op.drop_index("ix_enrollment_grants_source", table_name="enrollment_grants")
    op.drop_table("enrollment_grants")
    op.drop_index("uq_checkouts_open", table_name="checkouts", postgresql_where=sa.text("status = 'open'"))
    op.drop_table("checkouts")
    op.drop_table("projects")
    op.drop_index("uq_invoices_source", table_name="invoices", postgresql_nulls_not_distinct=True)
    op.drop_index("ix_invoices_source_id", table_name="invoices")
    op.drop_index("ix_invoices_customer_id", table_name="invoices")
    op.drop_table("invoices")
    op.drop_table("facts")
    op.drop_index(
        "ix_enrollments_leased", table_name="enrollments", postgresql_where=sa.text("state = 'running'")
    )
    op.drop_index(
        "ix_enrollments_due", table_name="enrollments", postgresql_where=sa.text("state = 'pending'")
    )
    op.drop_table("enrollments")
    op.drop_index("ix_emails_leased", table_name="emails", postgresql_where=sa.text("state = 'running'"))
    op.drop_index("ix_emails_due", table_name="emails", postgresql_where=sa.text("state = 'pending'"))
    op.drop_index("ix_emails_document_id", table_name="emails")
    op.drop_table("emails")
    op.drop_table("customer_gateway_refs")
    op.drop_table("tracks")
    op.drop_table("ledger_entries")
    op.drop_index(
        "ix_gateway_events_waiting",
        table_name="gateway_events",
        postgresql_where=sa.text("waiting_for IS NOT NULL"),
    )
    op.drop_index(
        "ix_gateway_events_leased", table_name="gateway_events", postgresql_where=sa.text("state = 'running'")
    )
    op.drop_index(
        "ix_gateway_events_due", table_name="gateway_events", postgresql_where=sa.text("state = 'pending'")
    )
    op.drop_table("gateway_events")
    op.drop_index(
        "ix_documents_leased", table_name="documents", postgresql_where=sa.text("state = 'running'")
    )
    op.drop_index("ix_documents_due", table_name="documents", postgresql_where=sa.text("state = 'pending'"))
    op.drop_table("documents")
    op.drop_table("document_series")
    op.drop_table("customers")
    op.drop_index("uq_breaks_open", table_name="breaks", postgresql_where=sa.text("resolved_at IS NULL"))
    op.drop_table("breaks")
    op.drop_table("beat_ticks")
    op.drop_index("ix_audit_log_subject_id", table_name="audit_log")
    op.drop_table("audit_log")
    op.execute(sa.schema.DropSequence(sa.Sequence("apply_seq")))
