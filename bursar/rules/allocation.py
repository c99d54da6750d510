"""How a payment spreads over what is owed. No I/O, no clock.

One fixed order per policy decides which line is paid first; its reverse decides which is refunded first.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from bursar.errors import invariant


class Policy(StrEnum):
    """How one payment is spread over the components of an invoice."""

    PRIORITY = "priority"
    """Component priority, then due date, then position."""


POLICY_VERSION = 1


def policy_label(policy: Policy) -> str:
    """What is stored with an entry, so that every allocation can be explained later."""
    return f"{policy.value}/{POLICY_VERSION}"


class OpenLine(NamedTuple):
    """What allocation needs to know of an invoice line; the order is the order of payment within a group."""

    opened_seq: int
    priority: int
    due_on: date
    position: int
    id: UUID
    invoice_id: UUID
    open_minor: int


class Allocation(NamedTuple):
    """Shares in the order they were given, and what is left."""

    shares: tuple[tuple[UUID, int], ...]
    rest_minor: int


def allocate(amount_minor: int, lines: Iterable[OpenLine], policy: Policy = Policy.PRIORITY) -> Allocation:
    """Spread an amount over open lines; shares and rest sum to the amount, no line gets more than is open."""
    invariant(amount_minor >= 0, "an amount to allocate is never negative")
    rest_minor = amount_minor
    shares: list[tuple[UUID, int]] = []
    for line in sorted(lines, key=_ORDER[policy]):
        if rest_minor == 0:
            break
        share_minor = min(line.open_minor, rest_minor)
        if share_minor > 0:
            shares.append((line.id, share_minor))
            rest_minor -= share_minor
    invariant(sum(share for _, share in shares) + rest_minor == amount_minor, "shares must sum to the amount")
    return Allocation(tuple(shares), rest_minor)


def payment_order(lines: Iterable[OpenLine], target: UUID | None) -> Sequence[OpenLine]:
    """All lines of a group as one payment fills them: the invoice it names first, then the oldest."""
    return sorted(lines, key=lambda line: (line.invoice_id != target, *_by_priority(line)))


def _by_priority(line: OpenLine) -> tuple[int, int, date, int]:
    return (line.opened_seq, line.priority, line.due_on, line.position)


_ORDER: dict[Policy, Callable[[OpenLine], tuple[int, int, date, int]]] = {Policy.PRIORITY: _by_priority}
