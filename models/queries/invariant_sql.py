"""The invariants' SQL. Every statement selects the rows that break it, never the rows that keep it."""

from typing import NamedTuple

from bursar.rules.states import PAYMENT_RANK, REFUND_RANK
from models.kinds import KINDS
from models.queries.invariant_lines import LINES
from models.queries.invariant_papers import FROZEN, NOTED, NUMBERS
from models.work import CRASHES_ALONE_MAX, CRASHES_BEFORE_ALONE


class Statement(NamedTuple):
    """What must be true, in words, and the SQL that finds the exceptions."""

    title: str
    sql: str


_CONSERVATION = """
WITH held AS (
  SELECT payment_id, currency,
    sum(CASE WHEN account = 'receivable' THEN -amount_minor ELSE 0 END) AS allocated,
    sum(CASE WHEN account = 'customer_credit' THEN -amount_minor ELSE 0 END) AS credit,
    sum(CASE WHEN account = 'unidentified' THEN -amount_minor ELSE 0 END) AS unidentified,
    sum(CASE WHEN account = 'suspense' THEN amount_minor ELSE 0 END) AS suspense
  FROM ledger_lines WHERE payment_id IS NOT NULL GROUP BY 1, 2),
refunded AS (
  SELECT r.payment_id, sum(r.amount_minor) AS minor FROM refunds r JOIN payments p ON p.id = r.payment_id
  WHERE r.status = 'succeeded' AND r.currency = p.currency GROUP BY 1),
lost AS (
  SELECT d.payment_id, sum(d.amount_minor) AS minor FROM disputes d JOIN payments p ON p.id = d.payment_id
  WHERE d.status = 'lost' AND d.currency = p.currency GROUP BY 1)
SELECT p.id AS payment_id, p.amount_minor, coalesce(r.minor, 0) AS refunded, coalesce(x.minor, 0) AS lost,
  h.allocated, h.credit, h.unidentified, h.suspense
FROM payments p LEFT JOIN held h ON h.payment_id = p.id AND h.currency = p.currency
LEFT JOIN refunded r ON r.payment_id = p.id LEFT JOIN lost x ON x.payment_id = p.id
WHERE CASE WHEN p.status = 'succeeded' THEN p.amount_minor ELSE 0 END - coalesce(r.minor, 0) - coalesce(x.minor, 0)
    <> coalesce(h.allocated + h.credit + h.unidentified - h.suspense, 0)
  OR (p.credit_minor, p.unidentified_minor, p.suspense_minor, p.refunded_minor, p.lost_minor)
    <> (coalesce(h.credit, 0), coalesce(h.unidentified, 0), coalesce(h.suspense, 0), coalesce(r.minor, 0),
        coalesce(x.minor, 0))
"""

_DOMAIN = """
SELECT l.entry_id, l.n, l.currency, i.currency AS invoice_currency, p.currency AS payment_currency
FROM ledger_lines l
LEFT JOIN invoice_lines n ON n.id = l.invoice_line_id LEFT JOIN invoices i ON i.id = n.invoice_id
LEFT JOIN payments p ON p.id = l.payment_id
WHERE l.currency <> i.currency OR (l.currency <> p.currency AND l.account NOT LIKE 'gateway:%' AND l.account NOT IN ('suspense', 'contested'))
  OR abs(l.amount_minor) > 10000000000000
"""

_REFUNDS = """
SELECT p.id AS payment_id, p.amount_minor, p.refunded_minor FROM payments p
WHERE p.refunded_minor + p.lost_minor > CASE WHEN p.status = 'succeeded' THEN p.amount_minor ELSE 0 END
  AND NOT EXISTS (SELECT FROM breaks b WHERE b.kind = 'refund_exceeds_payment'
    AND b.subject = 'payment:' || p.id AND b.resolved_at IS NULL)
"""

