import pytest
import stripe

from bursar.rules.facts import CustomerFact, PaymentMethodFact
from tests.sandbox.fake.stripe.facts import facts_of


def test_a_customer_is_made_changed_found_and_deleted(stage):
    made = stage.v1.customers.create(
        {"email": "a@example.com", "name": "A", "metadata": {"customer": "c-1", "x": "y"}}
    )
    stage.v1.customers.update(made.id, {"name": "B", "metadata": {"x": ""}})

    told = stage.v1.customers.retrieve(made.id)
    found = stage.v1.customers.list({"email": "a@example.com"}).data
    gone = stage.v1.customers.delete(made.id)

    assert (told.name, told.metadata.to_dict()) == ("B", {"customer": "c-1"})
    assert [one.id for one in found] == [made.id]
    assert gone.deleted
    assert stage.types() == ["customer.created", "customer.updated", "customer.deleted"]
    assert {fact.gateway_customer for fact in facts_of(stage, CustomerFact)} == {made.id}


def test_an_update_says_what_was_there_before(stage):
    made = stage.v1.customers.create({"name": "A"})
    stage.v1.customers.update(made.id, {"name": "B"})

    (event,) = stage.v1.events.list({"type": "customer.updated"}).data

    assert event.data.previous_attributes.name == "A"
    assert event.data.object.name == "B"


@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param({str(n): "x" for n in range(51)}, id="too many keys"),
        pytest.param({"k" * 41: "x"}, id="a long key"),
        pytest.param({"k": "x" * 501}, id="a long value"),
    ],
)
def test_metadata_has_limits(stage, metadata):
    with pytest.raises(stripe.InvalidRequestError, match="Metadata"):
        stage.v1.customers.create({"metadata": metadata})


def test_lists_come_newest_first_a_page_at_a_time(stage):
    made = [stage.v1.customers.create({}).id for _ in range(5)]

    first = stage.v1.customers.list({"limit": 2})
    second = stage.v1.customers.list({"limit": 2, "starting_after": first.data[-1].id})
    back = stage.v1.customers.list({"limit": 2, "ending_before": second.data[0].id})

    assert [one.id for one in first.data] == made[:2:-1]
    assert first.has_more
    assert [one.id for one in second.data] == made[2:0:-1]
    assert [one.id for one in back.data] == [one.id for one in first.data]
    assert [one.id for one in stage.v1.customers.list({"limit": 2}).auto_paging_iter()] == made[::-1]


@pytest.mark.parametrize("limit", [0, 101])
def test_a_page_has_limits(stage, limit):
    with pytest.raises(stripe.InvalidRequestError, match="between 1 and 100"):
        stage.v1.customers.list({"limit": limit})


def test_lists_are_cut_by_time(stage):
    early = stage.v1.customers.create({})
    stage.gateways.clock.advance(100)
    late = stage.v1.customers.create({})

    since = stage.v1.customers.list({"created": {"gt": early.created}}).data
    until = stage.v1.customers.list({"created": {"lte": early.created}}).data

    assert [one.id for one in since] == [late.id]
    assert [one.id for one in until] == [early.id]


def test_a_card_is_saved_at_a_customer_and_listed(stage):
    customer = stage.v1.customers.create({})
    saved = stage.v1.payment_methods.attach("pm_card_mastercard", {"customer": customer.id})

    listed = stage.v1.payment_methods.list({"customer": customer.id, "type": "card"}).data
    detached = stage.v1.payment_methods.detach(saved.id)

    assert [one.id for one in listed] == [saved.id]
    assert (saved.card.brand, saved.card.last4) == ("mastercard", "4444")
    assert detached.customer is None
    assert {fact.gateway_customer for fact in facts_of(stage, PaymentMethodFact)} >= {customer.id}


def test_a_card_that_is_declined_cannot_be_saved_but_one_that_fails_later_can(stage):
    customer = stage.v1.customers.create({})

    with pytest.raises(stripe.CardError):
        stage.v1.payment_methods.attach("pm_card_chargeDeclined", {"customer": customer.id})

    assert stage.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer.id}).customer


def test_a_card_belongs_to_one_customer(stage):
    first, second = stage.v1.customers.create({}), stage.v1.customers.create({})
    saved = stage.v1.payment_methods.attach("pm_card_visa", {"customer": first.id})

    with pytest.raises(stripe.InvalidRequestError, match="already been attached"):
        stage.v1.payment_methods.attach(saved.id, {"customer": second.id})


def test_products_and_prices_are_made_and_listed(stage):
    product = stage.v1.products.create({"name": "Algebra"})
    price = stage.v1.prices.create(
        {
            "currency": "eur",
            "unit_amount": 900,
            "product": product.id,
            "recurring": {"interval": "month"},
        }
    )

    assert stage.v1.products.retrieve(product.id).name == "Algebra"
    assert [one.id for one in stage.v1.prices.list({"product": product.id}).data] == [price.id]
    assert (price.type, price.recurring.interval_count) == ("recurring", 1)


def test_a_price_needs_a_product_and_an_amount(stage):
    with pytest.raises(stripe.InvalidRequestError, match="product"):
        stage.v1.prices.create({"currency": "eur", "unit_amount": 900})
    with pytest.raises(stripe.InvalidRequestError, match="unit_amount"):
        stage.v1.prices.create({"currency": "eur", "product_data": {"name": "x"}})


@pytest.mark.parametrize(
    ("price", "param"),
    [
        pytest.param({"unit_amount": 5}, "items[0][price_data][product]", id="of nothing"),
        pytest.param({"product": "PRODUCT", "unit_amount_decimal": "0.5"}, "unit_amount", id="half a cent"),
    ],
)
def test_a_price_made_on_the_way_needs_a_product_and_whole_cents(stage, price, param):
    product = stage.v1.products.create({"name": "Club"}).id
    data = {"currency": "usd", "recurring": {"interval": "month"}, **price}
    if "product" in data:
        data["product"] = product
    customer = stage.v1.customers.create({}).id

    with pytest.raises(stripe.InvalidRequestError) as refused:
        stage.v1.subscriptions.create({"customer": customer, "items": [{"price_data": data}]})

    assert refused.value.param == param


def test_a_one_time_price_is_no_subscription(stage):
    price = stage.v1.prices.create({"currency": "usd", "unit_amount": 5, "product_data": {"name": "Book"}})
    customer = stage.v1.customers.create({}).id

    with pytest.raises(stripe.InvalidRequestError, match="one_time"):
        stage.v1.subscriptions.create({"customer": customer, "items": [{"price": price.id}]})


def test_a_customer_is_made_with_a_card(stage):
    made = stage.v1.customers.create({"payment_method": "pm_card_visa"})

    assert [one.customer for one in stage.v1.payment_methods.list({"customer": made.id}).data] == [made.id]
