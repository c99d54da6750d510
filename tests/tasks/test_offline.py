"""Offline money: entered once, credited like any payment; what the bank takes back is owed again."""

import threading
from datetime import date

import pytest
import time_machine

from bursar.gateways.manual.slips import Method, Slip, SlipRefused
from bursar.rules.money import AmountRefused, CurrencyRefused
from models.queries.payable import InvoiceUnknown
from models.queries.slips import CustomerUnknown
from tasks.events import apply_events
from tasks.offline import NotReturnable, SlipTaken, record_return, record_slip
from tests.support.factories import make_customer, make_invoice, make_track, rows, value
from tests.tasks.steps import broken, invoice_sums, open_breaks, paid, states, tell, twice, work_off

TODAY = date(2026, 11, 21)
NOON = "2026-11-21T12:00:00Z"


@pytest.fixture(autouse=True)
def _now(database_url):
    with time_machine.travel(NOON, tick=True):
        yield


@pytest.fixture
def pupil():
    return make_customer()


@pytest.fixture
def invoice(pupil):
    return make_invoice(pupil, [600_00, 400_00])


def slip(pupil, **more):
    said = {"reference": "UTR 77", "amount_minor": 1000_00, "currency": "INR", "day": TODAY}
    named = {"method": Method.BANK_TRANSFER, "customer": pupil.external_ref}
    return Slip(**(said | named | more))


def enter(pupil, **more):
    return record_slip(slip(pupil, **more), by="desk", reason="came by bank")


def give_back(**more):
    payment = value("SELECT id FROM payments")
    said = {"reference": "R-1", "day": TODAY, "amount_minor": None, "by": "desk", "reason": "bounced"}
    return record_return(payment, **(said | more))


def test_money_that_came_by_hand_pays_its_invoice_like_any_other(pupil, invoice):
    entered = enter(pupil, invoice=str(invoice), method=Method.CASH)
    assert rows("SELECT source, gateway_account, type, state FROM gateway_events") == [
        ("manual", "manual:test", "money.received", "pending")
    ]

    twice(apply_events)
    work_off()

    assert invoice_sums(invoice) == (1000_00, 0)
    assert rows("SELECT gateway_account, gateway_payment_id, method, status FROM payments") == [
        ("manual:test", entered.payment, "cash", "succeeded")
    ]
    assert value("SELECT occurred_at::date FROM payments") == TODAY
    assert value("SELECT count(*) FROM receipts") == 1
    assert states("emails") == ["done"]
    assert broken() == []


def test_without_an_invoice_it_pays_what_the_customer_owes(pupil, invoice):
    enter(pupil, amount_minor=250_00)
    apply_events()

    assert invoice_sums(invoice) == (250_00, 0)


def test_a_cash_payment_opens_the_track(pupil):
    invoice = make_invoice(pupil, [1000_00], track=make_track(currency="INR", price_minor=1000_00))
    enter(pupil, invoice=str(invoice))
    apply_events()
    work_off()

    assert rows("SELECT observed FROM enrollments") == [("active",)]


@pytest.mark.parametrize("reference", ["UTR 77", " utr  77 "])
def test_the_same_slip_again_is_a_duplicate_and_says_so(pupil, invoice, reference):
    first = enter(pupil)
    apply_events()

    again = enter(pupil, reference=reference)
    apply_events()

    assert (first.duplicate, again.duplicate) == (False, True)
    assert again.event_id == first.event_id
    assert value("SELECT count(*) FROM payments") == 1
    assert value("SELECT count(*) FROM audit_log WHERE action = 'event.entered'") == 1


@pytest.mark.parametrize(
    "more", [{"reference": "UTR 78"}, {"amount_minor": 999_00}, {"day": date(2026, 11, 20)}]
)
def test_another_reference_amount_or_day_is_another_slip(pupil, invoice, more):
    enter(pupil)
    assert not enter(pupil, **more).duplicate
    apply_events()

    assert value("SELECT count(*) FROM payments") == 2


