"""PayPal, played: in front of plain HTTP, so that both halves do not share one mistake."""

import httpx
import pytest

from bursar.sandbox.fake.book import Kind, Standing
from bursar.sandbox.fake.faults import FaultKind
from tests.sandbox.fake.paypal_stage import CANCEL_URL, DAY_S, PAIR, RETURN_URL, PayPalStage, issue_of

ORDERS = "/v2/checkout/orders"
MONEY = {"currency_code": "USD", "value": "50.00"}


@pytest.fixture
def fake(stage, http) -> PayPalStage:
    made = PayPalStage(stage.gateways, http)
    made.log_in()
    return made


def test_nothing_is_done_without_a_token(fake):
    fake.http.headers["authorization"] = "Bearer no-such-token"

    assert fake.get("/v1/notifications/webhooks-events").status_code == 401
    fake.log_in()
    assert fake.get("/v1/notifications/webhooks-events").status_code == 200


def test_a_token_ends_after_nine_hours_or_when_it_is_revoked(fake):
    fake.advance(32_401)
    assert fake.get("/v1/notifications/webhooks-events").status_code == 401
    fake.log_in()
    fake.control("revoke_tokens")
    assert fake.get("/v1/notifications/webhooks-events").status_code == 401


@pytest.mark.parametrize("pair", [("unknown", "secret"), (PAIR[0], "")])
def test_a_pair_that_is_none_gets_no_token(fake, pair):
    answer = fake.http.post("/paypal/v1/oauth2/token", auth=pair)

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_a_payer_approves_on_the_page_and_goes_back_with_the_token(fake):
    order = fake.order(description="Algebra <I>")
    page = fake.http.get(f"/pay/{order}")
    assert "$120.00" in page.text
    assert "Algebra &lt;I&gt;" in page.text

    gone = fake.http.post(f"/pay/{order}", data={"choice": "pay"})

    target = httpx.URL(gone.headers["location"])
    assert gone.status_code == 303
    assert str(target).startswith(RETURN_URL)
    assert (target.params["token"], target.params["PayerID"]) == (order, "PAYERFAKE0001")
    assert fake.get(f"{ORDERS}/{order}").json()["status"] == "APPROVED"
    assert fake.types() == ["CHECKOUT.ORDER.APPROVED"]
    assert fake.gateways.book.rows() == []


def test_a_payer_who_leaves_approves_nothing(fake):
    order = fake.order()

    gone = fake.http.post(f"/pay/{order}", data={"choice": "leave"})

    assert gone.headers["location"] == f"{CANCEL_URL}?token={order}"
    assert fake.get(f"{ORDERS}/{order}").json()["status"] == "PAYER_ACTION_REQUIRED"


def test_a_page_is_approved_once(fake):
    order = fake.order()
    fake.http.post(f"/pay/{order}", data={"choice": "pay"})

    assert fake.http.post(f"/pay/{order}", data={"choice": "pay"}).status_code == 409


@pytest.mark.parametrize(("choice", "status"), [("pay", "COMPLETED"), ("pay-later", "PENDING")])
def test_what_a_bank_does_shows_when_the_order_is_captured(fake, choice, status):
    order = fake.order()
    fake.http.post(f"/pay/{order}", data={"choice": choice})

    captured = fake.post(f"{ORDERS}/{order}/capture").json()

    assert captured["purchase_units"][0]["payments"]["captures"][0]["status"] == status


def test_a_declined_payer_can_choose_again(fake):
    order = fake.order()
    fake.http.post(f"/pay/{order}", data={"choice": "decline"})
    declined = fake.post(f"{ORDERS}/{order}/capture")
    fake.http.post(f"/pay/{order}", data={"choice": "pay"})
    again = fake.post(f"{ORDERS}/{order}/capture")

    assert issue_of(declined) == "INSTRUMENT_DECLINED"
    assert again.json()["status"] == "COMPLETED"
    assert [row.standing for row in fake.gateways.book.rows()] == [Standing.FAILED, Standing.CAPTURED]


