"""The open books during one decision: current values, and the changes made to them so far."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from uuid import UUID

from bursar.errors import invariant
from bursar.ids import new_id
from bursar.rules.books import (
    AuditNote,
    Books,
    BreakNote,
    Changes,
    GroupKey,
    IncompleteBooks,
    Invoice,
    Line,
    Payment,
    Refund,
    Share,
)
from bursar.rules.breaks import BreakKind
from bursar.rules.ledger import (
    CUSTOMER_CREDIT,
    RECEIVABLE,
    SUSPENSE,
    TAX_PAYABLE,
    UNIDENTIFIED,
    CauseType,
    EntryKind,
    Leg,
    entry,
    revenue_account,
    tax_part,
)
from bursar.rules.placement import NO_SHARES, Account, Lot, Placement, lot_of


class Desk:
    """Reads through to the books, remembers what changed, and posts every move to the ledger."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.changes = Changes()
        self._invoices: dict[UUID, Invoice] = dict(books.invoices)
        self._invoice_of: dict[UUID, UUID] = {
            line.id: invoice.id for invoice in books.invoices.values() for line in invoice.lines
        }
        self._by_group: dict[GroupKey, list[UUID]] = {}
        for invoice in books.invoices.values():
            self._by_group.setdefault((invoice.customer_id, invoice.currency), []).append(invoice.id)
        self._shares: dict[UUID, Mapping[UUID, Share]] = dict(books.shares)

    # -- payments and invoices as they are now

    def payment(self, payment_id: UUID) -> Payment:
        """A payment as this decision has it so far."""
        changed = self.changes.new_payments.get(payment_id) or self.changes.payments.get(payment_id)
        return changed or self.books.payments[payment_id]

    def keep_payment(self, payment: Payment) -> None:
        """Remember a changed payment."""
        new = payment.id not in self.books.payments
        (self.changes.new_payments if new else self.changes.payments)[payment.id] = payment

    def find_payment_id(self, account: str, external_ids: Iterable[str]) -> list[UUID]:
        """The payments that these gateway ids mean, without repetition, in the order of the ids."""
        found = (
            self.changes.aliases.get((account, each)) or self.books.aliases.get((account, each))
            for each in external_ids
        )
        return list(dict.fromkeys(payment_id for payment_id in found if payment_id))

    def payments_of(self, group: GroupKey) -> list[Payment]:
        """Every loaded or new payment of a group that holds or held money."""
        known = self.books.payments.keys() | self.changes.new_payments.keys()
        everyone = (self.payment(payment_id) for payment_id in known)
        return [payment for payment in everyone if payment.applied_seq and payment.group == group]

    def refunds_of(self, payment_ids: set[UUID]) -> list[Refund]:
        """Refunds that have taken money from these payments."""
        current = {**self.books.refunds, **self.changes.refunds}
        return [
            r
            for r in current.values()
            if r.applied_seq and r.payment_id in payment_ids and not self.foreign(r)
        ]

    def foreign(self, refund: Refund) -> bool:
        """Whether a refund speaks another currency than its payment: booked apart, never converted."""
        return refund.currency != self.payment(refund.payment_id).currency

    def invoices_of(self, group: GroupKey) -> list[Invoice]:
        """Loaded invoices of a (customer, currency), as they are now."""
        return [self._invoices[invoice_id] for invoice_id in self._by_group.get(group, ())]

    def invoice_currency(self, invoice_id: UUID) -> str | None:
        """The currency of a loaded invoice; None for a draft, which owes nothing yet."""
        invoice = self._invoices.get(invoice_id)
        return invoice.currency if invoice else None

    # -- moving money

    def account_of(self, group: GroupKey) -> Account:
        """The account of a group, as it stands now."""
        account = Account()
        for invoice in self.invoices_of(group):
            account.open_invoice(invoice, {line.id: line.open_minor for line in invoice.lines})
        return account

    def lot(self, payment_id: UUID) -> Lot:
        """A payment's lot, as it stands now."""
        return lot_of(self.payment(payment_id), self._shares.get(payment_id, NO_SHARES))

    def whole_lot(self, payment_id: UUID) -> Lot:
        """A payment's lot with every line it lies on.

        Raises IncompleteBooks when its sums say that lines are missing: an id of the payment that this very
        batch makes known was unknown to who loaded the books.
        """
        payment, lot = self.payment(payment_id), self.lot(payment_id)
        holds_minor = lot.credit_minor + lot.unidentified_minor - lot.suspense_minor
        captured_minor = payment.amount_minor if payment.applied_seq else 0
        if captured_minor - payment.refunded_minor != holds_minor + sum(lot.allocated.values()):
            loaded = payment.group in self.books.whole_groups
            invariant(not loaded, "a payment lies where its sums say", payment_id=payment_id)
            raise IncompleteBooks(frozenset({payment.group}))
        return lot

    def placement(self, payment_id: UUID) -> Placement:
        """Where a payment's money lies now."""
        return self.lot(payment_id).placement()

    def post(
        self,
        cause: tuple[CauseType, UUID, EntryKind],
        payment_id: UUID,
        before: Placement,
        after: Placement,
        outside: Iterable[Leg] = (),
        policy: str | None = None,
    ) -> None:
        """Write one entry that moves a payment from one placement to another, and all sums that follow."""
        payment = self.payment(payment_id)
        legs = [*outside, *_holding_legs(payment, before, after)]
        for line_id in sorted(before.shares.keys() | after.shares.keys()):
            old, new = before.shares.get(line_id, Share()), after.shares.get(line_id, Share())
            if old != new:
                legs += self._line_legs(payment, line_id, old, new)
        self.changes.entries.append(entry(*cause, legs, policy))
        self._shares[payment_id] = after.shares
        self.keep_payment(
            replace(
                payment,
                credit_minor=after.credit_minor,
                unidentified_minor=after.unidentified_minor,
                suspense_minor=after.suspense_minor,
            )
        )

    def move(self, payment_id: UUID, before: Placement, after: Placement, policy: str) -> None:
        """Post a move of money that neither came nor went; each such act has an id of its own."""
        self.post((CauseType.ACTION, new_id(), EntryKind.MOVED), payment_id, before, after, policy=policy)

    # -- notes

    def audit(self, action: str, subject_type: str, subject_id: UUID, **detail: str | int) -> None:
        """Note something for the audit log."""
        self.changes.audits.append(AuditNote(action, subject_type, subject_id, detail))

    def open_break(self, kind: BreakKind, subject: str, detail: str) -> None:
        """Put something before a person; it stays there even if the same break was healed a moment ago."""
        self.changes.breaks.append(BreakNote(kind=kind, subject=subject, detail=detail))
        self.changes.healed = [each for each in self.changes.healed if each != (kind, subject)]

    # -- inside

    def _line_legs(self, payment: Payment, line_id: UUID, old: Share, new: Share) -> list[Leg]:
        """The receivable legs of a share that changed, and the revenue taken back with a refund."""
        invoice = self._invoices[self._invoice_of[line_id]]
        line = next(line for line in invoice.lines if line.id == line_id)
        allocated = new.allocated_minor - old.allocated_minor
        cancelled = new.cancelled_minor - old.cancelled_minor
        tax_minor = _tax_of(line, line.refunded_minor + cancelled) - _tax_of(line, line.refunded_minor)
        changed = replace(
            line,
            allocated_minor=line.allocated_minor + allocated,
            refunded_minor=line.refunded_minor + cancelled,
        )
        lines = tuple(changed if each.id == line_id else each for each in invoice.lines)
        self._invoices[invoice.id] = self.changes.invoices[invoice.id] = replace(invoice, lines=lines)
        currency, customer_id = payment.currency, invoice.customer_id
        income = revenue_account(line.component)
        return [
            Leg(RECEIVABLE, -allocated, currency, customer_id, line_id, payment.id),
            Leg(income, cancelled - tax_minor, currency, customer_id, line_id, payment.id),
            Leg(TAX_PAYABLE, tax_minor, currency, customer_id, line_id, payment.id),
            Leg(RECEIVABLE, -cancelled, currency, customer_id, line_id, None),
        ]


def _tax_of(line: Line, amount_minor: int) -> int:
    return tax_part(amount_minor, gross_minor=line.gross_minor, tax_minor=line.tax_minor)


def _holding_legs(payment: Payment, before: Placement, after: Placement) -> list[Leg]:
    """Credit, unidentified and suspense: what a placement holds besides invoice lines."""
    currency, payment_id = payment.currency, payment.id
    if before.customer_id == after.customer_id:
        credit = before.credit_minor - after.credit_minor
        legs = [Leg(CUSTOMER_CREDIT, credit, currency, after.customer_id, None, payment_id)]
    else:
        legs = [
            Leg(CUSTOMER_CREDIT, before.credit_minor, currency, before.customer_id, None, payment_id),
            Leg(CUSTOMER_CREDIT, -after.credit_minor, currency, after.customer_id, None, payment_id),
        ]
    unidentified = before.unidentified_minor - after.unidentified_minor
    suspense = after.suspense_minor - before.suspense_minor
    return [
        *legs,
        Leg(UNIDENTIFIED, unidentified, currency, None, None, payment_id),
        Leg(SUSPENSE, suspense, currency, after.customer_id, None, payment_id),
    ]
