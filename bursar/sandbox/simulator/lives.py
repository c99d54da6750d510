"""The life of one payment as its gateway tells it: tried, paid, fees, refunded, disputed, told again."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

from bursar.rules.facts import (
    AttributionFact,
    CheckoutFact,
    Claims,
    ConversionFact,
    DisputeFact,
    DisputeFundsFact,
    Fact,
    FeeFact,
    FraudWarningFact,
    PaymentFact,
    RefundFact,
    RefundWatermark,
    WriteOffFact,
)
from bursar.rules.states import (
    CheckoutStatus,
    DisputeStatus,
    FraudWarningStatus,
    FundsDirection,
    PaymentStatus,
    RefundEffect,
    RefundStatus,
)
from bursar.sandbox.simulator.cast import COMPONENTS, TRACK, Bill, Cast, Person, number_of

START = datetime(2026, 4, 1, 6, tzinfo=UTC)
UNPAID = (PaymentStatus.PROCESSING, PaymentStatus.AUTHORIZED, PaymentStatus.FAILED, PaymentStatus.CANCELED)
ENDS = (
    (DisputeStatus.WON,),
    (DisputeStatus.LOST,),
    (DisputeStatus.CLOSED,),
    (DisputeStatus.LOST, DisputeStatus.WON),
    (DisputeStatus.UNDER_REVIEW, DisputeStatus.LOST),
    (),
)
"""How disputes go on after they were opened; also lost first, and won on appeal."""
UNTIMED_SHARE = 0.03


@dataclass(slots=True)
class Saying:
    """Facts of one event, and when the gateway says them (hours into the story)."""

    at: float
    account: str
    facts: tuple[Fact, ...]


@dataclass(slots=True)
class Life:
    """One payment in the making."""

    random: Random
    person: Person
    name: str
    currency: str
    amount_minor: int
    at: float

    @property
    def charge(self) -> str:
        """The other gateway id it goes by."""
        return f"ch_{self.name}"

    def later(self, hours: float) -> datetime | None:
        """Let time pass; what the gateway's clock says then, where it says anything."""
        self.at += self.random.expovariate(1 / hours)
        if self.random.random() < UNTIMED_SHARE:
            return None
        return START + timedelta(seconds=int(self.at * 3600))

    def say(self, *facts: Fact) -> Saying:
        """One event with these facts."""
        return Saying(self.at, self.person.account, facts)

    def either_name(self) -> str:
        """Gateways speak of a payment by any of its ids."""
        return self.random.choice((self.name, self.name, self.charge))


def live(random: Random, cast: Cast, number: int, at: float) -> Iterator[Saying]:
    """All that is said of one payment of somebody, in the order of the gateway's own clock."""
    person = random.choice(cast.people)
    bill = random.choice(person.bills)
    life = Life(
        random=random,
        person=person,
        name=f"pi_{number}",
        currency=person.currency if random.random() < 0.97 else "EUR",
        amount_minor=_amount(random, bill),
        at=at,
    )
    yield from _tried(life)
    if random.random() < 0.93:
        yield from _paid(life, cast, bill)
        if random.random() < 0.05:
            yield from _ruled(life, cast)
        if random.random() < 0.03:
            yield from _given_up(life, bill)
        if random.random() < 0.25:
            yield from _refunded(life)
        if random.random() < 0.08:
            yield from _contested(life)
        if random.random() < 0.1:
            yield from _tried(life)


def _amount(random: Random, bill: Bill) -> int:
    """All of it, a part, more than it; a second payment of all is a double payment."""
    total_minor = bill.invoice.total_minor
    part_minor = random.randint(1, total_minor)
    return random.choice((total_minor, total_minor, part_minor, total_minor + part_minor))


def _tried(life: Life) -> Iterator[Saying]:
    """Attempts that bring no money; after a success they change nothing."""
    for status in life.random.sample(UNPAID, life.random.choice((0, 0, 1, 2))):
        yield life.say(_payment(life, status, Claims()))


def _paid(life: Life, cast: Cast, bill: Bill) -> Iterator[Saying]:
    """The intent, the charge and the session all say it, each in its own way and with its own evidence."""
    for n in range(life.random.choice((1, 2, 2, 3))):
        claims = _claims(life, cast, bill)
        fact = _payment(life, PaymentStatus.SUCCEEDED, claims)
        if n == 0 or life.random.random() < 0.5:
            fact = replace(fact, aliases=(life.charge,), attempt=life.charge)
        facts: list[Fact] = [fact]
        if claims.checkouts:
            facts.append(
                CheckoutFact(
                    status=CheckoutStatus.COMPLETED,
                    checkout=claims.checkouts[0],
                    payment=life.name,
                    occurred_at=fact.occurred_at,
                )
            )
        if n == 0 and life.random.random() < 0.5:
            facts += _costs(life)
        yield life.say(*facts)
    if life.random.random() < 0.05:  # the fee is told again, with another value
        life.at += 1
        yield life.say(*_costs(life))


def _given_up(life: Life, bill: Bill) -> Iterator[Saying]:
    """An operator gives up some of an invoice that was open from the beginning."""
    if bill.opens == 0:
        line = life.random.choice(bill.invoice.lines)
        lines = ((line.position, life.random.randint(1, line.gross_minor)),)
        moment = life.later(20) or START
        name = f"w_{life.name}"
        yield life.say(WriteOffFact(ruling=name, invoice=number_of(bill), lines=lines, occurred_at=moment))