def test_the_same_slip_for_somebody_else_is_refused_and_names_whose_it_is(pupil, invoice):
    enter(pupil)

    with pytest.raises(SlipTaken, match=pupil.external_ref):
        enter(make_customer())
    assert value("SELECT count(*) FROM gateway_events") == 1


def test_two_clerks_at_once_enter_it_once(pupil, invoice):
    entered = []
    workers = [threading.Thread(target=lambda: entered.append(enter(pupil).duplicate)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(entered) == [False, True, True]


@pytest.mark.parametrize(
    ("more", "error", "said"),
    [
        ({"reference": " "}, SlipRefused, "reference"),
        ({"reference": "x" * 141}, SlipRefused, "140"),
        ({"reference": "a\x00b"}, SlipRefused, "printable"),
        ({"amount_minor": 0}, AmountRefused, "amount"),
        ({"currency": "rupees"}, CurrencyRefused, "currency"),
        ({"day": date(2026, 11, 23)}, SlipRefused, "future"),
        ({"day": date(2016, 1, 1)}, SlipRefused, "years ago"),
        ({"customer": "nobody"}, CustomerUnknown, "nobody"),
        ({"invoice": "INV-0"}, InvoiceUnknown, "INV-0"),
    ],
)
def test_a_slip_that_cannot_be_is_refused_and_nothing_is_entered(pupil, invoice, more, error, said):
    with pytest.raises(error, match=said):
        enter(pupil, **more)
    assert value("SELECT count(*) FROM gateway_events") == 0


def test_an_invoice_of_somebody_else_or_in_another_currency_is_refused(pupil, invoice):
    with pytest.raises(SlipRefused, match="not of customer"):
        enter(make_customer(), invoice=str(invoice))
    with pytest.raises(SlipRefused, match="is in INR"):
        enter(pupil, invoice=str(invoice), currency="USD")


def test_a_reason_is_needed_and_kept(pupil, invoice):
    with pytest.raises(SlipRefused, match="reason"):
        record_slip(slip(pupil), by="desk", reason=" ")

    enter(pupil)
    assert rows("SELECT actor, detail ->> 'reason' FROM audit_log WHERE action = 'event.entered'") == [
        ("desk", "came by bank")
    ]


# -- what the bank takes back


def test_a_returned_transfer_is_owed_again_and_nobody_is_told_of_a_refund(pupil, invoice):
    enter(pupil, invoice=str(invoice))
    apply_events()
    work_off()

    give_back()
    twice(apply_events)
    work_off()

    assert invoice_sums(invoice) == (0, 0)
    assert value("SELECT sum(gross_minor - allocated_minor - refunded_minor) FROM invoice_lines") == 1000_00
    assert value("SELECT refunded_minor FROM payments") == 1000_00
    assert rows("SELECT kind FROM emails") == [("payment.received",)]
    assert open_breaks() == []
    assert broken() == []


def test_a_part_may_be_returned_and_the_same_return_again_is_a_duplicate(pupil, invoice):
    enter(pupil, invoice=str(invoice))
    apply_events()

    assert not give_back(amount_minor=300_00).duplicate
    assert give_back(amount_minor=300_00).duplicate
    apply_events()

    assert invoice_sums(invoice) == (700_00, 0)


def test_other_money_of_the_customer_steps_in_for_what_was_returned(pupil, invoice):
    enter(pupil, invoice=str(invoice))
    apply_events()
    tell(paid(300_00, student=pupil.external_ref))
    payment = value("SELECT id FROM payments WHERE gateway_account = 'manual:test'")

    said = {"reference": "R", "day": TODAY, "amount_minor": None, "by": "desk", "reason": "bounced"}
    record_return(payment, **said)
    apply_events()

    assert invoice_sums(invoice) == (300_00, 0)
    assert broken() == []


def test_more_than_came_is_not_returned(pupil, invoice):
    enter(pupil)
    apply_events()

    with pytest.raises(SlipRefused, match=r"1,000\.00"):
        give_back(amount_minor=1000_01)


def test_what_a_gateway_took_is_not_returned_by_hand(pupil, invoice):
    tell(paid(invoice=invoice))

    with pytest.raises(NotReturnable, match="stripe:test"):
        give_back()
