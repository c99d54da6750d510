"""What two gateways would post about one busy day, and what must be true afterwards.

The story keeps its own book of what was really paid: the demo is judged by something other than Bursar.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import zip_longest

import orjson

from bursar.sandbox.razorpay_objects import RazorpayStory
from bursar.sandbox.samples import (
    razorpay_event,
    razorpay_payment_events,
    stripe_event,
    stripe_payment_events,
)
from bursar.sandbox.school import Bill, School
from bursar.sandbox.signers import sign_razorpay, sign_stripe
from bursar.sandbox.stripe_objects import StripeStory

STALE_S = 3_600
"""Seconds: an hour old is outside any gateway's replay window."""


FOREIGN = "pi_foreign"
STRAYS: tuple[tuple[str, int, str, dict[str, str]], ...] = (
    ("pi_nobody", 75_00, "USD", {}),
    ("pi_unknown", 80_00, "USD", {"invoice": "INV/00-00/1", "student": "learner-2"}),
    (FOREIGN, 90_00, "EUR", {}),
)
"""Money of nobody, money for an invoice that does not exist, an invoice paid in the wrong currency."""


WON_DISPUTE = (
    "charge.dispute.created",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
)


class Fate(StrEnum):
    """What the receiver must do with a delivery."""

    STORED = "stored"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One POST."""

    gateway: str
    body: bytes
    headers: dict[str, str]
    fate: Fate = Fate.STORED
    copies: int = 1
    """Posted this often at the same moment."""


@dataclass(slots=True, kw_only=True)
class Book:
    """What really happened at the gateways: the judge of the demo."""

    captured: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Payment -> (minor units, currency)."""
    refunded: dict[str, int] = field(default_factory=dict)
    lost_in_disputes: dict[str, int] = field(default_factory=dict)
    identified: set[str] = field(default_factory=set)
    """Payments whose customer is known: each must have one receipt and one mail."""
    opened: set[tuple[str, str]] = field(default_factory=set)
    """(student, track) that must be active."""
    withdrawn: set[tuple[str, str]] = field(default_factory=set)


@dataclass(slots=True, kw_only=True)
class Story:
    """The deliveries of the day, and the book behind them."""

    deliveries: list[Delivery] = field(default_factory=list)
    book: Book = field(default_factory=Book)


