"""The values a decision is made of: what the books say now, and what shall change. Frozen, no I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from bursar.errors import BursarError
from bursar.rules.breaks import BreakKind
from bursar.rules.consequences import DocumentKind, MailKind
from bursar.rules.enrollment import TrackPolicy
from bursar.rules.evidence import NOBODY, Attribution
from bursar.rules.facts import Fact
from bursar.rules.ledger import Entry
from bursar.rules.states import CheckoutStatus, EnrollmentState, PaymentStatus, RefundStatus

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
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

    @property
    def open_minor(self) -> int:
        """What is still owed."""
        return self.gross_minor - self.allocated_minor - self.refunded_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """An issued invoice with its lines."""

    id: UUID
    customer_id: UUID
    currency: str
    opened_seq: int
    total_minor: int
    lines: tuple[Line, ...]

    @property
    def paid_minor(self) -> int:
        """Allocated to its lines now."""
        return sum(line.allocated_minor for line in self.lines)

    @property
    def refunded_minor(self) -> int:
        """Allocated once, then refunded with effect `cancel`."""
        return sum(line.refunded_minor for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
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
    credit_minor: int = 0
    unidentified_minor: int = 0
    suspense_minor: int = 0
    refunded_minor: int = 0
    watermark_minor: int = 0

    @property
    def group(self) -> GroupKey:
        """Whose credit this money is, in which currency."""
        return (self.attribution.customer_id, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """One refund of one payment."""

    id: UUID
    account: str
    gateway_id: str
    payment_id: UUID
    status: RefundStatus
    amount_minor: int
    currency: str
    applied_seq: int | None = None
    """Set while it has succeeded; its place in the order of replays."""
    occurred_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A session, order or link of ours."""

    id: UUID
    status: CheckoutStatus
    invoice_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to collect."""

    account: str
    external_id: str
    payment_id: UUID
    succeeded: bool
    decline_code: str | None
    occurred_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How much of a payment lies on an invoice line, and how much of it was refunded away from there."""

    allocated_minor: int = 0
    cancelled_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What the books say about everything that some facts touch. Loaded under locks."""

    payments: Mapping[UUID, Payment] = field(default_factory=dict)
    aliases: Mapping[External, UUID] = field(default_factory=dict)
    refunds: Mapping[External, Refund] = field(default_factory=dict)
    checkouts: Mapping[External, Checkout] = field(default_factory=dict)
    invoices: Mapping[UUID, Invoice] = field(default_factory=dict)
    shares: Mapping[UUID, Mapping[UUID, Share]] = field(default_factory=dict)
    """Payment -> invoice line -> share; present for refunded payments and whole groups."""
    grants: Sequence[Grant] = ()
    desired: Mapping[UUID, EnrollmentState] = field(default_factory=dict)
    """Enrollment -> what it should be, before this decision."""
    directory: Directory = field(default_factory=Directory)
    whole_groups: frozenset[GroupKey] = frozenset()
    """Groups loaded with every invoice, payment, refund and share: these can be replayed."""


class IncompleteBooks(BursarError):
    """These groups must be loaded whole before deciding: their past changed, or shares are missing.

    For a group of nobody, only the refunds and shares of the payments named in the batch are wanted.
    """

    def __init__(self, groups: frozenset[GroupKey]) -> None:
        super().__init__()
        self.groups = groups


class BreakNote(NamedTuple):
    """A break to open for a subject, e.g. `payment:<id>`."""

    kind: BreakKind
    subject: str
    detail: str


class AuditNote(NamedTuple):
    """One line for the audit log."""

    action: str
    subject_type: str
    subject_id: UUID
    detail: Mapping[str, str | int]


class DocumentNote(NamedTuple):
    """A document to reserve; its mail becomes due when it is done."""

    kind: DocumentKind
    subject_id: UUID
    wait: bool
    """True while only weak evidence says whose money it is."""


class MailNote(NamedTuple):
    """A mail to reserve, once per (kind, subject)."""

    kind: MailKind
    subject_id: UUID
    customer_id: UUID
    with_document: DocumentKind | None = None


@dataclass(slots=True, kw_only=True)
class Changes:
    """Everything one decision writes. Built by `decide`, written set-based in one transaction."""

    new_payments: dict[UUID, Payment] = field(default_factory=dict)
    payments: dict[UUID, Payment] = field(default_factory=dict)
    aliases: dict[External, UUID] = field(default_factory=dict)
    attempts: dict[External, Attempt] = field(default_factory=dict)
    refunds: dict[External, Refund] = field(default_factory=dict)
    checkouts: dict[UUID, CheckoutStatus] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    invoices: dict[UUID, Invoice] = field(default_factory=dict)
    grants: dict[UUID, EnrollmentState] = field(default_factory=dict)
    enrollments: dict[UUID, EnrollmentState] = field(default_factory=dict)
    documents: list[DocumentNote] = field(default_factory=list)
    mails: list[MailNote] = field(default_factory=list)
    breaks: list[BreakNote] = field(default_factory=list)
    healed: list[tuple[BreakKind, str]] = field(default_factory=list)
    audits: list[AuditNote] = field(default_factory=list)
    applied: list[Told] = field(default_factory=list)
    waiting: dict[UUID, str] = field(default_factory=dict)
    """Event -> `<account>/<gateway id>` that must be known first."""


def waiting_key(account: str, external_id: str) -> str:
    """What an event waits for, as stored on its row."""
    return f"{account}/{external_id}"
