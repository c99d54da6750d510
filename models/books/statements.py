"""The set-based statements of `write`: one per table, each over arrays of columns."""

from models.books.arrays import type_names


class Unnest:
    """A statement over `unnest`ed columns.

    `exact`: every row given must be written; if not, our locks have a hole.
    """

    def __init__(self, text: str, *, exact: bool = False) -> None:
        self.text = text
        self.exact = exact
        self.type_names = type_names(text)


_PAYMENT_COLUMNS = """id, gateway_account, gateway_payment_id, status, amount_minor, currency, method, occurred_at,
  evidence, claim, customer_id, invoice_id, applied_seq, credit_minor, unidentified_minor, suspense_minor,
  refunded_minor, refund_watermark_minor"""
_PAYMENT_ROWS = f"""unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::int8[], %s::text[], %s::text[],
  %s::timestamptz[], %s::int2[], %s::text[], %s::uuid[], %s::uuid[], %s::int8[], %s::int8[], %s::int8[],
  %s::int8[], %s::int8[], %s::int8[]) AS n({_PAYMENT_COLUMNS})"""

INSERT_PAYMENTS = Unnest(
    f"INSERT INTO payments ({_PAYMENT_COLUMNS}) SELECT * FROM {_PAYMENT_ROWS}", exact=True
)
UPDATE_PAYMENTS = Unnest(
    f"""UPDATE payments p SET (status, amount_minor, currency, method, occurred_at, evidence, claim, customer_id,
      invoice_id, applied_seq, credit_minor, unidentified_minor, suspense_minor, refunded_minor,
      refund_watermark_minor, updated_at) = (n.status, n.amount_minor, n.currency, n.method, n.occurred_at,
      n.evidence, n.claim, n.customer_id, n.invoice_id, n.applied_seq, n.credit_minor, n.unidentified_minor,
      n.suspense_minor, n.refunded_minor, n.refund_watermark_minor, now())
    FROM {_PAYMENT_ROWS} WHERE p.id = n.id""",
    exact=True,
)
INSERT_ALIASES = Unnest(
    """INSERT INTO gateway_aliases (gateway_account, external_id, payment_id)
    SELECT * FROM unnest(%s::text[], %s::text[], %s::uuid[])""",
    exact=True,
)
UPSERT_ATTEMPTS = Unnest(
    """INSERT INTO payment_attempts (id, gateway_account, external_id, payment_id, status, decline_code, occurred_at)
    SELECT * FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::uuid[], %s::text[], %s::text[], %s::timestamptz[])
    ON CONFLICT (gateway_account, external_id) DO UPDATE
      SET status = excluded.status, decline_code = excluded.decline_code, occurred_at = excluded.occurred_at
      WHERE payment_attempts.status <> 'succeeded'"""
)
UPSERT_REFUNDS = Unnest(
    """INSERT INTO refunds (id, gateway_account, gateway_refund_id, payment_id, status, amount_minor, currency, reason,
      applied_seq, occurred_at)
    SELECT * FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::uuid[], %s::text[], %s::int8[], %s::text[],
      %s::text[], %s::int8[], %s::timestamptz[])
    ON CONFLICT (gateway_account, gateway_refund_id) DO UPDATE
      SET status = excluded.status, reason = excluded.reason, applied_seq = excluded.applied_seq,
          occurred_at = excluded.occurred_at, updated_at = now()""",
    exact=True,
)
UPDATE_CHECKOUTS = Unnest(
    "UPDATE checkouts c SET status = n.status FROM unnest(%s::uuid[], %s::text[]) AS n(id, status) WHERE c.id = n.id",
    exact=True,
)

INSERT_ENTRIES = Unnest(
    """INSERT INTO ledger_entries (id, cause_type, cause_id, kind, policy)
    SELECT * FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::text[], %s::text[])""",
    exact=True,
)
INSERT_LEGS = Unnest(
    """INSERT INTO ledger_lines
      (entry_id, n, account, amount_minor, currency, customer_id, invoice_line_id, payment_id)
    SELECT * FROM unnest(%s::uuid[], %s::int4[], %s::text[], %s::int8[], %s::text[], %s::uuid[], %s::uuid[],
      %s::uuid[])""",
    exact=True,
)
UPDATE_LINES = Unnest(
    """UPDATE invoice_lines l SET allocated_minor = n.allocated, refunded_minor = n.refunded
    FROM unnest(%s::uuid[], %s::int8[], %s::int8[]) AS n(id, allocated, refunded) WHERE l.id = n.id""",
    exact=True,
)
UPDATE_INVOICES = Unnest(
    """UPDATE invoices i SET paid_minor = n.paid, refunded_minor = n.refunded
    FROM unnest(%s::uuid[], %s::int8[], %s::int8[]) AS n(id, paid, refunded) WHERE i.id = n.id""",
    exact=True,
)

