"""Who is suspected of fraud: put before a person, and held where the settings say so."""

from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from bursar.clock import utc_now
from bursar.rules.breaks import BreakKind
from bursar.settings import load
from models.inbox_writes import open_break
from models.queries import customers, fraud
from models.queries.audit import audit
from models.session import transaction

log = structlog.get_logger(__name__)


def find_suspects() -> None:
    """Put before a person what failed too often lately, by customer and by card; hold them where that is set.

    Safe to repeat: a warning is open once, and what a person has judged counts no more.
    """
    settings = load()
    since = utc_now() - timedelta(hours=settings.fraud_window_h)
    with transaction() as session:
        found = fraud.suspicious(session, since, settings.fraud_failures)
        for row in found:
            detail = f"{row.failed} tries failed within {settings.fraud_window_h:g} hours"
            if len(row.customers) > 1:
                detail += f", for {len(row.customers)} customers with the same card"
            open_break(session, BreakKind.FRAUD_WARNING, row.subject, f"{detail}; consider a hold")
        held = fraud.hold_suspects(session) if settings.fraud_hold else []
        _audit(session, "held", held, "bursar", "an open warning of fraud")
    for customer_id in held:
        log.warning("customers.held", customer_id=str(customer_id))


def hold(customer_id: UUID, *, by: str, reason: str) -> bool:
    """Let nothing be charged to a customer and no page be opened. False when held before.

    Raises CustomerUnknown.
    """
    with transaction() as session:
        customers.get(session, customer_id)
        new = fraud.hold(session, customer_id, reason)
        _audit(session, "held", [customer_id] if new else [], by, reason)
    return new


def release(customer_id: UUID, *, by: str, reason: str) -> bool:
    """Let a customer pay again; the warnings about failed tries are resolved. False when it was not held.

    Raises CustomerUnknown.
    """
    with transaction() as session:
        customers.get(session, customer_id)
        was = fraud.release(session, customer_id, f"released by {by}: {reason}")
        _audit(session, "released", [customer_id] if was else [], by, reason)
    return was


def _audit(session: Session, verb: str, ids: list[UUID], by: str, reason: str) -> None:
    if ids:
        subjects = dict.fromkeys(ids, "customer")
        audit(session, actor=by, verb=verb, subjects=subjects, detail={"reason": reason})
