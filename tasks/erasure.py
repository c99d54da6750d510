"""Forgetting a person: asked for in one commit, done in another once nothing stands against it."""

from pathlib import Path
from uuid import UUID

from bursar.emails.transports import remove_mails
from bursar.settings import load
from models import books
from models.queries import customers, erasing
from models.queries.audit import audit
from models.session import allow_long_reads, raw, transaction
from tasks.emails import OUTBOX_FOLDER
from workers.crashpoints import crash_point


def request_erasure(customer_id: UUID, *, by: str, reason: str) -> None:
    """Note that a customer is to be forgotten; again changes nothing. Raises CustomerUnknown."""
    with transaction() as session:
        customers.get(session, customer_id)
        if erasing.request(session, customer_id):
            subjects = {customer_id: "customer"}
            audit(session, actor=by, verb="erasure_requested", subjects=subjects, detail={"reason": reason})


def why_not(customer_id: UUID) -> list[str]:
    """What stands against forgetting a customer now. Reads only."""
    with transaction() as session:
        allow_long_reads(session)
        return erasing.obstacles(session, customer_id)


def erase(customer_id: UUID) -> list[str]:
    """Forget the person, or say what stands against it. Who was erased before stays so."""
    with transaction() as session:
        allow_long_reads(session)
        if erasing.erased_at(session, customer_id):
            return []
        against = erasing.obstacles(session, customer_id)
        mails = erasing.mails_of(session, customer_id)
    if against:
        return against

    remove_mails(outbox(), mails)

    with transaction() as session:
        allow_long_reads(session)
        books.lock_customers(raw(session), [customer_id])
        against = erasing.obstacles(session, customer_id)
        if not against and not erasing.erased_at(session, customer_id):
            bodies = erasing.overwrite(session, customer_id)
            detail = {"bodies": str(bodies)}
            audit(session, actor="bursar", verb="erased", subjects={customer_id: "customer"}, detail=detail)
    crash_point("customers.erased")
    return against


def outbox() -> Path:
    """The folder of mails where there is no mail server."""
    return load().var / OUTBOX_FOLDER