UPDATE_GRANTS = Unnest(
    "UPDATE enrollment_grants g SET state = n.state FROM unnest(%s::uuid[], %s::text[]) AS n(id, state)"
    " WHERE g.id = n.id",
    exact=True,
)
UPDATE_ENROLLMENTS = Unnest(
    """UPDATE enrollments e SET desired = n.desired, failures = 0, not_before = now(),
      lease_until = NULL, claim_token = NULL, state = CASE WHEN n.desired = observed THEN 'done' ELSE 'pending' END
    FROM unnest(%s::uuid[], %s::text[]) AS n(id, desired) WHERE e.id = n.id RETURNING e.id""",
    exact=True,
)

INSERT_DOCUMENTS = Unnest(
    """INSERT INTO documents (id, kind, subject_id, not_before)
    SELECT id, kind, subject_id, now() + make_interval(secs => wait_s)
    FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::float8[]) AS n(id, kind, subject_id, wait_s)
    ON CONFLICT (kind, subject_id, version) DO NOTHING RETURNING id, not_before <= now()"""
)
INSERT_EMAILS = Unnest(
    """INSERT INTO emails (id, kind, dedupe_key, customer_id, subject_id, document_id, not_before)
    SELECT n.id, n.kind, n.dedupe_key, n.customer_id, n.subject_id, d.id,
      CASE WHEN d.id IS NULL OR d.state IN ('done', 'dead') THEN now() ELSE 'infinity' END
    FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::uuid[], %s::uuid[], %s::text[])
      AS n(id, kind, dedupe_key, customer_id, subject_id, document_kind)
    LEFT JOIN documents d ON d.kind = n.document_kind AND d.subject_id = n.subject_id AND d.version = 1
    ON CONFLICT (dedupe_key) DO UPDATE SET customer_id = excluded.customer_id
      WHERE emails.state = 'pending' AND emails.send_state = 'reserved'
        AND emails.customer_id <> excluded.customer_id
        AND NOT EXISTS (SELECT FROM receipts r WHERE r.payment_id = emails.subject_id)
    RETURNING id, not_before <= now()"""
)

INSERT_BREAKS = Unnest(
    """INSERT INTO breaks (id, kind, subject, detail)
    SELECT * FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[])
    ON CONFLICT (kind, subject) WHERE resolved_at IS NULL DO NOTHING"""
)
HEAL_BREAKS = Unnest(
    """UPDATE breaks b SET resolved_at = now(), resolution = 'better evidence arrived'
    FROM unnest(%s::text[], %s::text[]) AS n(kind, subject)
    WHERE b.kind = n.kind AND b.subject = n.subject AND b.resolved_at IS NULL"""
)
INSERT_AUDITS = Unnest(
    """INSERT INTO audit_log (action, subject_type, subject_id, detail)
    SELECT action, subject_type, subject_id, detail::jsonb
    FROM unnest(%s::text[], %s::text[], %s::uuid[], %s::text[]) AS n(action, subject_type, subject_id, detail)""",
    exact=True,
)

INSERT_FACTS = Unnest(
    """INSERT INTO facts (event_id, n, kind, data)
    SELECT event_id, n, kind, data::jsonb
    FROM unnest(%s::uuid[], %s::int4[], %s::text[], %s::text[]) AS t(event_id, n, kind, data)""",
    exact=True,
)
CLOSE_EVENTS = Unnest(
    """UPDATE gateway_events e SET state = 'done', done_at = now(), lease_until = NULL, claim_token = NULL,
      error = NULL, error_class = NULL, waiting_for = NULL
    FROM unnest(%s::uuid[]) AS n(id) WHERE e.id = n.id""",
    exact=True,
)
PARK_EVENTS = Unnest(
    """UPDATE gateway_events e SET state = 'pending', lease_until = NULL, claim_token = NULL,
      not_before = 'infinity', waiting_for = n.waiting_for
    FROM unnest(%s::uuid[], %s::text[]) AS n(id, waiting_for) WHERE e.id = n.id""",
    exact=True,
)
RELEASE_EVENTS = """UPDATE gateway_events SET not_before = now(), waiting_for = NULL
  WHERE waiting_for = ANY(%s::text[]) AND state = 'pending'"""
