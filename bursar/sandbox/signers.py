"""Signatures as the gateways make them: for samples, the demo and the tests. The other half of `verify`."""

import hashlib
import hmac


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
