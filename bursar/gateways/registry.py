"""Which gateways there are. The URL, the inbox and the settings use these names."""

from collections.abc import Callable

from bursar.gateways.manual import reader
from bursar.gateways.paypal import facts as paypal_facts
from bursar.gateways.paypal.gateway import PayPal
from bursar.gateways.paypal.kinds import Kind as PayPalKind
from bursar.gateways.protocol import Gateway
from bursar.gateways.razorpay import facts as razorpay_facts
from bursar.gateways.razorpay.gateway import Razorpay
from bursar.gateways.stripe import facts as stripe_facts
from bursar.gateways.stripe import kinds as stripe_kinds
from bursar.gateways.stripe.gateway import Stripe

GATEWAYS: dict[str, Gateway] = {gateway.name: gateway for gateway in (Stripe(), Razorpay(), PayPal())}

_HANDLED_TYPES = {
    Stripe.name: stripe_facts.HANDLED_TYPES,
    Razorpay.name: razorpay_facts.HANDLED_TYPES,
    PayPal.name: paypal_facts.HANDLED_TYPES,
    reader.Manual.name: reader.HANDLED_TYPES,
}

_KINDS: dict[str, Callable[[str, str], str]] = {
    Stripe.name: stripe_kinds.kind_of,
    PayPal.name: lambda thing, _id: PayPalKind.CAPTURE.value if thing == "payment" else thing,
}


def kind_of(gateway: str, thing: str, object_id: str) -> str:
    """The vendor's word for a `payment`, `refund`, `dispute` or `settlement`: what a Fetch is told."""
    named = _KINDS.get(gateway)
    return named(thing, object_id) if named else thing


def handled_types(gateway: str) -> frozenset[str]:
    """The event types that become facts; all others are recorded and ignored. Raises KeyError."""
    return _HANDLED_TYPES[gateway]
