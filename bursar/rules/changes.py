"""What a decision changes: built by `decide`, written set-based in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from bursar.rules.books import Attempt, Dispute, External, Invoice, Payment, Refund, Told
from bursar.rules.breaks import BreakKind
from bursar.rules.consequences import DocumentKind, MailKind, Precondition
from bursar.rules.ledger import Entry
from bursar.rules.movements import Movement, MovementKind
from bursar.rules.registers import GatewayObject, ObjectKind
from bursar.rules.states import CheckoutStatus, EnrollmentState


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
    customer_id: UUID | None
    """Who reads it; None for the kinds that operators read."""
    with_document: DocumentKind | None = None
    precondition: Precondition | None = None
    invoice_id: UUID | None = None
    """Below whose mail programs show it."""
    wait: bool = False
    """True while the payer may still pay: paid beats failed."""


@dataclass(slots=True, kw_only=True)
class Changes:
    """Everything one decision writes. Built by `decide`, written set-based in one transaction."""

    new_payments: dict[UUID, Payment] = field(default_factory=dict)
    payments: dict[UUID, Payment] = field(default_factory=dict)
    aliases: dict[External, UUID] = field(default_factory=dict)
    attempts: dict[External, Attempt] = field(default_factory=dict)
    refunds: dict[External, Refund] = field(default_factory=dict)
    disputes: dict[External, Dispute] = field(default_factory=dict)
    movements: dict[tuple[str, MovementKind, str], Movement] = field(default_factory=dict)
    objects: dict[tuple[str, ObjectKind, str], GatewayObject] = field(default_factory=dict)
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
    spoken_of: dict[tuple[UUID, int], UUID] = field(default_factory=dict)
    """(event, place of the fact in it) -> the payment it speaks of, where that is known."""
    waiting: dict[UUID, str] = field(default_factory=dict)
    """Event -> `<account>/<gateway id>` that must be known first."""


def waiting_key(account: str, external_id: str) -> str:
    """What an event waits for, as stored on its row."""
    return f"{account}/{external_id}"


def fetch_key(account: str, object_id: str, kind: str | None) -> str:
    """What an event that only names its object waits for: `fetch:<account>/<kind>/<id>`."""
    return f"fetch:{account}/{kind}/{object_id}" if kind else f"fetch:{account}/{object_id}"
