"""Which gateways there are. The URL, the inbox and the settings use these names."""

from bursar.gateways.protocol import Gateway
from bursar.gateways.razorpay import facts as razorpay_facts
from bursar.gateways.razorpay.gateway import Razorpay
from bursar.gateways.stripe import facts as stripe_facts
from bursar.gateways.stripe.gateway import Stripe

GATEWAYS: dict[str, Gateway] = {gateway.name: gateway for gateway in (Stripe(), Razorpay())}

_HANDLED_TYPES = {
    Stripe.name: stripe_facts.HANDLED_TYPES,
    Razorpay.name: razorpay_facts.HANDLED_TYPES,
}


def handled_types(gateway: str) -> frozenset[str]:
    """The event types that become facts; all others are recorded and ignored. Raises KeyError."""
    return _HANDLED_TYPES[gateway]
