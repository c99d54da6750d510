"""Invoices: issued one by one or all that are due, made void, credited."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from bursar.errors import Refused
from models.issuing import issue_invoice
from models.kinds import CREDIT_NOTES, ISSUING_RUNS
from models.queries.audit import audit
from models.relieving import credit_invoice, void_invoice
from models.session import transaction
from tasks.bulk import begin_due_run, work_off
from tasks.drain import claims
from tasks.issuers import reserve_papers, this_issuer
from tasks.noting import number_notes, reserve_refunded
from tasks.wakes import Wakes
from workers.crashpoints import crash_point
from workers.publish import wake_by_name
from workers.queues import Queue
from workers.task import task

REASON_LENGTH_MAX = 200
"""Characters; it is audited, and stands on a credit note."""
RUN_S = 1800
"""Seconds: at 2,000 a second three million invoices; a longer run goes on with the next wake."""
DRAIN_S = 600.0
"""Seconds after which no other run is begun."""
NOTES_S = 20.0
"""Seconds after which no further notes are claimed."""


class ReasonRefused(Refused):
    """Whoever takes back an invoice says why."""


@task("invoices.issue_due", queue=Queue.BATCH, time_limit_s=RUN_S)
def issue_due(ids: Sequence[UUID] = ()) -> None:
    """Issue the drafts of these runs; without any, whatever should have been issued by today.

    Safe to repeat: what is issued is no draft any more, and a run has one worker.
    """
    if not ids:
        begin_due_run()
    for held in claims(ISSUING_RUNS, ids, drain_s=DRAIN_S):
        for run_id in held.ids:
            work_off(held, run_id)


@task("invoices.credit", queue=Queue.DOCUMENTS, time_limit_s=45)
def credit_notes(ids: Sequence[UUID] = ()) -> None:
    """Number these credit notes and what else is due, also for refunds that took a charge back.

    Safe to repeat: a note is numbered once, and says of a line only what no earlier note does.
    """
    reserve_refunded()
    for held in claims(CREDIT_NOTES, ids, drain_s=NOTES_S):
        number_notes(held, held.ids)


def issue(invoice_id: UUID, by: str) -> str:
    """Issue one draft; its number. Raises InvoiceClosed or InvoiceRefused."""
    with transaction() as session:
        opened = issue_invoice(session, invoice_id, this_issuer())
        documents = reserve_papers(session, opened.issued)
        audit(session, actor=by, verb="issued", subjects={invoice_id: "invoice"}, detail={})
    crash_point("invoices.issued")
    Wakes(documents=documents, enrollments=opened.enrollments).publish()
    return opened.issued[0].number


def void(invoice_id: UUID, by: str, reason: str) -> None:
    """Reverse an issue that nothing was paid on. Raises ReasonRefused, InvoiceNotOpen or ReliefRefused."""
    why = _reason(reason)
    with transaction() as session:
        void_invoice(session, invoice_id, by=by, reason=why)


def credit(invoice_id: UUID, amounts: Mapping[int, int] | None, by: str, reason: str) -> UUID:
    """Take back charges of an invoice; the id of the credit note, which gets its number from a worker.

    `amounts`: position of a line -> minor units; None is all that is still charged. What had been paid beyond
    the rest becomes the customer's credit. Raises ReasonRefused, InvoiceNotOpen or ReliefRefused.
    """
    why = _reason(reason)
    with transaction() as session:
        credited = credit_invoice(session, invoice_id, amounts, by=by, reason=why)
    crash_point("invoices.credited")
    wake_by_name("invoices.credit", [credited.note_id])
    Wakes(enrollments=credited.enrollments).publish()
    return credited.note_id


def _reason(text: str) -> str:
    if not 0 < len(text.strip()) <= REASON_LENGTH_MAX:
        raise ReasonRefused(f"reason must be 1 to {REASON_LENGTH_MAX} characters; it is audited")
    return text.strip()
