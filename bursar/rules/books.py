"""The values a decision is made of: what the books say now. Frozen, no I/O. `changes` says what shall be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from bursar.errors import BursarError
from bursar.rules.allocation import Components, Policy
from bursar.rules.enrollment import TrackPolicy
from bursar.rules.evidence import NOBODY, Attribution
from bursar.rules.facts import Fact
from bursar.rules.movements import Movement, MovementKind
from bursar.rules.registers import GatewayObject, ObjectKind, Stamp
from bursar.rules.states import (
    CheckoutStatus,
    DisputeStatus,
    EnrollmentState,
    PaymentStatus,
    RefundEffect,
    RefundStatus,
)

External = tuple[str, str]
"""(gateway account, id at the gateway)."""
GroupKey = tuple[UUID | None, str]
"""(customer, currency): within a group, credit pays what is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One stored event and the facts read from it."""

    event_id: UUID
    account: str
    facts: tuple[Fact, ...]
    key: str = ""
    """The event's signed identity at its gateway; breaks ties between two words about one object."""


class Line(NamedTuple):
    """One fee component of an invoice."""

    id: UUID
    invoice_id: UUID
    position: int
    component: str
    priority: int
    due_on: date
    gross_minor: int
    tax_minor: int = 0
    allocated_minor: int = 0
    refunded_minor: int = 0
    """Cancelled because the money that paid it was taken back."""
    credited_minor: int = 0
    """Taken back by credit notes."""
    written_off_minor: int = 0
    """Given up; late money reverses that first."""
    given_up_minor: int = 0
    """What somebody ruled to give up at most: a loss as far as no money came."""
    tolerated_minor: int = 0
    """The part of what is written off that policy gave up, as a small rest."""
    rounding_minor: int = 0
    """The round-off of its invoice, part of the gross; may be below zero."""

    @property
    def payable_minor(self) -> int:
        """What money can be put on it in all."""
        return self.gross_minor - self.credited_minor

    @property
    def ruled_minor(self) -> int:
        """The part of what is written off that somebody ruled."""
        return self.written_off_minor - self.tolerated_minor

    @property
    def open_minor(self) -> int:
        """What is still owed."""
        return self.payable_minor - self.allocated_minor - self.refunded_minor - self.written_off_minor


class Invoice(NamedTuple):
    """An issued invoice with its lines."""

    id: UUID
    customer_id: UUID
    currency: str
    opened_seq: int
    total_minor: int
    lines: tuple[Line, ...]
    contested: bool = False
    """Some of the money on it is disputed: what it grants is suspended."""
    tolerance_minor: int | None = None
    """The largest rest that policy gives up; None until money came for it."""
    overdue: bool = False
    """Dunning has suspended what it grants, until it is paid."""

    @property
    def suspended(self) -> bool:
        """Whether what it grants is suspended."""
        return self.contested or (self.overdue and any(line.open_minor > 0 for line in self.lines))

    @property
    def payable_minor(self) -> int:
        """What money can be put on it in all."""
        return sum(line.payable_minor for line in self.lines)

    @property
    def expected_minor(self) -> int:
        """What was to be paid in all: a rest that policy gave up counts as paid, a loss that is ruled not."""
        return self.payable_minor - sum(line.tolerated_minor for line in self.lines)

    @property
    def paid_minor(self) -> int:
        """Allocated to its lines now."""
        return sum(line.allocated_minor for line in self.lines)

    @property
    def refunded_minor(self) -> int:
        """Allocated once, then refunded with effect `cancel`."""
        return sum(line.refunded_minor for line in self.lines)


class Payment(NamedTuple):
    """One payment; the sums are where its money lies besides invoice lines."""

    id: UUID
    account: str
    gateway_id: str
    status: PaymentStatus
    amount_minor: int
    currency: str
    method: str | None = None
    occurred_at: datetime | None = None
    attribution: Attribution = NOBODY
    applied_seq: int | None = None
    policy: Policy = Policy.PRIORITY
    """How it was spread when it came; kept, so that it is spread alike when it moves."""
    components: Components = ()
    """How the payer's host said to spread it."""
    credit_minor: int = 0
    held_minor: int = 0
    """The part of the credit that is a double payment."""
    unidentified_minor: int = 0
    suspense_minor: int = 0
    refunded_minor: int = 0
    lost_minor: int = 0
    """Taken by disputes that were lost."""
    watermark_minor: int = 0
    disputed: bool = False
    """Some dispute of it is open."""

    @property
    def group(self) -> GroupKey:
        """Whose credit this money is, in which currency."""
        return (self.attribution.customer_id, self.currency)

    @property
    def sums(self) -> tuple[int, int, int, int]:
        """Credit, the held part of it, unidentified, suspense."""
        return self.credit_minor, self.held_minor, self.unidentified_minor, self.suspense_minor


