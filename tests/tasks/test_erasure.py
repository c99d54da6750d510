"""A person is forgotten: a word planted in every personal field is gone, and the books are the same."""

from pathlib import Path

import orjson
import pytest
import structlog
from sqlalchemy import LargeBinary

from bursar.ids import new_id
from bursar.sandbox import rebuilding
from bursar.settings import load
from models.parties import Customer
from models.queries import history, outcome, persons
from models.queries.customers import CustomerUnknown
from models.queries.erasing import NAME
from models.session import transaction
from models.tables import METADATA
from tasks.calls import make_calls
from tasks.customers import erase_customers, request_records
from tasks.erasure import erase, request_erasure, why_not
from tasks.refunds import RefundWish, reject_refund, request_refund
from tests.support.factories import (
    execute,
    link_gateway_customer,
    make_customer,
    make_invoice,
    make_track,
    rows,
    store_event,
    value,
)
from tests.tasks.steps import broken, paid, refunded, snapshot, tell, twice, work_off

CANARY = "zz-canary"
KEPT = {(table, "snapshot") for table in ("receipts", "invoices", "credit_notes", "statements")} | {
    ("audit_log", "detail")
}
"""Decision 29: papers as they were issued, and an operator's reasons, which are sealed."""


def planted(body: bytes) -> bytes:
    """As gateways write of payers: a name, an address, a phone number, in an event's body."""
    document = orjson.loads(body)
    document["data"]["object"] |= {
        "receipt_email": f"{CANARY}@example.com",
        "description": f"Fees of {CANARY}",
        "billing_details": {"name": CANARY, "phone": f"+91 {CANARY}", "address": {"line1": CANARY}},
    }
    return orjson.dumps(document)


def found() -> set[tuple[str, str]]:
    """Every column of every table in which the word stands."""
    places = set()
    for table in METADATA.sorted_tables:
        for column in table.columns:
            plain = "encode({}, 'escape')" if isinstance(column.type, LargeBinary) else "{}::text"
            text = plain.format(f't."{column.name}"')
            if value(f"SELECT count(*) FROM {table.name} t WHERE position('{CANARY}' IN {text}) > 0"):
                places.add((table.name, column.name))
    return places


def files_with_it() -> list[Path]:
    """Every mail and paper in the state folder that holds it, as far as bytes are readable."""
    return [file for file in load().var.rglob("*") if file.is_file() and CANARY.encode() in file.read_bytes()]


@pytest.fixture
def person(toy):
    """Somebody who paid, was refunded, was written to and called about: the word in every personal field."""
    customer = make_customer(name=f"{CANARY} Student", email=f"{CANARY}@example.com")
    link_gateway_customer(customer, "cus_erased")
    execute("UPDATE customers SET address = %s, tax_id = %s", CANARY, CANARY)
    invoice = make_invoice(customer, [1000_00], track=make_track(currency="INR"))
    make_calls(request_records(customer.id, ["toy:test"]))
    tell(planted(paid(payment="pi_erased", invoice=invoice)), planted(refunded("pi_erased", 900_00)))
    work_off()
    _write_about(customer)
    assert broken(grace_s=0) == []
    return customer


def _write_about(customer: Customer) -> None:
    """What servers and operators write down of people."""
    [[payment]] = rows("SELECT id FROM payments WHERE customer_id = %s", customer.id)
    execute("UPDATE emails SET answer = %s, said = jsonb_build_object('name', %s::text)", CANARY, CANARY)
    address = f"{CANARY}@example.com"
    execute(
        """INSERT INTO suppressions (id, address, reason, detail)
           VALUES (gen_random_uuid(), %s, 'bounced', %s)""",
        address,
        CANARY,
    )
    execute(
        """INSERT INTO breaks (id, kind, subject, detail, resolution, resolved_at)
           VALUES (gen_random_uuid(), 'unknown_invoice', 'payment:' || %s, %s, %s, now())""",
        payment,
        CANARY,
        CANARY,
    )
    wish = RefundWish(payment_id=payment, amount_minor=1_00, reason=CANARY, requested_by="desk")
    reject_refund(request_refund(wish), "head", CANARY)


def erased(customer) -> None:
    request_erasure(customer.id, by="operator", reason="asked by letter")
    assert erase(customer.id) == []