def test_an_order_nobody_approves_lapses(fake):
    order = fake.order()
    fake.advance(3 * 3_600 + 1)

    assert fake.get(f"{ORDERS}/{order}").status_code == 404


def test_an_account_takes_no_second_payment_of_one_invoice_id(fake):
    fake.paid(invoice_id="INV-7")
    second = fake.order(invoice_id="INV-7")
    fake.control("approve", checkout=second)

    assert issue_of(fake.post(f"{ORDERS}/{second}/capture")) == "DUPLICATE_INVOICE_ID"


@pytest.mark.parametrize("kind", [FaultKind.TIMEOUT_AFTER, FaultKind.SERVER_ERROR_AFTER])
def test_the_same_request_id_is_the_same_answer_even_after_an_error(fake, kind):
    order = fake.order()
    fake.control("approve", checkout=order)
    fake.fail("orders.capture", kind)
    try:
        assert fake.post(f"{ORDERS}/{order}/capture", key="k-1").status_code == 500
    except httpx.RemoteProtocolError:
        assert kind is FaultKind.TIMEOUT_AFTER

    again = fake.post(f"{ORDERS}/{order}/capture", key="k-1")

    assert again.status_code == 201
    assert len(fake.gateways.book.rows(Kind.CHARGE)) == 1


@pytest.mark.parametrize(
    ("path", "body", "kept_s"),
    [
        (f"{ORDERS}", {"intent": "CAPTURE", "purchase_units": [{"amount": MONEY}]}, 6 * 3_600),
        ("/v2/payments/captures/{paid}/refund", {"amount": MONEY}, 45 * DAY_S),
    ],
)
def test_an_answer_is_kept_as_long_as_its_api_says(fake, path, body, kept_s):
    path = path.format(paid=fake.paid())
    first = fake.post(path, body, "k-1").json()["id"]
    fake.advance(kept_s - 60)
    fake.log_in()
    kept = fake.post(path, body, "k-1").json()["id"]
    fake.advance(120)
    fake.log_in()
    forgotten = fake.post(path, body, "k-1").json()["id"]

    assert kept == first
    assert forgotten != first


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "/intent"),
        ({"intent": "SALE", "purchase_units": [{"amount": MONEY}]}, "/intent"),
        ({"intent": "CAPTURE", "purchase_units": []}, "/purchase_units"),
        ({"intent": "CAPTURE", "purchase_units": [{}]}, "/purchase_units/0/amount"),
        ({"intent": "CAPTURE", "purchase_units": [{"amount": MONEY, "sum": 1}]}, "/purchase_units/0/sum"),
        (
            {"intent": "CAPTURE", "purchase_units": [{"amount": MONEY, "custom_id": "x" * 128}]},
            "/purchase_units/0/custom_id",
        ),
        (
            {"intent": "CAPTURE", "purchase_units": [{"amount": MONEY}], "payment_source": 1},
            "/payment_source",
        ),
        (
            {"intent": "CAPTURE", "purchase_units": [{"amount": MONEY | {"value": "0.001"}}]},
            "/amount/value",
        ),
        ({"intent": "CAPTURE", "purchase_units": [{"amount": MONEY | {"value": "0"}}]}, "/amount/value"),
    ],
)
def test_a_request_of_another_form_is_refused_by_field(fake, body, field):
    answer = fake.post(ORDERS, body)

    assert answer.status_code in (400, 422)
    assert answer.json()["details"][0]["field"] == field


def test_a_body_that_is_no_object_is_refused(fake):
    for body in (b"{", b"[]"):
        answer = fake.http.post(f"/paypal{ORDERS}", content=body)
        assert answer.json()["details"][0]["field"] == "/"


@pytest.mark.parametrize("path", ["/v2/checkout/orders/none", "/v9/nowhere"])
def test_what_is_not_there_is_404(fake, path):
    assert fake.get(path).status_code == 404
