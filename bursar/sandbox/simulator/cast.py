"""Who is in a simulated world: customers, what they are billed and when, how gateways know them."""

from dataclasses import dataclass, field
from datetime import date
from random import Random
from uuid import UUID

from bursar.rules.books import Checkout, Directory, Grant, Invoice, Line
from bursar.rules.enrollment import TrackPolicy, UnlockRule
from bursar.rules.states import CheckoutStatus, EnrollmentState
from bursar.sandbox.memory.store import World

ACCOUNTS = ("stripe:test", "razorpay:test")
TRACK = "guitar"
COMPONENTS = ("tuition", "laboratory", "books")
TOLERANCE_MINOR = 500
"""Rests are given up now and then: most amounts are a few thousand."""
_KINDS = 1 << 64
"""Ids are readable: the kind of a thing above its number."""


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice, and the part of the story in which it opens."""

    invoice: Invoice
    opens: int
    checkout: str | None


@dataclass(slots=True)
class Person:
    """A customer: how hosts and gateways name them, what they owe."""

    id: UUID
    reference: str
    account: str
    gateway_customer: str
    currency: str
    bills: list[Bill] = field(default_factory=list)


@dataclass(slots=True)
class Cast:
    """Everybody, and all that events may name."""

    people: list[Person]
    parts: int
    grants: list[Grant]

    def world(self) -> World:
        """A fresh world in which nothing was issued or told yet."""
        bills = [(person, bill) for person in self.people for bill in person.bills]
        tracks = {(person.id, TRACK): bill.invoice.id for person, bill in reversed(bills)}
        world = World(
            directory=Directory(
                invoices={number_of(bill): bill.invoice.id for _, bill in bills},
                owners={bill.invoice.id: person.id for person, bill in bills},
                customers={person.reference: person.id for person in self.people},
                gateway_customers={(each.account, each.gateway_customer): each.id for each in self.people},
                track_invoices=tracks,
            ),
            tolerance_minor=TOLERANCE_MINOR,
        )
        for n, (person, bill) in enumerate(bills):
            if bill.checkout:
                world.checkouts[person.account, bill.checkout] = Checkout(
                    id=an_id(5, n), status=CheckoutStatus.OPEN, invoice_id=bill.invoice.id
                )
        for grant in self.grants:
            world.grants[grant.id] = grant
            world.desired[grant.enrollment_id] = grant.state
        return world

    def opening(self, part: int) -> list[Invoice]:
        """The invoices that open when a part of the story begins."""
        return [bill.invoice for person in self.people for bill in person.bills if bill.opens == part]


def an_id(kind: int, number: int) -> UUID:
    """The same thing has the same id in every world."""
    return UUID(int=kind * _KINDS + number)


def number_of(bill: Bill) -> str:
    """The number of an invoice, as metadata names it."""
    return f"INV-{bill.invoice.id.int % _KINDS}"


def make_cast(random: Random, people: int, parts: int) -> Cast:
    """So many people; most of their invoices open at once, others in the middle of the story."""
    cast = Cast(people=[], parts=parts, grants=[])
    for n in range(1, people + 1):
        person = Person(
            id=an_id(1, n),
            reference=f"student-{n}",
            account=random.choice(ACCOUNTS),
            gateway_customer=f"cus_{n}",
            currency=random.choice(("INR", "INR", "USD")),
        )
        for k in range(random.choice((1, 1, 2, 3))):
            person.bills.append(_bill(random, person, n * 8 + k, parts))
        cast.people.append(person)
        if random.random() < 0.5:
            cast.grants.append(_grant(random, n, person.bills[0]))
    return cast


def _bill(random: Random, person: Person, number: int, parts: int) -> Bill:
    invoice_id = an_id(2, number)
    lines = []
    for position in range(1, random.choice((1, 2, 3)) + 1):
        gross_minor = random.randint(1, 90) * 100
        lines.append(
            Line(
                id=an_id(3, number * 8 + position),
                invoice_id=invoice_id,
                position=position,
                component=COMPONENTS[position - 1],
                priority=random.choice((10, 20)),
                due_on=date(2026, random.choice((4, 5)), 1),
                gross_minor=gross_minor,
                tax_minor=random.choice((0, gross_minor * 18 // 118)),
            )
        )
    invoice = Invoice(
        id=invoice_id,
        customer_id=person.id,
        currency=person.currency,
        opened_seq=0,
        total_minor=sum(line.gross_minor for line in lines),
        lines=tuple(lines),
    )
    opens = 0 if random.random() < 0.7 else random.randrange(parts)
    return Bill(invoice, opens, f"cs_{number}" if random.random() < 0.4 else None)


def _grant(random: Random, number: int, bill: Bill) -> Grant:
    return Grant(
        id=an_id(6, number),
        enrollment_id=an_id(7, number),
        invoice_id=bill.invoice.id,
        policy=TrackPolicy(
            unlock_rule=random.choice(list(UnlockRule)),
            unlock_share_bp=random.choice((1, 5_000, 10_000)),
            withdraw_share_bp=random.choice((1, 5_000, 10_000)),
        ),
        state=EnrollmentState.PENDING,
    )
