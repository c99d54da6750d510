"""Reserve a mail: the row is the mail. It is sent when it is due, by whichever worker is free.

enqueue_mails(session, [NewMail(
    kind=MailKind.DUNNING_DUE, customer_id=…, subject_id=step_id, values=DunningNotice(…),
    invoice_id=invoice_id, precondition=Precondition.INVOICE_OWED, owed_minor=400_00)])
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from bursar.emails.kinds import EmailValues, to_json
from bursar.errors import invariant
from bursar.rules.consequences import TO_OPERATORS, MailKind, Precondition
from models.queries import mails


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMail:
    """A mail to be reserved, once per `dedupe_key`."""

    kind: MailKind
    customer_id: UUID | None
    """Who reads it; None for the kinds that operators read."""
    subject_id: UUID
    """What it tells of: an invoice, a payment, a step of dunning."""
    values: EmailValues | None = None
    """What it says, kept with the row. None for kinds that are read from their subject when they go out."""
    dedupe_key: str | None = None
    """`<kind>/<subject_id>` where none is given: one mail of a kind about a subject, ever."""
    invoice_id: UUID | None = None
    """Its mail thread is that of this invoice's own mail, and INVOICE_OWED asks for it."""
    precondition: Precondition | None = None
    owed_minor: int | None = None
    """With INVOICE_OWED: what the invoice must still owe, exactly."""
    document_id: UUID | None = None
    """It waits for this document and takes it along; should the document die, it goes without."""
    wait_s: float = 0.0
    """Seconds from now before it is due; does not count where it waits for a document."""


def enqueue_mails(session: Session, new: Sequence[NewMail]) -> list[UUID]:
    """Reserve mails in the caller's transaction. One that is reserved already stays as it is.

    Returns the ids of those due now, for `emails.send` to be woken with after the commit.
    """
    return mails.enqueue(session, [_row(mail) for mail in new])


def _row(mail: NewMail) -> mails.MailRow:
    invariant(
        (mail.customer_id is None) == (mail.kind in TO_OPERATORS), "customers read their own mails only"
    )
    return mails.MailRow(
        kind=mail.kind,
        dedupe_key=mail.dedupe_key or f"{mail.kind}/{mail.subject_id}",
        customer_id=mail.customer_id,
        subject_id=mail.subject_id,
        said=to_json(mail.kind, mail.values) if mail.values else None,
        invoice_id=mail.invoice_id,
        precondition=mail.precondition,
        owed_minor=mail.owed_minor,
        document_id=mail.document_id,
        wait_s=mail.wait_s,
    )
