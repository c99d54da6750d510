"""Which gateways are played. A new one adds its line here and nothing else in the core."""

from collections.abc import Callable, Mapping

from bursar.sandbox.fake.gateways import Ground, MakeVendor
from bursar.sandbox.fake.paypal.vendor import FakePayPal, own_identity
from bursar.sandbox.fake.razorpay.vendor import FakeRazorpay
from bursar.sandbox.fake.stripe.vendor import FakeStripe
from bursar.sandbox.fake.vendor import Vendor
from bursar.sandbox.paypal_certificates import Identity

DEMO_SECRETS = {
    "stripe": b"whsec_fake_gateway_0123456789",
    "razorpay": b"fake_gateway_razorpay_0123456789",
    "paypal": b"FAKEWEBHOOKID0001",
}
"""What deliveries are signed with where nobody set a secret: known to everybody, good for play money."""


def every_vendor(
    secrets: Mapping[str, bytes] = DEMO_SECRETS, paypal_identity: Callable[[], Identity] = own_identity
) -> dict[str, MakeVendor]:
    """Makers by name, each signing with its webhook secret; PayPal with a certificate as well."""
    secrets = {**DEMO_SECRETS, **secrets}

    def stripe(ground: Ground) -> Vendor:
        return FakeStripe(ground, secrets["stripe"])

    def razorpay(ground: Ground) -> Vendor:
        return FakeRazorpay(ground, secrets["razorpay"])

    def paypal(ground: Ground) -> Vendor:
        return FakePayPal(ground, secrets["paypal"], paypal_identity)

    return {"stripe": stripe, "razorpay": razorpay, "paypal": paypal}