class Refund(NamedTuple):
    """One refund of one payment."""

    id: UUID
    account: str
    gateway_id: str
    payment_id: UUID
    status: RefundStatus
    amount_minor: int
    currency: str
    applied_seq: int | None = None
    """Set while it has succeeded; its place in the order of what was taken back."""
    effect: RefundEffect = RefundEffect.CANCEL
    occurred_at: datetime | None = None
    reason: str | None = None


class Dispute(NamedTuple):
    """One dispute of one payment: a register, and the loss it may end in."""

    id: UUID
    account: str
    gateway_id: str
    payment_id: UUID
    status: DisputeStatus
    amount_minor: int
    currency: str
    stamp: Stamp
    applied_seq: int | None = None
    """Set while it is lost; its place in the order of what was taken back."""
    turns: int = 0
    """How often it became lost or stopped being lost."""
    reason: str | None = None
    respond_by: datetime | None = None


class Checkout(NamedTuple):
    """A session, order or link of ours."""

    id: UUID
    status: CheckoutStatus
    invoice_id: UUID


class Attempt(NamedTuple):
    """One try to collect."""

    account: str
    external_id: str
    payment_id: UUID
    succeeded: bool
    decline_code: str | None
    occurred_at: datetime | None


class Grant(NamedTuple):
    """What an invoice grants in an enrollment."""

    id: UUID
    enrollment_id: UUID
    invoice_id: UUID
    policy: TrackPolicy
    state: EnrollmentState


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """What the names in claims mean. Only names that resolve are in it."""

    invoices: Mapping[str, UUID] = field(default_factory=dict)
    """Id, number or source reference -> invoice."""
    owners: Mapping[UUID, UUID] = field(default_factory=dict)
    """Invoice -> customer."""
    customers: Mapping[str, UUID] = field(default_factory=dict)
    gateway_customers: Mapping[External, UUID] = field(default_factory=dict)
    track_invoices: Mapping[tuple[UUID, str], UUID] = field(default_factory=dict)
    """(customer, track slug) -> invoice."""


class Share(NamedTuple):
    """How much of a payment lies on an invoice line, and how much of it was refunded away from there."""

    allocated_minor: int = 0
    cancelled_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What the books say about everything that some facts touch. Loaded under locks."""

    payments: Mapping[UUID, Payment] = field(default_factory=dict)
    aliases: Mapping[External, UUID] = field(default_factory=dict)
    refunds: Mapping[External, Refund] = field(default_factory=dict)
    disputes: Mapping[External, Dispute] = field(default_factory=dict)
    movements: Mapping[tuple[str, MovementKind, str], Movement] = field(default_factory=dict)
    """(account, kind, gateway id) -> what was posted for it."""
    objects: Mapping[tuple[str, ObjectKind, str], GatewayObject] = field(default_factory=dict)
    checkouts: Mapping[External, Checkout] = field(default_factory=dict)
    invoices: Mapping[UUID, Invoice] = field(default_factory=dict)
    shares: Mapping[UUID, Mapping[UUID, Share]] = field(default_factory=dict)
    """Payment -> invoice line -> share; present for refunded payments and whole groups."""
    grants: Sequence[Grant] = ()
    desired: Mapping[UUID, EnrollmentState] = field(default_factory=dict)
    """Enrollment -> what it should be, before this decision."""
    directory: Directory = field(default_factory=Directory)
    whole_groups: frozenset[GroupKey] = frozenset()
    """Groups loaded with every invoice, payment, refund, dispute and share: these can be placed anew."""
    tolerance_minor: int = 0
    """The largest rest that policy gives up of invoices for which the first money comes now."""
    taken_groups: frozenset[GroupKey] = frozenset()
    """Groups where money was taken back: a new payment there needs them whole."""


class IncompleteBooks(BursarError):
    """These groups must be loaded whole before deciding: their past changed, or shares are missing.

    For a group of nobody, only the refunds and shares of the payments named in the batch are wanted.
    """

    def __init__(self, groups: frozenset[GroupKey]) -> None:
        super().__init__()
        self.groups = groups