def test_a_word_in_every_personal_field_is_nowhere_afterwards_but_on_frozen_papers(person):
    planted_in = found()
    assert {"customers", "gateway_events", "gateway_calls", "emails", "suppressions", "breaks"} <= {
        table for table, _ in planted_in
    }
    assert files_with_it()

    erased(person)

    assert found() <= KEPT
    assert files_with_it() == []
    assert rows("SELECT name, email, external_ref FROM customers") == [(NAME, None, person.external_ref)]


def test_the_books_are_the_same_and_no_invariant_breaks(person):
    books = ("payments", "refunds", "ledger_entries", "ledger_lines", "invoices", "invoice_lines", "facts",
             "receipts", "enrollments", "unlocks", "gateway_aliases", "customer_gateway_refs")  # fmt: skip
    before = snapshot(books)

    erased(person)

    assert snapshot(books) == before
    assert broken(grace_s=0) == []


def test_a_rebuild_comes_out_the_same_after_an_erasure(person):
    erased(person)

    with transaction() as session:
        happened, stored = history.read_history(session), outcome.read_outcome(session)
    assert list(rebuilding.compare(rebuilding.rebuild(happened), stored)) == []


def test_erasing_again_changes_nothing(person):
    request_erasure(person.id, by="operator", reason="asked by letter")

    twice(lambda: erase(person.id))
    twice(erase_customers)

    actions = (
        "SELECT action FROM audit_log WHERE subject_id = %s AND action LIKE 'customer.era%%' ORDER BY id"
    )
    assert rows(actions, person.id) == [("customer.erasure_requested",), ("customer.erased",)]


def test_nobody_else_is_forgotten(person):
    other = make_customer(name="Student 2")
    tell(paid(payment="pi_other", invoice=make_invoice(other), note="stays"))
    before = rows("SELECT * FROM gateway_events WHERE object_id = 'pi_other'")

    erased(person)

    assert rows("SELECT * FROM gateway_events WHERE object_id = 'pi_other'") == before
    assert value("SELECT name FROM customers WHERE id = %s", other.id) == "Student 2"


def owing(customer: Customer) -> None:
    make_invoice(customer, [500_00])


def with_credit(customer: Customer) -> None:
    tell(paid(3000_00, payment="pi_more", invoice=make_invoice(customer, [900_00])))
    work_off()


def unheard(customer: Customer) -> None:
    store_event(planted(refunded("pi_erased", 1_00)))


def unsent(customer: Customer) -> None:
    execute("UPDATE emails SET state = 'pending', done_at = NULL, send_state = 'reserved', copies = 0")


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (owing, "owes money"),
        (with_credit, "has credit"),
        (unheard, "an event is not applied"),
        (unsent, "a mail is not out"),
    ],
)
def test_who_still_has_business_here_is_told_so_and_stays(person, trouble, said):
    trouble(person)
    request_erasure(person.id, by="operator", reason="asked")

    against = erase(person.id)

    assert [each for each in against if each.startswith(said)]
    assert why_not(person.id) == against
    assert value("SELECT erased_at IS NULL FROM customers WHERE id = %s", person.id)


def test_who_could_not_be_forgotten_is_tried_again_and_after_three_weeks_is_an_alarm(person):
    unheard(person)
    request_erasure(person.id, by="operator", reason="asked")
    erase_customers(ids=[person.id])
    execute("UPDATE customers SET erasure_requested_at = now() - interval '22 days'")

    with structlog.testing.capture_logs() as logged:
        erase_customers()
    assert [(line["event"], line["why"]) for line in logged] == [
        ("customers.erasure_overdue", ["an event is not applied"])
    ]

    tell()
    erase_customers()
    assert value("SELECT erased_at IS NOT NULL FROM customers WHERE id = %s", person.id)


def test_nobody_is_forgotten_who_did_not_ask(person):
    erase_customers(ids=[person.id])

    assert value("SELECT erased_at IS NULL FROM customers WHERE id = %s", person.id)


def test_a_customer_who_is_none_cannot_be_asked_for():
    with pytest.raises(CustomerUnknown):
        request_erasure(new_id(), by="operator", reason="asked")


def test_every_table_is_about_persons_or_about_nobody():
    assert persons.REACH.keys() | persons.ABOUT_NOBODY == METADATA.tables.keys()
    assert not persons.REACH.keys() & persons.ABOUT_NOBODY
