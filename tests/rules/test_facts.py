import pytest

from bursar.rules.bookkeeping import HANDLERS
from bursar.rules.changes import waiting_key
from bursar.rules.facts import Claims, Fact, FactKind
from bursar.rules.states import CheckoutStatus, PaymentStatus
from tests.rules.make import checkout, paid, refunded, watermark

FACTS = [
    (paid(1), FactKind.PAYMENT_SUCCEEDED),
    (paid(1, status=PaymentStatus.FAILED), FactKind.PAYMENT_FAILED),
    (paid(1, status=PaymentStatus.PROCESSING), FactKind.PAYMENT_PROCESSING),
    (paid(1, status=PaymentStatus.AUTHORIZED), FactKind.PAYMENT_AUTHORIZED),
    (checkout("cs_1"), FactKind.CHECKOUT_COMPLETED),
    (checkout("cs_1", status=CheckoutStatus.EXPIRED), FactKind.CHECKOUT_EXPIRED),
    (refunded(1), FactKind.REFUND_CHANGED),
    (watermark(1), FactKind.REFUND_WATERMARK),
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
    ],
)
def test_every_gateway_id_a_fact_names_is_locked(fact, ids):
    assert fact.gateway_ids == ids


def test_an_event_waits_for_an_id_of_its_own_account():
    assert waiting_key("stripe:live", "pi_1") == "stripe:live/pi_1"
