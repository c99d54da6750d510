import pytest

from bursar.rules.facts import CustomerFact, PaymentMethodFact
from bursar.rules.states import GatewayCustomerStatus, PaymentMethodStatus
from tests.gateways.stripe.reading import AT, only, reading

CHARGEABLE = [
    "payment_method.attached",
    "payment_method.updated",
    "payment_method.automatically_updated",
    "payment_method.card_automatically_updated",
]


@pytest.mark.parametrize(
    ("event_type", "status"),
    [
        ("customer.created", GatewayCustomerStatus.ACTIVE),
        ("customer.updated", GatewayCustomerStatus.ACTIVE),
        ("customer.deleted", GatewayCustomerStatus.DELETED),
    ],
)
def test_a_customer_is_there_or_gone(event_type, status):
    assert only(reading(event_type, metadata={"student": "s-7"})) == CustomerFact(
        gateway_customer="cus_demo_0001",
        status=status,
        occurred_at=AT,
        customer="s-7",
        default_method="pm_demo_card",
    )


def test_a_record_that_says_it_is_deleted_is_gone():
    fact = only(reading("customer.updated", {"deleted": True}))

    assert fact.status is GatewayCustomerStatus.DELETED


def test_older_customers_pay_by_a_default_source():
    changes = {"default_source": {"id": "card_1"}, "invoice_settings": ...}

    assert only(reading("customer.updated", changes)).default_method == "card_1"


@pytest.mark.parametrize("event_type", CHARGEABLE)
def test_a_saved_card_is_told_by_its_last_four_digits(event_type):
    assert only(reading(event_type)) == PaymentMethodFact(
        method="pm_demo_card",
        status=PaymentMethodStatus.ATTACHED,
        occurred_at=AT,
        gateway_customer="cus_demo_0001",
        type="card",
        brand="visa",
        last4="0341",
        expires=(2031, 4),
        fingerprint="DemoCardDemoCard",
    )


def test_a_detached_method_was_its_former_customers():
    fact = only(reading("payment_method.detached"))

    assert (fact.status, fact.gateway_customer) == (PaymentMethodStatus.DETACHED, "cus_demo_0001")


def test_a_bank_account_has_no_expiry():
    details = {"last4": "6789", "bank_name": "Bank of Asha", "fingerprint": "f1"}
    fact = only(reading("payment_method.attached", {"type": "us_bank_account", "us_bank_account": details}))

    assert (fact.type, fact.last4, fact.expires, fact.brand) == ("us_bank_account", "6789", None, None)


@pytest.mark.parametrize(
    ("event_type", "status"),
    [
        ("customer.source.created", PaymentMethodStatus.ATTACHED),
        ("customer.source.updated", PaymentMethodStatus.ATTACHED),
        ("customer.source.deleted", PaymentMethodStatus.DETACHED),
    ],
)
def test_a_card_from_before_payment_methods_is_one_too(event_type, status):
    fact = only(reading(event_type))

    assert (fact.method, fact.status, fact.type) == ("card_demo_0001", status, "card")
    assert (fact.brand, fact.last4, fact.expires) == ("visa", "0341", (2031, 4))


def test_a_source_keeps_its_card_under_its_type():
    source = {"object": "source", "type": "card", "card": {"last4": "1881", "brand": "American Express"}}
    fact = only(reading("customer.source.created", source))

    assert (fact.type, fact.last4, fact.brand) == ("card", "1881", "amex")


@pytest.mark.parametrize("digits", ["42424242", "42", "", "abcd", "４２４２", None, 4242, ["4242"]])
def test_nothing_but_four_digits_is_kept_of_a_number(digits):
    assert only(reading("customer.source.updated", {"last4": digits})).last4 is None


@pytest.mark.parametrize(
    "changes",
    [{"exp_month": 0}, {"exp_month": 13}, {"exp_year": 31}, {"exp_year": "2031"}, {"exp_month": True}],
)
def test_a_senseless_expiry_is_none(changes):
    assert only(reading("customer.source.updated", changes)).expires is None
