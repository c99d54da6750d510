"""Worlds and what happens in them, small and full of ties: made to find trouble."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from hypothesis import strategies as st

from bursar.rules.allocation import Policy
from bursar.rules.books import Checkout, Grant, Invoice, Told
from bursar.rules.enrollment import TrackPolicy, UnlockRule
from bursar.rules.facts import NO_CLAIMS, Claims, Fact
from bursar.rules.states import CheckoutStatus, EnrollmentState, PaymentStatus, RefundEffect, RefundStatus
from bursar.sandbox.memory.store import World
from tests.rules.make import (
    ACCOUNT,
    ASHA,
    BEN,
    CHEN,
    DUE,
    NOON,
    again,
    an_id,
    attributed,
    checkout,
    make_directory,
    make_invoice,
    make_line,
    paid,
    refunded,
    told,
    watermark,
)
from tests.rules.sayings import contests, losses, movements, snapshots, warnings
from tests.rules.world import open_invoice

CUSTOMERS = {"asha": ASHA, "ben": BEN, "chen": CHEN}
CURRENCIES = ("INR", "INR", "INR", "USD")
"""Mostly one currency, so that groups meet."""
amounts = st.integers(1, 9)
WISHES = ((), (), (("books", 2),), (("tuition", 1), ("books", 9)), (("sports", 3), ("tuition", 30)))
"""How hosts say to spread the money, also over components that do not exist."""
WHOLE_SHARE = 0.3
UNPAID = (
    PaymentStatus.PROCESSING,
    PaymentStatus.AUTHORIZED,
    PaymentStatus.FAILED,
    PaymentStatus.CANCELED,
)
REFUND_STATES = (RefundStatus.PENDING, RefundStatus.SUCCEEDED, RefundStatus.CANCELED, RefundStatus.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Everything a gateway will ever say of one payment."""

    name: str
    heralds: tuple[Told, ...]
    """Any one of these makes the payment succeed."""
    others: tuple[Told, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A world before its first event, and all its events."""

    invoices: tuple[Invoice, ...]
    policies: tuple[tuple[TrackPolicy, int], ...]
    payments: tuple[Payment, ...]
    asides: tuple[Told, ...] = ()
    """What is said of no payment: settlements, subscriptions, saved cards, losses."""
    tolerance_minor: int = 0
    policy: Policy = Policy.PRIORITY

    @property
    def events(self) -> list[Told]:
        """Every event once, in the order of the gateway's own clock."""
        told_of = [each for payment in self.payments for each in (*payment.others, *payment.heralds)]
        return [*told_of, *self.asides]

    def world(self, opened: int | None = None) -> World:
        """A fresh world with the first invoices open; the others are drafts that claims may name."""
        tracks = {(invoice.customer_id, "guitar"): invoice.id for invoice in reversed(self.invoices)}
        directory = make_directory(self.invoices, track_invoices=tracks)
        world = World(directory=directory, tolerance_minor=self.tolerance_minor)
        for n, invoice in enumerate(self.invoices):
            world.checkouts[ACCOUNT, f"cs_{n}"] = Checkout(
                id=an_id(30_000 + n), status=CheckoutStatus.OPEN, invoice_id=invoice.id
            )
        for n, (policy, enrollment) in enumerate(self.policies):
            enrollment_id = an_id(20_000 + enrollment)
            world.grants[an_id(10_000 + n)] = Grant(
                id=an_id(10_000 + n),
                enrollment_id=enrollment_id,
                invoice_id=self.invoices[n].id,
                policy=policy,
                state=EnrollmentState.PENDING,
            )
            world.desired[enrollment_id] = EnrollmentState.PENDING
        for invoice in self.invoices[:opened]:
            open_invoice(world, invoice)
        return world


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Two or three people, their invoices, and up to six payments with all that follows."""
    people = draw(st.integers(2, 3))
    invoices = tuple(
        draw(_invoice(number, draw(st.sampled_from(list(CUSTOMERS.values())[:people]))))
        for number in range(1, draw(st.integers(1, 6)) + 1)
    )
    policies = tuple(
        draw(
            st.tuples(
                st.builds(
                    TrackPolicy,
                    unlock_rule=st.sampled_from(UnlockRule),
                    unlock_share_bp=st.sampled_from((1, 5_000, 10_000)),
                    withdraw_share_bp=st.sampled_from((1, 5_000, 10_000)),
                ),
                st.just(invoice.customer_id.int),
            )
        )
        for invoice in invoices
    )
    count = draw(st.integers(1, 6))
    payments = tuple(draw(_payment(f"pi_{n}", invoices, people)) for n in range(1, count + 1))
    return Story(
        invoices=invoices,
        policies=policies,
        payments=payments,
        asides=tuple(told(fact) for fact in [*draw(snapshots()), *draw(losses(len(invoices)))]),
        tolerance_minor=draw(st.sampled_from((0, 0, 1, 3))),
        policy=draw(st.sampled_from(Policy)),
    )


@st.composite
def _invoice(draw: st.DrawFn, number: int, customer) -> Invoice:
    fees = []
    for _ in range(draw(st.integers(1, 4))):
        gross_minor = draw(amounts)
        tax_minor = draw(st.integers(0, gross_minor))
        fees.append(
            make_line(
                0,
                gross_minor,
                tax_minor=tax_minor,
                priority=draw(st.sampled_from((1, 2))),
                due_on=DUE.replace(day=draw(st.sampled_from((1, 30)))),
                component=draw(st.sampled_from(("tuition", "books"))),
            )
        )
    return make_invoice(number, fees, customer=customer, currency=draw(st.sampled_from(CURRENCIES)))


@st.composite
def _payment(draw: st.DrawFn, name: str, invoices: Sequence[Invoice], people: int) -> Payment:
    amount_minor, currency = draw(st.integers(1, 20)), draw(st.sampled_from(CURRENCIES))
    claims = _claims(invoices, people)
    successes = draw(st.lists(_success(name, amount_minor, currency, claims), max_size=3))
    others: list[Told] = []
    for status in draw(st.lists(st.sampled_from(UNPAID), unique=True, max_size=2)):
        asked_minor = amount_minor if status is not PaymentStatus.AUTHORIZED else amount_minor + 1
        fact = paid(asked_minor, name, status=status, currency=currency, claims=draw(claims), attempt="ch")
        others.append(told(fact))
    foreign = "EUR" if draw(st.integers(0, 9)) == 0 else currency
    for n in range(draw(st.sampled_from((0, 0, 1, 1, 2, 3)))):
        others += draw(_refund(name, f"re_{name}_{n}", amount_minor, foreign if n == 0 else currency))
    if draw(st.integers(0, 3)) == 0:
        others.append(told(watermark(draw(amounts), draw(_names(name)), currency)))
    for n in range(draw(st.sampled_from((0, 0, 0, 1, 1, 2)))):
        known_as = draw(_names(name))
        others += [
            told(*facts) for facts in draw(contests(f"dp_{name}_{n}", known_as, amount_minor, foreign))
        ]
    others += [told(fact) for fact in draw(_rulings(name, invoices))]
    others += [told(fact) for fact in draw(movements(name, currency))]
    others += [told(fact) for fact in draw(warnings(draw(_names(name))))]
    return Payment(name=name, heralds=tuple(told(*facts) for facts in successes), others=tuple(others))


def _claims(invoices: Sequence[Invoice], people: int) -> st.SearchStrategy[Claims]:
    """None, weak, strong, and wrong ones; of anybody, so that evidence fights."""
    some = [f"INV-{invoice.id.int}" for invoice in invoices]
    references = [*list(CUSTOMERS)[:people], "nobody"]
    return st.one_of(
        st.just(NO_CLAIMS),
        st.builds(Claims, gateway_customer=st.sampled_from(("cus_asha", "cus_ben", "cus_lost"))),
        st.builds(
            Claims,
            customer=st.sampled_from(references),
            track=st.sampled_from((None, "guitar", "drums")),
            invoice=st.sampled_from((None, None, *some, "INV-lost")),
            components=st.sampled_from(WISHES),
        ),
        st.builds(Claims, invoice=st.sampled_from(some), components=st.sampled_from(WISHES)),
        st.builds(
            Claims,
            subscriber=st.sampled_from(references),
            gateway_customer=st.sampled_from((None, "cus_asha", "cus_ben")),
        ),
        st.builds(
            Claims,
            customer=st.sampled_from((None, *references)),
            checkouts=st.sampled_from([(f"cs_{n}",) for n in range(len(invoices) + 1)]),
        ),
    )


@st.composite
def _success(draw: st.DrawFn, name: str, amount_minor: int, currency: str, claims) -> Sequence[Fact]:
    """The intent, the charge and the session all say it, each in its own way."""
    claimed = draw(claims)
    aliases = draw(st.sampled_from(((), (_charge(name),))))
    fact = paid(amount_minor, name, currency=currency, claims=claimed, aliases=aliases, attempt=_charge(name))
    if claimed.checkouts:
        return (fact, checkout(claimed.checkouts[0], name))
    return (fact,)


def _rulings(name: str, invoices: Sequence[Invoice]) -> st.SearchStrategy[list[Fact]]:
    """Operators rule now and then, against each other, at one moment, of invoices in any currency."""
    ruling = st.builds(
        attributed,
        st.sampled_from([*(f"INV-{invoice.id.int}" for invoice in invoices), "INV-lost"]),
        payment=_names(name),
        ruling=st.sampled_from(("r_1", "r_2")),
        components=st.sampled_from(WISHES),
        occurred_at=st.sampled_from((NOON, NOON + timedelta(hours=1))),
    )
    return st.just([]) | st.just([]) | st.lists(ruling, max_size=2, unique_by=_ruled)


def _ruled(fact: Fact) -> tuple[object, ...]:
    """One ruling says one thing."""
    return (fact.ruling, fact.occurred_at)


@st.composite
def _refund(draw: st.DrawFn, payment: str, name: str, captured_minor: int, currency: str) -> list[Told]:
    amount_minor = draw(
        st.one_of(st.integers(1, captured_minor), st.just(captured_minor), st.integers(1, 25))
    )
    states = draw(st.lists(st.sampled_from(REFUND_STATES), unique=True, min_size=1, max_size=3))
    effects = draw(st.sampled_from([[RefundEffect.CANCEL], list(RefundEffect)]))
    events = []
    for status in states:
        named = draw(_names(payment))
        effect = draw(st.sampled_from(effects))
        fact = refunded(amount_minor, name, payment=named, status=status, currency=currency, effect=effect)
        also = [watermark(amount_minor, named, currency)] if draw(st.booleans()) else []
        events.append(told(*also, fact))
    return events


def _names(payment: str) -> st.SearchStrategy[str]:
    return st.sampled_from((payment, payment, _charge(payment)))


def _charge(payment: str) -> str:
    return payment.replace("pi", "ch")


class Post:
    """How a gateway delivers: in any order, some events twice, in batches of any size."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def batches(self, events: Sequence[Told]) -> list[list[Told]]:
        """Every event at least once."""
        order = list(events)
        twice = self._random.sample(order, self._random.randint(0, min(5, len(order))))
        order += [again(each) for each in twice]
        self._random.shuffle(order)
        batches = []
        while order:
            size = self._random.choice((1, 1, 2, 3, 5, 9, 30))
            batches.append(order[:size])
            del order[:size]
        return batches

    def books(self) -> list[bool]:
        """Whether the books of one decision after the other are loaded whole."""
        return [self._random.random() < WHOLE_SHARE for _ in range(5)]

    def choose(self, events: Sequence[Told]) -> Told:
        """Any one of them."""
        return self._random.choice(events)


posts = st.builds(Post, st.integers(0, 2**32))
"""Seeds, not drawn orders: drawn permutations stay close to sorted and find a tenth of the trouble."""
