"""PayPal, played: refunds, disputes, reports, subscriptions and events, in front of plain HTTP."""

from datetime import timedelta

import httpx
import pytest

from bursar.clock import utc_now
from bursar.gateways.paypal.gateway import PayPal
from bursar.gateways.paypal.trust import pinned
from bursar.gateways.protocol import Ignored, NeedsFetch, Secret, SignatureMismatch
from bursar.sandbox.fake.book import Kind, Standing
from bursar.sandbox.fake.vendors import DEMO_SECRETS
from tests.sandbox.fake.paypal_stage import CANCEL_URL, DAY_S, RETURN_URL, PayPalStage, issue_of

ORDERS = "/v2/checkout/orders"
MONEY = {"currency_code": "USD", "value": "50.00"}


@pytest.fixture
def fake(stage, http) -> PayPalStage:
    made = PayPalStage(stage.gateways, http)
    made.log_in()
    return made


class _Pinned:
    """The certificate that the fake serves, believed because a test handed it over."""

    def __init__(self, pem: bytes) -> None:
        self._key = pinned(pem)

    def find(self, url: str, now_s: int):  # noqa: ARG002  there is only one
        return self._key


def test_a_capture_is_refunded_until_nothing_is_left(fake):
    payment = fake.paid()
    path = f"/v2/payments/captures/{payment}/refund"

    assert fake.post(path, {"amount": MONEY}).json()["status"] == "COMPLETED"
    assert issue_of(fake.post(path, {"amount": MONEY | {"value": "70.01"}})) == "REFUND_AMOUNT_EXCEEDED"
    assert fake.post(path).json()["amount"]["value"] == "70.00"
    assert issue_of(fake.post(path)) == "CAPTURE_FULLY_REFUNDED"
    assert fake.get(f"/v2/payments/captures/{payment}").json()["status"] == "REFUNDED"


def test_a_refund_on_paypals_site_is_announced_like_any(fake):
    payment = fake.paid()
    fake.control("refund", payment=payment)

    assert fake.types()[-1] == "PAYMENT.CAPTURE.REFUNDED"
    (row,) = fake.gateways.book.rows(Kind.REFUND)
    assert (row.payment, row.key, row.metadata) == (payment, None, {})


def test_a_dispute_that_is_lost_takes_the_money_once(fake):
    payment = fake.paid()
    dispute = fake.control("open_dispute", payment=payment)["dispute_id"]
    fake.control("close_dispute", dispute=dispute, won=False)

    assert fake.types()[-3:] == [
        "CUSTOMER.DISPUTE.CREATED",
        "PAYMENT.CAPTURE.REVERSED",
        "CUSTOMER.DISPUTE.RESOLVED",
    ]
    assert fake.gateways.book.rows(Kind.REFUND) == []
    (row,) = fake.gateways.book.rows(Kind.DISPUTE)
    assert (row.standing, row.amount_minor) == (Standing.LOST, 12_000)


def test_the_report_is_three_hours_late_and_says_so(fake):
    payment = fake.paid()
    ends = [utc_now() + timedelta(days=days) for days in (-1, 1)]
    asked = dict(zip(("start_date", "end_date"), (f"{end:%Y-%m-%dT%H:%M:%SZ}" for end in ends), strict=True))
    before = fake.get("/v1/reporting/transactions", **asked).json()
    fake.advance(3 * 3_600 + 1)
    after = fake.get("/v1/reporting/transactions", **asked).json()

    ids = [each["transaction_info"]["transaction_id"] for each in after["transaction_details"]]
    assert before["transaction_details"] == []
    assert ids == [payment]
    assert after["last_refreshed_datetime"] > before["last_refreshed_datetime"]


def test_a_report_spans_a_month_at_most(fake):
    asked = {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-02-02T00:00:00Z"}

    assert issue_of(fake.get("/v1/reporting/transactions", **asked)) == "INVALID_DATE_RANGE"


def test_a_withdrawal_takes_what_is_there_and_no_more(fake):
    fake.paid("100.00")

    refused = fake.http.post("/_fake/paypal/withdraw", json={"amount": 10_000})
    sent = fake.control("withdraw")

    assert refused.status_code == 400
    assert sent["transaction_amount"]["value"] == "-97.00"
    assert [row.amount_minor for row in fake.gateways.book.rows(Kind.PAYOUT)] == [9_700]


def test_a_subscription_is_approved_on_the_page_and_billed_by_the_clock(fake):
    plan = fake.control("make_plan", every="WEEK")["id"]
    context = {"return_url": RETURN_URL, "cancel_url": CANCEL_URL}
    body = {"plan_id": plan, "application_context": context}
    made = fake.post("/v1/billing/subscriptions", body).json()["id"]

    gone = fake.http.post(f"/pay/{made}", data={"choice": "pay"})
    for _ in range(2):
        fake.advance(7 * DAY_S + 1)

    assert f"subscription_id={made}" in gone.headers["location"]
    assert fake.types().count("PAYMENT.SALE.COMPLETED") == 3
    assert fake.gateways.book.captured("paypal") == {row.id: 4_900 for row in fake.gateways.book.rows()}


def test_events_are_listed_newest_first_and_in_pages(fake):
    fake.paid()
    first = fake.get("/v1/notifications/webhooks-events", page_size=2).json()

    (following,) = first["links"]
    rest = fake.get("/v1/notifications/webhooks-events", **dict(httpx.URL(following["href"]).params)).json()
    told = [event["event_type"] for event in first["events"] + rest["events"]]
    assert told == list(reversed(fake.types()))
    assert rest["links"] == []


def test_deliveries_are_signed_as_paypal_signs_and_name_what_to_fetch(fake, receiver):
    payment = fake.paid()
    fake.gateways.webhooks.deliver(early=True)
    certificate = fake.http.get("/paypal/v1/notifications/certs/BURSAR-SANDBOX")
    gateway = PayPal(_Pinned(certificate.content))
    secret = Secret(value=DEMO_SECRETS["paypal"], key_id="known")
    stranger = Secret(value=b"ANOTHERWEBHOOKID1", key_id="stranger")
    now_s = int(utc_now().timestamp())

    for delivery in receiver.deliveries:
        assert gateway.verify(delivery.body, delivery.headers, [stranger, secret], now_s) == "known"
        with pytest.raises(SignatureMismatch):
            gateway.verify(delivery.body, delivery.headers, [stranger], now_s)
        with pytest.raises(SignatureMismatch):
            gateway.verify(delivery.body + b" ", delivery.headers, [secret], now_s)
    assert NeedsFetch(object_id=payment, kind="capture") in fake.readings()
    assert not [each for each in fake.readings() if isinstance(each, Ignored)]
