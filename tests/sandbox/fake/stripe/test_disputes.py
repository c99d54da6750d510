import pytest
import stripe

from bursar.errors import Refused
from bursar.rules.facts import DisputeFact
from bursar.sandbox.fake.book import Kind, Standing
from bursar.sandbox.fake.vendor import NoSuchThing
from tests.sandbox.fake.stripe.asking import payment
from tests.sandbox.fake.stripe.facts import facts_of


@pytest.mark.parametrize(
    ("won", "standing", "last", "movements"),
    [
        (True, Standing.WON, "charge.dispute.funds_reinstated", 2),
        (False, Standing.LOST, "charge.dispute.closed", 1),
    ],
)
def test_a_dispute_takes_the_money_and_may_give_it_back(stage, won, standing, last, movements):
    paid = payment(stage)
    opened = stage.control("open_dispute", payment=paid.id, reason="product_not_received")
    assert stage.types()[-2:] == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]

    stage.control("close_dispute", dispute=opened["id"], won=won)

    told = stage.v1.disputes.retrieve(opened["id"])
    assert (told.status, told.reason) == (standing.value, "product_not_received")
    assert len(told.balance_transactions) == movements
    assert stage.types()[-1] == last
    assert [row.standing for row in stage.book.rows(Kind.DISPUTE)] == [standing]
    assert {(fact.dispute, fact.payment, fact.amount_minor) for fact in facts_of(stage, DisputeFact)} == {
        (opened["id"], paid.id, 5_000)
    }
    assert [one.id for one in stage.v1.disputes.list({"payment_intent": paid.id}).data] == [opened["id"]]


def test_a_card_made_for_it_is_disputed_by_itself(stage):
    paid = payment(stage, "pm_card_createDispute")

    assert [one.payment_intent for one in stage.v1.disputes.list().data] == [paid.id]
    assert stage.v1.charges.retrieve(paid.latest_charge).disputed


def test_a_disputed_charge_cannot_be_refunded(stage):
    paid = payment(stage)
    stage.control("open_dispute", payment=paid.id)

    with pytest.raises(stripe.InvalidRequestError) as refused:
        stage.v1.refunds.create({"payment_intent": paid.id})

    assert refused.value.code == "charge_disputed"


def test_a_payment_is_disputed_once_and_no_more_than_it_was(stage):
    paid = payment(stage)
    with pytest.raises(Refused, match="cannot be disputed"):
        stage.control("open_dispute", payment=paid.id, amount=5_001)
    opened = stage.control("open_dispute", payment=paid.id, amount=1_000)
    stage.control("close_dispute", dispute=opened["id"], won=False)

    with pytest.raises(Refused, match="cannot be disputed"):
        stage.control("open_dispute", payment=paid.id)
    with pytest.raises(Refused, match="closed already"):
        stage.control("close_dispute", dispute=opened["id"], won=True)


def test_what_is_not_there_cannot_be_disputed(stage):
    with pytest.raises(NoSuchThing, match="pi_no"):
        stage.control("open_dispute", payment="pi_no")
    with pytest.raises(NoSuchThing, match="dp_no"):
        stage.control("close_dispute", dispute="dp_no", won=True)
