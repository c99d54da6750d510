"""`bursar rebuild --check` builds the books again from what was applied; the tables must say the same."""

import pytest

from bursar.cli.exits import ExitCode
from bursar.clock import utc_now
from bursar.gateways.manual.slips import Method, Slip
from bursar.sandbox.samples import stripe_event, stripe_payment_events
from tasks.events import apply_events
from tasks.offline import record_return, record_slip
from tasks.rulings import RulingWish, rule
from tests.support.factories import (
    execute,
    link_gateway_customer,
    make_checkout,
    make_customer,
    make_invoice,
    make_track,
    tamper,
    value,
)
from tests.tasks.steps import paid, refunded, tell

pytestmark = pytest.mark.postgres
INR = {"currency": "INR"}


@pytest.fixture
def busy(database_url):
    """A term in which everything happened: paid, in cash too, refunded, disputed, ruled about, late bills."""
    asha, ben = make_customer("Asha"), make_customer("Ben")
    first = make_invoice(asha, [600_00, 400_00])
    make_invoice(ben, [500_00], track=make_track())
    link_gateway_customer(ben)
    make_checkout(first, "cs_1")
    tell(paid(1200_00, payment="pi_a", invoice=number_of(first)), paid(300_00, payment="pi_nobody"))
    tell(paid(500_00, payment="pi_b", student=asha.external_ref))
    tell(refunded("pi_a", 150_00, amount_minor=1200_00), refunded("pi_late", 50_00, amount_minor=500_00))
    tell(paid(500_00, payment="pi_late", student=ben.external_ref))
    tell(*stripe_payment_events(payment="pi_usd", amount_minor=99_00, currency="USD", metadata={}))
    tell(stripe_event("charge.dispute.created", payment="pi_b", amount_minor=500_00, **INR))
    tell(stripe_event("charge.dispute.closed", payment="pi_b", amount_minor=500_00, **INR))
    tell(paid(300_00, payment="pi_nobody", student=ben.external_ref))
    late = make_invoice(asha, [250_00])
    today = utc_now().date()
    slip = Slip("UTR 7", 100_00, "INR", today, Method.CASH, ben.external_ref)
    record_slip(slip, by="desk", reason="paid in cash")
    apply_events()
    paid_in_cash = value("SELECT id FROM payments WHERE gateway_account = 'manual:test'")
    rule(RulingWish(payment_id=paid_in_cash, invoice=str(late), reason="a sister's", by="desk"))
    apply_events()
    bounced = {"reference": "R 1", "day": today, "amount_minor": 40_00, "by": "desk", "reason": "bounced"}
    record_return(paid_in_cash, **bounced)
    apply_events()
    tell(stripe_event("payout.paid"), stripe_event("customer.subscription.updated"))
    tell(stripe_event("payment_intent.succeeded", payment="pi_unheard_refund_waits"))
    return asha


def number_of(invoice):
    return str(value("SELECT number FROM invoices WHERE id = %s", invoice))


def test_a_busy_term_comes_out_the_same(bursar, busy):
    text, told = bursar("rebuild", "--check"), bursar("rebuild", "--check", "--json")

    assert (text.code, told.code) == (0, 0), told.out
    assert "the tables say the same" in text.out
    assert told.json["differences"] == []
    assert told.json["invoices"] == 3
    assert told.json["events"] == value("SELECT count(DISTINCT event_id) FROM facts") > 10


TAMPERED = {
    "L0 payment": (
        "UPDATE payments SET status = 'failed', applied_seq = NULL WHERE gateway_payment_id = 'pi_a'",
        "status",
    ),
    "L0 refund": ("UPDATE refunds SET amount_minor = amount_minor + 1", "amount_minor"),
    "L0 dispute": ("UPDATE disputes SET status = 'closed'", "status"),
    "L0 object": ("UPDATE gateway_objects SET status = 'canceled'", "status"),
    "L2 invoice": ("UPDATE invoices SET paid_minor = paid_minor - 1 WHERE paid_minor > 0", "paid_minor"),
    "L2 invoice line": (
        "UPDATE invoice_lines SET allocated_minor = allocated_minor - 1 WHERE allocated_minor > 0",
        "allocated_minor",
    ),
    "L2 enrollment": ("UPDATE enrollments SET desired = 'withdrawn'", "desired"),
    "L1 customer": (
        "UPDATE ledger_lines SET amount_minor = amount_minor - 1"
        " WHERE account = 'receivable' AND payment_id IS NULL",
        "receivable_minor",
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_what_somebody_changed_in_a_table_is_named(bursar, busy, what):
    statement, name = TAMPERED[what]
    assert tamper(statement) > 0

    answer = bursar("rebuild", "--check", "--json")

    assert answer.code == ExitCode.BROKEN
    assert (what, name) in {(each["what"], each["name"]) for each in answer.json["differences"]}


def test_a_difference_is_shown_beside_what_was_rebuilt(bursar, busy):
    execute("UPDATE payments SET refund_watermark_minor = 7 WHERE gateway_payment_id = 'pi_b'")

    answer = bursar("rebuild", "--check")

    assert answer.code == ExitCode.BROKEN
    assert "L0 payment" in answer.out
    assert "watermark_minor" in answer.out
    assert "1 difference" in answer.out


def test_the_differences_of_one_customer_can_be_asked_for(bursar, busy):
    execute("UPDATE payments SET refund_watermark_minor = 7 WHERE gateway_payment_id = 'pi_late'")

    others = bursar("rebuild", "--check", "--customer", busy.external_ref)
    his = bursar(
        "rebuild",
        "--check",
        "--json",
        "--customer",
        value("SELECT external_ref FROM customers WHERE name = 'Ben'"),
    )

    assert (others.code, his.code) == (0, ExitCode.BROKEN)
    assert [each["key"] for each in his.json["differences"]] == [["stripe:test", "pi_late"]]


def test_many_differences_are_cut_in_text(bursar, database_url):
    customer = make_customer()
    tell(*(paid(100, payment=f"pi_many_{n}", student=customer.external_ref) for n in range(25)))
    execute("UPDATE payments SET refund_watermark_minor = 7")

    assert "… and 5 more: bursar rebuild --check --json" in bursar("rebuild", "--check").out


def test_customers_whose_books_an_operator_changed_are_left_out_and_counted(bursar, busy):
    named = "(SELECT id FROM payments WHERE gateway_payment_id = 'pi_a')"
    lines = f"SELECT entry_id FROM ledger_lines WHERE payment_id = {named} AND invoice_line_id IS NOT NULL"
    tamper(f"UPDATE ledger_entries SET kind = 'credited' WHERE id = ({lines} LIMIT 1)")
    execute("UPDATE payments SET refund_watermark_minor = 7 WHERE gateway_payment_id = 'pi_a'")

    answer = bursar("rebuild", "--check")

    assert answer.code == 0
    assert "1 customer with decisions of operators left out" in answer.out


def test_nothing_is_written_and_the_command_says_so(bursar, database_url):
    answer = bursar("rebuild")

    assert answer.code == ExitCode.REFUSED
    assert "bursar rebuild --check" in answer.err


def test_an_unknown_customer_is_refused(bursar, database_url):
    assert bursar("rebuild", "--check", "--customer", "nobody").code == ExitCode.REFUSED
