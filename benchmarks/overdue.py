"""B8: invoices that have come due are found among millions: the scan of dunning, 500 at a time."""

import os
import time
from datetime import date
from statistics import median

import psycopg
from sqlalchemy import text

from benchmarks.claims import Claim, at_most, told
from benchmarks.ground import Ground, product_environment
from bursar import settings
from models import session
from models.queries import dunning

INVOICES = 5_000_000
DUE = 20_000
"""Of them that nobody has looked at yet."""
ROUNDS = 20
SCAN_MS_MAX = 5.0
TODAY = date(2026, 12, 1)
_FILL = (
    "INSERT INTO customers (id, external_ref, name) SELECT gen_random_uuid(), 'payer', 'Payer'",
    """INSERT INTO document_series (id, entity, kind, prefix, fiscal_year)
       VALUES (gen_random_uuid(), 'main', 'invoice', 'B8', '26-27')""",
    """INSERT INTO invoices (id, customer_id, source_type, source_id, currency, total_minor, paid_minor,
         due_on, status, series_id, seq, number, issued_at, opened_seq, dunning_seen)
       SELECT gen_random_uuid(), c.id, 'bench', n::text, 'INR', 1000,
         CASE WHEN n %% 10 = 0 THEN 0 ELSE 1000 END, date '2024-12-01' + (n %% 700), 'open',
         s.id, n, 'B8/' || n, now(), n, n > %(due)s
       FROM generate_series(1, %(invoices)s) n, customers c, document_series s""",
)


def run(ground: Ground, *, invoices: int = INVOICES) -> list[Claim]:
    """Find them, and mark them as looked at, in a database of its own."""
    url = ground.database("overdue")
    os.environ.update(product_environment(ground, url))
    settings.load.cache_clear()
    _fill(url, invoices)
    session.bind(url)
    finding = sorted(_find() for _ in range(ROUNDS))
    marking = sorted(_mark() for _ in range(ROUNDS))
    return [
        told("B8 invoices", invoices, "invoices"),
        at_most("B8 find 500 that are due, median", median(finding), "ms", SCAN_MS_MAX),
        told("B8 find and mark 500, median", median(marking), "ms"),
    ]


def _fill(url: str, invoices: int) -> None:
    """With triggers and foreign keys off: what is measured is reading."""
    named = {"invoices": invoices, "due": DUE}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in _FILL:
            connection.execute(statement, named)
        connection.execute("VACUUM ANALYZE invoices")


def _find() -> float:
    """Milliseconds for the part of the scan that looks for them."""
    named = {"due_until": TODAY, "limit": dunning.SCAN_MAX}
    with session.transaction() as current:
        began = time.perf_counter()
        current.execute(text(dunning.FOUND), named).all()
        return (time.perf_counter() - began) * 1000


def _mark() -> float:
    with session.transaction() as current:
        began = time.perf_counter()
        dunning.scan(current, TODAY)
        return (time.perf_counter() - began) * 1000
