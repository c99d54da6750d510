"""The set-based statements of `write`: one per table, each over arrays of columns."""

from models.arrays import type_names


class Unnest:
    """A statement over `unnest`ed columns.

    `exact`: every row given must be written; if not, our locks have a hole.
    """

    def __init__(self, text: str, *, exact: bool = False) -> None:
        self.text = text
        self.exact = exact
        self.type_names = type_names(text)


_PAYMENT_COLUMNS = """id, gateway_account, gateway_payment_id, status, amount_minor, currency, method, occurred_at,
  evidence, claim, customer_id, invoice_id, applied_seq, policy, components, credit_minor, held_minor,
  unidentified_minor, suspense_minor, refunded_minor, lost_minor, refund_watermark_minor, disputed"""
_PAYMENT_ROWS = f"""unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::int8[], %s::text[], %s::text[],
  %s::timestamptz[], %s::int2[], %s::text[], %s::uuid[], %s::uuid[], %s::int8[], %s::text[], %s::text[],
  %s::int8[], %s::int8[], %s::int8[], %s::int8[], %s::int8[], %s::int8[], %s::int8[], %s::int2[])
  AS n({_PAYMENT_COLUMNS})"""
_PAYMENT_VALUES = _PAYMENT_COLUMNS.replace("components", "components::jsonb").replace(
    "disputed", "disputed = 1"
)

