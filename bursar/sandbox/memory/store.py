"""What outlives a decision, held in memory as the tables would hold it.

Shares exist only as sums of ledger legs; natural keys are unique. Whatever a batch needs is found by an
index, so that a world of 100,000 events costs as much per event as one of a hundred.
"""

import itertools
from collections.abc import Hashable, Iterable
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
from bursar.rules.ledger import CauseType, Entry, EntryKind, Leg
from bursar.rules.movements import Movement, MovementKind
from bursar.rules.registers import GatewayObject, ObjectKind
from bursar.rules.states import EnrollmentState
from bursar.sandbox.memory.sums import Sums
from bursar.sandbox.memory.tables import Table

EntryKey = tuple[CauseType, UUID, EntryKind]


class Ledger(dict[EntryKey, Entry]):
    """Entries by their natural keys; every one that comes is summed."""

    def __init__(self) -> None:
        super().__init__()
        self.sums = Sums()

    def __setitem__(self, key: EntryKey, entry: Entry) -> None:
        super().__setitem__(key, entry)
        self.sums.add(entry)


_TAKEN = "taken"
"""In an index: of payments from which money was taken back."""


def _payments() -> Table[UUID, Payment]:
    return Table(_payment_index)


def _payment_index(payment: Payment) -> tuple[Hashable, ...]:
    group = payment.group
    return (group, (_TAKEN, group[0])) if payment.refunded_minor or payment.lost_minor else (group,)


def _refunds() -> Table[External, Refund]:
    return Table(lambda refund: (refund.payment_id,))


def _disputes() -> Table[External, Dispute]:
    return Table(lambda dispute: (dispute.payment_id,))


def _invoices() -> Table[UUID, Invoice]:
    return Table(lambda invoice: (invoice.customer_id, (invoice.customer_id, invoice.currency)))


def _grants() -> Table[UUID, Grant]:
    return Table(lambda grant: (grant.enrollment_id, grant.invoice_id))


def _movements() -> Table[tuple[str, MovementKind, str], Movement]:
    return Table(lambda movement: ((movement.account, movement.external_id),))


def _objects() -> Table[tuple[str, ObjectKind, str], GatewayObject]:
    return Table(lambda each: ((each.account, each.external_id),))


def _checkouts() -> Table[External, Checkout]:
    return Table(lambda checkout: (checkout.id,))


def _waiting() -> Table[UUID, str]:
    return Table(lambda name: (name,))


@dataclass(slots=True)
class World:
    """Everything that outlives a decision."""

    directory: Directory = field(default_factory=Directory)
    tolerance_minor: int = 0
    """The largest rest that policy gives up."""
    payments: Table[UUID, Payment] = field(default_factory=_payments)
    aliases: dict[External, UUID] = field(default_factory=dict)
    refunds: Table[External, Refund] = field(default_factory=_refunds)
    disputes: Table[External, Dispute] = field(default_factory=_disputes)
    movements: Table[tuple[str, MovementKind, str], Movement] = field(default_factory=_movements)
    objects: Table[tuple[str, ObjectKind, str], GatewayObject] = field(default_factory=_objects)
    checkouts: Table[External, Checkout] = field(default_factory=_checkouts)
    invoices: Table[UUID, Invoice] = field(default_factory=_invoices)
    entries: Ledger = field(default_factory=Ledger)
    grants: Table[UUID, Grant] = field(default_factory=_grants)
    desired: dict[UUID, EnrollmentState] = field(default_factory=dict)
    events: dict[UUID, Told] = field(default_factory=dict)
    waiting: Table[UUID, str] = field(default_factory=_waiting)
    breaks: set[tuple[BreakKind, str]] = field(default_factory=set)
    documents: set[tuple[str, UUID]] = field(default_factory=set)
    waits: set[UUID] = field(default_factory=set)
    mails: set[tuple[str, UUID]] = field(default_factory=set)
    attempts: dict[External, tuple[bool, str | None]] = field(default_factory=dict)
    audits: list[str] = field(default_factory=list)
    seq: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    # -- what the ledger says

    @property
    def sums(self) -> Sums:
        """The sums of all legs."""
        return self.entries.sums

    def legs(self) -> Iterable[Leg]:
        """Every leg of every entry."""
        return (leg for each in self.entries.values() for leg in each.legs)

    def balance(self, account: str, currency: str = "INR") -> int:
        """What lies on an account."""
        return self.sums.accounts.get((account, currency), 0)

    def shares(self, payment_ids: Iterable[UUID]) -> dict[UUID, dict[UUID, Share]]:
        """What each payment has on every invoice line."""
        return self.sums.shares(payment_ids)

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
        return {line_id: share for line_id, share in shares.items() if any(share)}

    def open_breaks(self) -> set[BreakKind]:
        """The kinds of all breaks that are open."""
        return {kind for kind, _ in self.breaks}

    def taken_groups(self, customers: Iterable[UUID | None]) -> frozenset[GroupKey]:
        """The (customer, currency) pairs of these customers in which money was ever taken back."""
        taken = self.payments.having(*((_TAKEN, customer_id) for customer_id in customers))
        return frozenset(payment.group for payment in taken.values())

    def groups(self) -> frozenset[GroupKey]:
        """Every (customer, currency) that owes or owns something."""
        owing = {(invoice.customer_id, invoice.currency) for invoice in self.invoices.values()}
        return frozenset(owing | {payment.group for payment in self.payments.values()})
