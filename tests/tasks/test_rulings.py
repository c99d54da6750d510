"""An operator's ruling outranks every gateway; of two the later one counts, however they are applied."""

import pytest
import time_machine

from bursar.rules.invoicing import Fee
from models.queries.payable import InvoiceUnknown
from models.queries.refund_requests import PaymentUnknown
from tasks.events import apply_events
from tasks.rulings import RulingRefused, RulingWish, rule
from tests.support.factories import execute, make_customer, make_invoice, rows, value
from tests.tasks.steps import broken, invoice_sums, open_breaks, paid, states, tell, twice, work_off


@pytest.fixture
def asha(database_url):
    return make_customer()


@pytest.fixture
def invoice(asha):
    fees = [
        Fee(component="tuition", unit_minor=600_00, priority=1),
        Fee(component="library", unit_minor=400_00, priority=2),
    ]
    return make_invoice(asha, fees)


def payment():
    return value("SELECT id FROM payments")


def wish(invoice, /, **more):
    said = {"payment_id": payment(), "invoice": str(invoice), "reason": "the pupil said so", "by": "desk"}
    return RulingWish(**{**said, **more})


def lines(invoice):
    return rows(
        "SELECT component, allocated_minor FROM invoice_lines WHERE invoice_id = %s ORDER BY position",
        invoice,
    )


def test_money_of_nobody_is_placed_where_an_operator_says(asha, invoice):
    tell(paid(1000_00))
    assert open_breaks() == ["unidentified_payment"]

    rule(wish(invoice))
    twice(apply_events)
    work_off()

    assert invoice_sums(invoice) == (1000_00, 0)
    assert open_breaks() == []
    assert rows("SELECT evidence, customer_id FROM payments") == [(60, asha.id)]
    assert rows("SELECT source, gateway_account, state FROM gateway_events ORDER BY received_at") == [
        ("webhook", "stripe:test", "done"),
        ("operator", "stripe:test", "done"),
    ]
    assert broken() == []


def test_a_payment_is_taken_from_one_customer_and_given_to_another(asha, invoice):
    theirs = make_invoice(make_customer(), [1000_00])
    tell(paid(1000_00, invoice=theirs))
    assert invoice_sums(theirs) == (1000_00, 0)

    rule(wish(invoice))
    apply_events()

    assert (invoice_sums(theirs), invoice_sums(invoice)) == ((0, 0), (1000_00, 0))
    assert broken() == []


def test_components_are_paid_as_ruled_and_the_rest_by_policy(invoice):
    tell(paid(500_00, invoice=invoice, components="library=10000"))
    assert lines(invoice) == [("tuition", 400_00), ("library", 100_00)]

    rule(wish(invoice, lines={"library": 400_00}))
    apply_events()

    assert lines(invoice) == [("tuition", 100_00), ("library", 400_00)]


def test_nothing_a_gateway_says_later_outranks_it(invoice):
    theirs = make_invoice(make_customer(), [1000_00])
    tell(paid(1000_00, payment="pi_x"))
    rule(wish(invoice, lines={"library": 1_00}))
    apply_events()

    tell(paid(1000_00, payment="pi_x", invoice=theirs, components="tuition=500"))

    assert invoice_sums(invoice) == (1000_00, 0)
    assert invoice_sums(theirs) == (0, 0)


@pytest.mark.parametrize("reverse", [False, True])
def test_the_later_of_two_rulings_counts_in_whatever_order_they_are_applied(asha, invoice, reverse):
    other = make_invoice(asha, [1000_00])
    tell(paid(1000_00))
    with time_machine.travel("2026-11-21T10:00:00Z"):
        rule(wish(other))
    with time_machine.travel("2026-11-21T11:00:00Z"):
        rule(wish(invoice, lines={"library": 400_00}))
    later = "object_id IS NOT NULL AND source = 'operator'"
    [first, second] = [
        each for (each,) in rows(f"SELECT id FROM gateway_events WHERE {later} ORDER BY occurred_at")
    ]
    execute("UPDATE gateway_events SET not_before = 'infinity' WHERE id = %s", first if reverse else second)
    apply_events()
    execute("UPDATE gateway_events SET not_before = now() WHERE done_at IS NULL")
    apply_events()

    assert states("gateway_events") == ["done"] * 3
    assert value("SELECT invoice_id FROM payments") == invoice
    assert invoice_sums(invoice) == (1000_00, 0)
    assert broken() == []


def test_two_rulings_in_one_batch_end_alike(asha, invoice):
    other = make_invoice(asha, [1000_00])
    tell(paid(1000_00))
    rule(wish(invoice))
    rule(wish(other))
    apply_events()

    assert value("SELECT invoice_id FROM payments") == other


def test_a_ruling_is_audited_with_who_and_why(invoice):
    tell(paid(1000_00))
    rule(wish(invoice))

    assert rows(
        "SELECT actor, action, detail ->> 'reason' FROM audit_log WHERE action = 'payment.attributed'"
    ) == [("desk", "payment.attributed", "the pupil said so")]


@pytest.mark.parametrize(
    ("more", "error", "said"),
    [
        ({"reason": " "}, RulingRefused, "reason"),
        ({"invoice": "INV-0"}, InvoiceUnknown, "INV-0"),
        ({"payment_id": "00000000-0000-7000-8000-000000000000"}, PaymentUnknown, "no payment"),
        ({"lines": {"sports": 1}}, RulingRefused, "tuition, library"),
        ({"lines": {"library": 1000_01}}, RulingRefused, r"1,000\.00"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_entered(invoice, more, error, said):
    tell(paid(1000_00))

    with pytest.raises(error, match=said):
        rule(wish(invoice, **more))
    assert value("SELECT count(*) FROM gateway_events WHERE source = 'operator'") == 0


def test_a_draft_or_an_invoice_in_another_currency_is_refused(asha, invoice):
    tell(paid(1000_00))

    with pytest.raises(RulingRefused, match="draft"):
        rule(wish(make_invoice(asha, issued=False)))
    with pytest.raises(RulingRefused, match="is in USD"):
        rule(wish(make_invoice(asha, currency="USD")))
