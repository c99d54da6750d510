"""PayPal's events wait for what they name; what was fetched moves money, once, on real rows."""

import hashlib
from datetime import timedelta

import orjson
import pytest

from bursar.clock import utc_now
from bursar.gateways.api.failures import FailureCode
from bursar.gateways.api.requests import Capture
from bursar.gateways.api.results import Found
from bursar.gateways.paypal.gateway import PayPal
from bursar.gateways.paypal.kinds import Kind
from bursar.gateways.registry import GATEWAYS
from bursar.ids import new_id
from bursar.sandbox.samples import paypal_event, paypal_object
from models.inbox_writes import replay_events
from models.session import transaction
from tasks import gateways
from tasks.events import apply_events
from tasks.payments import reconcile
from tasks.reconciliation import backfill
from tests.support.factories import (
    execute,
    make_checkout,
    make_customer,
    make_invoice,
    make_track,
    rows,
    value,
)
from tests.support.toy.api import refused
from tests.support.toy.install import install
from tests.tasks.steps import (
    broken,
    invoice_sums,
    open_breaks,
    payment_sums,
    states,
    tell,
    twice,
    work_off,
)

PAYMENT = "3C1"
GATEWAY = "gateway:paypal:test"


def fetch(kind, **story):
    """What a fetch puts into the inbox, applied."""
    body = paypal_object(kind, **{"payment": PAYMENT, "amount_minor": 1000_00, **story})
    execute(
        """INSERT INTO gateway_events
             (id, gateway_account, dedupe_key, gateway_event_id, type, source, body, key_id)
           VALUES (%s, 'paypal:test', %s, %s, %s, 'fetch', %s, 'fetch') ON CONFLICT DO NOTHING""",
        new_id(),
        f"fetched:{hashlib.sha256(kind.encode() + body).hexdigest()}",
        str(kind),
        kind.fetched_type,
        body,
    )
    apply_events()


def billed():
    """An invoice over 1000.00 for a course; returns its id and what its payment says of it."""
    invoice = make_invoice(make_customer(), [1000_00], currency="USD", track=make_track(currency="USD"))
    return invoice, {"invoice": str(invoice)}


def balances():
    """Every account outside receivables and income, in cents."""
    return dict(
        rows(
            """SELECT account, sum(amount_minor)::bigint FROM ledger_lines WHERE currency = 'USD'
               AND account !~ '^(receivable|revenue|tax_payable)' GROUP BY 1 HAVING sum(amount_minor) <> 0"""
        )
    )


def test_what_an_event_names_is_asked_for_by_the_transaction_that_parks_it():
    for _ in range(2):
        tell(paypal_event("PAYMENT.CAPTURE.COMPLETED", payment=PAYMENT), gateway="paypal")

    assert rows(
        "SELECT gateway_account, operation, params ->> 'kind', params ->> 'object_id' FROM gateway_calls"
    ) == [("paypal:test", "fetch", "capture", PAYMENT)]


def test_an_event_moves_no_money_and_waits_for_what_it_names():
    tell(paypal_event("PAYMENT.CAPTURE.COMPLETED", payment=PAYMENT), gateway="paypal")

    assert rows("SELECT state, waiting_for FROM gateway_events") == [
        ("pending", f"fetch:paypal:test/capture/{PAYMENT}")
    ]
    assert rows("SELECT * FROM ledger_lines") == []


@pytest.mark.parametrize("kind", [Kind.CAPTURE, Kind.ORDER])
def test_a_fetched_capture_pays_its_invoice_and_unlocks(kind):
    invoice, metadata = billed()

    fetch(kind, metadata=metadata, fee_minor=379)
    work_off()

    assert payment_sums(PAYMENT) == ("succeeded", 0, 0, 0, 0)
    assert invoice_sums(invoice) == (1000_00, 0)
    assert balances() == {GATEWAY: 1000_00 - 379, "gateway_fees": 379}
    assert rows("SELECT desired, observed FROM enrollments") == [("active", "active")]
    assert (open_breaks(), broken(grace_s=0)) == ([], [])


def test_capture_and_order_are_the_same_money():
    invoice, metadata = billed()

    for kind in (Kind.ORDER, Kind.CAPTURE, Kind.ORDER):
        fetch(kind, metadata=metadata, fee_minor=379)

    assert invoice_sums(invoice) == (1000_00, 0)
    assert balances() == {GATEWAY: 1000_00 - 379, "gateway_fees": 379}


def test_a_sale_of_a_subscription_is_credited_to_its_subscriber():
    customer = make_customer()

    fetch(Kind.SALE, metadata={"student": customer.external_ref})

    assert payment_sums(PAYMENT) == ("succeeded", 1000_00, 0, 0, 0)


@pytest.mark.parametrize("order", [(Kind.CAPTURE, Kind.REFUND), (Kind.REFUND, Kind.CAPTURE)])
def test_a_refund_finds_its_capture_whichever_was_fetched_first(order):
    invoice, metadata = billed()

    for kind in order:
        fetch(kind, metadata=metadata, refund_minor=400_00)
    apply_events()

    assert payment_sums(PAYMENT)[4] == 400_00
    assert invoice_sums(invoice) == (600_00, 400_00)
    assert balances() == {GATEWAY: 600_00}
    assert states("gateway_events") == ["done", "done"]


