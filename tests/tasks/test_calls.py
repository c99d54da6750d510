"""Calls to gateways: intent before, answer after, and never twice what may have been acted on."""

from datetime import UTC, datetime

import pytest

from bursar.errors import Misconfigured
from bursar.gateways.api.failures import Failure, FailureCode, KeyReused
from bursar.gateways.api.requests import Charge, CreateCustomer, Fetch, Purpose, Refund
from bursar.rules.calling import Operation
from bursar.rules.states import RefundEffect
from models.session import transaction
from tasks.asking import enqueue_call
from tasks.effects import EFFECTS
from tasks.patience import PATIENCE, WAIT_MAX_S, wait_s
from tasks.payments import reconcile
from tests.support.factories import execute, make_customer, make_invoice, rows, value
from tests.support.toy.api import away, lost, refused
from tests.tasks.steps import broken, hurry, open_breaks, tell, twice, work_off


def charge(invoice, customer, amount_minor=1000_00):
    return Charge(
        charge="c1",
        purpose=Purpose(customer=customer.external_ref, invoice=str(invoice)),
        amount_minor=amount_minor,
        currency="INR",
        description="fees",
        customer="toy_cus_1",
        payment_method="toy_pm_1",
    )


def enqueue(request, subject="checkout:01999999-0000-7000-8000-000000000001", customer=None):
    with transaction() as session:
        return enqueue_call(session, "toy:test", subject, request, customer and customer.id)


def calls():
    return rows("SELECT state, outcome FROM gateway_calls ORDER BY created_at, n")


@pytest.fixture
def payer():
    return make_customer()


@pytest.fixture
def invoice(payer):
    return make_invoice(payer)


def test_every_operation_has_an_effect_and_a_patience():
    assert EFFECTS.keys() == set(Operation) == PATIENCE.keys()


def test_what_a_gateway_answers_enters_the_inbox_and_pays_the_invoice(toy, payer, invoice):
    enqueue(charge(invoice, payer))

    twice(reconcile)
    tell()
    work_off()

    assert calls() == [("done", "answered")]
    assert rows("SELECT source, type, state FROM gateway_events") == [("fetch", "payment.succeeded", "done")]
    assert value("SELECT paid_minor FROM invoices") == 1000_00
    assert len(toy.sent) == 1
    assert broken() == []


def test_a_webhook_that_tells_the_same_changes_nothing_more(toy, payer, invoice):
    enqueue(charge(invoice, payer))
    reconcile()
    execute("UPDATE gateway_events SET dedupe_key = 'the webhook''s own'")
    tell()
    enqueue(Fetch(kind="payment", object_id="toy_pay_1"), subject="fetch:toy:test/toy_pay_1")

    reconcile()
    tell()

    assert value("SELECT count(*) FROM payments") == 1
    assert value("SELECT paid_minor FROM invoices") == 1000_00


def test_a_lost_answer_is_asked_for_and_never_charged_again(toy, payer, invoice):
    """F59, F75: the gateway acted, we did not hear it."""
    enqueue(charge(invoice, payer))
    toy.after = [lost()]

    reconcile()
    assert calls() == [("pending", "unknown")]
    hurry("gateway_calls")
    reconcile()

    assert calls() == [("done", "answered")]
    assert len(toy.sent) == len(toy.done) == 1
    assert toy.asked == [toy.sent[0][0]]


def test_a_worker_that_dies_after_the_gateway_acted_leaves_a_call_that_is_asked_for(toy, payer, invoice):
    """F59."""
    call_id = enqueue(charge(invoice, payer))
    execute("UPDATE gateway_calls SET outcome = 'sending', sent_at = now() - interval '1 minute'")
    key = value("SELECT key FROM gateway_calls WHERE id = %s", call_id)
    toy.perform(charge(invoice, payer), key)

    reconcile()

    assert calls() == [("done", "answered")]
    assert (len(toy.sent), toy.asked) == (1, [key])


def test_what_was_certainly_not_acted_on_is_sent_under_a_new_key(toy, payer, invoice):
    """F76, F78: proof of absence first."""
    enqueue(charge(invoice, payer))
    toy.before = [lost()]

    reconcile()
    hurry("gateway_calls")
    reconcile()

    [first, second] = [key for key, _ in toy.sent]
    assert second.startswith(first[:40])
    assert first != second
    assert calls() == [("done", "answered")]


def test_while_nobody_can_tell_nothing_is_sent(toy, payer, invoice):
    enqueue(charge(invoice, payer))
    toy.after = [lost()]
    toy.when_asked = [away(), lost()]

    for _ in range(4):
        reconcile()
        hurry("gateway_calls")

    assert len(toy.sent) == 1
    assert len(toy.asked) == 3
    assert calls() == [("done", "answered")]


def test_a_gateway_that_is_away_is_tried_again_later_with_the_same_key(toy, payer, invoice):
    """F73."""
    enqueue(charge(invoice, payer))
    toy.before = [away(FailureCode.RATE_LIMITED, retry_after_s=120.0)]

    reconcile()
    waits_s = value("SELECT extract(epoch FROM not_before - now())::float8 FROM gateway_calls")
    hurry("gateway_calls")
    reconcile()

    assert waits_s > 100
    assert len({key for key, _ in toy.sent}) == 1
    assert toy.asked == []


