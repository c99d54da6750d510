"""What must be true of the lines of invoices (I2), as the SQL that finds the exceptions."""

LINES = """
WITH posted AS (
  SELECT l.invoice_line_id,
    sum(l.amount_minor) FILTER (WHERE e.kind = 'issued') AS gross,
    -coalesce(sum(l.amount_minor) FILTER (WHERE l.payment_id IS NOT NULL), 0) AS allocated,
    -coalesce(sum(l.amount_minor) FILTER (WHERE l.payment_id IS NULL
      AND e.kind NOT IN ('issued', 'credited', 'voided', 'written_off', 'write_off_reversed')), 0) AS refunded,
    -coalesce(sum(l.amount_minor) FILTER (WHERE e.kind = 'credited'), 0) AS credited,
    -coalesce(sum(l.amount_minor) FILTER (WHERE e.kind IN ('written_off', 'write_off_reversed')), 0) AS written_off
  FROM ledger_lines l JOIN ledger_entries e ON e.id = l.entry_id
  WHERE l.account = 'receivable' GROUP BY 1)
SELECT l.id AS invoice_line_id, l.gross_minor, p.gross, p.allocated, p.refunded
FROM invoice_lines l JOIN invoices i ON i.id = l.invoice_id LEFT JOIN posted p ON p.invoice_line_id = l.id
WHERE i.status NOT IN ('draft', 'void') AND (
  p.gross IS DISTINCT FROM l.gross_minor OR p.allocated <> l.allocated_minor OR p.refunded <> l.refunded_minor
  OR (p.credited, p.written_off) <> (l.credited_minor, l.written_off_minor) OR p.allocated < 0 OR p.refunded < 0 OR p.written_off < 0
  OR p.allocated + p.refunded + p.credited + p.written_off > l.gross_minor)
UNION ALL
SELECT i.id, i.total_minor, sum(l.gross_minor), sum(l.allocated_minor), sum(l.refunded_minor)
FROM invoices i JOIN invoice_lines l ON l.invoice_id = i.id GROUP BY i.id
HAVING i.total_minor <> sum(l.gross_minor) OR i.paid_minor <> sum(l.allocated_minor)
  OR i.refunded_minor <> sum(l.refunded_minor)
UNION ALL
SELECT id, gross_minor, unpaid_minor, written_off_minor, tolerated_minor FROM (
  SELECT l.*, r.unpaid_minor, i.paid_minor + i.refunded_minor > 0
      AND sum(r.unpaid_minor) OVER (PARTITION BY l.invoice_id) <= coalesce(i.tolerance_minor, 0) AS tolerated
  FROM invoice_lines l JOIN invoices i ON i.id = l.invoice_id AND i.status = 'open', LATERAL (SELECT
    l.gross_minor - l.credited_minor - l.allocated_minor - l.refunded_minor AS unpaid_minor) r) n
WHERE written_off_minor <> CASE WHEN tolerated THEN unpaid_minor ELSE least(given_up_minor, unpaid_minor) END
  OR tolerated_minor <> CASE WHEN tolerated THEN unpaid_minor ELSE 0 END
"""
"""Sums are those of the ledger; what is given up follows from what was paid, what was ruled and the tolerance."""
