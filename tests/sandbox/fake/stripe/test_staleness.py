import pytest

from bursar.errors import Refused
from bursar.sandbox.fake.vendor import NoSuchThing
from tests.sandbox.fake.stripe.asking import payment


def test_a_read_may_contradict_the_webhook_that_came_before_it(stage, receiver):
    processing = payment(stage, "pm_usBankAccount")
    stage.control("settle", payment=processing.id)
    stage.gateways.webhooks.deliver()
    assert "payment_intent.succeeded" in receiver.types()

    stage.control("lag", id=processing.id, reads=2)

    told = [stage.v1.payment_intents.retrieve(processing.id).status for _ in range(3)]
    assert told == ["processing", "processing", "succeeded"]


def test_what_is_done_is_done_though_a_read_lags(stage):
    paid = payment(stage)
    stage.control("lag", id=paid.id)

    assert stage.v1.refunds.create({"payment_intent": paid.id}).status == "succeeded"
    assert stage.v1.payment_intents.retrieve(paid.id).status == "requires_confirmation"


@pytest.mark.parametrize("reads", [0, 101])
def test_a_read_lags_for_a_while(stage, reads):
    with pytest.raises(Refused, match="reads"):
        stage.control("lag", id=payment(stage).id, reads=reads)


def test_what_never_changed_cannot_lag(stage):
    made = stage.v1.customers.create({})

    with pytest.raises(Refused, match="as it is now"):
        stage.control("lag", id=made.id)
    with pytest.raises(NoSuchThing, match="pi_no"):
        stage.control("lag", id="pi_no")
