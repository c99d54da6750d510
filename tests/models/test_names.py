"""What the names in claims mean."""

import pytest

from bursar.rules.books import Directory
from bursar.rules.facts import Claims
from models.books.names import Name, read_directory
from models.session import raw, transaction
from tests.support.factories import (
    link_gateway_customer,
    make_customer,
    make_invoice,
    make_track,
    tamper,
    value,
)

ACCOUNT = "stripe:test"


def directory(*claims: Claims, also: tuple = ()) -> Directory:
    with transaction() as session:
        return read_directory(raw(session), [Name(ACCOUNT, each) for each in claims], also)


def test_an_invoice_is_named_by_its_id_its_number_or_the_hosts_reference():
    customer = make_customer()
    invoice = make_invoice(customer)
    number = value("SELECT number FROM invoices")
    reference = value("SELECT source_id FROM invoices")

    found = directory(
        *(Claims(invoice=text) for text in (str(invoice), str(invoice).upper(), number, reference))
    )

    assert set(found.invoices.values()) == {invoice}
    assert set(found.invoices) == {str(invoice), str(invoice).upper(), number, reference}
    assert found.owners == {invoice: customer.id}


def test_an_id_beats_a_number_and_a_number_beats_a_reference():
    by_id, by_number, by_reference, other = (make_invoice(make_customer()) for _ in range(4))
    number = value("SELECT number FROM invoices WHERE id = %s", by_number)
    tamper("UPDATE invoices SET source_id = %s WHERE id = %s", number, by_reference)
    tamper("UPDATE invoices SET source_id = %s WHERE id = %s", str(by_id), other)

    found = directory(Claims(invoice=number), Claims(invoice=str(by_id)))

    assert found.invoices == {number: by_number, str(by_id): by_id}


def test_a_reference_used_twice_means_the_older_invoice():
    first, second = make_invoice(make_customer()), make_invoice(make_customer())
    tamper("UPDATE invoices SET source_id = 'order', source_type = id::text")

    assert directory(Claims(invoice="order")).invoices == {"order": min(first, second)}


def test_a_customer_is_named_by_the_hosts_reference_or_by_the_gateways_id():
    named, known = make_customer(), make_customer()
    link_gateway_customer(known, "cus_1")
    link_gateway_customer(named, "cus_1", account="stripe:live")

    found = directory(Claims(customer=named.external_ref), Claims(gateway_customer="cus_1"))

    assert found.customers == {named.external_ref: named.id}
    assert found.gateway_customers == {(ACCOUNT, "cus_1"): known.id}


def test_a_track_means_the_oldest_open_invoice_of_that_customer_for_it():
    track, customer = make_track(currency="INR"), make_customer()
    make_invoice(make_customer(), track=track)
    make_invoice(customer, track=track, issued=False)
    oldest = make_invoice(customer, track=track)
    make_invoice(customer, track=track)

    found = directory(Claims(customer=customer.external_ref, track=track.slug))

    assert found.track_invoices == {(customer.id, track.slug): oldest}
    assert found.owners[oldest] == customer.id


def test_invoices_of_checkouts_are_read_too():
    customer = make_customer()
    invoice = make_invoice(customer)

    found = directory(also=(invoice,))

    assert (found.invoices, found.owners) == ({}, {invoice: customer.id})


@pytest.mark.parametrize(
    "claims",
    [
        Claims(),
        Claims(invoice="no-such-order", customer="nobody", track="nothing", gateway_customer="cus_0"),
        Claims(invoice="00000000-0000-7000-8000-000000000000"),
        Claims(invoice="'; DROP TABLE invoices; --"),
        Claims(track="track-without-customer"),
    ],
    ids=repr,
)
def test_what_does_not_resolve_is_absent(claims):
    make_invoice(make_customer())

    assert directory(claims) == Directory()
