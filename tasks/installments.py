"""Have an invoice paid in parts: agreed, looked at, agreed anew."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from bursar.rules.installments import Installment, PlanRefused, Standing, due_now, standings
from bursar.rules.states import InvoiceStatus
from models.queries import installments, payable
from models.queries.audit import audit
from models.session import transaction

_MAY_BE_SPLIT = frozenset({InvoiceStatus.DRAFT, InvoiceStatus.OPEN})


class Agreed(NamedTuple):
    """An invoice and how its parts stand."""

    invoice: Any
    parts: list[Standing]

    def due_minor(self, today: date) -> int:
        """What must be paid today; before the first part is due, that one; without parts, all."""
        return due_now(self.parts, today) if self.parts else int(self.invoice.open_minor)


def agree(invoice: str, make: Callable[[int], Sequence[Installment]], by: str) -> Agreed:
    """Split an invoice, or split it anew: `make` turns its total into parts.

    The same again changes nothing. Raises InvoiceUnknown, InvoiceAmbiguous or PlanRefused.
    """
    with transaction() as session:
        found = payable.invoice_to_pay(session, invoice)
        row = installments.lock_invoice(session, found.id)
        if row.status not in _MAY_BE_SPLIT:
            raise PlanRefused(f"invoice {invoice} is {row.status}: only one that is draft or open has parts")
        plan, before = list(make(row.total_minor)), installments.plan_of(session, found.id)
        if plan != before:
            installments.replace_plan(session, found.id, plan)
            detail = {"parts": str(len(plan)), "before": str(len(before))}
            audit(session, actor=by, verb="split", subjects={found.id: "invoice"}, detail=detail)
        return Agreed(found, standings(plan, installments.settled_minor(session, found.id)))


def look(invoice: str) -> Agreed:
    """An invoice and how its parts stand. Raises InvoiceUnknown or InvoiceAmbiguous."""
    with transaction() as session:
        found = payable.invoice_to_pay(session, invoice)
        return Agreed(found, _standings(session, found.id))


def _standings(session: Any, invoice_id: UUID) -> list[Standing]:
    return standings(
        installments.plan_of(session, invoice_id), installments.settled_minor(session, invoice_id)
    )
