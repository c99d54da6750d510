"""What issuing freezes: kinds, taxes and round-off; credit notes; jobs that issue all that is due."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

WORK_STATES = "'pending', 'running', 'done', 'dead', 'ignored'"
INVOICE_KINDS = "'invoice', 'tax_invoice', 'bill_of_supply', 'invoice_cum_bill_of_supply'"
TAX_KINDS = "'told', 'none', 'exempt', 'cgst_sgst', 'cgst_utgst', 'igst', 'vat', 'zero', 'reverse_charge'"
NEW_PAPERS = "'invoice', 'credit_note'"

_KEPT = """customer_id, currency, total_minor, series_id, seq, number, issued_at, opened_seq, snapshot,
  snapshot_sha256"""
_KEPT_NOW = f"{_KEPT}, kind, place_of_supply, tax_minor, round_off_minor, due_on, track_id, source_type, source_id, period_start"
_LINE_KEPT = """invoice_id, position, component, priority, due_on, quantity, unit_minor, discount_minor, net_minor,
  tax_minor, gross_minor"""
_LINE_KEPT_NOW = f"{_LINE_KEPT}, description, tax_kind, tax_rate_bp, tax_code, rounding_minor"
_NOTE_KEPT = """invoice_id, cause, action_id, series_id, seq, number, issued_at, total_minor, tax_minor,
  round_off_minor, snapshot, snapshot_sha256"""


def upgrade() -> None:
    """Add columns and tables, and guard what is issued."""
    _add_columns()
    _create_credit_notes()
    _create_runs()
    _know_papers(f"'receipt', {NEW_PAPERS}")
    _freeze_invoices(_KEPT_NOW)
    _freeze_lines(_LINE_KEPT_NOW)
    op.execute(
        "CREATE TRIGGER issued_is_kept BEFORE DELETE ON invoices FOR EACH ROW WHEN (OLD.number IS NOT NULL)"
        " EXECUTE FUNCTION bursar_refuse('an issued invoice is never deleted; void it or credit it')"
    )
    op.execute(_frozen("note_is_frozen", "credit_notes", _NOTE_KEPT, "an issued credit note never changes"))
    op.execute(
        "CREATE TRIGGER note_is_kept BEFORE DELETE ON credit_notes FOR EACH ROW"
        " EXECUTE FUNCTION bursar_refuse('a credit note is never deleted')"
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON credit_note_lines"
        " FOR EACH STATEMENT EXECUTE FUNCTION bursar_refuse('append-only; correct with a new row')"
    )


def downgrade() -> None:
    """Back to invoices without taxes of their own, and to no credit notes."""
    op.execute("DELETE FROM emails WHERE document_id IN (SELECT id FROM documents WHERE kind <> 'receipt')")
    op.execute(f"DELETE FROM documents WHERE kind IN ({NEW_PAPERS})")
    _know_papers("'receipt'")
    op.execute("DROP TRIGGER issued_is_kept ON invoices")
    _freeze_invoices(_KEPT)
    _freeze_lines(_LINE_KEPT)
    for table in ("issuing_runs", "credit_note_lines", "credit_notes"):
        op.drop_table(table)
    op.drop_constraint("ck_invoice_lines_gross_of_net", "invoice_lines")
    op.drop_constraint("ck_invoice_lines_halves_are_equal", "invoice_lines")
    for column in ("description", "tax_kind", "tax_rate_bp", "tax_code", "rounding_minor"):
        op.drop_column("invoice_lines", column)
    op.create_check_constraint(
        op.f("ck_invoice_lines_gross_of_net"),
        "invoice_lines",
        "tax_minor >= 0 AND gross_minor = net_minor + tax_minor AND gross_minor > 0",
    )
    op.drop_index("ix_invoices_to_issue", "invoices")
    op.drop_index("ix_invoices_to_note", "invoices")
    for column in (
        "kind", "place_of_supply", "tax_minor", "round_off_minor", "issue_on", "noted_minor", "refused_because",
    ):  # fmt: skip
        op.drop_column("invoices", column)
    for column in ("address", "region", "tax_id"):
        op.drop_column("customers", column)


def _add_columns() -> None:
    for column in ("address", "region", "tax_id"):
        op.add_column("customers", sa.Column(column, sa.Text(), nullable=True))
    op.add_column("invoices", sa.Column("kind", sa.Text(), server_default="invoice", nullable=False))
    op.create_check_constraint(op.f("ck_invoices_kind_known"), "invoices", f"kind IN ({INVOICE_KINDS})")
    op.add_column("invoices", sa.Column("place_of_supply", sa.Text(), nullable=True))
    for column in ("tax_minor", "round_off_minor", "noted_minor"):
        op.add_column("invoices", sa.Column(column, sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("invoices", sa.Column("issue_on", sa.Date(), nullable=True))
    op.add_column("invoices", sa.Column("refused_because", sa.Text(), nullable=True))
    op.create_index(
        "ix_invoices_to_issue", "invoices", ["issue_on", "id"], postgresql_where=sa.text("status = 'draft'")
    )
    op.create_index(
        "ix_invoices_to_note", "invoices", ["id"], postgresql_where=sa.text("refunded_minor <> noted_minor")
    )
    op.add_column("invoice_lines", sa.Column("description", sa.Text(), nullable=True))
    op.add_column("invoice_lines", sa.Column("tax_kind", sa.Text(), server_default="told", nullable=False))
    op.create_check_constraint(
        op.f("ck_invoice_lines_tax_kind_known"), "invoice_lines", f"tax_kind IN ({TAX_KINDS})"
    )
    op.add_column("invoice_lines", sa.Column("tax_rate_bp", sa.Integer(), server_default="0", nullable=False))
    op.add_column("invoice_lines", sa.Column("tax_code", sa.Text(), nullable=True))
    op.add_column(
        "invoice_lines", sa.Column("rounding_minor", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.drop_constraint("ck_invoice_lines_gross_of_net", "invoice_lines")
    op.create_check_constraint(
        op.f("ck_invoice_lines_gross_of_net"),
        "invoice_lines",
        "tax_minor >= 0 AND gross_minor = net_minor + tax_minor + rounding_minor AND gross_minor > 0",
    )
    op.create_check_constraint(
        op.f("ck_invoice_lines_halves_are_equal"),
        "invoice_lines",
        "tax_kind NOT IN ('cgst_sgst', 'cgst_utgst') OR tax_minor % 2 = 0",
    )


def _create_credit_notes() -> None:
    op.create_table(
        "credit_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("action_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("round_off_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("series_id", sa.Uuid(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snapshot", sa.LargeBinary(), nullable=True),
        sa.Column("snapshot_sha256", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        *_work_columns(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_notes")),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_credit_notes_invoice_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["series_id"], ["document_series.id"], name=op.f("fk_credit_notes_series_id"), ondelete="RESTRICT"
        ),
        sa.UniqueConstraint("action_id", name=op.f("uq_credit_notes_action_id")),
        sa.UniqueConstraint("number", name=op.f("uq_credit_notes_number")),
        sa.UniqueConstraint("series_id", "seq", name=op.f("uq_credit_notes_series_id_seq")),
        *_work_checks("credit_notes"),
        sa.CheckConstraint("cause IN ('credit', 'refund')", name=op.f("ck_credit_notes_cause_known")),
        sa.CheckConstraint(
            "(number IS NULL) = (snapshot IS NULL) AND (number IS NULL) = (issued_at IS NULL)",
            name=op.f("ck_credit_notes_frozen_once_numbered"),
        ),
        sa.CheckConstraint(
            "state <> 'done' OR number IS NOT NULL", name=op.f("ck_credit_notes_numbered_once_done")
        ),
    )
    _work_indexes("credit_notes")
    op.create_index("ix_credit_notes_invoice_id", "credit_notes", ["invoice_id"])
    op.create_index(
        "uq_credit_notes_open_refund",
        "credit_notes",
        ["invoice_id"],
        unique=True,
        postgresql_where=sa.text("cause = 'refund' AND state IN ('pending', 'running')"),
    )
    op.create_table(
        "credit_note_lines",
        sa.Column("credit_note_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_line_id", sa.Uuid(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("rounding_minor", sa.BigInteger(), nullable=False),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("credit_note_id", "invoice_line_id", name=op.f("pk_credit_note_lines")),
        sa.ForeignKeyConstraint(
            ["credit_note_id"],
            ["credit_notes.id"],
            name=op.f("fk_credit_note_lines_credit_note_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["invoice_line_id"],
            ["invoice_lines.id"],
            name=op.f("fk_credit_note_lines_invoice_line_id"),
            ondelete="RESTRICT",
        ),
        sa.CheckConstraint(
            "gross_minor > 0 AND gross_minor = net_minor + tax_minor + rounding_minor",
            name=op.f("ck_credit_note_lines_gross_of_parts"),
        ),
    )
    op.create_index("ix_credit_note_lines_invoice_line_id", "credit_note_lines", ["invoice_line_id"])


def _create_runs() -> None:
    op.create_table(
        "issuing_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("wanted", sa.Integer(), server_default="0", nullable=False),
        sa.Column("issued", sa.Integer(), server_default="0", nullable=False),
        sa.Column("refused", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reached_on", sa.Date(), nullable=True),
        sa.Column("reached_id", sa.Uuid(), nullable=True),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        *_work_columns(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issuing_runs")),
        *_work_checks("issuing_runs"),
        sa.CheckConstraint("since <= until", name=op.f("ck_issuing_runs_days_in_order")),
        sa.CheckConstraint(
            "(reached_on IS NULL) = (reached_id IS NULL)", name=op.f("ck_issuing_runs_reached_both")
        ),
    )
    _work_indexes("issuing_runs")
    op.create_index(
        "uq_issuing_runs_open",
        "issuing_runs",
        ["since", "until"],
        unique=True,
        postgresql_where=sa.text("state IN ('pending', 'running')"),
    )


def _work_columns() -> list[sa.Column[Any]]:
    now = sa.text("now()")
    return [
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("crashes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claim_token", sa.Uuid(), nullable=True),
        sa.Column("error_class", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
    ]


def _work_checks(table: str) -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(f"state IN ({WORK_STATES})", name=op.f(f"ck_{table}_state_known")),
        sa.CheckConstraint(
            "(state = 'running') = (claim_token IS NOT NULL AND lease_until IS NOT NULL)",
            name=op.f(f"ck_{table}_running_is_leased"),
        ),
        sa.CheckConstraint(
            "state <> 'dead' OR error IS NOT NULL", name=op.f(f"ck_{table}_dead_has_a_reason")
        ),
    ]


def _work_indexes(table: str) -> None:
    op.create_index(
        f"ix_{table}_due", table, ["not_before", "id"], postgresql_where=sa.text("state = 'pending'")
    )
    op.create_index(
        f"ix_{table}_leased", table, ["lease_until"], postgresql_where=sa.text("state = 'running'")
    )


def _know_papers(kinds: str) -> None:
    op.drop_constraint("ck_documents_kind_known", "documents")
    op.create_check_constraint(op.f("ck_documents_kind_known"), "documents", f"kind IN ({kinds})")


def _freeze_invoices(columns: str) -> None:
    op.execute("DROP TRIGGER issued_is_frozen ON invoices")
    op.execute(
        _frozen(
            "issued_is_frozen",
            "invoices",
            columns,
            "an issued invoice never changes; correct it with a credit note",
        )
    )


def _frozen(name: str, table: str, columns: str, why: str) -> str:
    names = [each.strip() for each in columns.replace("\n", " ").split(",")]
    old, new = (", ".join(f"{row}.{each}" for each in names) for row in ("OLD", "NEW"))
    return f"""CREATE TRIGGER {name} BEFORE UPDATE OF {columns} ON {table} FOR EACH ROW
      WHEN (OLD.number IS NOT NULL AND ({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION bursar_refuse('{why}')"""


def _freeze_lines(columns: str) -> None:
    op.execute("DROP TRIGGER lines_of_issued_stay ON invoice_lines")
    op.execute(
        f"CREATE TRIGGER lines_of_issued_stay BEFORE DELETE OR UPDATE OF {columns}"
        " ON invoice_lines FOR EACH ROW EXECUTE FUNCTION bursar_lines_of_issued_stay()"
    )
