"""Build the books again from what was applied, in memory, and name every difference to the tables.

Names in claims (customers, invoices, checkouts) mean what they mean in today's tables.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from bursar.rules.allocation import Policy
from bursar.rules.books import Directory, Told
from bursar.rules.changes import Changes
from bursar.rules.facts import Fact, PaymentFact
from bursar.rules.states import EnrollmentState
from bursar.sandbox.memory.store import World
from bursar.sandbox.memory.telling import deliver, open_invoice
from bursar.sandbox.retelling import fact_from
from models.queries.history import Applied, History, Issued
from models.queries.outcome import GROUP, INVOICE, LINE, MOVEMENT, PAYMENT, SHARE, TAKEN, View

NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that the tables have otherwise than what was applied leads to."""

    what: str
    """`L0 payment`, `L2 invoice line` ...: the promise and the thing."""
    key: tuple[Any, ...]
    name: str
    stored: Any
    rebuilt: Any


def rebuild(history: History) -> World:
    """Everything applied again, one event at a time, in the order of application."""
    world = World(directory=_own_tracks(history.directory))
    for name, checkout in history.checkouts.items():
        world.checkouts[name] = checkout
    for grant in history.grants:
        world.grants[grant.id] = grant
        world.desired[grant.enrollment_id] = EnrollmentState.PENDING
    happened: list[Applied | Issued] = sorted([*history.events, *history.issued], key=lambda each: each.seq)
    tracks: dict[tuple[UUID, str], UUID] = world.directory.track_invoices  # type: ignore[assignment]  # ours
    for each in happened:
        if isinstance(each, Issued):
            if each.track:
                tracks.setdefault((each.invoice.customer_id, each.track), each.invoice.id)
            open_invoice(world, each.invoice, _unwatched)
        else:
            facts = tuple(fact_from(*stored) for stored in each.facts)
            told = Told(event_id=each.event_id, account=each.account, facts=facts, key=each.key)
            policy = _policy(history, each.account, facts)
            deliver(world, [[told]], policy=policy, watch=_unwatched)
    return world


def compare(world: World, stored: Mapping[str, View]) -> Iterator[Difference]:
    """Every value that differs, thing by thing."""
    for what, rebuilt in views(world).items():
        for key in sorted(stored[what].keys() | rebuilt.keys(), key=str):
            was, now = stored[what].get(key, NOTHING), rebuilt.get(key, NOTHING)
            for name in sorted(was.keys() | now.keys()):
                if was.get(name) != now.get(name):
                    yield Difference(what, key, name, was.get(name), now.get(name))


def views(world: World) -> dict[str, View]:
    """The same views of a world in memory as `models.queries.outcome` reads from the tables."""
    return {
        **_gateway_views(world),
        "L1 customer": _customers(world),
        "L2 invoice": {
            (each.id,): _named(INVOICE, each.paid_minor, each.refunded_minor, each.contested)
            for each in world.invoices.values()
        },
        "L2 invoice line": {
            (line.id,): _named(LINE, line.allocated_minor, line.refunded_minor, line.written_off_minor)
            for each in world.invoices.values()
            for line in each.lines
        },
        "L2 allocation": _allocations(world),
        "L2 enrollment": {(each,): {"desired": state} for each, state in world.desired.items()},
        "balance": {key: {"amount_minor": minor} for key, minor in world.sums.accounts.items() if minor},
        "order": _order(world),
    }


def _gateway_views(world: World) -> dict[str, View]:
    return {
        "L0 payment": {
            (p.account, p.gateway_id): _named(
                PAYMENT, p.status, p.amount_minor, p.currency, p.attribution.customer_id,
                p.attribution.invoice_id, p.refunded_minor, p.lost_minor, p.disputed, p.watermark_minor,
                [list(each) for each in p.components], p.credit_minor, p.held_minor, p.unidentified_minor,
                p.suspense_minor,
            )
            for p in world.payments.values()
        },
        "L0 refund": {
            name: _named(TAKEN, r.status, r.amount_minor, r.currency, r.applied_seq is not None)
            for name, r in world.refunds.items()
        },
        "L0 dispute": {
            name: _named(TAKEN, d.status, d.amount_minor, d.currency, d.applied_seq is not None)
            for name, d in world.disputes.items()
        },
        "L0 movement": {
            name: _named(
                MOVEMENT, m.status, m.amount_minor, m.currency, m.tax_minor, m.counter_minor,
                m.counter_currency,
            )
            for name, m in world.movements.items()
        },
        "L0 object": {name: {"status": each.status} for name, each in world.objects.items()},
        "L0 checkout": {name: {"status": each.status} for name, each in world.checkouts.items()},
    }  # fmt: skip


def _customers(world: World) -> View:
    held: dict[tuple[UUID | None, str], int] = dict.fromkeys(world.groups(), 0)
    for payment in world.payments.values():
        held[payment.group] += payment.held_minor
    return {
        group: _named(GROUP, *world.sums.open_and_credit(group), held_minor)
        for group, held_minor in held.items()
        if group[0]
    }


def _allocations(world: World) -> View:
    found: View = {}
    for payment_id, shares in world.shares(world.payments).items():
        payment = world.payments[payment_id]
        for line_id, share in shares.items():
            if share.allocated_minor or share.cancelled_minor:
                key = (payment.account, payment.gateway_id, line_id)
                found[key] = _named(SHARE, share.allocated_minor, share.cancelled_minor)
    return found


def _order(world: World) -> View:
    """Places, not numbers: the same order has other numbers here."""
    applied = sorted(
        (each.applied_seq, each.account, each.gateway_id)
        for each in world.payments.values()
        if each.applied_seq
    )
    return {(account, name): {"place": place} for place, (_, account, name) in enumerate(applied, start=1)}


def _named(names: tuple[str, ...], *values: Any) -> dict[str, Any]:
    return dict(zip(names, values, strict=True))


def _own_tracks(known: Directory) -> Directory:
    return Directory(
        invoices=known.invoices,
        owners=known.owners,
        customers=known.customers,
        gateway_customers=known.gateway_customers,
        track_invoices={},
    )


def _policy(history: History, account: str, facts: tuple[Fact, ...]) -> Policy:
    """How the payment of an event was spread when it came."""
    for fact in facts:
        if isinstance(fact, PaymentFact):
            return Policy(history.policies.get((account, fact.payment), Policy.PRIORITY))
    return Policy.PRIORITY


def _unwatched(_: World, __: Changes) -> None:
    """The laws are `bursar check`'s; here only the outcome counts."""
