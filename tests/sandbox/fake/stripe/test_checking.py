import pytest
import stripe

from bursar.sandbox.fake.stripe.checking import check
from bursar.sandbox.fake.stripe.errors import StripeError
from bursar.sandbox.fake.stripe.forms import DEPTH_MAX, PAIRS_MAX, decode
from bursar.sandbox.fake.stripe.routes import OPERATIONS
from tests.sandbox.fake.stripe.asking import line, payment, session


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_operation_is_checked_against_a_type_of_stripes(operation):
    with pytest.raises(StripeError) as refused:
        check(operation.params, {"no_such_parameter": "1"})

    assert refused.value.error["code"] == "parameter_unknown"
    assert refused.value.error["param"] == "no_such_parameter"


@pytest.mark.parametrize(
    ("params", "text", "param", "code"),
    [
        ("RefundCreateParams", "payment_intent=pi&amont=1", "amont", "parameter_unknown"),
        (
            "checkout.SessionCreateParams",
            "mode=payment&line_items[0][qty]=1",
            "line_items[0][qty]",
            "parameter_unknown",
        ),
        ("PaymentIntentCreateParams", "amount=1", "currency", "parameter_missing"),
        ("RefundCreateParams", "amount=1.5", "amount", "parameter_invalid_integer"),
        ("RefundCreateParams", "amount=9999999999999999999", "amount", "parameter_invalid_integer"),
        ("RefundCreateParams", "amount=", "amount", "parameter_invalid_integer"),
        ("RefundCreateParams", "charge=", "charge", "parameter_invalid_empty"),
        ("RefundCreateParams", "reason=boredom", "reason", None),
        ("SubscriptionUpdateParams", "proration_behavior=now", "proration_behavior", None),
        ("SubscriptionUpdateParams", "cancel_at_period_end=yes", "cancel_at_period_end", None),
        ("SubscriptionUpdateParams", "items=si_1", "items", None),
        ("SubscriptionUpdateParams", "items[1][id]=si_1", "items", None),
        ("SubscriptionUpdateParams", "pause_collection[behavior]=sleep", "pause_collection[behavior]", None),
        ("EventListParams", "created[after]=5", "created[after]", "parameter_unknown"),
        ("CustomerCreateParams", "name[0]=x", "name", None),
    ],
)
def test_a_parameter_that_stripe_does_not_know_is_refused_by_its_name(params, text, param, code):
    with pytest.raises(StripeError) as refused:
        check(params, decode(text))

    assert refused.value.error["param"] == param
    assert refused.value.error.get("code") == code


def test_good_parameters_come_out_with_their_types():
    text = (
        "items[0][id]=si_1&items[0][quantity]=2&items[1][price]=p&cancel_at_period_end=true"
        "&metadata[0]=zero&trial_end=now&pause_collection="
    )

    assert check("SubscriptionUpdateParams", decode(text)) == {
        "items": [{"id": "si_1", "quantity": 2}, {"price": "p"}],
        "cancel_at_period_end": True,
        "metadata": {"0": "zero"},
        "trial_end": "now",
        "pause_collection": "",
    }


@pytest.mark.parametrize(
    "text",
    [
        "a=1&a=2",
        "a=1&a[b]=2",
        "a[b=1",
        "[a]=1",
        "=1",
        "a",
        "a" + "[b]" * DEPTH_MAX + "=1",
        "&".join(["a[]=1"] * (PAIRS_MAX + 1)),
    ],
)
def test_what_is_not_stripes_form_is_refused(text):
    with pytest.raises(StripeError):
        decode(text)


def test_the_words_of_yesterdays_api_are_refused(stage):
    """Taken away with 2026-09-30.endive, and in most examples one finds."""
    with pytest.raises(stripe.InvalidRequestError, match="payment_method_types"):
        session(stage, payment_method_types=["card"])


def test_an_error_has_stripes_shape(stage):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        session(stage, line_items=[{**line("A", 1), "qty": 1}])

    assert refused.value.http_status == 400
    assert refused.value.param == "line_items[0][qty]"
    assert refused.value.code == "parameter_unknown"
    assert refused.value.json_body["error"]["type"] == "invalid_request_error"


def test_what_does_not_exist_is_a_404_in_a_path_and_a_400_in_a_parameter(stage):
    with pytest.raises(stripe.InvalidRequestError) as in_path:
        stage.v1.refunds.retrieve("re_no")
    with pytest.raises(stripe.InvalidRequestError) as in_parameter:
        stage.v1.refunds.create({"payment_intent": "pi_no"})

    assert (in_path.value.http_status, in_path.value.code) == (404, "resource_missing")
    assert (in_parameter.value.http_status, in_parameter.value.param) == (400, "payment_intent")


def test_a_live_key_or_none_opens_nothing(stage):
    live = stripe.StripeClient("sk_live_x", base_addresses={"api": stage.gateways.base_url("stripe")})

    with pytest.raises(stripe.AuthenticationError):
        live.v1.customers.create({})


def test_another_version_of_the_api_is_not_played(stage):
    with pytest.raises(stripe.InvalidRequestError, match="2026-10-28"):
        stage.v1.customers.create({}, {"stripe_version": "2025-03-31.basil"})


def test_a_path_nobody_plays_is_said(stage):
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        stage.v1.coupons.create({"percent_off": 5})


def test_ids_are_replaced_by_objects_where_asked(stage):
    paid = payment(stage, expand=["latest_charge.balance_transaction", "latest_charge.refunds"])
    stage.v1.refunds.create({"payment_intent": paid.id, "amount": 100})
    listed = stage.v1.payment_intents.list({"expand": ["data.latest_charge.refunds"]})

    assert paid.latest_charge.balance_transaction.net == 5_000 - 175
    assert [refund.amount for refund in listed.data[0].latest_charge.refunds.data] == [100]
    assert isinstance(stage.v1.payment_intents.retrieve(paid.id).latest_charge, str)


@pytest.mark.parametrize("path", ["amount", "nothing", "latest_charge.nothing", "a.b.c.d.e"])
def test_what_cannot_be_expanded_is_refused(stage, path):
    with pytest.raises(stripe.InvalidRequestError, match="expand"):
        payment(stage, expand=[path])
