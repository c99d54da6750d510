"""The open books during one decision: current values, and the changes made to them so far."""

from collections.abc import Mapping
from uuid import UUID

from bursar.rules.books import Books, Dispute, External, GroupKey, Invoice, Line, Payment, Refund, Share
from bursar.rules.breaks import BreakKind
from bursar.rules.changes import AuditNote, BreakNote, Changes
from bursar.rules.lots import NO_SHARES, Lot, Placement, Taking
from bursar.rules.states import OPEN_DISPUTES, RefundEffect


class Desk:
    """Reads through to the books and remembers what changed."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.changes = Changes()
        self.aliases = dict(books.aliases)
        """Gateway id -> payment, as this decision has it so far."""
        self._payments = dict(books.payments)
        self._lines: dict[UUID, Line] = {}
        self._by_group: dict[GroupKey, list[UUID]] = {}
        for invoice in books.invoices.values():
            self._by_group.setdefault((invoice.customer_id, invoice.currency), []).append(invoice.id)
            for line in invoice.lines:
                self._lines[line.id] = line
        self._members: dict[GroupKey, dict[UUID, None]] = {}
        """Group -> payments that are or were in it."""
        for payment in books.payments.values():
            self._members.setdefault(payment.group, {})[payment.id] = None
        self._touched: dict[UUID, bool] = {}
        """Changed invoice -> whether it is contested."""
        self._tolerances: dict[UUID, int] = {}
        """Invoice -> the tolerance it got in this decision."""
        self._current: dict[UUID, Invoice] = {}
        """Invoices as they are now, since they last changed."""
        self._refunds: dict[UUID, dict[External, Refund]] = {}
        for name, refund in books.refunds.items():
            self._refunds.setdefault(refund.payment_id, {})[name] = refund
        self._disputes: dict[UUID, dict[External, Dispute]] = {}
        for name, dispute in books.disputes.items():
            self._disputes.setdefault(dispute.payment_id, {})[name] = dispute
        self._shares: dict[UUID, Mapping[UUID, Share]] = {
            payment_id: {line_id: share for line_id, share in shares.items() if any(share)}
            for payment_id, shares in books.shares.items()
        }

    # -- payments

    def payment(self, payment_id: UUID) -> Payment:
        """A payment as this decision has it so far."""
        return self._payments[payment_id]

    def keep_payment(self, payment: Payment) -> None:
        """Remember a changed payment."""
        new = payment.id not in self.books.payments
        (self.changes.new_payments if new else self.changes.payments)[payment.id] = payment
        self._payments[payment.id] = payment
        self._members.setdefault(payment.group, {})[payment.id] = None

    def add_alias(self, name: External, payment_id: UUID) -> None:
        """Remember a gateway id of a payment, unless it means one already."""
        if name not in self.aliases:
            self.aliases[name] = self.changes.aliases[name] = payment_id

    def payments_of(self, group: GroupKey) -> list[Payment]:
        """Every loaded or new payment of a group that holds, held or owes money."""
        everyone = map(self.payment, self._members.get(group, ()))
        return [
            each for each in everyone if (each.applied_seq or each.suspense_minor) and each.group == group
        ]

    def lot(self, payment: Payment) -> Lot:
        """A payment as placement sees it."""
        refunds = (
            Taking(refund.applied_seq or 0, refund.amount_minor, refund.effect is RefundEffect.REOPEN)
            for refund in self.refunds_of(payment.id)
        )
        losses = (Taking(loss.applied_seq or 0, loss.amount_minor) for loss in self.losses_of(payment.id))
        return Lot(
            payment_id=payment.id,
            customer_id=payment.attribution.customer_id,
            target=payment.attribution.invoice_id,
            seq=payment.applied_seq,
            amount_minor=payment.amount_minor,
            policy=payment.policy,
            components=payment.components,
            takings=(*refunds, *losses),
        )

    def placement(self, payment_id: UUID) -> Placement:
        """Where a payment's money lies now."""
        payment = self.payment(payment_id)
        return Placement(
            customer_id=payment.attribution.customer_id,
            credit_minor=payment.credit_minor,
            held_minor=payment.held_minor,
            unidentified_minor=payment.unidentified_minor,
            suspense_minor=payment.suspense_minor,
            shares=self._shares.get(payment_id, NO_SHARES),
        )

    def lay(self, payment_id: UUID, placement: Placement) -> None:
        """Remember where a payment's money lies now."""
        self._shares[payment_id] = placement.shares
        payment = self.payment(payment_id)
        if placement.sums != payment.sums:
            credit, held, unidentified, suspense = placement.sums
            self.keep_payment(
                payment._replace(
                    credit_minor=credit,
                    held_minor=held,
                    unidentified_minor=unidentified,
                    suspense_minor=suspense,
                )
            )

    # -- what was taken back

    def refund(self, name: External) -> Refund | None:
        """A refund as this decision has it so far."""
        return self.changes.refunds.get(name) or self.books.refunds.get(name)

    def keep_refund(self, refund: Refund) -> None:
        """Remember a new or changed refund."""
        name = (refund.account, refund.gateway_id)
        self.changes.refunds[name] = refund
        self._refunds.setdefault(refund.payment_id, {})[name] = refund

    def dispute(self, name: External) -> Dispute | None:
        """A dispute as this decision has it so far."""
        return self.changes.disputes.get(name) or self.books.disputes.get(name)

    def keep_dispute(self, dispute: Dispute) -> None:
        """Remember a new or changed dispute."""
        name = (dispute.account, dispute.gateway_id)
        self.changes.disputes[name] = dispute
        self._disputes.setdefault(dispute.payment_id, {})[name] = dispute

    def refunds_of(self, payment_id: UUID) -> list[Refund]:
        """Refunds that have taken money from a payment, in its currency."""
        refunds = self._refunds.get(payment_id, {}).values()
        return [each for each in refunds if each.applied_seq and not self.foreign(each)]

    def losses_of(self, payment_id: UUID) -> list[Dispute]:
        """Lost disputes that have taken money from a payment, in its currency."""
        disputes = self._disputes.get(payment_id, {}).values()
        return [each for each in disputes if each.applied_seq and not self.foreign(each)]

    def is_disputed(self, payment_id: UUID) -> bool:
        """Whether a dispute of it is open."""
        return any(each.status in OPEN_DISPUTES for each in self._disputes.get(payment_id, {}).values())

    def foreign(self, taken: Refund | Dispute) -> bool:
        """Whether it speaks another currency than its payment: booked apart, never converted."""
        return taken.currency != self.payment(taken.payment_id).currency

    # -- invoices

    def invoices_of(self, group: GroupKey) -> list[Invoice]:
        """Loaded invoices of a (customer, currency), as they are now."""
        return [self.invoice(invoice_id) for invoice_id in self._by_group.get(group, ())]

    def invoice(self, invoice_id: UUID) -> Invoice:
        """An invoice as this decision has it so far."""
        invoice = self._current.get(invoice_id)
        if invoice is None:
            invoice = self.books.invoices[invoice_id]
            if invoice_id in self._touched:
                lines = tuple(self._lines[line.id] for line in invoice.lines)
                tolerance_minor = self._tolerances.get(invoice_id, invoice.tolerance_minor)
                invoice = invoice._replace(
                    lines=lines, contested=self._touched[invoice_id], tolerance_minor=tolerance_minor
                )
            self._current[invoice_id] = invoice
        return invoice

    def invoice_currency(self, invoice_id: UUID) -> str | None:
        """The currency of a loaded invoice; None for a draft, which owes nothing yet."""
        invoice = self.books.invoices.get(invoice_id)
        return invoice.currency if invoice else None

    def line(self, line_id: UUID) -> Line:
        """A line as this decision has it so far."""
        return self._lines[line_id]

    def keep_line(self, line: Line) -> None:
        """Remember a changed line."""
        self._lines[line.id] = line
        self._touch(line.invoice_id)

    def tolerate(self, invoice_id: UUID, tolerance_minor: int) -> None:
        """Remember the tolerance of an invoice that this decision changed."""
        self._tolerances[invoice_id] = tolerance_minor
        self._current.pop(invoice_id, None)

    def review(self, invoice_id: UUID) -> None:
        """Say anew what an invoice grants: something that is no money has changed about it."""
        self._touch(invoice_id)

    def contest(self, group: GroupKey) -> None:
        """Say anew which invoices of a whole group are paid with disputed money."""
        disputed = [each.id for each in self.payments_of(group) if each.disputed]
        contested = {
            self._lines[line_id].invoice_id
            for payment_id in disputed
            for line_id, share in self._shares.get(payment_id, NO_SHARES).items()
            if share.allocated_minor
        }
        for invoice in self.invoices_of(group):
            if invoice.contested != (invoice.id in contested):
                self._touched[invoice.id] = invoice.id in contested
                del self._current[invoice.id]

    def changed_invoices(self) -> dict[UUID, Invoice]:
        """Every invoice that this decision changed, as it is now."""
        return {invoice_id: self.invoice(invoice_id) for invoice_id in self._touched}

    def _touch(self, invoice_id: UUID) -> None:
        if invoice_id not in self._touched:
            self._touched[invoice_id] = self.books.invoices[invoice_id].contested
        self._current.pop(invoice_id, None)

    # -- notes

    def audit(self, action: str, subject_type: str, subject_id: UUID, **detail: str | int) -> None:
        """Note something for the audit log."""
        self.changes.audits.append(AuditNote(action, subject_type, subject_id, detail))

    def open_break(self, kind: BreakKind, subject: str, detail: str) -> None:
        """Put something before a person; it stays there even if the same break was healed a moment ago."""
        self.changes.breaks.append(BreakNote(kind=kind, subject=subject, detail=detail))
        self.changes.healed = [each for each in self.changes.healed if each != (kind, subject)]

    def heal(self, kind: BreakKind, subject: str) -> None:
        """Close a break whose question is answered, also one that this decision was about to open."""
        self.changes.breaks = [each for each in self.changes.breaks if each[:2] != (kind, subject)]
        self.changes.healed.append((kind, subject))