INSERT_PAYMENTS = Unnest(
    f"INSERT INTO payments ({_PAYMENT_COLUMNS}) SELECT {_PAYMENT_VALUES} FROM {_PAYMENT_ROWS}", exact=True
)
UPDATE_PAYMENTS = Unnest(
    f"""UPDATE payments p SET (status, amount_minor, currency, method, occurred_at, evidence, claim, customer_id,
      invoice_id, applied_seq, policy, components, credit_minor, held_minor, unidentified_minor, suspense_minor,
      refunded_minor, lost_minor, refund_watermark_minor, disputed, updated_at) = (n.status, n.amount_minor,
      n.currency, n.method, n.occurred_at, n.evidence, n.claim, n.customer_id, n.invoice_id, n.applied_seq,
      n.policy, n.components::jsonb, n.credit_minor, n.held_minor, n.unidentified_minor, n.suspense_minor,
      n.refunded_minor, n.lost_minor, n.refund_watermark_minor, n.disputed = 1, now())
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
      SET status = CASE WHEN 'succeeded' IN (payment_attempts.status, excluded.status) THEN 'succeeded'
            ELSE excluded.status END,
          decline_code = greatest(payment_attempts.decline_code, excluded.decline_code),
          occurred_at = least(payment_attempts.occurred_at, excluded.occurred_at)
      WHERE (payment_attempts.status <> 'succeeded' AND excluded.status = 'succeeded')
         OR payment_attempts.decline_code IS DISTINCT FROM greatest(payment_attempts.decline_code, excluded.decline_code)
         OR payment_attempts.occurred_at IS DISTINCT FROM least(payment_attempts.occurred_at, excluded.occurred_at)"""
)
UPSERT_REFUNDS = Unnest(
    """INSERT INTO refunds (id, gateway_account, gateway_refund_id, payment_id, status, amount_minor, currency, effect,
      reason, applied_seq, occurred_at)
    SELECT * FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::uuid[], %s::text[], %s::int8[], %s::text[],
      %s::text[], %s::text[], %s::int8[], %s::timestamptz[])
    ON CONFLICT (gateway_account, gateway_refund_id) DO UPDATE
      SET status = excluded.status, effect = excluded.effect, reason = excluded.reason, applied_seq = excluded.applied_seq,
          occurred_at = excluded.occurred_at, updated_at = now()""",
    exact=True,
)
UPSERT_DISPUTES = Unnest(
    """INSERT INTO disputes (id, gateway_account, gateway_dispute_id, payment_id, status, amount_minor, currency,
      reason, respond_by, applied_seq, turns, occurred_at, rank, event_key)
    SELECT * FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::uuid[], %s::text[], %s::int8[], %s::text[],
      %s::text[], %s::timestamptz[], %s::int8[], %s::int2[], %s::timestamptz[], %s::int2[], %s::text[])
    ON CONFLICT (gateway_account, gateway_dispute_id) DO UPDATE
      SET status = excluded.status, amount_minor = excluded.amount_minor, currency = excluded.currency,
          reason = excluded.reason, respond_by = excluded.respond_by, applied_seq = excluded.applied_seq,
          turns = excluded.turns, occurred_at = excluded.occurred_at, rank = excluded.rank,
          event_key = excluded.event_key, updated_at = now()""",
    exact=True,
)
UPSERT_MOVEMENTS = Unnest(
    """INSERT INTO movements (id, gateway_account, kind, external_id, about, amount_minor, currency, tax_minor,
      counter_minor, counter_currency, status, dispute_id, revision, occurred_at, rank, event_key)
    SELECT * FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::int8[], %s::text[],
      %s::int8[], %s::int8[], %s::text[], %s::text[], %s::uuid[], %s::int2[], %s::timestamptz[], %s::int2[],
      %s::text[])
    ON CONFLICT (gateway_account, kind, external_id) DO UPDATE
      SET about = excluded.about, amount_minor = excluded.amount_minor, currency = excluded.currency,
          tax_minor = excluded.tax_minor, counter_minor = excluded.counter_minor,
          counter_currency = excluded.counter_currency, status = excluded.status,
          dispute_id = excluded.dispute_id, revision = excluded.revision, occurred_at = excluded.occurred_at,
          rank = excluded.rank, event_key = excluded.event_key""",
    exact=True,
)
UPSERT_OBJECTS = Unnest(
    """INSERT INTO gateway_objects (id, gateway_account, kind, external_id, status, data, occurred_at, rank, event_key)
    SELECT id, account, kind, external_id, status, data::jsonb, occurred_at, rank, event_key
    FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[],
      %s::int2[], %s::text[]) AS n(id, account, kind, external_id, status, data, occurred_at, rank, event_key)
    ON CONFLICT (gateway_account, kind, external_id) DO UPDATE
      SET status = excluded.status, data = excluded.data, occurred_at = excluded.occurred_at,
          rank = excluded.rank, event_key = excluded.event_key, updated_at = now()""",
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
      (entry_id, n, account, amount_minor, currency, customer_id, invoice_line_id, payment_id, dispute_id)
    SELECT * FROM unnest(%s::uuid[], %s::int4[], %s::text[], %s::int8[], %s::text[], %s::uuid[], %s::uuid[],
      %s::uuid[], %s::uuid[])""",
    exact=True,
)
UPDATE_LINES = Unnest(
    """UPDATE invoice_lines l SET allocated_minor = n.allocated, refunded_minor = n.refunded,
      credited_minor = n.credited, written_off_minor = n.written_off, given_up_minor = n.given_up,
      tolerated_minor = n.tolerated
    FROM unnest(%s::uuid[], %s::int8[], %s::int8[], %s::int8[], %s::int8[], %s::int8[], %s::int8[])
      AS n(id, allocated, refunded, credited, written_off, given_up, tolerated)
    WHERE l.id = n.id""",
    exact=True,
)
UPDATE_INVOICES = Unnest(
    """UPDATE invoices i SET paid_minor = n.paid, refunded_minor = n.refunded, contested = (n.contested = 1),
      tolerance_minor = n.tolerance
    FROM unnest(%s::uuid[], %s::int8[], %s::int8[], %s::int2[], %s::int8[])
      AS n(id, paid, refunded, contested, tolerance)
    WHERE i.id = n.id""",
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
    """INSERT INTO emails (id, kind, dedupe_key, customer_id, subject_id, precondition, invoice_id, document_id,
      not_before)
    SELECT n.id, n.kind, n.dedupe_key, n.customer_id, n.subject_id, n.precondition, n.invoice_id, d.id,
      CASE WHEN d.id IS NULL OR d.state IN ('done', 'dead') THEN now() + make_interval(secs => n.wait_s)
        ELSE 'infinity' END
    FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::uuid[],
        %s::float8[])
      AS n(id, kind, dedupe_key, customer_id, subject_id, document_kind, precondition, invoice_id, wait_s)
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
    """INSERT INTO facts (event_id, n, kind, data, payment_id)
    SELECT event_id, n, kind, data::jsonb, payment_id
    FROM unnest(%s::uuid[], %s::int4[], %s::text[], %s::text[], %s::uuid[]) AS t(event_id, n, kind, data, payment_id)""",
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
  WHERE waiting_for = ANY(%s::text[]) AND waiting_for IS NOT NULL AND state = 'pending'"""
"""Says nothing of `done_at`: while statistics are older than a backlog, the index of open events looks empty, and
every one of them would be read for each batch."""
