"""Books with one of everything: paid, refunded, waiting, ignored, dead."""

from dataclasses import dataclass
from uuid import UUID

import orjson

from bursar.sandbox.samples import razorpay_event, stripe_event, stripe_payment_events
from models.parties import Customer
from tasks.documents import render_documents
from tasks.emails import send_emails
from tasks.enrollments import unlock_enrollments
from tasks.events import apply_events
from tests.support.factories import make_customer, make_invoice, make_track, store_event, value


@dataclass(frozen=True)
class Paid:
    customer: Customer
    invoice: UUID
    number: str


def work() -> None:
    """Everything that is due, in this process."""
    apply_events()
    unlock_enrollments()
    render_documents()
    send_emails()


def paid_course(payment: str = "pi_course") -> Paid:
    """A learner who has paid for a track: receipt, mails, unlock."""
    customer, track = make_customer(locale="en_US"), make_track()
    invoice = make_invoice(customer, [499_00], currency="USD", track=track)
    number = str(value("SELECT number FROM invoices WHERE id = %s", invoice))
    about = {"invoice": number, "student": customer.external_ref}
    for body in stripe_payment_events(payment=payment, amount_minor=499_00, currency="USD", metadata=about):
        store_event(body)
    work()
    return Paid(customer, invoice, number)


def refunded(payment: str = "pi_course", minor: int = 100_00) -> None:
    story = {"payment": payment, "amount_minor": 499_00, "currency": "USD", "refund_minor": minor}
    store_event(stripe_event("refund.updated", **story))
    work()


def overpaid_term() -> Paid:
    customer = make_customer()
    invoice = make_invoice(customer, [600_00, 400_00])
    number = str(value("SELECT number FROM invoices WHERE id = %s", invoice))
    about = {"invoice": number, "student": customer.external_ref}
    event = razorpay_event("payment.captured", payment="pay_term", amount_minor=1200_00, metadata=about)
    store_event(event, gateway="razorpay")
    work()
    return Paid(customer, invoice, number)


def dead_event(payment: str = "pi_broken") -> UUID:
    """A signed event that cannot be read: an amount with a fraction."""
    event = orjson.loads(stripe_event("payment_intent.succeeded", payment=payment))
    event["data"]["object"]["amount_received"] = 49.9
    event_id = store_event(orjson.dumps(event))
    apply_events()
    return event_id


def ignored_event() -> UUID:
    event = orjson.loads(stripe_event("payment_intent.succeeded", payment="pi_other"))
    event["type"] = "coupon.created"
    event_id = store_event(orjson.dumps(event))
    apply_events()
    return event_id


def waiting_refund() -> UUID:
    event_id = store_event(stripe_event("refund.updated", payment="pi_unheard"))
    apply_events()
    return event_id


def paid(
    amount_minor: int = 1000_00, payment: str = "pi_1", currency: str = "INR", **metadata: object
) -> None:
    """Money that came by Stripe; its metadata names what the keywords say."""
    named = {key: str(each) for key, each in metadata.items()}
    story = {"payment": payment, "amount_minor": amount_minor, "currency": currency, "metadata": named}
    store_event(stripe_event("payment_intent.succeeded", **story))
    work()


def told(event_type: str, **story: object) -> None:
    whole = {"payment": "pi_course", "amount_minor": 499_00, "currency": "USD", **story}
    store_event(stripe_event(event_type, **whole))
    work()