def test_a_refusal_ends_the_call_and_waits_for_a_person(toy):
    enqueue(
        Refund(refund="r1", payment="toy_pay_9", amount_minor=5, currency="INR", effect=RefundEffect.CANCEL),
        subject="refund:01999999-0000-7000-8000-000000000002",
    )
    toy.before = [refused(FailureCode.ALREADY_DONE)]

    twice(reconcile)

    assert calls() == [("done", "refused")]
    assert open_breaks() == ["call_refused"]


def test_parameters_that_were_changed_are_not_sent(toy, payer, invoice):
    """F77: what is sent under a key never changes."""
    enqueue(charge(invoice, payer))
    execute("UPDATE gateway_calls SET params = jsonb_set(params, '{amount_minor}', '1')")

    reconcile()

    assert toy.sent == []
    assert value("SELECT error FROM gateway_calls") == "a frozen call was changed"


def test_a_key_that_means_another_call_is_put_aside_for_a_person(toy, payer, invoice):
    """F77."""
    enqueue(charge(invoice, payer))
    toy.before = [KeyReused(Failure(code=FailureCode.KEY_REUSED, message="used before"))]

    reconcile()

    assert rows("SELECT state FROM gateway_calls") == [("dead",)]
    assert open_breaks() == ["call_stuck"]


def test_a_wrong_credential_waits_for_whoever_can_mend_it(toy, payer, invoice):
    enqueue(charge(invoice, payer))
    toy.before = [Misconfigured("TOY_SECRET_KEY is wrong: copy it from the dashboard")]

    reconcile()

    assert rows("SELECT state, error FROM gateway_calls") == [
        ("pending", "TOY_SECRET_KEY is wrong: copy it from the dashboard")
    ]
    hurry("gateway_calls")
    reconcile()
    assert value("SELECT state FROM gateway_calls") == "done"


def test_a_call_nobody_knows_the_outcome_of_for_a_day_is_put_before_a_person(toy, payer, invoice):
    enqueue(charge(invoice, payer))
    toy.after = [lost()]
    reconcile()
    execute("UPDATE gateway_calls SET sent_at = now() - interval '25 hours'")

    reconcile()

    assert open_breaks() == ["call_stuck"]


def test_one_subject_has_one_open_call_and_a_second_after_it_ended(toy, payer):
    request = CreateCustomer(customer=payer.external_ref, name=payer.name)

    first = enqueue(request, "customer:1", payer)
    assert enqueue(request, "customer:1", payer) is None
    reconcile()
    second = enqueue(request, "customer:1", payer)

    assert first != second
    assert rows("SELECT n FROM gateway_calls ORDER BY n") == [(1,), (2,)]


def test_a_customer_has_one_record_at_a_gateway(toy, payer):
    for _ in range(2):
        enqueue(CreateCustomer(customer=payer.external_ref, name=payer.name), "customer:1", payer)
        reconcile()

    assert rows("SELECT external_id FROM customer_gateway_refs") == [("toy_cus_1",)]


@pytest.mark.parametrize(("tries", "least", "most"), [(1, 0.2, 1), (4, 2, 6), (30, 1800, 2 * WAIT_MAX_S)])
def test_waits_double_up_to_an_hour(tries, least, most):
    assert least <= wait_s(tries, None) <= most


def test_an_event_that_only_names_its_object_is_done_once_that_was_fetched(toy):
    waited = "fetch:toy:test/payment/toy_pay_7"
    execute(
        """INSERT INTO gateway_events (id, gateway_account, dedupe_key, gateway_event_id, type, body, key_id,
             waiting_for, not_before, occurred_at)
           VALUES (gen_random_uuid(), 'toy:test', 'thin', 'thin', 'thin', '', 'k', %s, 'infinity', %s)""",
        waited,
        datetime(2026, 11, 21, tzinfo=UTC),
    )

    twice(reconcile)
    tell()

    assert rows("SELECT type, state FROM gateway_events ORDER BY received_at") == [
        ("thin", "done"),
        ("payment.succeeded", "done"),
    ]
    assert value("SELECT gateway_payment_id FROM payments") == "toy_pay_7"


def park(object_id: str, key: str) -> None:
    """An event that names an object waits for it."""
    execute(
        """INSERT INTO gateway_events (id, gateway_account, dedupe_key, gateway_event_id, type, body, key_id,
             waiting_for, not_before)
           VALUES (gen_random_uuid(), 'toy:test', %s, %s, 'thin', '', 'k', %s, 'infinity')""",
        key,
        key,
        f"fetch:toy:test/payment/{object_id}",
    )


def test_an_event_that_comes_while_its_object_is_fetched_is_asked_for_once_more(toy):
    park("toy_pay_7", "first")
    answer = toy.fetch

    def fetch(kind, object_id):
        toy.fetch = answer
        park("toy_pay_7", "second")  # the object has changed since we asked
        return answer(kind, object_id)

    toy.fetch = fetch
    reconcile()
    waiting = rows("SELECT dedupe_key, state FROM gateway_events WHERE type = 'thin' ORDER BY 1")
    assert waiting == [("first", "done"), ("second", "pending")]

    reconcile()

    assert rows("SELECT DISTINCT state FROM gateway_events WHERE type = 'thin'") == [("done",)]
    assert len([request for _, request in toy.sent if isinstance(request, Fetch)]) == 2