class Teller:
    """Tells the day event by event, signing each with the secret of its gateway."""

    def __init__(self, secrets: dict[str, bytes], now_s: int, seed: int) -> None:
        self.story = Story()
        self._secrets = secrets
        self._now_s = now_s
        self._dice = random.Random(seed)  # noqa: S311 - a reproducible shuffle, not a secret

    def tell(self, school: School, *, window: int | None = None) -> Story:
        """The whole day, shuffled: all of it, or so that nothing moves further than about `window` places."""
        for n, (course, term) in enumerate(zip_longest(school.course_bills, school.school_bills)):
            if course:
                self._course(n, course)
            if term:
                self._term(n, term)
        self._strays(school.course_bills[2])
        self._shuffle(window)
        self._attacks(self.story.deliveries[:12])
        return self.story

    def _shuffle(self, window: int | None) -> None:
        if window is None:
            self._dice.shuffle(self.story.deliveries)
            return
        moved = [
            (place + self._dice.uniform(0, window), place) for place in range(len(self.story.deliveries))
        ]
        self.story.deliveries = [self.story.deliveries[place] for _, place in sorted(moved)]

    # -- course tracks, paid through Stripe in USD

    def _course(self, n: int, bill: Bill) -> None:
        payment = f"pi_course{n:04d}"
        about = {"invoice": bill.invoice, "student": bill.student, "track": bill.track or ""}
        if n % 6 == 5:  # declined once, then paid with another card: the failure may arrive last
            self._post(
                "stripe", stripe_event("payment_intent.payment_failed", **self._stripe(payment, bill, {}))
            )
        for body in stripe_payment_events(**self._stripe(payment, bill, about)):
            self._post("stripe", body, copies=4 if n % 5 == 0 else 1)
        self._paid(payment, bill)
        if n % 8 == 3:  # refunded in full; the shuffle puts some of these before their payment
            self._refund_stripe(payment, bill)
        else:
            self.story.book.opened.add((bill.student, bill.track or ""))
        if n % 8 == 6:  # the bank sends the refund back: nothing was refunded
            self._refund_that_fails(payment, bill)
        if n % 8 == 1:  # contested and won: what was suspended is back
            self._dispute_stripe(payment, bill)

    def _refund_stripe(self, payment: str, bill: Bill) -> None:
        story: StripeStory = {
            **self._stripe(payment, bill, {}),
            "refund": f"re_{payment}",
            "refund_minor": bill.amount_minor,
        }
        for event_type in ("refund.created", "refund.updated", "charge.refunded"):
            self._post("stripe", stripe_event(event_type, **story))
        self.story.book.refunded[payment] = bill.amount_minor
        self.story.book.withdrawn.add((bill.student, bill.track or ""))

    def _dispute_stripe(self, payment: str, bill: Bill) -> None:
        for k, event_type in enumerate(WON_DISPUTE):
            story = self._stripe(payment, bill, {}) | {"created": self._now_s - 4 + k}
            self._post("stripe", stripe_event(event_type, **story))

    def _refund_that_fails(self, payment: str, bill: Bill) -> None:
        story: StripeStory = {
            **self._stripe(payment, bill, {}),
            "refund": f"re_{payment}",
            "refund_minor": bill.amount_minor,
        }
        for event_type in ("refund.created", "refund.failed"):
            self._post("stripe", stripe_event(event_type, **story))

    def _stripe(self, payment: str, bill: Bill, about: dict[str, str]) -> StripeStory:
        return {
            "payment": payment,
            "amount_minor": bill.amount_minor,
            "currency": bill.currency,
            "metadata": about,
            "customer": None,
            "created": self._now_s - 5,
        }

    # -- school fees, paid through Razorpay in INR: in full, in two parts, or too much

    def _term(self, n: int, bill: Bill) -> None:
        notes = {"invoice": bill.invoice, "student": bill.student}
        parts = {1: (bill.amount_minor // 2, bill.amount_minor - bill.amount_minor // 2), 2: (25_000_00,)}
        extra_minor = 1_000_00 if n % 4 == 3 else 0
        for k, amount_minor in enumerate(parts.get(n % 4, (bill.amount_minor + extra_minor,))):
            payment = f"pay_term{n:04d}{k}"
            story: RazorpayStory = {
                "payment": payment,
                "amount_minor": amount_minor,
                "metadata": notes,
                "created": self._now_s,
            }
            for body in razorpay_payment_events(**story):
                self._post("razorpay", body, copies=3 if n % 3 == 0 else 1)
            self._paid(payment, Bill(invoice="", student="", amount_minor=amount_minor, currency="INR"))
            if n % 6 == 4 and k == 0:
                self._refund_razorpay(payment, amount_minor, 2_000_00, 500_00)
            if n % 12 == 8:
                self._dispute_razorpay(payment, amount_minor)

    def _refund_razorpay(self, payment: str, amount_minor: int, *parts_minor: int) -> None:
        """Some of it back, in parts: each a refund of its own."""
        for k, refund_minor in enumerate(parts_minor):
            story: RazorpayStory = {
                "payment": payment,
                "amount_minor": amount_minor,
                "refund": f"rfnd_{payment[4:]}{k}",
                "refund_minor": refund_minor,
                "created": self._now_s,
            }
            for event_type in ("refund.created", "refund.processed"):
                self._post("razorpay", razorpay_event(event_type, **story))
        self.story.book.refunded[payment] = sum(parts_minor)

    def _dispute_razorpay(self, payment: str, amount_minor: int) -> None:
        """Contested and lost: the bank takes the money back."""
        for k, event_type in enumerate(("payment.dispute.created", "payment.dispute.lost")):
            story: RazorpayStory = {
                "payment": payment,
                "amount_minor": amount_minor,
                "created": self._now_s + k,
            }
            self._post("razorpay", razorpay_event(event_type, **story))
        self.story.book.lost_in_disputes[payment] = amount_minor

    # -- what nobody ordered

    def _strays(self, bill: Bill) -> None:
        """Strange money, unknown types, and one signed body that makes no sense."""
        for payment, amount_minor, currency, about in STRAYS:
            event = stripe_event(
                "payment_intent.succeeded",
                payment=payment,
                amount_minor=amount_minor,
                currency=currency,
                metadata=about | ({"invoice": bill.invoice} if payment == FOREIGN else {}),
                customer=None,
                created=self._now_s,
            )
            self._post("stripe", event)
            self.story.book.captured[payment] = (amount_minor, currency)
        self.story.book.identified |= {"pi_unknown", FOREIGN}
        for n in range(4):
            self._post("stripe", self._other("evt_other", "customer.created", n))
        broken = stripe_event("payment_intent.succeeded", payment="pi_broken", created=self._now_s)
        self._post("stripe", _with_amount(broken, 49.9))

    def _other(self, event_id: str, event_type: str, n: int) -> bytes:
        thing = {"id": f"cus_demo{n}", "object": "customer"}
        event = {
            "id": f"{event_id}{n}",
            "object": "event",
            "api_version": "2026-10-28.endive",
            "created": self._now_s,
            "data": {"object": thing},
            "livemode": False,
            "type": event_type,
        }
        return orjson.dumps(event)

    def _attacks(self, genuine: Sequence[Delivery]) -> None:
        """Forged signatures, changed bodies, old timestamps and a clock far ahead."""
        stripe = [each for each in genuine if each.gateway == "stripe"]
        razorpay = [each for each in genuine if each.gateway == "razorpay"]
        wrong = {"stripe": b"whsec_somebody_elses_secret", "razorpay": b"somebody_elses_secret"}
        for each in genuine[:4]:
            forged = self._sign(each.gateway, each.body, secret=wrong[each.gateway])
            self._refused(each.gateway, each.body, forged)
        for each in stripe[:3]:
            for moment in (self._now_s - STALE_S, self._now_s + STALE_S):
                self._refused("stripe", each.body, sign_stripe(each.body, self._secrets["stripe"], moment))
        for each in razorpay[:2]:
            self._refused("razorpay", each.body + b" ", each.headers)

    def _refused(self, gateway: str, body: bytes, headers: dict[str, str]) -> None:
        delivery = Delivery(gateway=gateway, body=body, headers=headers, fate=Fate.REFUSED)
        self.story.deliveries.insert(self._dice.randrange(len(self.story.deliveries)), delivery)

    def _post(self, gateway: str, body: bytes, copies: int = 1) -> None:
        delivery = Delivery(gateway=gateway, body=body, headers=self._sign(gateway, body), copies=copies)
        self.story.deliveries.append(delivery)

    def _sign(self, gateway: str, body: bytes, secret: bytes | None = None) -> dict[str, str]:
        key = secret or self._secrets[gateway]
        return sign_stripe(body, key, self._now_s) if gateway == "stripe" else sign_razorpay(body, key)

    def _paid(self, payment: str, bill: Bill) -> None:
        self.story.book.captured[payment] = (bill.amount_minor, bill.currency)
        self.story.book.identified.add(payment)


def _with_amount(body: bytes, amount: float) -> bytes:
    event = orjson.loads(body)
    event["data"]["object"]["amount_received"] = amount
    return orjson.dumps(event)
