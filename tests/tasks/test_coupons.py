"""Discount codes on drafts: taken off once, before tax, and never more often than they may be used."""

import json
import threading
from datetime import date

import pytest

from bursar.rules.coupons import Coupon, CouponRefused
from bursar.wishes import read_wishes
from models.queries import coupons
from models.queries.coupons import CouponUnknown
from models.session import transaction
from tasks.drafts import create_drafts
from tests.support.factories import rows, value
from tests.tasks.steps import broken

pytestmark = pytest.mark.usefixtures("database_url")


def offer(code: str = "TENTH", percent_bp: int | None = 1000, **more) -> None:
    with transaction() as session:
        coupons.add(session, Coupon(code=code, percent_bp=percent_bp, **more))


def wish(n: int = 1, coupon: str | None = "tenth", person: str | None = None):
    told = {
        "reference": f"term-1/{n}",
        "customer": {"reference": person or f"pupil-{n}", "name": f"Pupil {n}"},
        "currency": "INR",
        "due_on": "2026-12-31",
        "coupon": coupon,
        "lines": [{"component": "Tuition", "amount": "1,000"}, {"component": "Books", "amount": "500.05"}],
    }
    [found] = read_wishes(json.dumps([told]).encode(), as_csv=False)
    return found


def test_a_code_is_taken_off_the_lines_of_a_draft_once():
    offer()

    for _ in range(2):
        create_drafts([wish()])

    assert rows("SELECT component, discount_minor, net_minor FROM invoice_lines ORDER BY position") == [
        ("Tuition", 100_00, 900_00),
        ("Books", 50_01, 450_04),
    ]
    assert rows("SELECT used FROM coupons") == [(1,)]
    assert value("SELECT count(*) FROM coupon_uses") == 1
    assert broken() == []


def test_an_invoice_whose_code_does_not_hold_is_named_and_its_chunk_not_written():
    offer(ends_on=date(2020, 1, 1))

    with pytest.raises(CouponRefused, match=r"invoice 'term-1/1': TENTH held until 2020-01-01"):
        create_drafts([wish(2, coupon=None), wish(1)])

    assert value("SELECT count(*) FROM invoices") == 0
    assert rows("SELECT used FROM coupons") == [(0,)]


def test_a_code_that_nobody_made_is_no_discount():
    with pytest.raises(CouponUnknown, match="there is no code 'TENTH'"):
        create_drafts([wish()])


def test_a_code_for_once_each_is_refused_the_second_time():
    offer(max_per_customer=1)
    create_drafts([wish(1, person="pupil-7")])

    with pytest.raises(CouponRefused, match="was used before"):
        create_drafts([wish(2, person="pupil-7")])
    create_drafts([wish(3, person="pupil-8")])

    assert rows("SELECT used FROM coupons") == [(2,)]


def test_many_at_once_never_use_a_code_more_often_than_it_may_be():
    offer(max_uses=3)
    start, drafted, refused = threading.Barrier(6), [], []

    def draft(n: int) -> None:
        start.wait()
        try:
            create_drafts([wish(n)])
            drafted.append(n)
        except CouponRefused:
            refused.append(n)

    threads = [threading.Thread(target=draft, args=(n,)) for n in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert (len(drafted), len(refused)) == (3, 3)
    assert rows("SELECT used FROM coupons") == [(3,)]
    assert value("SELECT count(*) FROM invoices") == 3


def test_a_code_that_was_disabled_keeps_what_it_took_off():
    offer()
    create_drafts([wish(1)])
    with transaction() as session:
        coupons.disable(session, "TENTH")

    with pytest.raises(CouponRefused, match="does not hold any more"):
        create_drafts([wish(2)])
    assert value("SELECT sum(discount_minor) FROM invoice_lines") == 150_01
