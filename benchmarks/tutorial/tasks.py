"""The tutorial's worker: one task and one ORM transaction per event."""

from typing import Any

from celery import Celery
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from benchmarks.tutorial import settings
from benchmarks.tutorial.tables import Allocation, Audit, HandledEvent, Invoice, Payment

app = Celery("tutorial", broker=settings.BROKER_URL)
app.conf.update(task_ignore_result=True, broker_connection_retry_on_startup=True)
engine = create_engine(settings.DATABASE_URL.replace("postgresql://", "postgresql+psycopg://"))


@app.task(name="tutorial.handle_event")  # type: ignore[untyped-decorator, unused-ignore]  # Celery has no types
def handle_event(event: dict[str, Any]) -> None:
    """Do the book-keeping of one event, once."""
    with Session(engine) as session, session.begin():
        if session.get(HandledEvent, event["id"]):
            return
        session.add(HandledEvent(id=event["id"], type=event["type"], data=event["data"]["object"]))
        thing = event["data"]["object"]
        if event["type"] == "payment_intent.succeeded":
            book(session, thing["id"], thing["amount_received"], thing["currency"], thing["metadata"])
        elif event["type"] == "charge.succeeded":
            book(session, thing["payment_intent"], thing["amount"], thing["currency"], thing["metadata"])
        elif event["type"] == "checkout.session.completed":
            book(
                session, thing["payment_intent"], thing["amount_total"], thing["currency"], thing["metadata"]
            )
        else:
            session.add(Audit(action=event["type"], subject=thing["id"]))


def book(session: Session, gateway_id: str, amount: int, currency: str, metadata: dict[str, str]) -> None:
    """Lock the invoice, record the payment once, spread it over the lines, note it."""
    invoice = session.scalar(select(Invoice).where(Invoice.id == metadata["invoice"]).with_for_update())
    payment = session.scalar(select(Payment).where(Payment.gateway_id == gateway_id))
    if payment is not None:
        session.add(Audit(action="payment.repeated", subject=gateway_id))
        return
    payment = Payment(
        gateway_id=gateway_id,
        invoice_id=invoice.id if invoice else None,
        amount=amount,
        currency=currency,
        status="succeeded",
    )
    session.add(payment)
    session.flush()
    if invoice is not None:
        rest = amount
        for line in invoice.lines:
            share = min(rest, line.amount - line.paid)
            if share:
                session.add(Allocation(payment_id=payment.id, line_id=line.id, amount=share))
                line.paid += share
                rest -= share
        invoice.paid += amount - rest
        if invoice.paid >= invoice.total:
            invoice.status = "paid"
            invoice.enrollment = "active"
    session.add(Audit(action="payment.succeeded", subject=gateway_id))
