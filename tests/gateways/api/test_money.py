"""Which amounts each gateway can move at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.gateways.api.failures import FailureCode, GatewayRefused
from bursar.gateways.api.money import Direction, check_charge, step_minor
from bursar.gateways.stripe.amounts import stripe_amount


@pytest.mark.parametrize(
    ("gateway", "currency", "direction", "step"),
    [
        ("stripe", "USD", Direction.CHARGE, 1),
        ("stripe", "JPY", Direction.CHARGE, 1),
        ("stripe", "ISK", Direction.CHARGE, 1),
        ("stripe", "UGX", Direction.PAYOUT, 1),
        ("stripe", "MGA", Direction.CHARGE, 100),
        ("stripe", "KWD", Direction.CHARGE, 10),
        ("stripe", "TND", Direction.PAYOUT, 10),
        ("stripe", "HUF", Direction.CHARGE, 1),
        ("stripe", "HUF", Direction.PAYOUT, 100),
        ("stripe", "TWD", Direction.PAYOUT, 100),
        ("razorpay", "INR", Direction.CHARGE, 1),
        ("razorpay", "BHD", Direction.CHARGE, 10),
        ("paypal", "HUF", Direction.CHARGE, 100),
        ("paypal", "TWD", Direction.CHARGE, 100),
        ("paypal", "JPY", Direction.CHARGE, 1),
    ],
)
def test_the_steps_are_those_the_gateways_write_down(gateway, currency, direction, step):
    assert step_minor(gateway, currency, direction) == step


@pytest.mark.parametrize(
    ("amount_minor", "currency", "said"),
    [
        (12_345, "KWD", "a multiple of 10"),
        (150, "MGA", "a multiple of 100"),
        (0, "USD", "positive"),
        (-100, "USD", "positive"),
    ],
)
def test_an_amount_between_two_steps_is_refused_with_the_step(amount_minor, currency, said):
    with pytest.raises(GatewayRefused) as refused:
        check_charge("stripe", amount_minor, currency)

    assert refused.value.failure.code is FailureCode.INVALID
    assert f"{amount_minor} {currency}; stripe needs it to be {said}" in refused.value.failure.message


@given(st.integers(1, 10**9), st.sampled_from(["ISK", "UGX"]))
def test_krona_and_shillings_are_written_in_hundreds(amount_minor, currency):
    check_charge("stripe", amount_minor, currency)

    assert stripe_amount(amount_minor, currency) % 100 == 0


@given(st.integers(1, 10**7).map(lambda n: n * 10), st.sampled_from(["BHD", "JOD", "KWD", "OMR", "TND"]))
def test_three_decimals_are_sent_with_a_last_zero(amount_minor, currency):
    check_charge("stripe", amount_minor, currency)

    assert stripe_amount(amount_minor, currency) % 10 == 0
