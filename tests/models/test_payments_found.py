"""Looking for payments reads indexes, however many payments there are."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from bursar.ids import first_id_at, new_id
from models.queries import payments
from models.queries.payments import PaymentSearch
from models.session import transaction
from tests.support.factories import execute

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("search", "index"),
    [
        ({}, "pk_payments"),
        ({"since": NOON}, "pk_payments"),
        ({"status": "failed", "until": NOON}, "pk_payments"),
        ({"gateway": "stripe"}, "payments"),
        ({"customer": "student-1"}, "ix_payments_customer_id"),
    ],
)
def test_every_filter_is_answered_by_an_index(database_url, search, index):
    execute(
        """INSERT INTO customers (id, external_ref, name)
           SELECT gen_random_uuid(), 'student-' || n, 'Student' FROM generate_series(1, 500) n"""
    )
    execute(
        """INSERT INTO payments (id, gateway_account, gateway_payment_id, status, amount_minor, currency,
             customer_id)
           SELECT gen_random_uuid(), 'stripe:test', 'pi_' || external_ref, 'failed', 1, 'INR', id
           FROM customers"""
    )
    execute("ANALYZE customers, payments")
    wanted = PaymentSearch(**search, limit=10)
    statement = f"EXPLAIN {payments._PAYMENT} {payments._FILTER}"

    with transaction() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        session.execute(text("SET LOCAL enable_bitmapscan = off"))
        plan = "\n".join(session.scalars(text(statement), wanted.parameters()))

    assert index in plan
    assert "Seq Scan on payments" not in plan


def test_ids_made_from_a_moment_on_are_not_below_it():
    before, now = first_id_at(NOON), first_id_at(datetime.now(UTC))

    assert before < now <= new_id()
    assert new_id() < first_id_at(datetime(2100, 1, 1, tzinfo=UTC))
