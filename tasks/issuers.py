"""The seller of this installation, and how what he issues is frozen, reserved and mailed."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from bursar.documents.freezing import invoice_snapshot
from bursar.emails.values.money import ComponentOwed, InvoiceIssued
from bursar.rules.billing import Bill
from bursar.rules.changes import Changes, DocumentNote
from bursar.rules.consequences import DocumentKind, MailKind
from bursar.sellers import seller_of
from bursar.settings import load
from models import books
from models.issuing import Issuer, Numbered
from models.queries import papers
from models.session import raw
from tasks.mailing import NewMail, enqueue_mails


def this_issuer() -> Issuer:
    """Who issues here. Raises Misconfigured when the seller's file is wrong."""
    settings = load()
    seller = seller_of(settings)

    def freeze(bill: Bill, number: str, issued_on: date) -> bytes:
        snapshot = invoice_snapshot(bill, seller, number, issued_on, test_mode=settings.mode == "test")
        return snapshot.to_json()

    return Issuer(seller=seller, freeze=freeze)


def reserve_papers(session: Session, issued: Sequence[Numbered]) -> list[UUID]:
    """A paper for each invoice, and a mail that takes it along; the ids of the papers that are due."""
    notes = [DocumentNote(DocumentKind.INVOICE, each.bill.draft.id, wait=False) for each in issued]
    due = books.write(raw(session), Changes(documents=notes), weak_wait_s=0).documents
    ids = [each.bill.draft.id for each in issued]
    owed = papers.open_minor(session, ids)
    documents = papers.reserved(session, DocumentKind.INVOICE, ids)
    mails = [
        _mail(each, owed[each.bill.draft.id], documents[each.bill.draft.id])
        for each in issued
        if each.bill.draft.buyer.email
    ]
    enqueue_mails(session, mails)  # none is due before its paper is there
    return due


def _mail(issued: Numbered, balance_minor: int, document_id: UUID) -> NewMail:
    bill = issued.bill
    draft, buyer = bill.draft, bill.draft.buyer
    said = InvoiceIssued(
        customer_name=buyer.name,
        invoice_number=issued.number,
        total_minor=bill.total_minor,
        balance_minor=balance_minor,
        currency=draft.currency,
        locale=buyer.locale,
        due_on=draft.due_on,
        lines=tuple(
            ComponentOwed(component=told.fee.component, gross_minor=line.gross_minor)
            for told, line in zip(draft.lines, bill.lines, strict=True)
        ),
    )
    return NewMail(
        kind=MailKind.INVOICE_ISSUED,
        customer_id=buyer.id,
        subject_id=draft.id,
        values=said,
        invoice_id=draft.id,
        document_id=document_id,
    )
