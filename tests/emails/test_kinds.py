from datetime import datetime

import orjson
import pytest

from bursar.emails.errors import MailInputRefused
from bursar.emails.kinds import VALUES_OF, from_json, to_json
from bursar.emails.values.dunning import DunningNotice
from bursar.emails.values.money import DisputeAlert, InvoiceIssued, PaymentReceived
from bursar.emails.values.rights import CardExpiring, PlanChanged
from bursar.errors import Broken
from bursar.rules.consequences import RESENT_WHEN_UNKNOWN, TO_OPERATORS, MailKind
from tests.emails.examples import LEAST, LONG_URL, MOST, PAID_AT, USUAL, make


def test_every_kind_has_values_and_examples():
    assert set(VALUES_OF) == set(LEAST) == set(USUAL) == set(MOST) == set(MailKind)


@pytest.mark.parametrize("examples", [LEAST, USUAL, MOST])
@pytest.mark.parametrize("kind", MailKind)
def test_what_is_kept_on_a_row_is_what_comes_back(kind, examples):
    assert from_json(kind, orjson.loads(to_json(kind, examples[kind]))) == examples[kind]


def test_a_field_that_is_missing_or_wrong_on_a_row_is_named():
    kept = orjson.loads(to_json(MailKind.DUNNING_DUE, USUAL[MailKind.DUNNING_DUE]))

    with pytest.raises(MailInputRefused, match=r"dunning.due due_on"):
        from_json(MailKind.DUNNING_DUE, kept | {"due_on": "soon"})
    with pytest.raises(MailInputRefused, match="currency"):
        from_json(MailKind.DUNNING_DUE, kept | {"currency": "inr"})


def test_values_of_another_kind_are_not_kept():
    with pytest.raises(Broken):
        to_json(MailKind.DUNNING_DUE, USUAL[MailKind.PLAN_CHANGED])


def test_only_what_may_come_twice_is_sent_twice():
    assert {
        MailKind.INVOICE_ISSUED,
        MailKind.PAYMENT_RECEIVED,
        MailKind.REFUND_PROCESSED,
    } == RESENT_WHEN_UNKNOWN
    assert not RESENT_WHEN_UNKNOWN & TO_OPERATORS


@pytest.mark.parametrize(("values", "field"), [(PaymentReceived, "paid_at"), (DisputeAlert, "respond_by")])
def test_a_moment_without_its_offset_is_refused_by_name(values, field):
    with pytest.raises(MailInputRefused, match=field):
        make(values, **{field: datetime(2026, 10, 6, 9, 30)})  # noqa: DTZ001


def test_a_currency_in_lower_case_is_refused():
    with pytest.raises(MailInputRefused, match="currency"):
        make(PaymentReceived, currency="inr", paid_at=PAID_AT)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "pay.school.example/i/1",
        "https://",
        'https://pay.school.example/"onclick=',
        "https://pay.school.example/\r\nBcc: b@y.org",
        "https://user@pay.school.example/",
        LONG_URL + "x" * 200,
    ],
)
@pytest.mark.parametrize("values", [InvoiceIssued, DunningNotice])
def test_a_link_that_leads_elsewhere_or_nowhere_is_refused_by_name(values, url):
    with pytest.raises(MailInputRefused, match="pay_url"):
        make(values, pay_url=url)


def test_a_month_that_is_none_and_a_price_without_its_currency_are_refused():
    with pytest.raises(MailInputRefused, match="expires"):
        make(CardExpiring, expires=(2026, 13))
    with pytest.raises(MailInputRefused, match="currency"):
        make(PlanChanged, currency=None)
