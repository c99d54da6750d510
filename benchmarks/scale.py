"""B4: what an event costs with years of payments in the books, beside empty books: processor, not time.

The years are written set-based, with triggers and foreign keys off; then both databases take the same rounds
in turn, in one process (`applying`), and every second payer is somebody the books have known for years.
"""

import argparse
import logging
import sys
import time
from statistics import median

import psycopg
import structlog

from benchmarks.applying import Drained, store
from benchmarks.claims import Claim, at_most, told
from benchmarks.ground import Ground, product_environment
from benchmarks.invoices import Issuer
from models import session

PAYMENTS = 5_000_000
RATIO_MAX = 1.15
ROUNDS = 5
ROUND_PAYMENTS = 1_500
CHUNK = 250_000
"""Payments written in one transaction."""
FILL_LIMIT_S = 6 * 3600.0

_FILL = (
    """INSERT INTO customers (id, external_ref, name, email)
       SELECT {customer}, 'old-' || n, 'Old ' || n, 'old' || n || '@example.com' FROM {series}""",
    """INSERT INTO invoices (id, customer_id, track_id, source_type, source_id, status, currency, total_minor,
         paid_minor, due_on, series_id, seq, number, issued_at, opened_seq, snapshot, snapshot_sha256)
       SELECT {invoice}, {customer}, {track}, 'old', 'old-' || n, 'open', 'INR', 100000, 100000,
         '2025-01-31', {series_id}, n, 'OLD/25-26/' || n, now(), 2 * n, '{{}}', repeat('0', 64)
       FROM {series}""",
    """INSERT INTO invoice_lines (id, invoice_id, position, component, due_on, unit_minor, net_minor,
         gross_minor, allocated_minor)
       SELECT {line}, {invoice}, k, 'tuition', '2025-01-31', 50000, 50000, 50000, 50000
       FROM {series}, generate_series(1, 2) AS k""",
    """INSERT INTO payments (id, gateway_account, gateway_payment_id, status, amount_minor, currency,
         evidence, claim, customer_id, invoice_id, applied_seq)
       SELECT {payment}, 'stripe:test', 'pi_old_' || n, 'succeeded', 100000, 'INR', 43, 'old-' || n,
         {customer}, {invoice}, 2 * n + 1 FROM {series}""",
    """INSERT INTO gateway_aliases (gateway_account, external_id, payment_id)
       SELECT 'stripe:test', kind || '_old_' || n, {payment}
       FROM {series}, unnest(ARRAY['ch', 'pi']) AS kind""",
    """INSERT INTO payment_attempts (id, gateway_account, external_id, payment_id, status)
       SELECT {attempt}, 'stripe:test', 'ch_old_' || n, {payment}, 'succeeded' FROM {series}""",
    """INSERT INTO ledger_entries (id, cause_type, cause_id, kind)
       SELECT {issued}, 'invoice', {invoice}, 'issued' FROM {series}
       UNION ALL SELECT {captured}, 'payment', {payment}, 'captured' FROM {series}""",
    """INSERT INTO ledger_lines (entry_id, n, account, amount_minor, currency, customer_id, invoice_line_id,
         payment_id)
       SELECT {issued}, 2 * k + side, CASE side WHEN 0 THEN 'receivable' ELSE 'revenue:tuition' END,
         CASE side WHEN 0 THEN 50000 ELSE -50000 END, 'INR', {customer}, {line}, NULL
       FROM {series}, generate_series(1, 2) AS k, generate_series(0, 1) AS side
       UNION ALL SELECT {captured}, 0, 'gateway:stripe:test', 100000, 'INR', NULL, NULL, {payment}
       FROM {series}
       UNION ALL SELECT {captured}, k, 'receivable', -50000, 'INR', {customer}, {line}, {payment}
       FROM {series}, generate_series(1, 2) AS k""",
    """INSERT INTO gateway_events (id, gateway_account, dedupe_key, gateway_event_id, type, body, key_id,
         state, done_at)
       SELECT {event}, 'stripe:test', 'evt_old_' || n, 'evt_old_' || n, 'payment_intent.succeeded', '{{}}',
         'k', 'done', now() FROM {series}""",
    """INSERT INTO facts (event_id, n, kind, data, payment_id)
       SELECT {event}, 0, 'payment.succeeded', '{{}}', {payment} FROM {series}""",
    """INSERT INTO enrollments (id, customer_id, track_id, desired, observed, state)
       SELECT {enrollment}, {customer}, {track}, 'active', 'active', 'done' FROM {series}""",
    """INSERT INTO enrollment_grants (id, enrollment_id, source_type, source_id, state)
       SELECT {grant}, {enrollment}, 'invoice', {invoice}, 'active' FROM {series}""",
    """INSERT INTO audit_log (action, subject_type, subject_id)
       SELECT 'payment.succeeded', 'payment', {payment} FROM {series}""",
    """INSERT INTO documents (id, kind, subject_id, state, blob_key)
       SELECT {document}, 'receipt', {payment}, 'done', 'old/' || n FROM {series}""",
    """INSERT INTO emails (id, kind, dedupe_key, customer_id, subject_id, document_id, state, send_state)
       SELECT {email}, 'payment.received', 'payment.received/' || {payment}, {customer}, {payment},
         {document}, 'done', 'sent' FROM {series}""",
)
"""Per old payment: its payer, a paid bill of two fees, its entries, one event, and what followed."""
_NAMES = (
    "customer",
    "invoice",
    "payment",
    "attempt",
    "issued",
    "captured",
    "event",
    "enrollment",
    "grant",
    "document",
    "email",
    "track",
    "series_id",
)
_KNOWN_PAYERS = """
    WITH changed AS (
      SELECT i.id, i.customer_id AS was, {customer} AS now FROM (
        SELECT id, customer_id, 1 + seq * 2654435761 %% %(payments)s AS n FROM invoices
        WHERE source_type = 'bench' AND paid_minor = 0 AND seq %% 2 = 0) AS i),
    invoiced AS (UPDATE invoices SET customer_id = now FROM changed WHERE invoices.id = changed.id),
    enrolled AS (UPDATE enrollments SET customer_id = now FROM changed WHERE customer_id = was)
    UPDATE ledger_lines SET customer_id = now FROM changed WHERE customer_id = was"""


