"""Reports over a span read the entries and tries of that span only, however old the books are."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from models.queries import reports
from models.session import transaction
from tests.support.factories import execute

NOW = datetime(2026, 11, 21, tzinfo=UTC)
SPAN = reports.Span(since=NOW, until=NOW + timedelta(days=1), zone="UTC")


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (reports._COLLECTED, "pk_ledger_entries"),
        (reports._CHARGED, "pk_ledger_entries"),
        (reports._TRIES, "pk_payment_attempts"),
    ],
)
def test_a_span_of_time_is_a_span_of_an_index(database_url, statement, index):
    execute(
        """INSERT INTO payments (id, gateway_account, gateway_payment_id, status, amount_minor, currency)
           SELECT gen_random_uuid(), 'stripe:test', 'pi_' || n, 'failed', 1, 'INR'
           FROM generate_series(1, 500) n"""
    )
    execute(
        """INSERT INTO payment_attempts (id, gateway_account, external_id, payment_id, status)
           SELECT gen_random_uuid(), gateway_account, gateway_payment_id, id, 'failed' FROM payments"""
    )
    execute("ANALYZE")

    with transaction() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        parameters = SPAN.parameters() | {"period": "YYYY-MM"}
        plan = "\n".join(session.scalars(text(f"EXPLAIN {statement}"), parameters))

    assert index in plan
