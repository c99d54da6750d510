"""An operator rules which invoice a payment is for, or that nobody waits for the rest of one: as events."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from bursar.clock import utc_now
from bursar.errors import Refused
from bursar.gateways.manual.rulings import ATTRIBUTED, GIVEN_UP, Ruling, WriteOff
from bursar.gateways.readers import OPERATOR
from bursar.ids import new_id
from bursar.rules.money_text import money_text
from bursar.rules.states import InvoiceStatus
from bursar.settings import load
from models.inbox_writes import Heard, store_heard
from models.queries import payable
from models.queries.audit import audit
from models.queries.refund_requests import get_payment
from models.session import transaction
from workers.crashpoints import crash_point
from workers.publish import wake_by_name

REASON_LENGTH_MAX = 200
"""Characters; it is audited."""


class RulingRefused(Refused):
    """It cannot be so: another currency, no such component, nothing open; the message says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RulingWish:
    """What somebody rules."""

    payment_id: UUID
    invoice: str
    """Our id of it, its number, or the host's own reference."""
    lines: Mapping[str, int] = field(default_factory=dict)
    """Fee component -> minor units; what is not named follows the payment's policy."""
    reason: str
    by: str


def rule(wish: RulingWish) -> UUID:
    """Enter a ruling; the id of its event. Later rulings outrank earlier ones, and all outrank gateways.

    Raises RulingRefused, PaymentUnknown or InvoiceUnknown; nothing is entered then.
    """
    _check_reason(wish.reason)
    return _told(lambda session: _enter(session, wish))


def write_off(invoice_ref: str, reason: str, by: str) -> UUID:
    """Rule that nobody waits for what is not paid of an invoice; the id of the event.

    `invoice_ref`: our id, its number, or the host's reference. Late money takes the loss back first. Raises
    RulingRefused, InvoiceUnknown or InvoiceAmbiguous; nothing is entered then.
    """
    _check_reason(reason)
    return _told(lambda session: _enter_write_off(session, invoice_ref, reason.strip(), by))


def _told(enter: Callable[[Session], list[UUID]]) -> UUID:
    """Commit a ruling, and have it applied."""
    with transaction() as session:
        [event_id] = enter(session)
    crash_point("rulings.entered")
    wake_by_name("events.apply", [event_id])
    return event_id


def _enter(session: Session, wish: RulingWish) -> list[UUID]:
    payment = get_payment(session, wish.payment_id)
    invoice = payable.invoice_to_pay(session, wish.invoice)
    _check(payment, invoice, wish.lines, payable.components_of(session, invoice.id))
    ruled_at = utc_now()
    ruling = Ruling(
        ruling=str(new_id()),
        payment=payment.gateway_payment_id,
        invoice=str(invoice.id),
        components=tuple(wish.lines.items()),
        ruled_at=ruled_at,
    )
    heard = Heard(ruling.dedupe_key, ATTRIBUTED, ruling.payment, ruling.document(), ruled_at, None)
    audit(
        session,
        actor=wish.by,
        verb="attributed",
        subjects={payment.id: "payment"},
        detail={"invoice": str(invoice.id), "ruling": ruling.ruling, "reason": wish.reason.strip()},
    )
    return store_heard(session, payment.gateway_account, OPERATOR, [heard])


def _enter_write_off(session: Session, invoice_ref: str, reason: str, by: str) -> list[UUID]:
    """What was not paid is frozen here: of what is owed later again, this gives up no more than that."""
    invoice = payable.invoice_to_pay(session, invoice_ref)
    name = invoice.number or invoice.id
    if invoice.status != InvoiceStatus.OPEN:
        raise RulingRefused(f"invoice {name} is {invoice.status}: only of an issued one something is owed")
    if invoice.open_minor <= 0:
        raise RulingRefused(f"nothing of invoice {name} is open: there is nothing to give up")
    ruled_at = utc_now()
    ruling = WriteOff(
        ruling=str(new_id()),
        invoice=str(invoice.id),
        lines=tuple(payable.unpaid_lines(session, invoice.id)),
        ruled_at=ruled_at,
    )
    audit(
        session,
        actor=by,
        verb="write_off_ruled",
        subjects={invoice.id: "invoice"},
        detail={"minor": str(invoice.open_minor), "ruling": ruling.ruling, "reason": reason},
    )
    heard = Heard(ruling.dedupe_key, GIVEN_UP, ruling.invoice, ruling.document(), ruled_at, None)
    return store_heard(session, f"manual:{load().mode}", OPERATOR, [heard])


def _check_reason(reason: str) -> None:
    if not 0 < len(reason.strip()) <= REASON_LENGTH_MAX:
        raise RulingRefused(f"reason must be 1 to {REASON_LENGTH_MAX} characters; it is audited")


def _check(payment: Any, invoice: Any, lines: Mapping[str, int], components: Sequence[str]) -> None:
    """Raises RulingRefused."""
    name = invoice.number or invoice.id
    if invoice.status != InvoiceStatus.OPEN:
        raise RulingRefused(f"invoice {name} is {invoice.status}: only issued ones are paid")
    if invoice.currency != payment.currency:
        raise RulingRefused(f"invoice {name} is in {invoice.currency}, the payment in {payment.currency}")
    strange = [each for each in lines if each not in components]
    if strange:
        raise RulingRefused(
            f"lines: invoice {name} has no component {strange[0]!r}; it has {', '.join(components)}"
        )
    if sum(lines.values()) > payment.amount_minor:
        most = money_text(payment.amount_minor, payment.currency)
        raise RulingRefused(f"lines: they sum to more than the {most} that came")
