"""How one payment spreads over the open lines of one invoice. No I/O, no clock.

Which invoice comes first is `invoice_order`; what a refund takes away again is what was given last.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from bursar.errors import invariant
from bursar.rules.money import split


class Policy(StrEnum):
    """How one payment is spread over the components of an invoice."""

    PRIORITY = "priority"
    """Component priority, then due date, then position."""
    OLDEST_DUE = "oldest_due"
    """What is due first, on whichever invoice; then priority and position."""
    PRO_RATA = "pro_rata"
    """Every open line in proportion to what is open on it (largest remainder)."""
    TAX_FIRST = "tax_first"
    """The tax of every line first, then the rest, each in the order of priority."""


POLICY_VERSION = 1
EXPLICIT = "explicit"
"""In a label: the payer said in metadata how to spread it; what was not named follows the policy."""

Components = tuple[tuple[str, int], ...]
Shares = list[tuple[UUID, int]]
"""(invoice line, minor units) in the order they were given."""


def policy_label(policy: Policy, components: Components = ()) -> str:
    """What is stored with an entry, so that every allocation can be explained later."""
    return f"{EXPLICIT if components else policy.value}/{POLICY_VERSION}"


class OpenLine(NamedTuple):
    """What allocation needs to know of an invoice line."""

    id: UUID
    component: str
    priority: int
    due_on: date
    position: int
    open_minor: int
    tax_minor: int = 0
    """The part of `open_minor` that is tax."""


def allocate(
    amount_minor: int, lines: Iterable[OpenLine], policy: Policy, components: Components = ()
) -> Shares:
    """Spread an amount over the open lines of one invoice.

    No line gets more than is open, and nothing is kept back while a line is open.
    """
    invariant(amount_minor >= 0, "an amount to allocate is never negative")
    left = [line for line in lines if line.open_minor > 0]
    if not components:
        return _SPREAD[policy](amount_minor, left)
    named = _named_shares(amount_minor, left, components)
    taken: dict[UUID, int] = {}
    for line_id, share_minor in named:
        taken[line_id] = taken.get(line_id, 0) + share_minor
    left = [line._replace(open_minor=line.open_minor - taken.get(line.id, 0)) for line in left]
    return named + _SPREAD[policy](amount_minor - sum(taken.values()), left)


def invoice_order(
    lines: Mapping[UUID, Sequence[OpenLine]], policy: Policy, target: UUID | None
) -> list[UUID]:
    """The invoices of a group as one payment fills them: the one it names, then the oldest.

    `lines`: invoice -> its lines, in the order the invoices were opened.
    """
    order = list(lines)
    if policy is Policy.OLDEST_DUE:
        order.sort(key=lambda each: min(line.due_on for line in lines[each]))
    return sorted(order, key=lambda each: each != target)


def _named_shares(amount_minor: int, lines: Sequence[OpenLine], components: Components) -> Shares:
    shares: Shares = []
    open_minor = {line.id: line.open_minor for line in lines}
    for component, wanted_minor in components:
        named = sorted((line for line in lines if line.component == component), key=_priority)
        room = [(line.id, open_minor[line.id]) for line in named]
        for line_id, share_minor in _in_order(min(amount_minor, wanted_minor), room):
            shares.append((line_id, share_minor))
            open_minor[line_id] -= share_minor
            amount_minor -= share_minor
    return shares


def _by_priority(amount_minor: int, lines: list[OpenLine]) -> Shares:
    ordered = sorted(lines, key=_priority)
    return _in_order(amount_minor, [(line.id, line.open_minor) for line in ordered])


def _by_due_date(amount_minor: int, lines: list[OpenLine]) -> Shares:
    ordered = sorted(lines, key=lambda line: (line.due_on, *_priority(line)))
    return _in_order(amount_minor, [(line.id, line.open_minor) for line in ordered])


def _pro_rata(amount_minor: int, lines: list[OpenLine]) -> Shares:
    ordered = sorted((line for line in lines if line.open_minor), key=_priority)
    open_minor = [line.open_minor for line in ordered]
    amount_minor = min(amount_minor, sum(open_minor))
    if not amount_minor:
        return []
    parts = split(amount_minor, open_minor)
    return [(line.id, part) for line, part in zip(ordered, parts, strict=True) if part]


def _tax_first(amount_minor: int, lines: list[OpenLine]) -> Shares:
    ordered = sorted(lines, key=_priority)
    taxes = _in_order(amount_minor, [(line.id, min(line.tax_minor, line.open_minor)) for line in ordered])
    taxed = dict(taxes)
    rest = [(line.id, line.open_minor - taxed.get(line.id, 0)) for line in ordered]
    return taxes + _in_order(amount_minor - sum(taxed.values()), rest)


def _in_order(amount_minor: int, room: Iterable[tuple[UUID, int]]) -> Shares:
    shares: Shares = []
    for line_id, room_minor in room:
        share_minor = min(room_minor, amount_minor)
        if share_minor > 0:
            shares.append((line_id, share_minor))
            amount_minor -= share_minor
    return shares


def _priority(line: OpenLine) -> tuple[int, date, int]:
    return (line.priority, line.due_on, line.position)


_SPREAD: dict[Policy, Callable[[int, list[OpenLine]], Shares]] = {
    Policy.PRIORITY: _by_priority,
    Policy.OLDEST_DUE: _by_due_date,
    Policy.PRO_RATA: _pro_rata,
    Policy.TAX_FIRST: _tax_first,
}
