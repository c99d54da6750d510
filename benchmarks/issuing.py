"""B6: a month issued in bulk: taxed, numbered, frozen, booked, paper and mail reserved; constraints on."""

import logging
import os
import time

import psycopg
import structlog
from psycopg import sql

from benchmarks.claims import Claim, at_least, at_most, told
from benchmarks.ground import Ground, product_environment
from bursar import settings
from models import session
from models.queries import invariants
from tasks.bulk import begin_run, days_of, read_run, work_here

INVOICES = 100_000
PER_S_MIN = 2_000.0
CHUNK = 50_000
"""Drafts written in one transaction, before anything is measured."""
FEES = (("tuition", 40_000_00), ("laboratory", 12_000_00), ("exam", 6_000_00), ("kit", 2_000_00))
SELLER = """
[seller]
name = "Greenfield Public School"
address = ["12 Lake Road", "Mumbai 400001"]
country = "IN"
tax_id = "27AAPFU0939F1ZV"
upi_id = "greenfield@okbank"
[rounding]
to_whole = true
[tax.default]
system = "exempt"
[tax.kit]
system = "gst"
rate = 18
code = "999293"
"""
_DRAFTS = (
    """INSERT INTO customers (id, external_ref, name, email, country, region)
       SELECT gen_random_uuid(), 'pupil-' || n, 'Pupil ' || n, 'pupil' || n || '@example.com', 'IN', '27'
       FROM generate_series(%(low)s::int, %(high)s::int) n""",
    """INSERT INTO invoices (id, customer_id, source_type, source_id, currency, total_minor, due_on, issue_on)
       SELECT gen_random_uuid(), id, 'host', external_ref, 'INR', %(total)s, '2026-12-31', '2026-11-01'
       FROM customers WHERE external_ref = ANY(
         SELECT 'pupil-' || n FROM generate_series(%(low)s::int, %(high)s::int) n)""",
    """INSERT INTO invoice_lines
         (id, invoice_id, position, component, priority, due_on, unit_minor, net_minor, gross_minor)
       SELECT gen_random_uuid(), i.id, f.n, f.component, f.n, i.due_on, f.minor, f.minor, f.minor
       FROM invoices i,
         unnest(%(components)s::text[], %(minors)s::int8[]) WITH ORDINALITY AS f(component, minor, n)
       WHERE i.source_id = ANY(SELECT 'pupil-' || n FROM generate_series(%(low)s::int, %(high)s::int) n)""",
)


def run(ground: Ground, *, invoices: int = INVOICES) -> list[Claim]:
    """One run in this process, on a database of its own."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    url = ground.database("issuing")
    seller = ground.folder / "seller.toml"
    seller.write_text(SELLER)
    os.environ.update(product_environment(ground, url) | {"BURSAR_SELLER_FILE": str(seller)})
    _draft(url, invoices)
    session.bind(url)
    settings.load.cache_clear()
    began = time.perf_counter()
    run_id = begin_run(*days_of("2026-11"), "bench")
    work_here(run_id, lambda _: None)
    took_s = time.perf_counter() - began
    found = read_run(run_id)
    with session.transaction() as current:
        session.allow_long_reads(current)
        broken = [each.name for each in invariants.check(current, grace_s=took_s + 600) if each.rows]
    return [
        told("B6 invoices issued", found.issued, "invoices"),
        at_least("B6 issued in bulk", found.issued / took_s, "invoices/s", PER_S_MIN),
        at_most("B6 drafts not issued", invoices - found.issued, "invoices", 0),
        at_most("B6 invariants broken afterwards", len(broken), "invariants", 0),
    ]


def _draft(url: str, count: int) -> None:
    fees = {"components": [name for name, _ in FEES], "minors": [minor for _, minor in FEES]}
    total = sum(minor for _, minor in FEES)
    for low in range(1, count + 1, CHUNK):
        span = {"low": low, "high": min(low + CHUNK - 1, count), "total": total, **fees}
        with psycopg.connect(url) as connection:
            for statement in _DRAFTS:
                connection.execute(sql.SQL(statement), span)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE")  # what autovacuum has done a minute later