def _ruled(life: Life, cast: Cast) -> Iterator[Saying]:
    """An operator says what it is for, perhaps twice, and perhaps against every event."""
    for n in range(life.random.choice((1, 1, 2))):
        person = life.random.choice((life.person, life.random.choice(cast.people)))
        life.later(20)
        ruling = AttributionFact(
            ruling=f"r_{life.name}_{n}",
            payment=life.either_name(),
            invoice=number_of(life.random.choice(person.bills)),
            components=life.random.choice(((), ((life.random.choice(COMPONENTS), 1000),))),
            occurred_at=START + timedelta(seconds=int(life.at * 3600)),
        )
        yield life.say(ruling)


def _costs(life: Life) -> list[Fact]:
    fee_minor = max(1, life.amount_minor * life.random.choice((20, 29)) // 1000)
    about = {"source": f"txn_{life.name}", "about": life.name, "occurred_at": life.later(0.1)}
    fee = FeeFact(fee_minor=fee_minor, tax_minor=fee_minor * 18 // 118, currency=life.currency, **about)  # type: ignore[arg-type]
    if life.currency == "INR" or life.random.random() < 0.5:
        return [fee]
    bought_minor = life.amount_minor * life.random.choice((83, 84))
    return [
        fee,
        ConversionFact(
            sold_minor=life.amount_minor,
            sold_currency=life.currency,
            bought_minor=bought_minor,
            bought_currency="INR",
            **about,  # type: ignore[arg-type]
        ),
    ]


def _payment(life: Life, status: PaymentStatus, claims: Claims) -> PaymentFact:
    return PaymentFact(
        status=status,
        payment=life.name,
        amount_minor=life.amount_minor,
        currency=life.currency,
        occurred_at=life.later(0.5),
        claims=claims,
    )


def _claims(life: Life, cast: Cast, bill: Bill) -> Claims:
    """No evidence, weak, strong, and now and then that of a stranger."""
    random = life.random
    person = life.person if random.random() < 0.95 else random.choice(cast.people)
    spread = ((random.choice(COMPONENTS), random.randint(1, 5000)),) if random.random() < 0.1 else ()
    number = number_of(bill) if random.random() < 0.97 else "INV-lost"
    checkouts = (bill.checkout,) if bill.checkout else ()
    return random.choice(
        (
            Claims(),
            Claims(gateway_customer=person.gateway_customer),
            Claims(subscriber=person.reference),
            Claims(customer=person.reference, track=random.choice((None, TRACK)), components=spread),
            Claims(customer=person.reference, invoice=number, components=spread),
            Claims(invoice=number, components=spread),
            Claims(checkouts=checkouts, customer=life.person.reference),
        )
    )


def _refunded(life: Life) -> Iterator[Saying]:
    for n in range(life.random.choice((1, 1, 2))):
        amount_minor = life.random.choice((life.amount_minor, life.random.randint(1, life.amount_minor)))
        statuses = [RefundStatus.PENDING] * life.random.choice((0, 1)) + [RefundStatus.SUCCEEDED]
        if life.random.random() < 0.2:
            statuses.append(RefundStatus.FAILED)
        reopens = life.random.random() < 0.25
        for status in statuses:
            payment, moment = life.either_name(), life.later(30)
            says_so = reopens and life.random.random() < 0.8  # not every word repeats the metadata
            refund = RefundFact(
                status=status,
                refund=f"re_{life.name}_{n}",
                payment=payment,
                amount_minor=amount_minor,
                currency=life.currency,
                occurred_at=moment,
                effect=RefundEffect.REOPEN if says_so else RefundEffect.CANCEL,
            )
            mark = RefundWatermark(
                payment=payment, refunded_minor=amount_minor, currency=life.currency, occurred_at=moment
            )
            yield life.say(*((mark, refund) if life.random.random() < 0.3 else (refund,)))


def _contested(life: Life) -> Iterator[Saying]:
    """A warning, a dispute, the money withdrawn; won and given back, or lost."""
    dispute, payment = f"dp_{life.name}", life.either_name()
    if life.random.random() < 0.3:
        for warned in FraudWarningStatus:
            yield life.say(
                FraudWarningFact(
                    warning=f"issfr_{life.name}", status=warned, payment=payment, occurred_at=life.later(5)
                )
            )
    for status in (DisputeStatus.NEEDS_RESPONSE, *life.random.choice(ENDS)):
        facts: list[Fact] = [
            DisputeFact(
                status=status,
                dispute=dispute,
                payment=payment,
                amount_minor=life.amount_minor,
                currency=life.currency,
                occurred_at=life.later(40),
            )
        ]
        direction = _FUNDS.get(status)
        if direction:
            facts.append(
                DisputeFundsFact(
                    movement=f"{dispute}:{direction}",
                    direction=direction,
                    dispute=dispute,
                    payment=payment,
                    amount_minor=life.amount_minor,
                    currency=life.currency,
                    occurred_at=facts[0].occurred_at,
                )
            )
        if life.random.random() < 0.5:
            facts.reverse()
        yield life.say(*facts)


_FUNDS = {
    DisputeStatus.NEEDS_RESPONSE: FundsDirection.WITHDRAWN,
    DisputeStatus.WON: FundsDirection.REINSTATED,
}