_EFFECTS = """
SELECT 'payment without its ledger entry' AS what, p.id FROM payments p
WHERE p.status = 'succeeded' AND NOT EXISTS (
  SELECT FROM ledger_entries e WHERE e.cause_type = 'payment' AND e.cause_id = p.id AND e.kind = 'captured')
UNION ALL
SELECT 'ledger entry without its payment', e.cause_id FROM ledger_entries e
WHERE e.cause_type = 'payment' AND NOT EXISTS (
  SELECT FROM payments p WHERE p.id = e.cause_id AND p.status = 'succeeded')
UNION ALL
SELECT 'refund without its ledger entry', r.id FROM refunds r
WHERE r.status = 'succeeded' AND NOT EXISTS (
  SELECT FROM ledger_entries e WHERE e.cause_type = 'refund' AND e.cause_id = r.id AND e.kind = 'refunded')
UNION ALL
SELECT 'lost dispute without its ledger entry', d.id FROM disputes d
WHERE d.status = 'lost' AND d.turns = 1 AND NOT EXISTS (
  SELECT FROM ledger_entries e WHERE e.cause_type = 'dispute' AND e.cause_id = d.id AND e.kind = 'dispute_lost')
UNION ALL
SELECT 'movement without its ledger entry', m.id FROM movements m
WHERE m.revision > 0 AND NOT EXISTS (
  SELECT FROM ledger_entries e WHERE e.cause_type = 'movement' AND e.cause_id = m.id)
UNION ALL
SELECT 'payment without a receipt', p.id FROM payments p
WHERE p.status = 'succeeded' AND p.customer_id IS NOT NULL AND NOT EXISTS (
  SELECT FROM documents d WHERE d.kind = 'receipt' AND d.subject_id = p.id)
UNION ALL
SELECT 'payment without its mail', p.id FROM payments p
WHERE p.status = 'succeeded' AND p.customer_id IS NOT NULL AND NOT EXISTS (
  SELECT FROM emails m WHERE m.kind = 'payment.received' AND m.subject_id = p.id)
UNION ALL
SELECT 'applied event without facts', v.id FROM gateway_events v
WHERE v.state = 'done' AND v.error_class IS DISTINCT FROM 'Fetched'
  AND NOT EXISTS (SELECT FROM facts f WHERE f.event_id = v.id)
UNION ALL
SELECT 'receipt document done without a receipt', d.id FROM documents d
WHERE d.kind = 'receipt' AND d.state = 'done' AND NOT EXISTS (
  SELECT FROM receipts r WHERE r.payment_id = d.subject_id)
"""

_STRANDED = (
    " UNION ALL ".join(
        f"""
SELECT '{kind.table}' AS kind, id, state, 'due and not worked on' AS why FROM {kind.table}
WHERE (state = 'pending' AND not_before < now() - make_interval(secs => :grace_s))
   OR (state = 'running' AND lease_until < now() - make_interval(secs => :grace_s))"""
        for kind in KINDS
    )
    + """
UNION ALL
SELECT 'gateway_events', id, state, 'waits for a payment nobody announced in three days' FROM gateway_events
WHERE state = 'pending' AND waiting_for IS NOT NULL AND received_at < now() - interval '3 days'
UNION ALL
SELECT 'gateway_events', w.id, w.state, 'waits for a payment that is known' FROM gateway_events w
JOIN gateway_aliases a ON w.waiting_for = a.gateway_account || '/' || a.external_id
WHERE w.state = 'pending'
UNION ALL
SELECT 'emails', m.id, m.state, 'waits for a document that is finished' FROM emails m
JOIN documents d ON d.id = m.document_id
WHERE m.state = 'pending' AND m.not_before = 'infinity' AND d.state IN ('done', 'dead')"""
)

_DEAD = (
    " UNION ALL ".join(
        f"""
SELECT '{kind.table}' AS kind, id, state, error FROM {kind.table}
WHERE (state = 'dead' AND coalesce(error, '') = '')
  OR ({kind.failures_max is not None} AND crashes > {CRASHES_BEFORE_ALONE + CRASHES_ALONE_MAX})"""
        for kind in KINDS
    )
    + """
UNION ALL
SELECT 'gateway_events', v.id, v.state, 'a dead event has effects' FROM gateway_events v
WHERE v.state = 'dead' AND EXISTS (SELECT FROM facts f WHERE f.event_id = v.id)"""
)

