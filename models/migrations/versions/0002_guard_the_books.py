"""Guard the books: entries balance, ledger and audit are append-only, what was issued or paid stays."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = ("ledger_entries", "ledger_lines", "audit_log", "facts")

BALANCED = """
CREATE FUNCTION bursar_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM ledger_lines WHERE entry_id = NEW.id)
     OR EXISTS (SELECT FROM ledger_lines WHERE entry_id = NEW.id GROUP BY currency HAVING sum(amount_minor) <> 0)
  THEN
    RAISE EXCEPTION 'ledger entry % does not balance', NEW.id USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER entry_balances AFTER INSERT ON ledger_entries
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION bursar_entry_balances();
"""

SAME_TRANSACTION = """
CREATE FUNCTION bursar_lines_come_with_their_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM added JOIN ledger_entries e ON e.id = added.entry_id
             WHERE e.xid <> (pg_current_xact_id()::text)::bigint)
  THEN
    RAISE EXCEPTION 'lines may only be added in the transaction that made their ledger entry'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER lines_come_with_their_entry AFTER INSERT ON ledger_lines
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION bursar_lines_come_with_their_entry();
"""

REFUSE = """
CREATE FUNCTION bursar_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '%: %', TG_TABLE_NAME, TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""

FROZEN = """
CREATE TRIGGER issued_is_frozen BEFORE UPDATE OF
    customer_id, currency, total_minor, series_id, seq, number, issued_at, opened_seq, snapshot, snapshot_sha256
  ON invoices FOR EACH ROW
  WHEN (OLD.number IS NOT NULL AND (OLD.customer_id, OLD.currency, OLD.total_minor, OLD.series_id, OLD.seq,
        OLD.number, OLD.issued_at, OLD.opened_seq, OLD.snapshot, OLD.snapshot_sha256)
      IS DISTINCT FROM (NEW.customer_id, NEW.currency, NEW.total_minor, NEW.series_id, NEW.seq,
        NEW.number, NEW.issued_at, NEW.opened_seq, NEW.snapshot, NEW.snapshot_sha256))
  EXECUTE FUNCTION bursar_refuse('an issued invoice never changes; correct it with a credit note');
CREATE TRIGGER succeeded_stays BEFORE UPDATE OF status, amount_minor, currency, applied_seq
  ON payments FOR EACH ROW
  WHEN (OLD.status = 'succeeded' AND (OLD.status, OLD.amount_minor, OLD.currency, OLD.applied_seq)
      IS DISTINCT FROM (NEW.status, NEW.amount_minor, NEW.currency, NEW.applied_seq))
  EXECUTE FUNCTION bursar_refuse('a succeeded payment never changes; refunds are rows of their own');
CREATE TRIGGER failed_stays BEFORE UPDATE OF status ON refunds FOR EACH ROW
  WHEN (OLD.status = 'failed' AND NEW.status <> 'failed')
  EXECUTE FUNCTION bursar_refuse('a failed refund never succeeds again');
"""


FROZEN_LINES = """
CREATE FUNCTION bursar_lines_of_issued_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM invoices WHERE id = OLD.invoice_id AND number IS NOT NULL) THEN
    RAISE EXCEPTION 'the lines of an issued invoice never change; correct it with a credit note'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER lines_of_issued_stay BEFORE DELETE OR UPDATE OF
    invoice_id, position, component, priority, due_on, quantity, unit_minor, discount_minor, net_minor, tax_minor,
    gross_minor
  ON invoice_lines FOR EACH ROW EXECUTE FUNCTION bursar_lines_of_issued_stay();
"""

STORED_AS_IT_CAME = "ALTER TABLE gateway_events ALTER COLUMN body SET STORAGE EXTERNAL"
"""Compressing a 2.4 KB body costs more processor than all else of its insert; bodies are kept for 90 days."""


def upgrade() -> None:
    op.execute(STORED_AS_IT_CAME)
    op.execute(BALANCED)
    op.execute(SAME_TRANSACTION)
    op.execute(REFUSE)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION bursar_refuse('append-only; correct with a new row')"
        )
    op.execute(FROZEN)
    op.execute(FROZEN_LINES)


def downgrade() -> None:
    op.execute("ALTER TABLE gateway_events ALTER COLUMN body SET STORAGE EXTENDED")
    op.execute("DROP TRIGGER lines_of_issued_stay ON invoice_lines")
    op.execute("DROP FUNCTION bursar_lines_of_issued_stay")
    op.execute("DROP TRIGGER failed_stays ON refunds")
    op.execute("DROP TRIGGER succeeded_stays ON payments")
    op.execute("DROP TRIGGER issued_is_frozen ON invoices")
    for table in APPEND_ONLY:
        op.execute(f"DROP TRIGGER append_only ON {table}")
    op.execute("DROP FUNCTION bursar_refuse")
    op.execute("DROP TRIGGER lines_come_with_their_entry ON ledger_lines")
    op.execute("DROP FUNCTION bursar_lines_come_with_their_entry")
    op.execute("DROP TRIGGER entry_balances ON ledger_entries")
    op.execute("DROP FUNCTION bursar_entry_balances")
