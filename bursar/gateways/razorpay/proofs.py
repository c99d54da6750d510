"""What a payer's browser brings back from Razorpay's Checkout: ids, and a signature with our key secret.

A proof shows that Razorpay made this pair of ids, never that money came: ask for the payment.
Source: razorpay.com/docs/payments/payment-gateway/web-integration/standard/integration-steps.
"""

import hmac
import re

from bursar.errors import Misconfigured
from bursar.gateways.protocol import SignatureMalformed, SignatureMismatch
from bursar.gateways.shapes import IDENTIFIER_LENGTH_MAX, find_identifier

_HEX_SHA256 = re.compile(r"[0-9a-f]{64}")
_SEPARATOR = "|"


def verify_order(secret: bytes, *, order: str, payment: str, signature: str) -> None:
    """`razorpay_order_id`, `razorpay_payment_id`, `razorpay_signature` of an order that was paid.

    Raises SignatureMismatch, SignatureMalformed naming the field, or Misconfigured without a secret.
    """
    _verify(secret, signature, {"razorpay_order_id": order, "razorpay_payment_id": payment})


def verify_subscription(secret: bytes, *, payment: str, subscription: str, signature: str) -> None:
    """Of a subscription that was approved. Here the payment stands first. Raises as `verify_order` does."""
    _verify(secret, signature, {"razorpay_payment_id": payment, "razorpay_subscription_id": subscription})


def verify_link(
    secret: bytes, *, link: str, reference: str, status: str, payment: str, signature: str
) -> None:
    """The `razorpay_payment_link_*` parameters at the `callback_url`. Raises as `verify_order` does."""
    fields = {
        "razorpay_payment_link_id": link,
        "razorpay_payment_link_reference_id": reference,
        "razorpay_payment_link_status": status,
        "razorpay_payment_id": payment,
    }
    _verify(secret, signature, fields)


def _verify(secret: bytes, signature: str, fields: dict[str, str]) -> None:
    if not secret.strip():
        raise Misconfigured("RAZORPAY_KEY_SECRET is empty: anybody can sign with an empty secret")
    if not _HEX_SHA256.fullmatch(signature):
        raise SignatureMalformed("razorpay_signature must be 64 lower-case hex digits")
    for name, value in fields.items():
        # A separator within a field would let one proof be read as another.
        if find_identifier(value) is None or _SEPARATOR in value:
            raise SignatureMalformed(
                f"{name} must be 1..{IDENTIFIER_LENGTH_MAX} printable ASCII characters without {_SEPARATOR}"
            )
    message = _SEPARATOR.join(fields.values()).encode()
    expected = hmac.digest(secret, message, "sha256").hex()
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise SignatureMismatch("razorpay_signature was not made with our key secret")
