"""What is said again: when an event can change nothing, and what is kept of it all the same."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bursar.ids import new_id
from bursar.rules.bookkeeping import decide
from bursar.rules.books import Books, Told
from bursar.rules.evidence import NOBODY, Attribution, Evidence
from bursar.rules.facts import CheckoutFact, Claims, PaymentFact, RefundFact
from bursar.rules.repeating import Known, find_repeats
from bursar.rules.states import CheckoutStatus, PaymentStatus, RefundStatus

ACCOUNT = "stripe:test"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
CUSTOMER, INVOICE = new_id(), new_id()
BY_INVOICE = Attribution(Evidence.METADATA_INVOICE, "INV-1", CUSTOMER, INVOICE)
BY_CHECKOUT = Attribution(Evidence.CHECKOUT, "cs_1", CUSTOMER, INVOICE)
BY_TRACK = Attribution(Evidence.METADATA_TRACK, "s-1/python", CUSTOMER, INVOICE)
BOOKED = Known(
    payment_id=new_id(),
    status=PaymentStatus.SUCCEEDED,
    amount_minor=500_00,
    currency="INR",
    attribution=BY_INVOICE,
    components=(("exam", 100_00),),
    customer_ref="s-1",
)
AGAIN = PaymentFact(
    status=PaymentStatus.SUCCEEDED,
    payment="pi_1",
    aliases=("ch_1",),
    amount_minor=500_00,
    currency="INR",
    occurred_at=NOON,
    claims=Claims(invoice="INV-1"),
    attempt="ch_1",
)
OTHER = BOOKED._replace(payment_id=new_id())
DONE = CheckoutFact(status=CheckoutStatus.COMPLETED, checkout="cs_1", payment="pi_1", occurred_at=NOON)
LINK = CheckoutFact(status=CheckoutStatus.EXPIRED, checkout="cs_2", occurred_at=NOON)
REFUND = RefundFact(
    status=RefundStatus.SUCCEEDED,
    refund="re_1",
    payment="pi_1",
    amount_minor=1,
    currency="INR",
    occurred_at=NOON,
)


def said(*facts) -> Told:
    return Told(event_id=new_id(), account=ACCOUNT, facts=facts)


def claiming(**claims) -> PaymentFact:
    return replace(AGAIN, claims=Claims(**claims))


def repeated(*facts, booked: Known = BOOKED, also=None, checkouts=()) -> bool:
    known = {(ACCOUNT, "pi_1"): booked, (ACCOUNT, "ch_1"): booked} | (also or {})
    return bool(find_repeats([said(*facts)], known, {(ACCOUNT, each) for each in checkouts}).events)


@pytest.mark.parametrize(
    ("fact", "booked"),
    [
        (AGAIN, BOOKED),
        (replace(AGAIN, status=PaymentStatus.PROCESSING, amount_minor=1), BOOKED),
        (claiming(invoice="INV-1", customer="s-1"), BOOKED),
        (claiming(invoice="INV-1", checkouts=("cs_9",), components=(("exam", 100_00),)), BOOKED),
        (claiming(), BOOKED._replace(attribution=BY_CHECKOUT)),
        (claiming(invoice="INV-2"), BOOKED._replace(attribution=BY_CHECKOUT)),
        (claiming(customer="s-2"), BOOKED._replace(attribution=BY_CHECKOUT)),
    ],
)
def test_what_is_booked_and_said_again_is_a_repeat(fact, booked):
    assert repeated(fact, booked=booked)


@pytest.mark.parametrize(
    ("fact", "booked"),
    [
        (replace(AGAIN, payment="pi_2"), BOOKED),
        (replace(AGAIN, aliases=("ch_1", "ch_2")), BOOKED),
        (replace(AGAIN, amount_minor=501_00), BOOKED),
        (replace(AGAIN, currency="USD"), BOOKED),
        (AGAIN, BOOKED._replace(status=PaymentStatus.FAILED)),
        (AGAIN, BOOKED._replace(attribution=NOBODY)),
        (AGAIN, BOOKED._replace(attribution=BY_TRACK)),
        (claiming(), BOOKED),
        (claiming(invoice="INV-0"), BOOKED),
        (claiming(invoice="INV-1", customer="s-2"), BOOKED),
        (claiming(invoice="INV-1", checkouts=("cs_1",)), BOOKED),
        (claiming(invoice="INV-1", components=(("exam", 200_00),)), BOOKED),
        (claiming(invoice="INV-1", customer="s-1"), BOOKED._replace(attribution=BY_CHECKOUT)),
        (REFUND, BOOKED),
    ],
)
def test_what_may_change_something_is_no_repeat(fact, booked):
    assert not repeated(fact, booked=booked, checkouts=["cs_1"])


def test_two_payments_in_one_event_are_a_question_never_a_repeat():
    assert not repeated(AGAIN, also={(ACCOUNT, "ch_1"): OTHER})


def test_an_event_is_a_repeat_only_when_all_of_it_is():
    assert repeated(AGAIN, DONE)
    assert not repeated(AGAIN, DONE, checkouts=["cs_1"])
    assert not repeated(AGAIN, REFUND)
    assert not repeated()


def test_a_repeat_leaves_its_record_its_attempt_and_what_was_stale_and_nothing_else():
    late = replace(AGAIN, status=PaymentStatus.PROCESSING, attempt=None)
    events = [said(AGAIN, DONE, LINK), said(late)]
    known = {(ACCOUNT, "pi_1"): BOOKED, (ACCOUNT, "ch_1"): BOOKED}

    changes = decide(Books(), [], [], repeats=find_repeats(events, known, ()))

    assert changes.applied == events
    assert changes.spoken_of == dict.fromkeys(
        [(events[0].event_id, 0), (events[0].event_id, 1), (events[1].event_id, 0)], BOOKED.payment_id
    )
    assert [(each.action, each.subject_id) for each in changes.audits] == [
        ("payment.stale", BOOKED.payment_id)
    ]
    assert [(each.external_id, each.succeeded) for each in changes.attempts.values()] == [("ch_1", True)]
    written = (changes.payments, changes.new_payments, changes.entries, changes.aliases)
    assert not any(written)
