import pytest

from bursar.gateways.paypal.claims import (
    CUSTOM_LENGTH_MAX,
    OWN_PREFIX,
    Context,
    claims_of,
    custom_metadata,
    subscriber_of,
)
from bursar.rules.facts import NO_CLAIMS, Claims

ALONE = Context()


@pytest.mark.parametrize(
    ("payment", "claims"),
    [
        ({}, NO_CLAIMS),
        ({"invoice_id": "INV-7"}, Claims(invoice="INV-7")),
        ({"invoice_number": "INV-7"}, Claims(invoice="INV-7")),
        ({"invoice_number": ""}, NO_CLAIMS),
        ({"custom_id": "order 12"}, Claims(invoice="order 12")),
        ({"custom": "order-12"}, Claims(invoice="order-12")),
        ({"invoice_id": "INV-7", "custom_id": "order-12"}, Claims(invoice="INV-7")),
        ({"custom_id": "invoice=INV-7;student=s-7"}, Claims(invoice="INV-7", customer="s-7")),
        ({"invoice_id": "INV-8", "custom_id": "invoice=INV-7"}, Claims(invoice="INV-8")),
        ({"invoice_id": f"{OWN_PREFIX}c-1", "custom_id": "invoice=INV-7"}, Claims(invoice="INV-7")),
        ({"invoice_id": f"{OWN_PREFIX}c-1"}, NO_CLAIMS),
        ({"custom_id": " track = web ; student = s-7 "}, Claims(customer="s-7", track="web")),
        (
            {"custom_id": "components=tuition=50000,library=2500"},
            Claims(components=(("tuition", 50_000), ("library", 2_500))),
        ),
        ({"custom_id": "student=sample@example.com"}, NO_CLAIMS),
        ({"custom_id": "sample@example.com"}, NO_CLAIMS),
        ({"custom_id": "x" * (CUSTOM_LENGTH_MAX + 1)}, NO_CLAIMS),
        ({"custom_id": {"student": "s-7"}}, NO_CLAIMS),
        ({"custom_id": 7, "invoice_id": 7}, NO_CLAIMS),
    ],
)
def test_two_texts_of_a_payment_say_whom_it_is_for(payment, claims):
    assert claims_of(payment, ALONE) == claims


def test_where_a_payment_says_nothing_its_purchase_unit_does():
    unit = {"invoice_id": "INV-7", "custom_id": "student=s-7"}
    context = Context(unit=unit, order="O1", payer="P1")
    surroundings = {"checkouts": ("O1",), "gateway_customer": "P1"}

    assert claims_of({}, context) == Claims(invoice="INV-7", customer="s-7", **surroundings)
    own = claims_of({"invoice_id": "INV-8", "custom_id": "track=web"}, context)
    assert own == Claims(invoice="INV-8", track="web", **surroundings)


def test_a_subscription_names_its_payer_and_never_one_invoice_again_and_again():
    sale = {
        "billing_agreement_id": "I-1",
        "custom": "student=s-7;invoice=INV-7;components=a=1",
        "invoice_number": "X",
    }

    assert claims_of(sale, ALONE) == Claims(subscriber="s-7")
    assert claims_of({"billing_agreement_id": "I-1", "custom": "s-7"}, ALONE) == Claims(subscriber="s-7")


@pytest.mark.parametrize(
    ("custom", "subscriber"),
    [("s-7", "s-7"), ("student=s-7", "s-7"), ("track=web", None), (None, None), ("a@b.example", None)],
)
def test_the_text_of_a_subscription_is_its_payer(custom, subscriber):
    assert subscriber_of({"custom_id": custom}) == subscriber


@pytest.mark.parametrize("text", [None, "", "web", "a;b", "a=1;b", "=1", " =1", ";", ";".join(["a=1"] * 12)])
def test_a_text_of_another_form_is_no_metadata(text):
    assert custom_metadata(text) == {}
