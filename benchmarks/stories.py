"""Signed requests for the generator: distinct Stripe events as the sandbox tells them. Knows no server."""

import random
import time
from collections.abc import Iterable, Sequence

from benchmarks.ground import SECRET
from benchmarks.invoices import Issued
from bursar.sandbox.samples import stripe_event, stripe_payment_events
from bursar.sandbox.signers import sign_stripe

WINDOW = 400
"""Events of about a hundred payments arrive mixed."""
_MARK = "evt_bench_000000000000"


def request(body: bytes, signed_at: int) -> bytes:
    """A whole HTTP request, signed now."""
    [(name, value)] = sign_stripe(body, SECRET, signed_at).items()
    head = (
        "POST /webhooks/stripe HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json; charset=utf-8\r\n"
        f"user-agent: Stripe/1.0\r\n{name}: {value}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def distinct_events(count: int, series: int) -> list[bytes]:
    """Requests of one event type that differ in their ids only (charge.succeeded, 2.5 KB)."""
    template = stripe_event("charge.succeeded", event_id=_MARK, metadata={"invoice": "INV/26-27/000001"})
    mark, now = _MARK.encode(), int(time.time())
    return [request(template.replace(mark, b"evt_bench_%02d%010d" % (series, n)), now) for n in range(count)]


def payment_events(issued: Iterable[Issued], shuffle: random.Random | None) -> list[bytes]:
    """What Stripe says about payments of these invoices: four events each, mixed within a window."""
    now = int(time.time())
    bodies = [
        body
        for invoice in issued
        for body in stripe_payment_events(
            payment=f"pi_bench_{invoice.n:08d}",
            customer=f"cus_bench_{invoice.n:08d}",
            amount_minor=invoice.total_minor,
            currency=invoice.currency,
            metadata={"invoice": str(invoice.id)},
            created=now,
        )
    ]
    return [request(body, now) for body in (_mixed(bodies, shuffle) if shuffle else bodies)]


def mixture() -> random.Random:
    """The same mixture in every run."""
    return random.Random(20261118)


def _mixed(bodies: Sequence[bytes], shuffle: random.Random) -> list[bytes]:
    """Each event moves at most a window from where it would have been."""
    keyed = sorted((n + shuffle.random() * WINDOW, n) for n in range(len(bodies)))
    return [bodies[n] for _, n in keyed]
