"""What a payer's browser brings back is proven, then the gateway is asked; its webhook and that meet once."""

import hmac
import threading

import pytest

from bursar.errors import Misconfigured
from bursar.gateways.api.requests import Fetch
from bursar.gateways.health.buckets import RateLimited
from tasks import gateways
from tasks.events import apply_events
from tasks.payments import confirm, reconcile
from tasks.proofs import (
    LinkPaid,
    OrderPaid,
    ProofRefused,
    SessionReturned,
    SubscriptionPaid,
    verify_payment,
)
from tests.support.factories import make_checkout, make_customer, make_invoice, rows, store_event, value
from tests.support.toy.api import ToyApi, found, refused
from tests.support.toy.install import install
from tests.support.toy.told import toy_event
from tests.tasks.steps import broken, hurry, open_breaks, tell, twice, work_off

SECRET = "a key secret"
WRONG = "0" * 64
PAID = {"payment": "pay_1", "amount": 1000_00, "currency": "INR", "checkouts": ["order_1"]}


@pytest.fixture
def razorpay(database_url, monkeypatch, configure):
    """The toy under the name of a gateway whose browsers bring signatures."""
    configure(RAZORPAY_KEY_SECRET=SECRET, RAZORPAY_KEY_ID="rzp_test_1")
    monkeypatch.setattr(gateways, "OPENERS", {})
    api = ToyApi("razorpay")
    install(monkeypatch, api)
    api.objects["order", "order_1"] = found("payment.succeeded", **PAID)
    return api


@pytest.fixture
def invoice(razorpay):
    invoice_id = make_invoice(make_customer(), [600_00, 400_00])
    make_checkout(invoice_id, "order_1", account="razorpay:test")
    return invoice_id


def signed(*parts):
    return hmac.digest(SECRET.encode(), "|".join(parts).encode(), "sha256").hex()


def order(signature=None):
    return OrderPaid(order="order_1", payment="pay_1", signature=signature or signed("order_1", "pay_1"))


def verify(proof=None):
    return verify_payment(proof or order(), "host")


def webhook():
    return toy_event("payment.succeeded", **PAID)


def is_credited_once(invoice):
    work_off()
    assert value("SELECT count(*) FROM payments") == 1
    assert value("SELECT count(*) FROM ledger_entries WHERE kind = 'captured'") == 1
    assert value("SELECT paid_minor FROM invoices WHERE id = %s", invoice) == 1000_00
    assert value("SELECT count(*) FROM receipts") == 1
    assert broken() == []
    return True


def test_a_proof_alone_moves_no_money_until_the_gateway_was_asked(razorpay, invoice):
    proven = verify()
    apply_events()
    assert value("SELECT count(*) FROM payments") == 0

    twice(confirm)
    tell()

    [(_, request)] = razorpay.sent
    assert request == Fetch(kind="order", object_id="order_1")
    assert proven.checkout_id == value("SELECT id FROM checkouts")
    assert rows("SELECT source, state FROM gateway_events") == [("fetch", "done")]
    assert is_credited_once(invoice)


def test_a_webhook_after_the_proof_changes_nothing_more(razorpay, invoice):
    verify()
    confirm()
    tell()
    tell(webhook(), gateway="razorpay")

    assert is_credited_once(invoice)


def test_a_webhook_before_the_proof_is_the_payment(razorpay, invoice):
    tell(webhook(), gateway="razorpay")
    verify()
    confirm()
    tell()

    assert is_credited_once(invoice)


def test_webhook_and_proof_at_once_are_credited_once(razorpay, invoice):
    store_event(webhook(), gateway="razorpay")
    start = threading.Barrier(3)

    def prove():
        start.wait()
        verify()
        confirm()
        apply_events()

    def hear():
        start.wait()
        apply_events()

    workers = [threading.Thread(target=each) for each in (prove, hear, prove)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    hurry("gateway_calls")
    hurry("gateway_events")
    confirm()
    tell()

    assert is_credited_once(invoice)


def test_the_same_proof_again_asks_once_while_the_answer_is_under_way(razorpay, invoice):
    first = verify()

    assert verify().call_id is None
    assert first.call_id is not None
    confirm()
    assert verify().call_id is not None
    confirm()
    tell()
    assert is_credited_once(invoice)


def test_a_message_that_is_lost_is_no_loss(razorpay, invoice):
    verify()

    reconcile()
    tell()

    assert is_credited_once(invoice)


@pytest.mark.parametrize(
    "proof",
    [
        order(WRONG),
        order("not hex"),
        OrderPaid(order="order_1|x", payment="pay_1", signature=signed("order_1", "x", "pay_1")),
        OrderPaid(order="order_1", payment="pay_2", signature=signed("order_1", "pay_1")),
        LinkPaid(
            link="plink_1",
            reference="r",
            status="created",
            payment="pay_1",
            signature=signed("plink_1", "r", "paid", "pay_1"),
        ),
        SubscriptionPaid(payment="pay_1", subscription="sub_1", signature=signed("sub_1", "pay_1")),
        SessionReturned(session="cs_of_nobody"),
    ],
)
def test_a_wrong_proof_is_refused_and_written_down_and_nobody_is_asked(razorpay, invoice, proof):
    with pytest.raises(ProofRefused, match="nothing was changed"):
        verify(proof)

    reconcile()
    assert razorpay.sent == []
    [(actor, action, detail)] = rows(
        "SELECT actor, action, detail FROM audit_log WHERE action LIKE '%%.refused'"
    )
    assert (actor, action.endswith(".refused")) == ("host", True)
    assert "signature" not in detail
    assert detail["proof"] == type(proof).__name__


@pytest.mark.parametrize(
    ("proof", "fetched"),
    [
        (
            LinkPaid(
                link="plink_1",
                reference="r",
                status="paid",
                payment="pay_1",
                signature=signed("plink_1", "r", "paid", "pay_1"),
            ),
            ("payment_link", "plink_1"),
        ),
        (
            SubscriptionPaid(payment="pay_1", subscription="sub_1", signature=signed("pay_1", "sub_1")),
            ("payment", "pay_1"),
        ),
    ],
)
def test_links_and_subscriptions_are_proven_too_whoever_made_them(razorpay, proof, fetched):
    verify(proof)
    confirm()

    [(_, request)] = razorpay.sent
    assert (request.kind, request.object_id) == fetched


def test_the_success_page_of_stripe_proves_a_page_that_we_opened(database_url, monkeypatch):
    monkeypatch.setattr(gateways, "OPENERS", {})
    api = ToyApi("stripe")
    install(monkeypatch, api)
    make_checkout(make_invoice(make_customer()), "cs_1")

    verify(SessionReturned(session="cs_1"))
    confirm()

    [(_, request)] = api.sent
    assert (request.kind, request.object_id) == ("checkout.session", "cs_1")


def test_who_tries_proofs_of_one_customer_without_end_is_slowed_down(razorpay, invoice, slow_customers):
    with pytest.raises(ProofRefused):
        verify(order(WRONG))

    with pytest.raises(RateLimited):
        verify(order(WRONG))


def test_without_a_key_secret_nothing_can_be_proven(razorpay, invoice, monkeypatch, configure):
    monkeypatch.delenv("RAZORPAY_KEY_SECRET")
    configure()

    with pytest.raises(Misconfigured, match="RAZORPAY_KEY_SECRET"):
        verify()


def test_what_a_true_proof_names_and_the_gateway_does_not_have_is_put_before_a_person(razorpay, invoice):
    verify()
    razorpay.before = [refused()]

    confirm()

    assert open_breaks() == ["call_refused"]
    assert value("SELECT count(*) FROM payments") == 0
