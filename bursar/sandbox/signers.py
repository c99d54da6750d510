"""Signatures as the gateways make them: for samples, the demo and the tests. The other half of `verify`."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bursar.gateways.paypal.verify import signed_message

if TYPE_CHECKING:
    from bursar.sandbox.paypal_certificates import Identity


def sign_stripe(body: bytes, secret: bytes, t: int) -> dict[str, str]:
    """The headers Stripe would send with this body at Unix time `t`."""
    signature = hmac.digest(secret, b"%d." % t + body, "sha256").hex()
    return {"stripe-signature": f"t={t},v1={signature}"}


def sign_razorpay(body: bytes, secret: bytes) -> dict[str, str]:
    """The headers Razorpay would send with this body; its event id is not covered by the signature."""
    return {
        "x-razorpay-signature": hmac.digest(secret, body, "sha256").hex(),
        "x-razorpay-event-id": f"evt_{hashlib.sha256(body).hexdigest()[:14]}",
    }


def sign_paypal(body: bytes, webhook_id: bytes, t: int, identity: "Identity") -> dict[str, str]:
    """The headers PayPal would send with this body at Unix time `t`, if the identity were PayPal's."""
    transmission_id = hashlib.sha256(body).hexdigest()[:32]
    time = datetime.fromtimestamp(t, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    signature = identity.sign(signed_message(transmission_id, time, webhook_id, body))
    return {
        "paypal-transmission-id": transmission_id,
        "paypal-transmission-time": time,
        "paypal-transmission-sig": base64.b64encode(signature).decode(),
        "paypal-cert-url": identity.url,
        "paypal-auth-algo": "SHA256withRSA",
    }
