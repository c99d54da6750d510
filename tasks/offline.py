"""Money that no gateway tells of, or that the bank took back: entered once, then an event like any other."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from bursar.clock import utc_now
from bursar.errors import Refused
from bursar.gateways.manual.slips import (
    RECEIVED,
    RETURNED,
    ReturnSlip,
    Slip,
    SlipRefused,
    checked_slip,
    noon_of,
)
from bursar.rules.money_text import money_text
from bursar.rules.states import PaymentStatus
from bursar.settings import load
from models.inbox_writes import Heard, store_heard
from models.queries import payable, slips
from models.queries.audit import audit
from models.queries.refund_requests import get_payment
from models.session import transaction
from workers.crashpoints import crash_point
from workers.publish import wake_by_name

SOURCE = "manual"
REASON_LENGTH_MAX = 200
"""Characters; it is audited, and shown to whoever asks why."""
AGE_MAX = timedelta(days=3650)
"""A slip older than that is a wrong year: books are kept for seven."""
AHEAD_MAX = timedelta(days=1)
"""Today is tomorrow already in other zones."""


class SlipTaken(Refused):
    """The same slip was entered before, and said something else."""


class NotReturnable(Refused):
    """The payment did not come, or not by hand or bank."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """What became of a slip."""

    event_id: UUID
    account: str
    payment: str
    """The id of the payment at its gateway."""
    duplicate: bool
    """It was entered before: nothing changed."""


def record_slip(slip: Slip, *, by: str, reason: str) -> Entered:
    """Enter money that came. The same reference, amount and day is the same slip, and changes nothing.

    Raises SlipRefused, SlipTaken, CustomerUnknown, InvoiceUnknown; nothing is entered then.
    """
    _check(slip, reason)
    account = f"{SOURCE}:{load().mode}"
    with transaction() as session:
        _check_owner(session, slip)
        entered = _enter(session, account, RECEIVED, slip.payment, slip, by, reason)
    return _woken(entered)


def record_return(
    payment_id: UUID, *, reference: str, day: date, amount_minor: int | None, by: str, reason: str
) -> Entered:
    """Enter money that the bank took back: what it had paid is owed again. All of the payment by default.

    Raises SlipRefused, NotReturnable or PaymentUnknown; nothing is entered then.
    """
    with transaction() as session:
        payment = get_payment(session, payment_id)
        if not payment.gateway_account.startswith(f"{SOURCE}:") or payment.status != PaymentStatus.SUCCEEDED:
            raise NotReturnable(
                f"payment {payment.gateway_payment_id} is {payment.status} at {payment.gateway_account}: "
                "only what was entered by hand is returned by hand; gateways tell of their own"
            )
        slip = ReturnSlip(
            reference=reference,
            amount_minor=payment.amount_minor if amount_minor is None else amount_minor,
            currency=payment.currency,
            day=day,
            payment=payment.gateway_payment_id,
        )
        _check(slip, reason)
        if slip.amount_minor > payment.amount_minor:
            most = money_text(payment.amount_minor, payment.currency)
            raise SlipRefused(f"amount: {most} came, so no more can be returned")
        entered = _enter(session, payment.gateway_account, RETURNED, slip.refund, slip, by, reason)
    return _woken(entered)


def _check(slip: Slip | ReturnSlip, reason: str) -> None:
    checked_slip(slip)
    if not 0 < len(reason.strip()) <= REASON_LENGTH_MAX:
        raise SlipRefused(f"reason must be 1 to {REASON_LENGTH_MAX} characters; it is audited")
    now = utc_now()
    if not now - AGE_MAX <= noon_of(slip.day) <= now + AHEAD_MAX:
        raise SlipRefused(f"day: {slip.day} is in the future or more than {AGE_MAX.days // 365} years ago")


def _check_owner(session: Session, slip: Slip) -> None:
    """Raises CustomerUnknown, InvoiceUnknown or SlipRefused: a clerk's mistake is corrected at the desk."""
    slips.get_customer(session, slip.customer)
    if slip.invoice is None:
        return
    invoice = payable.invoice_to_pay(session, slip.invoice)
    if invoice.external_ref != slip.customer:
        raise SlipRefused(f"invoice: {invoice.number} is not of customer {slip.customer}")
    if invoice.currency != slip.currency:
        raise SlipRefused(f"currency: invoice {invoice.number} is in {invoice.currency}")


def _enter(
    session: Session,
    account: str,
    event_type: str,
    name: str,
    slip: Slip | ReturnSlip,
    by: str,
    reason: str,
) -> Entered:
    body = slip.document()
    heard = Heard(name, event_type, slip.payment, body, noon_of(slip.day), None)
    new = store_heard(session, account, SOURCE, [heard])
    known = slips.get_entry(session, account, name)
    if not new:
        _check_same(known, body)
    else:
        audit(
            session,
            actor=by,
            verb="entered",
            subjects={known.id: "event"},
            detail={"type": event_type, "reason": reason.strip()},
        )
    return Entered(event_id=known.id, account=account, payment=slip.payment, duplicate=not new)


def _check_same(known: Any, body: bytes) -> None:
    """Raises SlipTaken naming what differs: two slips need two references."""
    before, now = orjson.loads(known.body), orjson.loads(body)
    differing = [name for name in ("customer", "invoice", "method") if before.get(name) != now.get(name)]
    if differing:
        name = differing[0]
        raise SlipTaken(
            f"a slip with this reference, amount and day was entered before, with {name} {before.get(name)}; "
            "if this is another one, give it a reference of its own"
        )


def _woken(entered: Entered) -> Entered:
    crash_point("offline.entered")
    if not entered.duplicate:
        wake_by_name("events.apply", [entered.event_id])
    return entered
