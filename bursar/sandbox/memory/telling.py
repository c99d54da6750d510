"""How a world lives: events are decided in batches, invoices open, and whoever waits is told again."""

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from bursar.errors import Broken, invariant
from bursar.rules import bookkeeping
from bursar.rules.allocation import Policy
from bursar.rules.bookkeeping import settle_group
from bursar.rules.books import GroupKey, IncompleteBooks, Invoice, Told
from bursar.rules.changes import Changes
from bursar.rules.invoicing import IssuedLine, issue_entry
from bursar.sandbox.memory.laws import check_laws
from bursar.sandbox.memory.loading import NOTHING, load
from bursar.sandbox.memory.store import World
from bursar.sandbox.memory.writing import write

Watch = Callable[[World, Changes], None]
"""Looks at a world after a decision was written to it."""
_DECISIONS_MAX = 4
"""One decision may ask for one whole group after the other."""


def check_all(world: World, _: Changes) -> None:
    """Every law about everything: for small worlds."""
    check_laws(world)


def deliver(
    world: World,
    batches: Iterable[Sequence[Told]],
    whole: Sequence[bool] = (False,),
    policy: Policy = Policy.PRIORITY,
    watch: Watch = check_all,
) -> None:
    """Decide batch after batch, then what was released, until nothing is left that could run.

    `whole` says in turn whether the books of a decision are loaded whole or minimal.
    """
    queue, kinds = deque(batches), itertools.cycle(whole)
    while queue:
        batch = queue.popleft()
        world.events.update((each.event_id, each) for each in batch)
        changes = decided(world, batch, world.groups() if next(kinds) else NOTHING, policy)
        released = write(world, changes)
        watch(world, changes)
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
            return bookkeeping.decide(load(world, batch, groups), batch, seqs, policy)
        except IncompleteBooks as incomplete:
            invariant(bool(incomplete.groups - groups), "asks only for groups that were not loaded")
            groups |= incomplete.groups
    raise Broken("a decision asks for groups again and again")


def open_invoice(world: World, invoice: Invoice, watch: Watch = check_all) -> None:
    """Issue an invoice and let the credit of its customer pay it."""
    opened = invoice._replace(opened_seq=next(world.seq))
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
    changes = settle_group(load(world, (), frozenset([group])), group)
    write(world, changes)
    watch(world, changes)
