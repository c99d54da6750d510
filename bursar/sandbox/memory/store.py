"""What outlives a decision, held in memory as the tables would hold it.

Shares exist only as sums of ledger legs; natural keys are unique.
"""

import itertools
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from bursar.rules.books import (
    Checkout,
    Directory,
    Dispute,
    External,
    Grant,
    GroupKey,
    Invoice,
    Payment,
    Refund,
    Share,
    Told,
)
from bursar.rules.breaks import BreakKind
from bursar.rules.ledger import RECEIVABLE, CauseType, Entry, EntryKind, Leg
from bursar.rules.movements import Movement, MovementKind
from bursar.rules.registers import GatewayObject, ObjectKind
from bursar.rules.states import EnrollmentState


@dataclass(slots=True)
class World:
    """Everything that outlives a decision."""

    directory: Directory = field(default_factory=Directory)
    payments: dict[UUID, Payment] = field(default_factory=dict)
    aliases: dict[External, UUID] = field(default_factory=dict)
    refunds: dict[External, Refund] = field(default_factory=dict)
    disputes: dict[External, Dispute] = field(default_factory=dict)
    movements: dict[tuple[str, MovementKind, str], Movement] = field(default_factory=dict)
    objects: dict[tuple[str, ObjectKind, str], GatewayObject] = field(default_factory=dict)
    checkouts: dict[External, Checkout] = field(default_factory=dict)
    invoices: dict[UUID, Invoice] = field(default_factory=dict)
    entries: dict[tuple[CauseType, UUID, EntryKind], Entry] = field(default_factory=dict)
    grants: dict[UUID, Grant] = field(default_factory=dict)
    desired: dict[UUID, EnrollmentState] = field(default_factory=dict)
    events: dict[UUID, Told] = field(default_factory=dict)
    waiting: dict[UUID, str] = field(default_factory=dict)
    breaks: set[tuple[BreakKind, str]] = field(default_factory=set)
    documents: set[tuple[str, UUID]] = field(default_factory=set)
    waits: set[UUID] = field(default_factory=set)
    mails: set[tuple[str, UUID]] = field(default_factory=set)
    attempts: dict[External, bool] = field(default_factory=dict)
    audits: list[str] = field(default_factory=list)
    seq: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    # -- what the ledger says

    def legs(self) -> Iterable[Leg]:
        """Every leg of every entry."""
        return (leg for each in self.entries.values() for leg in each.legs)

    def balance(self, account: str, currency: str = "INR") -> int:
        """What lies on an account."""
        return sum(
            leg.amount_minor for leg in self.legs() if (leg.account, leg.currency) == (account, currency)
        )

    def shares(self, payment_ids: Iterable[UUID]) -> dict[UUID, dict[UUID, Share]]:
        """What the loader's query gives: receivable legs are allocations, the others are cancellations."""
        wanted = set(payment_ids)
        allocated: Counter[tuple[UUID, UUID]] = Counter()
        cancelled: Counter[tuple[UUID, UUID]] = Counter()
        for leg in self.legs():
            if leg.payment_id and leg.payment_id in wanted and leg.invoice_line_id:
                key = (leg.payment_id, leg.invoice_line_id)
                if leg.account == RECEIVABLE:
                    allocated[key] -= leg.amount_minor
                else:
                    cancelled[key] += leg.amount_minor
        shares: dict[UUID, dict[UUID, Share]] = {}
        for payment_id, line_id in sorted(allocated.keys() | cancelled.keys()):
            key = (payment_id, line_id)
            shares.setdefault(payment_id, {})[line_id] = Share(
                allocated_minor=allocated[key], cancelled_minor=cancelled[key]
            )
        return shares

    # -- reading by the names gateways and hosts use

    def payment(self, external_id: str, account: str = "stripe:test") -> Payment:
        """The payment that a gateway id means."""
        return self.payments[self.aliases[account, external_id]]

    def refund(self, external_id: str, account: str = "stripe:test") -> Refund:
        """The refund that a gateway id means."""
        return self.refunds[account, external_id]

    def allocations(self, external_id: str, account: str = "stripe:test") -> dict[UUID, Share]:
        """What a payment has on every invoice line, without what it has left."""
        payment_id = self.aliases[account, external_id]
        shares = self.shares([payment_id]).get(payment_id, {})
        return {line_id: share for line_id, share in shares.items() if share != Share()}

    def open_breaks(self) -> set[BreakKind]:
        """The kinds of all breaks that are open."""
        return {kind for kind, _ in self.breaks}

    def groups(self) -> frozenset[GroupKey]:
        """Every (customer, currency) that owes or owns something."""
        owing = {(invoice.customer_id, invoice.currency) for invoice in self.invoices.values()}
        return frozenset(owing | {payment.group for payment in self.payments.values()})
