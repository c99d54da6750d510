"""What people keep of money that moved: receipts, mails, breaks and rights, reserved as rows to work off."""

from collections.abc import Iterable
from uuid import UUID

from bursar.rules.attribution import payment_subject
from bursar.rules.books import Payment
from bursar.rules.breaks import BreakKind
from bursar.rules.changes import DocumentNote, MailNote
from bursar.rules.consequences import DocumentKind, MailKind, Precondition
from bursar.rules.desk import Desk
from bursar.rules.enrollment import desired_state, grant_state
from bursar.rules.evidence import STRONG
from bursar.rules.states import EnrollmentState, PaymentStatus


def follow_payments(desk: Desk, payment_ids: Iterable[UUID]) -> None:
    """Reserve a receipt and its mail for money that is somebody's; put the rest before a person."""
    for payment_id in dict.fromkeys(payment_ids):
        _follow_payment(desk, desk.payment(payment_id))


def follow_failures(desk: Desk) -> None:
    """Tell whoever tried to pay that it did not work, unless he pays within seconds."""
    for payment in [*desk.changes.payments.values(), *desk.changes.new_payments.values()]:
        customer_id = payment.attribution.customer_id
        if payment.status is PaymentStatus.FAILED and customer_id:
            desk.changes.mails.append(
                MailNote(
                    MailKind.PAYMENT_FAILED,
                    payment.id,
                    customer_id,
                    precondition=Precondition.PAYMENT_MISSING,
                    invoice_id=payment.attribution.invoice_id,
                    wait=True,
                )
            )


def follow_holds(desk: Desk) -> None:
    """Put double payments before a person; a hold that is gone needs nobody."""
    for payment in [*desk.changes.payments.values(), *desk.changes.new_payments.values()]:
        known = desk.books.payments.get(payment.id)
        if payment.held_minor:
            detail = (
                f"{payment.held_minor} {payment.currency} minor units were paid twice; refund or release them"
            )
            desk.open_break(BreakKind.DOUBLE_PAYMENT, payment_subject(payment.id), detail)
        elif known and known.held_minor:
            desk.heal(BreakKind.DOUBLE_PAYMENT, payment_subject(payment.id))


def follow_grants(desk: Desk) -> None:
    """Rights follow the money of their invoice, as the decision ends."""
    states: dict[UUID, list[EnrollmentState]] = {}
    for grant in desk.books.grants:
        invoice = desk.changes.invoices.get(grant.invoice_id)
        state = grant.state
        if invoice:
            state = grant_state(
                grant.policy,
                total_minor=invoice.expected_minor,
                paid_minor=invoice.paid_minor,
                refunded_minor=invoice.refunded_minor,
                suspended=invoice.suspended,
            )
        if state != grant.state:
            desk.changes.grants[grant.id] = state
        states.setdefault(grant.enrollment_id, []).append(state)
    for enrollment_id, granted in states.items():
        wanted = desired_state(granted)
        if wanted != desk.books.desired[enrollment_id]:
            desk.changes.enrollments[enrollment_id] = wanted
            desk.audit(f"enrollment.{wanted}", "enrollment", enrollment_id)


def _follow_payment(desk: Desk, payment: Payment) -> None:
    rank, _, customer_id, invoice_id = payment.attribution
    if customer_id is None:
        detail = "nobody is known to have paid this; attribute it or refund it"
        desk.open_break(BreakKind.UNIDENTIFIED_PAYMENT, payment_subject(payment.id), detail)
        return
    if invoice_id and desk.invoice_currency(invoice_id) not in {None, payment.currency}:
        detail = f"paid in {payment.currency}; kept as credit in its own currency"
        desk.open_break(BreakKind.WRONG_CURRENCY, payment_subject(payment.id), detail)
    desk.changes.documents.append(DocumentNote(DocumentKind.RECEIPT, payment.id, wait=rank < STRONG))
    desk.changes.mails.append(
        MailNote(MailKind.PAYMENT_RECEIVED, payment.id, customer_id, with_document=DocumentKind.RECEIPT)
    )
    for refund in desk.refunds_of(payment.id):  # of money that was nobody's when it went back
        desk.changes.mails.append(MailNote(MailKind.REFUND_PROCESSED, refund.id, customer_id))