_MAILS = """
SELECT id, kind, state, send_state, copies FROM emails
WHERE (state = 'done' AND (copies NOT BETWEEN 1 AND 2
        OR send_state NOT IN ('sent', 'delivered', 'bounced', 'complained')))
   OR (state IN ('dead', 'ignored') AND error IS NULL)
   OR (copies = 2 AND kind NOT IN ('invoice.issued', 'payment.received', 'refund.processed'))
   OR (send_state = 'sent' AND state <> 'done')
"""

_ASKED_ONCE = """
SELECT c.id::text AS call, c.gateway_account, c.operation, 'in doubt for more than a day' AS why FROM gateway_calls c
WHERE c.outcome IN ('sending', 'unknown') AND c.sent_at < now() - interval '25 hours' AND NOT EXISTS (
  SELECT FROM breaks b WHERE b.kind = 'call_stuck' AND b.subject = 'call:' || c.id AND b.resolved_at IS NULL)
UNION ALL
SELECT subject, min(gateway_account), operation, 'answered more than once' FROM gateway_calls
WHERE operation IN ('charge', 'capture', 'refund') AND outcome = 'answered'
GROUP BY subject, operation HAVING count(*) > 1
"""

_BALANCED = """
SELECT e.id AS entry_id, l.currency, sum(l.amount_minor) AS off_by
FROM ledger_entries e LEFT JOIN ledger_lines l ON l.entry_id = e.id
GROUP BY 1, 2 HAVING coalesce(sum(l.amount_minor), 1) <> 0
"""

_RIGHTS = """
WITH contested AS (
  SELECT DISTINCT n.invoice_id FROM disputes d JOIN ledger_lines l ON l.payment_id = d.payment_id
  JOIN invoice_lines n ON n.id = l.invoice_line_id
  WHERE d.status IN ('needs_response', 'under_review') AND l.account = 'receivable'
  GROUP BY n.invoice_id, n.id, d.id HAVING sum(l.amount_minor) < 0),
granted AS (
  SELECT g.enrollment_id, CASE
      WHEN c.payable_minor = 0 THEN 'withdrawn'
      WHEN i.paid_minor + i.refunded_minor = 0 OR (i.paid_minor + i.refunded_minor) * 10000 <
        CASE t.unlock_rule WHEN 'paid_in_full' THEN c.payable_minor * 10000 WHEN 'first_payment' THEN 1
          ELSE c.payable_minor * t.unlock_share_bp END THEN 'pending'
      WHEN i.refunded_minor * 10000 >= t.withdraw_share_bp * (i.paid_minor + i.refunded_minor) THEN 'withdrawn'
      WHEN EXISTS (SELECT FROM contested d WHERE d.invoice_id = i.id) THEN 'suspended'
      WHEN i.suspended AND c.open THEN 'suspended'
      ELSE 'active' END AS state, g.state AS stored
  FROM enrollment_grants g JOIN invoices i ON i.id = g.source_id AND g.source_type = 'invoice'
  JOIN enrollments e ON e.id = g.enrollment_id JOIN tracks t ON t.id = e.track_id
  JOIN (SELECT invoice_id, sum(gross_minor - credited_minor - tolerated_minor) AS payable_minor,
      bool_or(gross_minor > allocated_minor + refunded_minor + credited_minor + written_off_minor) AS open
    FROM invoice_lines GROUP BY 1) c ON c.invoice_id = i.id),
wanted AS (
  SELECT enrollment_id, CASE WHEN bool_or(state = 'active') THEN 'active'
    WHEN bool_or(state = 'suspended') THEN 'suspended'
    WHEN bool_or(state = 'withdrawn') THEN 'withdrawn' ELSE 'pending' END AS state, bool_or(state <> stored) AS stale
  FROM granted GROUP BY 1)
SELECT e.id AS enrollment_id, e.desired, e.observed, coalesce(w.state, 'pending') AS wanted FROM enrollments e
LEFT JOIN wanted w ON w.enrollment_id = e.id
WHERE e.desired <> coalesce(w.state, 'pending') OR w.stale
  OR (e.state = 'done' AND e.observed <> e.desired)
  OR (e.observed = 'active' AND EXISTS (SELECT FROM projects p WHERE p.track_id = e.track_id)
      AND NOT EXISTS (SELECT FROM unlocks u WHERE u.enrollment_id = e.id))
"""

