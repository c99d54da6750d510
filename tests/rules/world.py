"""The life of a store: events are delivered in batches, invoices open, and every law is checked each time."""

import itertools
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bursar.errors import invariant
from bursar.rules.allocation import Policy
from bursar.rules.bookkeeping import decide, settle_group
from bursar.rules.books import Directory, Grant, GroupKey, IncompleteBooks, Invoice, Told
from bursar.rules.changes import Changes
from bursar.rules.enrollment import TrackPolicy
from bursar.rules.facts import Fact
from bursar.rules.invoicing import IssuedLine, issue_entry
from bursar.rules.states import EnrollmentState
from bursar.sandbox.memory.laws import check_laws
from bursar.sandbox.memory.loading import load
from bursar.sandbox.memory.store import World
from bursar.sandbox.memory.writing import write
from tests.rules.make import ACCOUNT, an_id, make_directory, told

NOTHING: frozenset[GroupKey] = frozenset()
_DECISIONS_MAX = 4
"""One decision may ask for one whole group after the other."""


def make_world(*invoices: Invoice, directory: Directory | None = None) -> World:
    """A world where these invoices are open and nothing is paid."""
    world = World(directory=directory or make_directory(invoices))
    for invoice in invoices:
        open_invoice(world, invoice)
    return world


def grant(world: World, invoice: Invoice, policy: TrackPolicy | None = None, enrollment: int = 1) -> None:
    """Let an invoice grant something in an enrollment."""
    policy = policy or TrackPolicy()
    given = Grant(
        id=an_id(10_000 + len(world.grants)),
        enrollment_id=an_id(20_000 + enrollment),
        invoice_id=invoice.id,
        policy=policy,
        state=EnrollmentState.PENDING,
    )
    world.grants[given.id] = given
    world.desired.setdefault(given.enrollment_id, EnrollmentState.PENDING)


def open_invoice(world: World, invoice: Invoice) -> None:
    """Issue an invoice and let the credit of its customer pay it."""
    opened = replace(invoice, opened_seq=next(world.seq))
    world.invoices[opened.id] = opened
    group = (opened.customer_id, opened.currency)
    lines = [
        IssuedLine(
            id=line.id,
            component=line.component,
            net_minor=line.gross_minor - line.tax_minor,
            tax_minor=line.tax_minor,
        )
        for line in opened.lines
    ]
    write(world, Changes(entries=[issue_entry(opened.id, *group, lines)]))
    write(world, settle_group(load(world, (), frozenset([group])), group))
    check_laws(world)


def tell(world: World, *facts: Fact, account: str = ACCOUNT) -> World:
    """Deliver one event by itself."""
    deliver(world, [[told(*facts, account=account)]])
    return world


def deliver(
    world: World,
    batches: Iterable[Sequence[Told]],
    whole: Sequence[bool] = (False,),
    policy: Policy = Policy.PRIORITY,
) -> None:
    """Decide batch after batch, then what was released, until nothing is left that could run.

    `whole` says in turn whether the books of a decision are loaded whole or minimal.
    """
    queue, kinds = deque(batches), itertools.cycle(whole)
    while queue:
        batch = queue.popleft()
        world.events |= {each.event_id: each for each in batch}
        released = write(world, decided(world, batch, world.groups() if next(kinds) else NOTHING, policy))
        check_laws(world)
        if released:
            queue.append(released)


def decided(
    world: World,
    batch: Sequence[Told],
    groups: frozenset[GroupKey] = NOTHING,
    policy: Policy = Policy.PRIORITY,
) -> Changes:
    """What a batch would change; nothing is written."""
    seqs = list(itertools.islice(world.seq, sum(len(each.facts) for each in batch)))
    for _ in range(_DECISIONS_MAX):
        try:
            return decide(load(world, batch, groups), batch, seqs, policy)
        except IncompleteBooks as incomplete:
            invariant(bool(incomplete.groups - groups), "asks only for groups that were not loaded")
            groups |= incomplete.groups
    raise AssertionError("a decision asks for groups again and again")
