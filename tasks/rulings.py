"""An operator rules which invoice a payment is for: evidence of the highest rank, entered as an event."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from bursar.clock import utc_now
from bursar.errors import Refused
from bursar.gateways.manual.rulings import ATTRIBUTED, Ruling
from bursar.gateways.readers import OPERATOR
from bursar.ids import new_id
from bursar.rules.money_text import money_text
from bursar.rules.states import InvoiceStatus
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
    """It cannot be so: another currency, no such component, more than came; the message says which."""


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
    if not 0 < len(wish.reason.strip()) <= REASON_LENGTH_MAX:
        raise RulingRefused(f"reason must be 1 to {REASON_LENGTH_MAX} characters; it is audited")
    with transaction() as session:
        [event_id] = _enter(session, wish)
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