def run(ground: Ground, *, payments: int) -> list[Claim]:
    """Fill one database, then measure both in turn in a process of its own."""
    empty, full = ground.database("empty"), ground.database("full")
    argv = ["-m", "benchmarks.scale", "--payments", str(payments), empty, full]
    worker = ground.spawn("scale", argv, env=product_environment(ground, full))
    found = worker.wait_for(r"measured: (.*)\n", FILL_LIMIT_S)
    ground.stop_all()
    for url in (empty, full):
        with psycopg.connect(ground.postgres.url_of("postgres"), autocommit=True) as admin:
            admin.execute(f'DROP DATABASE "{url.partition("@/")[2].partition("?")[0]}" WITH (FORCE)')
    ratio, *costs = (float(each) for each in found.split())
    names = ("worker, empty", "postgres, empty", "worker, full", "postgres, full")
    return [
        told("B4 payments in the full books", payments / 1e6, "million"),
        *(told(f"B4 processor of {name}", cost, "us/event") for name, cost in zip(names, costs, strict=True)),
        at_most("B4 full to empty, processor per event", ratio, "x", RATIO_MAX),
    ]


def fill(url: str, payments: int) -> None:
    """Write the years before, in chunks; then what autovacuum would have done."""
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        for first in range(1, payments + 1, CHUNK):
            last = min(first + CHUNK - 1, payments)
            series = f"generate_series({first}::bigint, {last}) AS n"
            for statement in _FILL:
                connection.execute(statement.format(series=series, line=_id("f1", "2 * n + k"), **_ids()))
            connection.commit()
        connection.execute(
            f"""INSERT INTO tracks (id, slug, title, price_minor, currency)
                SELECT {_ids()["track"]}, 'old', 'Old', 100000, 'INR' FROM generate_series(1, 1) AS n"""
        )
        connection.execute(
            f"""INSERT INTO document_series (id, entity, kind, prefix, fiscal_year, next_seq)
                SELECT {_ids()["series_id"]}, 'main', 'invoice', 'OLD', '25-26', {payments + 1}
                FROM generate_series(1, 1) AS n"""
        )
        connection.execute(
            "SELECT setval('apply_seq', greatest(%s, nextval('apply_seq')))", [2 * payments + 9]
        )
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")


def _ids() -> dict[str, str]:
    """Expressions over `n`: rows of one kind lie in the order of time, as UUIDv7 does."""
    made = {name: _id(f"{kind:02x}", "n") for kind, name in enumerate(_NAMES, start=1)}
    return made | {name: _id(made[name][2:4], "0") for name in ("track", "series_id")}


def _id(kind: str, n: str) -> str:
    return f"('{kind}900000-0000-7000-8000-' || lpad(to_hex({n}), 12, '0'))::uuid"


class _Books:
    """One of the two databases."""

    def __init__(self, url: str, old_payments: int) -> None:
        self._url = url
        self._old_payments = old_payments
        self._issuer = Issuer(url)
        self.costs: list[tuple[float, float]] = []

    def round(self, payments: int) -> None:
        """Issue, store, apply on a fresh connection; the first hundred warm it up."""
        drained = Drained(self._url)
        drained.run(self._stored(100))
        self.costs.append(drained.run(self._stored(payments)))
        session.dispose_engine()

    def _stored(self, payments: int) -> int:
        issued = self._issuer.issue(payments)
        if self._old_payments:
            with psycopg.connect(self._url) as connection:
                connection.execute("SET session_replication_role = replica")
                query = _KNOWN_PAYERS.format(customer=_ids()["customer"])
                connection.execute(query, {"payments": self._old_payments})
        return store(self._url, issued)


def main() -> int:
    """The measuring process: prints the ratio, then the four costs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--payments", type=int, default=PAYMENTS)
    parser.add_argument("empty")
    parser.add_argument("full")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    began = time.perf_counter()
    fill(options.full, options.payments)
    print(f"filled in {time.perf_counter() - began:.0f} s", flush=True)
    empty, full = _Books(options.empty, 0), _Books(options.full, options.payments)
    for n in range(ROUNDS + 1):
        for books in (empty, full) if n % 2 else (full, empty):
            books.round(ROUND_PAYMENTS)
            print(f"{books.costs[-1][0]:.0f} + {books.costs[-1][1]:.0f}", flush=True)
    ratio = median(sum(f) / sum(e) for f, e in zip(full.costs[1:], empty.costs[1:], strict=True))
    costs = [median(column) for books in (empty, full) for column in zip(*books.costs[1:], strict=True)]
    print("measured:", ratio, *costs, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
