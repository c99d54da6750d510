"""Events as the gateways would send them, ready to be signed: for the demo, `trigger`, benchmarks and tests.

The same story gives the same bytes and the same event id, so sending it twice is a duplicate.
"""

from collections.abc import Callable

from bursar.sandbox.paypal_samples import PAYPAL_FETCHED, PAYPAL_SAMPLES, paypal_event, paypal_object
from bursar.sandbox.razorpay_samples import RAZORPAY_SAMPLES, razorpay_event, razorpay_payment_events
from bursar.sandbox.stripe_samples import STRIPE_SAMPLES, stripe_event, stripe_payment_events

SAMPLES: dict[str, Callable[..., bytes]] = {**STRIPE_SAMPLES, **RAZORPAY_SAMPLES, **PAYPAL_SAMPLES}
"""By the name `bursar trigger` takes. Each is called with keywords of its gateway's story."""
FETCHED: dict[str, Callable[..., bytes]] = {**PAYPAL_FETCHED}
"""What a fetch puts into the inbox under a type of its own; no gateway posts these."""

__all__ = [
    "FETCHED",
    "SAMPLES",
    "paypal_event",
    "paypal_object",
    "razorpay_event",
    "razorpay_payment_events",
    "stripe_event",
    "stripe_payment_events",
]
