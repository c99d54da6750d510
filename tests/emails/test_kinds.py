import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.emails.errors import MailInputRefused
from bursar.emails.kinds import VALUES_OF, EmailKind, PaymentReceived, from_json, to_json
from tests.emails.examples import LEAST, MOST, PAID_AT, USUAL, make_payment_received


def test_the_wire_names_are_those_that_rows_already_carry():
    assert [kind.value for kind in EmailKind] == [
        "payment.received",
        "refund.processed",
        "enrollment.unlocked",
    ]


def test_every_kind_has_values_and_examples():
    assert set(VALUES_OF) == set(LEAST) == set(USUAL) == set(MOST) == set(EmailKind)


@pytest.mark.parametrize("examples", [LEAST, USUAL, MOST])
@pytest.mark.parametrize("kind", EmailKind)
def test_values_come_back_from_their_row_as_they_went_in(kind, examples):
    stored = json.loads(json.dumps(to_json(examples[kind])))

    assert from_json(kind, stored) == examples[kind]


def test_a_key_of_a_later_release_is_ignored():
    stored = to_json(make_payment_received()) | {"mood": "sunny"}

    assert from_json(EmailKind.PAYMENT_RECEIVED, stored) == make_payment_received()


def test_a_key_with_a_default_may_be_missing():
    stored = to_json(make_payment_received())
    del stored["credit_minor"]

    assert from_json(EmailKind.PAYMENT_RECEIVED, stored).credit_minor == 0


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("customer_name", 7),
        ("amount_minor", "6100000"),
        ("amount_minor", True),
        ("amount_minor", 61000.0),
        ("invoice_numbers", "INV/26-27/000042"),
        ("invoice_numbers", [None]),
        ("lines", [["Tuition", 1, 2]]),
        ("lines", [{"component": "Tuition"}]),
        ("paid_at", "yesterday"),
        ("paid_at", None),
        ("paid_at", "2026-10-06T09:30:00"),
    ],
)
def test_a_damaged_row_is_refused_by_the_name_of_its_field(key, wrong):
    stored = to_json(make_payment_received()) | {key: wrong}

    with pytest.raises(MailInputRefused, match=key):
        from_json(EmailKind.PAYMENT_RECEIVED, stored)


def test_a_missing_key_is_refused_by_its_name():
    with pytest.raises(MailInputRefused, match=r"enrollment\.unlocked\.customer_name is missing"):
        from_json(EmailKind.ENROLLMENT_UNLOCKED, {})


def test_a_moment_without_an_offset_is_refused_because_its_day_is_unknown():
    with pytest.raises(MailInputRefused, match="paid_at"):
        make_payment_received(paid_at=PAID_AT.replace(tzinfo=None))


def test_a_currency_in_small_letters_is_refused():
    with pytest.raises(MailInputRefused, match="currency"):
        make_payment_received(currency="inr")


@given(name=st.text(), amount=st.integers(), moment=st.datetimes(timezones=st.timezones()))
def test_any_text_amount_and_moment_survive_the_row(name, amount, moment):
    values = make_payment_received(customer_name=name, amount_minor=amount, paid_at=moment)

    back = from_json(EmailKind.PAYMENT_RECEIVED, json.loads(json.dumps(to_json(values))))

    assert isinstance(back, PaymentReceived)
    assert (back.customer_name, back.amount_minor) == (name, amount)
    assert _wall_clock(back.paid_at) == _wall_clock(moment)


def _wall_clock(moment: datetime):
    return moment.isoformat()
