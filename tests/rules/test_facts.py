import pytest

from bursar.rules.bookkeeping import HANDLERS
from bursar.rules.changes import waiting_key
from bursar.rules.facts import Claims, Fact, FactKind, payment_named, payment_needed
from bursar.rules.states import CheckoutStatus, PaymentStatus
from tests.rules.make import attributed, checkout, given_up, paid, refunded, watermark
from tests.rules.words import converted, disputed, fee, funds, settled, snapshots, subscribed, warned

FACTS = [
    (paid(1), FactKind.PAYMENT_SUCCEEDED),
    (paid(1, status=PaymentStatus.FAILED), FactKind.PAYMENT_FAILED),
    (paid(1, status=PaymentStatus.PROCESSING), FactKind.PAYMENT_PROCESSING),
    (paid(1, status=PaymentStatus.AUTHORIZED), FactKind.PAYMENT_AUTHORIZED),
    (attributed("INV-1"), FactKind.PAYMENT_ATTRIBUTED),
    (checkout("cs_1"), FactKind.CHECKOUT_COMPLETED),
    (checkout("cs_1", status=CheckoutStatus.EXPIRED), FactKind.CHECKOUT_EXPIRED),
    (refunded(1), FactKind.REFUND_CHANGED),
    (watermark(1), FactKind.REFUND_WATERMARK),
    (paid(1, status=PaymentStatus.REQUIRES_ACTION), FactKind.PAYMENT_REQUIRES_ACTION),
    (paid(1, status=PaymentStatus.CANCELED), FactKind.PAYMENT_CANCELED),
    (disputed(), FactKind.DISPUTE_CHANGED),
    (funds(), FactKind.DISPUTE_FUNDS_MOVED),
    (fee(1), FactKind.FEE_KNOWN),
    (converted(1, 2), FactKind.CURRENCY_CONVERTED),
    (settled(), FactKind.SETTLEMENT_CHANGED),
    (given_up("INV-1", (1, 5)), FactKind.INVOICE_GIVEN_UP),
    *zip(
        snapshots(),
        (
            FactKind.SUBSCRIPTION_CHANGED,
            FactKind.GATEWAY_INVOICE_CHANGED,
            FactKind.PAYMENT_METHOD_CHANGED,
            FactKind.CUSTOMER_CHANGED,
            FactKind.FRAUD_WARNED,
            FactKind.DOWNTIME_CHANGED,
        ),
        strict=True,
    ),
]


@pytest.mark.parametrize(("fact", "kind"), FACTS)
def test_a_fact_has_the_name_it_is_stored_under(fact, kind):
    assert fact.kind is kind


def test_every_kind_of_fact_can_be_told():
    assert {kind for _, kind in FACTS} == set(FactKind)


def test_every_type_of_fact_is_handled():
    assert HANDLERS.keys() == set(Fact.__args__)


@pytest.mark.parametrize(
    ("fact", "ids"),
    [
        (paid(1), ("pi_1",)),
        (paid(1, aliases=("ch_1",), claims=Claims(checkouts=("cs_1",))), ("pi_1", "ch_1", "cs_1")),
        (checkout("cs_1"), ("cs_1",)),
        (checkout("cs_1", "pi_1"), ("cs_1", "pi_1")),
        (refunded(1), ("re_1", "pi_1")),
        (watermark(1), ("pi_1",)),
        (disputed(), ("dp_1", "pi_1")),
        (funds(), ("dp_1:withdrawn", "dp_1", "pi_1")),
        (fee(1), ("txn_1",)),
        (converted(1, 2), ("txn_1",)),
        (settled(), ("po_1",)),
        (subscribed(), ("sub_1",)),
        (warned(), ("issfr_1", "pi_1")),
    ],
)
def test_every_gateway_id_a_fact_names_is_locked(fact, ids):
    assert fact.gateway_ids == ids


@pytest.mark.parametrize(
    ("fact", "named", "needed"),
    [
        (paid(1), "pi_1", None),
        (checkout("cs_1", "pi_1"), "pi_1", None),
        (refunded(1), "pi_1", "pi_1"),
        (watermark(1), "pi_1", "pi_1"),
        (disputed(), "pi_1", "pi_1"),
        (funds(), "pi_1", "pi_1"),
        (warned(), "pi_1", "pi_1"),
        (fee(1), "pi_1", None),
        (converted(1, 2), "pi_1", None),
        (settled(), None, None),
        (subscribed(), None, None),
    ],
)
def test_a_fact_says_which_payment_it_speaks_of_and_whether_it_means_nothing_without_it(fact, named, needed):
    assert payment_named(fact) == named
    assert payment_needed(fact) == needed


def test_an_event_waits_for_an_id_of_its_own_account():
    assert waiting_key("stripe:live", "pi_1") == "stripe:live/pi_1"