_SETTLED = """
SELECT p.customer_id, p.currency, sum(p.credit_minor - p.held_minor) AS credit_minor, o.open_minor FROM payments p
JOIN (SELECT i.customer_id, i.currency,
        sum(l.gross_minor - l.allocated_minor - l.refunded_minor - l.credited_minor - l.written_off_minor) AS open_minor
      FROM invoices i JOIN invoice_lines l ON l.invoice_id = i.id
      WHERE i.status = 'open' GROUP BY 1, 2) o ON o.customer_id = p.customer_id AND o.currency = p.currency
WHERE p.credit_minor > p.held_minor AND o.open_minor > 0 GROUP BY 1, 2, 4
"""

_RANKS = ", ".join(
    f"('{subject}', '{subject}.{status}', {rank})"
    for subject, ranks in (("payment", PAYMENT_RANK), ("refund", REFUND_RANK))
    for status, rank in ranks.items()
)
_MONOTONIC = f"""
WITH ranks(subject_type, action, rank) AS (VALUES {_RANKS}),
moves AS (
  SELECT a.subject_type, a.subject_id, a.action, r.rank,
    lag(r.rank) OVER (PARTITION BY a.subject_type, a.subject_id ORDER BY a.id) AS before
  FROM audit_log a JOIN ranks r USING (subject_type, action))
SELECT subject_type, subject_id, action FROM moves WHERE rank <= before
UNION ALL
SELECT 'payment', p.id, p.status FROM payments p WHERE NOT EXISTS (
  SELECT FROM audit_log a WHERE a.subject_id = p.id AND a.action = 'payment.' || p.status)
UNION ALL
SELECT 'refund', r.id, r.status FROM refunds r WHERE NOT EXISTS (
  SELECT FROM audit_log a WHERE a.subject_id = r.id AND a.action = 'refund.' || r.status)
"""

_AUTHENTIC = """
SELECT id AS event_id, gateway_account, source FROM gateway_events
WHERE key_id = '' OR dedupe_key = '' OR (octet_length(body) = 0 AND body_removed_at IS NULL)
UNION ALL
SELECT f.event_id, v.gateway_account, v.state FROM facts f JOIN gateway_events v ON v.id = f.event_id
WHERE v.state <> 'done'
"""

_SEALED = """
SELECT n AS block, 'does not follow the block before it' AS why FROM (
  SELECT n, previous_hash, row_number() OVER (ORDER BY n) AS place,
    coalesce(lag(hash) OVER (ORDER BY n), ''::bytea) AS before FROM audit_blocks) chained
WHERE n <> place OR previous_hash <> before
"""

STATEMENTS: dict[str, Statement] = {
    "I1": Statement("every payment lies somewhere, to the last minor unit", _CONSERVATION),
    "I2": Statement("every invoice line is open, paid, or taken back or given up, and sums agree", LINES),
    "I3": Statement("money never changes its currency on the way", _DOMAIN),
    "I4": Statement("more is taken back than captured only with a break", _REFUNDS),
    "I5": Statement("every cause has its effect, once", f"{_EFFECTS} UNION ALL {NOTED}"),
    "I7": Statement(
        "states of payments and refunds only rise, and every step is in the audit log", _MONOTONIC
    ),
    "I8": Statement("nothing is lost: no due work is left lying", _STRANDED),
    "I9": Statement("every frozen paper has the bytes it was issued with", FROZEN),
    "I10": Statement("numbers are gapless and in order", NUMBERS),
    "I12": Statement("what is dead has a reason and no effects", _DEAD),
    "I13": Statement("mails are sent, unknown, suppressed or dead with a reason; at most two copies", _MAILS),
    "I14": Statement(
        "money is asked for once, and nobody is in doubt for a day without a person knowing", _ASKED_ONCE
    ),
    "I16": Statement("every ledger entry balances in every currency", _BALANCED),
    "I17": Statement("the sealed blocks of the audit log are one unbroken chain", _SEALED),
    "I18": Statement("rights are a function of money", _RIGHTS),
    "I20": Statement("every stored event is proven by a key, and facts come from applied events", _AUTHENTIC),
    "L1": Statement("un-held credit and open lines of one customer and currency never coexist", _SETTLED),
}
