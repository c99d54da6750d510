"""The invariants' SQL over papers: what is frozen stays, numbers have no gaps, what is taken back is noted."""

_NUMBERED = """
    SELECT series_id, number, seq, issued_at FROM invoices WHERE series_id IS NOT NULL
    UNION ALL SELECT series_id, number, seq, issued_at FROM receipts
    UNION ALL SELECT series_id, number, seq, issued_at FROM credit_notes WHERE series_id IS NOT NULL"""

NUMBERS = f"""
SELECT s.id AS series_id, s.prefix, s.fiscal_year, s.next_seq, n.count, n.first, n.last FROM document_series s
LEFT JOIN (
  SELECT series_id, count(*) AS count, min(seq) AS first, max(seq) AS last FROM ({_NUMBERED}) numbered GROUP BY 1) n
  ON n.series_id = s.id
WHERE s.next_seq - 1 <> coalesce(n.count, 0) OR (n.count > 0 AND (n.first <> 1 OR n.last <> n.count))
UNION ALL
SELECT series_id, 'out of order', number, seq, 0, 0, 0 FROM (
  SELECT series_id, number, seq, issued_at, lag(issued_at) OVER (PARTITION BY series_id ORDER BY seq) AS before
  FROM ({_NUMBERED}) numbered) ordered
WHERE issued_at < before
"""

FROZEN = """
SELECT 'invoice' AS paper, id, number FROM invoices
WHERE number IS NOT NULL AND snapshot_sha256 IS DISTINCT FROM encode(sha256(snapshot), 'hex')
UNION ALL
SELECT 'receipt', id, number FROM receipts WHERE snapshot_sha256 <> encode(sha256(snapshot), 'hex')
UNION ALL
SELECT 'credit note', id, number FROM credit_notes
WHERE number IS NOT NULL AND snapshot_sha256 IS DISTINCT FROM encode(sha256(snapshot), 'hex')
"""

NOTED = """
SELECT 'notes that are not what was counted of them', i.id FROM invoices i
LEFT JOIN (
  SELECT l.invoice_id, sum(k.gross_minor) AS minor FROM credit_note_lines k
  JOIN invoice_lines l ON l.id = k.invoice_line_id GROUP BY 1) n ON n.invoice_id = i.id
LEFT JOIN (
  SELECT invoice_id, sum(credited_minor) AS minor FROM invoice_lines WHERE credited_minor > 0 GROUP BY 1) c
  ON c.invoice_id = i.id
WHERE i.noted_minor <> coalesce(n.minor, 0) - coalesce(c.minor, 0)
UNION ALL
SELECT 'more on notes than was charged', l.id FROM invoice_lines l
JOIN (SELECT invoice_line_id, sum(gross_minor) AS minor FROM credit_note_lines GROUP BY 1) n ON n.invoice_line_id = l.id
WHERE n.minor > l.gross_minor
UNION ALL
SELECT 'note that does not sum', id FROM credit_notes c
WHERE number IS NOT NULL AND total_minor IS DISTINCT FROM (
  SELECT sum(gross_minor) FROM credit_note_lines k WHERE k.credit_note_id = c.id)
"""
