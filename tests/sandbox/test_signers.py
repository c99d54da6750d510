import hashlib
import random

import razorpay
import stripe

from bursar.sandbox.signers import sign_razorpay, sign_stripe

_CASES = 2000


def _bodies() -> list[tuple[str, str]]:
    draw = random.Random(20261102)
    return [
        ("".join(chr(draw.randrange(1, 0xD7FF)) for _ in range(draw.randrange(60))), draw.randbytes(16).hex())
        for _ in range(_CASES)
    ]


def test_stripe_headers_are_those_of_the_vendors_signer():
    for number, (text, secret) in enumerate(_bodies()):
        t = 1_700_000_000 + number
        header = sign_stripe(text.encode(), secret.encode(), t)["stripe-signature"]

        assert header == stripe.WebhookSignature.generate_signature_header(text, secret, t)
        assert stripe.WebhookSignature.verify_header(text.encode(), header, secret)


def test_razorpay_headers_satisfy_the_vendors_verifier():
    utility = razorpay.Client(auth=("key", "secret")).utility
    for text, secret in _bodies():
        header = sign_razorpay(text.encode(), secret.encode())["x-razorpay-signature"]

        assert utility.verify_webhook_signature(text, header, secret)


def test_a_body_that_is_not_text_can_be_signed():
    assert sign_stripe(b"\xff\x00", b"secret", 1_700_000_000)["stripe-signature"].startswith(
        "t=1700000000,v1="
    )
    assert len(sign_razorpay(b"\xff\x00", b"secret")["x-razorpay-signature"]) == 64


def test_razorpays_event_id_follows_from_the_body():
    body = b"{}"

    assert (
        sign_razorpay(body, b"one")["x-razorpay-event-id"]
        == sign_razorpay(body, b"two")["x-razorpay-event-id"]
    )
    assert hashlib.sha256(body).hexdigest()[:14] in sign_razorpay(body, b"one")["x-razorpay-event-id"]
