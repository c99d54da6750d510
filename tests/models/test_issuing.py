"""Opening an invoice: one number, no gaps, in order, and credit finds it at once."""

import threading
from datetime import UTC, datetime

import psycopg
import pytest

from bursar.rules.invoicing import Fee, InvoiceRefused
from bursar.rules.money import CurrencyRefused
from models.drafting import draft_invoice
from models.issuing import InvoiceClosed, issue_invoice
from models.queries.receipts import lock_series, take_numbers
from models.session import transaction
from tests.support.factories import (
    DUE,
    ISSUER,
    execute,
    make_customer,
    make_invoice,
    make_track,
    rows,
    value,
)
from tests.support.processes import eventually
from tests.tasks.steps import broken, invoice_sums, paid, tell

SERIES = {"entity": "main", "kind": "test", "prefix": "T"}


def issue(invoice_id) -> None:
    with transaction() as session:
        issue_invoice(session, invoice_id, ISSUER)


def test_four_workers_number_without_a_gap_and_in_the_order_of_the_clock():
    drafts = [make_invoice(make_customer(), issued=False) for _ in range(24)]
    start = threading.Barrier(4)

    def work(mine: list) -> None:
        start.wait()
        for each in mine:
            issue(each)

    workers = [threading.Thread(target=work, args=(drafts[n::4],)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert [seq for (seq,) in rows("SELECT seq FROM invoices ORDER BY issued_at")] == list(range(1, 25))
    assert broken() == []


def test_an_invoice_is_issued_at_the_time_its_number_is_taken(database_url):
    make_invoice(make_customer())
    draft = make_invoice(make_customer(), issued=False)
    with psycopg.connect(database_url) as other:
        other.execute("SELECT FROM document_series FOR UPDATE")
        worker = threading.Thread(target=issue, args=(draft,))
        worker.start()
        assert eventually(lambda: value("SELECT count(*) FROM pg_locks WHERE NOT granted") == 1)
        [[released]] = other.execute("SELECT clock_timestamp()").fetchall()
    worker.join(20)

    assert value("SELECT issued_at > %s FROM invoices WHERE id = %s", released, draft)


def test_an_invoice_is_issued_once():
    invoice = make_invoice(make_customer())

    with pytest.raises(InvoiceClosed) as closed:
        issue(invoice)

    assert closed.value.ids == {"invoice": invoice}
    assert value("SELECT next_seq FROM document_series") == 2


def test_an_issued_invoice_is_frozen_with_its_hash_and_posted():
    invoice = make_invoice(make_customer(), [Fee(component="tuition", unit_minor=100_00, tax_minor=18_00)])

    assert rows("SELECT status, number LIKE 'INV/%%/000001', opened_seq IS NOT NULL FROM invoices") == [
        ("open", True, True)
    ]
    assert value("SELECT snapshot_sha256 = encode(sha256(snapshot), 'hex') FROM invoices")
    posted = rows("SELECT account, amount_minor FROM ledger_lines ORDER BY n")
    assert posted == [("receivable", 118_00), ("revenue:tuition", -100_00), ("tax_payable", -18_00)]
    assert invoice_sums(invoice) == (0, 0)


def test_credit_pays_an_invoice_when_it_opens_and_the_right_follows():
    customer = make_customer()
    tell(paid(1000_00, payment="pi_1", customer=customer.external_ref))

    invoice = make_invoice(customer, [600_00], track=make_track(currency="INR"))

    assert invoice_sums(invoice) == (600_00, 0)
    assert value("SELECT credit_minor FROM payments") == 400_00
    assert rows("SELECT desired, state FROM enrollments") == [("active", "pending")]
    assert broken() == []


def test_two_invoices_for_a_track_are_two_grants_of_one_enrollment():
    customer, track = make_customer(), make_track(currency="INR")

    make_invoice(customer, track=track)
    make_invoice(customer, track=track)

    assert value("SELECT count(*) FROM enrollments") == 1
    assert value("SELECT count(*) FROM enrollment_grants") == 2


def test_an_invoice_without_lines_is_refused():
    draft = make_invoice(make_customer(), issued=False)
    execute("DELETE FROM invoice_lines")

    with pytest.raises(InvoiceRefused, match="1 to 500 lines"):
        issue(draft)


@pytest.mark.parametrize(
    ("fees", "currency", "error"),
    [
        ([], "INR", InvoiceRefused),
        ([Fee(component="x", unit_minor=0)], "INR", InvoiceRefused),
        ([], "RUPEE", CurrencyRefused),
    ],
)
def test_what_cannot_be_billed_is_refused_before_it_is_written(fees, currency, error):
    customer = make_customer()

    with pytest.raises(error), transaction() as session:
        draft_invoice(
            session, customer_id=customer.id, currency=currency, fees=fees, due_on=DUE, source=("test", "1")
        )

    assert value("SELECT count(*) FROM invoices") == 0


def test_numbers_that_were_not_used_are_not_lost():
    def stumble() -> None:
        with transaction() as session:
            assert take_numbers(session, **SERIES, fiscal_year="26-27", count=5)[1] == 1
            raise RuntimeError("stumbled")

    with pytest.raises(RuntimeError, match="stumbled"):
        stumble()
    with transaction() as session:
        first = take_numbers(session, **SERIES, fiscal_year="26-27", count=3)
        second = take_numbers(session, **SERIES, fiscal_year="26-27", count=1)

    assert (first[1], second[1]) == (1, 4)
    assert first[0] == second[0]


def test_every_fiscal_year_starts_at_one():
    with transaction() as session:
        old = take_numbers(session, **SERIES, fiscal_year="25-26", count=7)
        new = take_numbers(session, **SERIES, fiscal_year="26-27", count=1)

    assert (old[1], new[1]) == (1, 1)


def test_a_year_that_ends_while_the_series_is_waited_for_is_looked_at_again():
    years = iter(["25-26", "26-27", "26-27", "26-27"])
    asked: list[datetime] = []

    def year_of(moment: datetime) -> str:
        asked.append(moment)
        return next(years)

    with transaction() as session:
        now, year = lock_series(session, **SERIES, year_of=year_of)

    assert (year, now) == ("26-27", asked[-1])
    assert asked == sorted(asked)
    assert now.astimezone(UTC) == now
    assert broken() == []
