"""Everything that can be wrong with one delivery, and what it is told."""

from typing import Any

from bursar.sandbox.samples import stripe_event
from tests.webhook_receiver.conftest import signed
from webhook_receiver.body import BODY_BYTES_MAX

BODY = stripe_event("payment_intent.succeeded", event_id="evt_1")


def refusals() -> dict[str, tuple[dict[str, Any], int, str]]:
    """What is changed in a good request, and its answer; signed anew, for signatures age."""
    return {
        "unknown gateway": ({"url": "/webhooks/paypol"}, 404, "unknown_gateway"),
        "gateway without a secret": ({"url": "/webhooks/razorpay"}, 404, "not_configured"),
        "unknown path": ({"url": "/webhook"}, 404, "not_found"),
        "slash at the end": ({"url": "/webhooks/stripe/"}, 404, "unknown_gateway"),
        "another method": ({"method": "GET"}, 405, "method_not_allowed"),
        "no signature": ({"headers": {}}, 400, "signature_malformed"),
        "not a signature": ({"headers": {"stripe-signature": "v1=é"}}, 400, "signature_malformed"),
        "another secret": (
            {"headers": signed(BODY, secret="whsec_of_somebody_else")},
            400,
            "signature_mismatch",
        ),
        "another body": ({"content": BODY + b" "}, 400, "signature_mismatch"),
        "too old": ({"headers": signed(BODY, age_s=400)}, 400, "signature_mismatch"),
        "from the future": ({"headers": signed(BODY, age_s=-400)}, 400, "signature_mismatch"),
        "compressed": ({"headers": signed(BODY) | {"content-encoding": "gzip"}}, 415, "content_encoding"),
        "announced too large": (
            {"headers": signed(BODY) | {"content-length": f"{BODY_BYTES_MAX + 1}"}},
            413,
            "body_too_large",
        ),
        "too large": ({"content": b"x" * (BODY_BYTES_MAX + 1)}, 413, "body_too_large"),
        "a length that is none": (
            {"headers": signed(BODY) | {"content-length": "9" * 5_000}},
            400,
            "content_length",
        ),
    } | {
        f"signed {name}": ({"content": body, "headers": signed(body)}, 400, reason)
        for name, body, reason in [
            ("nothing", b"", "not_json"),
            ("scalar", b"1", "not_json"),
            ("array", b"[]", "not_json"),
            ("null", b"null", "not_json"),
            ("garbage", b"\xff\xfe", "not_json"),
            ("BOM", b"\xef\xbb\xbf" + BODY, "not_json"),
            ("NaN", b'{"a": NaN}', "not_json"),
            ("number beyond all", b'{"a": ' + b"9" * 5_000 + b"}", "not_json"),
            ("depth", b'{"a":' * 40_000 + b"1" + b"}" * 40_000, "not_json"),
            ("same key twice", b'{"id": "evt_1", "id": "evt_2"}', "not_json"),
            ("NUL", b'{"id": "evt_\\u0000", "type": "a"}', "not_json"),
            ("lone surrogate", b'{"id": "evt_\\ud800", "type": "a"}', "not_json"),
            ("no id", b'{"type": "payment_intent.succeeded"}', "unreadable"),
            ("no type", b'{"id": "evt_1"}', "unreadable"),
            ("id that is no text", b'{"id": {}, "type": "a"}', "unreadable"),
            ("id too long", b'{"id": "' + b"e" * 300 + b'", "type": "a"}', "unreadable"),
        ]
    }