def test_a_reversal_is_a_lost_dispute_with_its_money():
    _, metadata = billed()
    fetch(Kind.CAPTURE, metadata=metadata)
    work_off()

    fetch(Kind.REVERSAL, refund_minor=1000_00)
    work_off()

    assert rows("SELECT gateway_dispute_id, status, amount_minor FROM disputes") == [
        (f"{PAYMENT}-R", "lost", 1000_00)
    ]
    assert balances() == {}
    assert broken(grace_s=0) == []


def test_a_dispute_suspends_and_what_it_costs_comes_once_with_the_reversal():
    _, metadata = billed()
    fetch(Kind.CAPTURE, metadata=metadata)
    work_off()

    fetch(Kind.DISPUTE)
    work_off()
    suspended = rows("SELECT desired, observed FROM enrollments"), balances()
    fetch(Kind.REVERSAL, refund_minor=1000_00)
    fetch(Kind.REVERSAL, refund_minor=1000_00)
    work_off()

    assert suspended == ([("suspended", "suspended")], {GATEWAY: 1000_00})
    assert balances() == {}
    assert broken(grace_s=0) == []


def approved_order(order, amount="1000.00"):
    """What PayPal answers once the payer has agreed."""
    unit = {"amount": {"currency_code": "USD", "value": amount}}
    body = {"id": order, "status": "APPROVED", "intent": "CAPTURE", "purchase_units": [unit]}
    return Found(
        type=Kind.ORDER.fetched_type,
        object_id=order,
        dedupe_key=f"fetched:{order}",
        document=orjson.dumps(body),
    )


@pytest.fixture
def answer(toy, monkeypatch):
    """A gateway called paypal that answers fetches with what is given."""
    monkeypatch.setattr(gateways, "OPENERS", {})
    toy.name = "paypal"
    install(monkeypatch, toy)
    monkeypatch.setitem(GATEWAYS, "paypal", PayPal(None, "test"))

    def give(found):
        toy.fetch = lambda *_: found

    return give


@pytest.mark.parametrize(("status", "captures"), [("open", 1), ("expired", 0), (None, 0)])
def test_an_order_that_was_approved_is_captured_once_while_its_page_is_open(toy, answer, status, captures):
    invoice, _ = billed()
    if status:
        checkout = make_checkout(invoice, "ORDER1", account="paypal:test")
        execute("UPDATE checkouts SET status = %s WHERE id = %s", status, checkout)
    answer(approved_order("ORDER1"))

    for _ in range(2):
        tell(paypal_event("CHECKOUT.ORDER.APPROVED", payment="ORDER1"), gateway="paypal")
        reconcile()

    wanted = Capture(payment="ORDER1", amount_minor=1000_00, currency="USD")
    assert [request for _, request in toy.sent if isinstance(request, Capture)] == [wanted] * captures


def test_an_event_whose_object_was_refused_asks_for_it_again_when_it_is_replayed(toy, answer):
    answer(approved_order("ORDER1"))
    toy.before = [refused(FailureCode.CREDENTIALS)]
    [event] = tell(paypal_event("CHECKOUT.ORDER.APPROVED", payment="ORDER1"), gateway="paypal")
    twice(reconcile)
    refused_once = (states("gateway_events"), len(toy.sent))

    with transaction() as session:
        replay_events(session, [event])
    apply_events()
    twice(reconcile)

    assert refused_once == (["pending"], 1)
    assert value("SELECT state FROM gateway_events WHERE id = %s", event) == "done"
    assert len(toy.sent) == 2


@pytest.mark.parametrize(("amount", "captures"), [("1000.00", 1), ("a lot", 0)])
def test_an_order_that_only_a_backfill_heard_of_is_captured_once(toy, answer, amount, captures):
    invoice, _ = billed()
    make_checkout(invoice, "ORDER1", account="paypal:test")
    toy.changes = [approved_order("ORDER1", amount)]

    for _ in range(2):
        backfill(since=(utc_now() - timedelta(hours=1)).isoformat())
        reconcile()

    assert [request.payment for _, request in toy.sent] == ["ORDER1"] * captures
    assert states("reconciliation_runs") == ["done", "done"]


@pytest.mark.parametrize(
    ("code", "breaks"), [(FailureCode.DECLINED, []), (FailureCode.INVALID, ["call_refused"])]
)
def test_a_payer_whose_bank_declined_is_no_concern_of_an_operator(toy, answer, code, breaks):
    invoice, _ = billed()
    checkout = make_checkout(invoice, "ORDER1", account="paypal:test")
    answer(approved_order("ORDER1"))
    toy.before = [None, refused(code)]

    tell(paypal_event("CHECKOUT.ORDER.APPROVED", payment="ORDER1"), gateway="paypal")
    reconcile()

    assert value("SELECT outcome FROM gateway_calls WHERE operation = 'capture'") == "refused"
    assert value("SELECT status FROM checkouts WHERE id = %s", checkout) == "open"
    assert open_breaks() == breaks
