"""The whole story of a seed: who is in it, and every event part by part, as the gateways' clocks have it.

Invoices open between two parts. Within a part events may come in any order; across parts they do not move,
because what was refunded before an invoice opened is not the same as what was refunded after.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from uuid import UUID

from bursar.rules.allocation import Policy
from bursar.rules.books import Told
from bursar.rules.facts import (
    CustomerFact,
    DowntimeFact,
    Fact,
    GatewayInvoiceFact,
    PaymentFact,
    PaymentMethodFact,
    SettlementFact,
    SubscriptionFact,
)
from bursar.rules.states import (
    DowntimeStatus,
    GatewayCustomerStatus,
    GatewayInvoiceStatus,
    PaymentMethodStatus,
    PaymentStatus,
    SettlementStatus,
    SubscriptionStatus,
)
from bursar.sandbox.simulator.cast import ACCOUNTS, Cast, an_id, make_cast
from bursar.sandbox.simulator.lives import START, Saying, live

EVENTS_PER_PERSON = 12
PART_EVENTS_MAX = 2_000
PARTS_MIN = 5
PART_HOURS = 48
"""Long enough that most of what belongs together falls into one part, and is shuffled."""
EVENTS_PER_PAYMENT = 4
ASIDES_SHARE = 0.05
SPARE = 1.3
"""More payments than needed are begun: the last ones are cut off by the end of the story."""


@dataclass(frozen=True, slots=True)
class Script:
    """All that happens, before any post has touched it."""

    seed: int
    policy: Policy
    cast: Cast
    parts: list[list[Told]]
    heralds: frozenset[UUID]
    """The first event of each payment that says it succeeded."""


def write_script(seed: int, events: int) -> Script:
    """The story of a seed: the same seed and number of events, the same story."""
    random = Random(f"bursar sim {seed}")  # noqa: S311 - it shall be repeatable
    parts = max(PARTS_MIN, -(-events // PART_EVENTS_MAX))
    cast = make_cast(random, max(3, events // EVENTS_PER_PERSON), parts)
    sayings = _sayings(random, cast, events, events / EVENTS_PER_PAYMENT / (parts * PART_HOURS))
    told = [
        Told(event_id=an_id(9, n), account=each.account, facts=each.facts, key=f"evt_{n:09}")
        for n, each in enumerate(sayings, start=1)
    ]
    size = -(-len(told) // parts)
    return Script(
        seed=seed,
        policy=random.choice(list(Policy)),
        cast=cast,
        parts=[told[at : at + size] for at in range(0, len(told), size)],
        heralds=frozenset(_heralds(told)),
    )


def _sayings(random: Random, cast: Cast, events: int, payments_per_hour: float) -> list[Saying]:
    """At least so many are thought up, the earliest are told."""
    sayings: list[Saying] = []
    number, at = 0, 0.0
    while len(sayings) < events * SPARE:
        number += 1
        at += random.expovariate(payments_per_hour)
        sayings += live(random, cast, number, at)
        if random.random() < ASIDES_SHARE:
            sayings.append(Saying(at, random.choice(ACCOUNTS), (_aside(random, number, at),)))
    return sorted(sayings, key=lambda each: each.at)[:events]


def _aside(random: Random, number: int, at: float) -> Fact:
    """Something that is said of no payment; the same few objects again and again."""
    moment = random.choice((None, START + timedelta(hours=int(at))))
    n = max(1, number // 50 - random.randrange(3))
    return random.choice(
        (
            SettlementFact(
                status=random.choice(list(SettlementStatus)),
                settlement=f"po_{n}",
                amount_minor=random.choice((-500, 90_000, 90_100)),
                currency="INR",
                occurred_at=moment,
            ),
            SubscriptionFact(
                subscription=f"sub_{n}", status=random.choice(list(SubscriptionStatus)), occurred_at=moment
            ),
            GatewayInvoiceFact(
                invoice=f"in_{n}", status=random.choice(list(GatewayInvoiceStatus)), occurred_at=moment
            ),
            PaymentMethodFact(
                method=f"pm_{n}", status=random.choice(list(PaymentMethodStatus)), occurred_at=moment
            ),
            CustomerFact(
                gateway_customer=f"cus_{n}",
                status=random.choice(list(GatewayCustomerStatus)),
                occurred_at=moment,
            ),
            DowntimeFact(
                downtime=f"down_{n}", status=random.choice(list(DowntimeStatus)), occurred_at=moment
            ),
        )
    )


def _heralds(told: list[Told]) -> Iterator[UUID]:
    seen: set[str] = set()
    for event in told:
        for fact in event.facts:
            if not isinstance(fact, PaymentFact) or fact.status is not PaymentStatus.SUCCEEDED:
                continue
            if fact.payment not in seen:
                seen.add(fact.payment)
                yield event.event_id
