import pytest
import stripe

from bursar.sandbox.fake.faults import FaultKind
from tests.sandbox.fake.stripe.asking import payment, session


def test_the_book_is_read_over_http(stage, http):
    paid = payment(stage)

    told = http.get("/_fake/book").json()

    assert [row["payment"] for row in told["rows"]] == [paid.id]
    assert told["sums"] == {"stripe.USD.charge.captured": 5_000}


def test_a_script_pays_declines_and_refunds_over_http(stage, http):
    first, second = session(stage), session(stage)

    declined = http.post("/_fake/stripe/decline", json={"session": first.id}).json()
    paid = http.post("/_fake/stripe/pay", json={"session": second.id}).json()
    refunded = http.post("/_fake/stripe/refund", json={"payment": paid["payment_intent"]}).json()

    assert declined["error"]["decline_code"] == "generic_decline"
    assert paid["payment_status"] == "paid"
    assert refunded["amount"] == 4_500
    assert stage.v1.checkout.sessions.retrieve(first.id).status == "open"


def test_faults_are_scripted_listed_and_cleared_over_http(stage, http):
    scripted = {"operation": "stripe.customers.*", "kind": "rate_limited", "times": None}
    assert http.post("/_fake/faults", json=[scripted]).status_code == 200

    with pytest.raises(stripe.RateLimitError):
        stage.v1.customers.create({})

    told = http.get("/_fake/faults").json()
    assert told["hits"] == {"stripe.customers.create rate_limited": 1}
    assert [fault["kind"] for fault in told["pending"]] == [FaultKind.RATE_LIMITED]
    assert http.delete("/_fake/faults").status_code == 200
    assert stage.v1.customers.create({}).id


def test_of_several_faults_all_are_scripted_or_none(stage, http):
    good, bad = {"operation": "stripe.*", "kind": "reset"}, {"operation": "stripe.*", "kind": "no"}

    refused = http.post("/_fake/faults", json=[good, bad])

    assert refused.status_code == 400
    assert "kind" in refused.json()["error"]
    assert stage.gateways.faults.pending() == []


def test_time_is_moved_over_http_and_does_what_time_does(stage, http):
    open_ = session(stage)

    told = http.post("/_fake/clock", json={"advance_s": 25 * 3_600}).json()

    assert "now" in told
    assert stage.v1.checkout.sessions.retrieve(open_.id).status == "expired"


def test_deliveries_are_made_and_listed_over_http(stage, http, receiver):
    payment(stage)

    told = http.post("/_fake/deliver", json={}).json()
    listed = http.get("/_fake/events").json()

    assert told == {"posted": len(receiver.deliveries), "pending": 0}
    assert [event["type"] for event in listed] == receiver.types()
    assert {event["fate"] for event in listed} == {"delivered"}


def test_an_event_is_sent_once_more_over_http(stage, http, receiver):
    stage.v1.customers.create({})
    stage.gateways.webhooks.deliver()

    assert http.post("/_fake/redeliver", json={"event": receiver.deliveries[0].told["id"]}).status_code == 200
    http.post("/_fake/deliver", json={})

    assert receiver.types() == ["customer.created"] * 2


def test_what_the_gateway_would_refuse_a_script_is_refused_too(stage, http):
    paid = payment(stage)

    twice = [http.post("/_fake/stripe/refund", json={"payment": paid.id}) for _ in range(2)]

    assert [answer.status_code for answer in twice] == [200, 400]
    assert "already been refunded" in twice[1].json()["error"]


@pytest.mark.parametrize(
    ("path", "body", "status", "named"),
    [
        pytest.param("stripe/pay", {"session": "cs_no"}, 404, "cs_no", id="no such session"),
        pytest.param("stripe/pay", {}, 400, "session", id="a missing argument"),
        pytest.param("stripe/pay", {"session": "cs", "cash": 1}, 400, "cash", id="an unknown argument"),
        pytest.param("stripe/steal", {}, 404, "stripe/pay", id="no such control"),
        pytest.param("paypaul/pay", {}, 404, "stripe/pay", id="no such gateway"),
        pytest.param("stripe/pay", [], 400, "object", id="no object"),
        pytest.param("clock", {"advance_s": -1}, 400, "seconds", id="back in time"),
        pytest.param("redeliver", {"event": "evt_no"}, 404, "evt_no", id="no such event"),
        pytest.param("redeliver", {}, 400, "event", id="no event"),
        pytest.param("clock", {"advance_s": "soon"}, 400, "advance_s", id="no number"),
    ],
)
def test_a_script_that_errs_is_told_what_is_wrong(http, path, body, status, named):
    refused = http.post(f"/_fake/{path}", json=body)

    assert refused.status_code == status
    assert named in refused.json()["error"]


def test_a_body_that_is_no_json_is_refused(http):
    assert http.post("/_fake/clock", content=b"{").status_code == 400
