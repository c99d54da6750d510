"""Where the money of a customer lies: the account of one (customer, currency), step by step.

Every step is a function of the account and one item. Folding the same items in the order of their sequence
numbers therefore always ends in the same account: that fold is `replay`, and it defines what is right (L2).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from bursar.rules.allocation import OpenLine, allocate, payment_order
from bursar.rules.books import Invoice, Line, Payment, Refund, Share

NO_SHARES: Mapping[UUID, Share] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a payment's money lies. Allocated + credit + unidentified - suspense = what it still holds."""

    customer_id: UUID | None
    credit_minor: int = 0
    unidentified_minor: int = 0
    suspense_minor: int = 0
    shares: Mapping[UUID, Share] = field(default_factory=lambda: NO_SHARES)

    def differs(self, other: "Placement") -> bool:
        """Whether money would have to move from here to there; a new owner of nothing moves none."""
        moved = self.credit_minor > 0 and self.customer_id != other.customer_id
        return moved or self != replace(other, customer_id=self.customer_id)


@dataclass(slots=True)
class Lot:
    """One payment inside an account, while it is being placed."""

    customer_id: UUID | None
    target: UUID | None
    seq: int
    credit_minor: int = 0
    unidentified_minor: int = 0
    suspense_minor: int = 0
    allocated: dict[UUID, int] = field(default_factory=dict)
    cancelled: dict[UUID, int] = field(default_factory=dict)

    def placement(self) -> Placement:
        """A frozen copy."""
        line_ids = self.allocated.keys() | self.cancelled.keys()
        shares = {
            line_id: Share(
                allocated_minor=self.allocated.get(line_id, 0), cancelled_minor=self.cancelled.get(line_id, 0)
            )
            for line_id in line_ids
        }
        return Placement(
            customer_id=self.customer_id,
            credit_minor=self.credit_minor,
            unidentified_minor=self.unidentified_minor,
            suspense_minor=self.suspense_minor,
            shares={line_id: share for line_id, share in shares.items() if share != Share()},
        )


def lot_of(payment: Payment, shares: Mapping[UUID, Share]) -> Lot:
    """A payment as the books have it now."""
    return Lot(
        customer_id=payment.attribution.customer_id,
        target=payment.attribution.invoice_id,
        seq=payment.applied_seq or 0,
        credit_minor=payment.credit_minor,
        unidentified_minor=payment.unidentified_minor,
        suspense_minor=payment.suspense_minor,
        allocated={
            line_id: share.allocated_minor for line_id, share in shares.items() if share.allocated_minor
        },
        cancelled={
            line_id: share.cancelled_minor for line_id, share in shares.items() if share.cancelled_minor
        },
    )


class Account:
    """The open lines of one (customer, currency) and the lots that pay them."""

    def __init__(self) -> None:
        self._lines: dict[UUID, OpenLine] = {}
        self._open: dict[UUID, int] = {}

    def open_invoice(self, invoice: Invoice, open_minor: Mapping[UUID, int]) -> None:
        """Make the lines of an invoice payable, with what is open on each."""
        for line in invoice.lines:
            self._lines[line.id] = _open_line(invoice, line)
            self._open[line.id] = open_minor[line.id]

    def place(self, lot: Lot, amount_minor: int) -> None:
        """New money: the invoice it names first, then the oldest open lines, the rest is credit.

        What was refunded before the money was told of waits in suspense, and is taken now.
        """
        early_minor, lot.suspense_minor = lot.suspense_minor, 0
        if lot.customer_id is None:
            lot.unidentified_minor += amount_minor
        else:
            lot.credit_minor += amount_minor
            self.settle([lot])
        self.take(lot, early_minor)

    def settle(self, lots: Iterable[Lot]) -> None:
        """Apply credit to what is open, oldest lot first: never both credit and an open line (L1)."""
        for lot in sorted(lots, key=lambda lot: lot.seq):
            if lot.credit_minor == 0:
                continue
            named = [line for line in self._payable() if line.invoice_id == lot.target]
            self._give(lot, named)
            self._give(lot, self._payable())

    def take(self, lot: Lot, amount_minor: int) -> None:
        """A refund: out of credit, then unidentified money, then the line filled last; beyond that, suspense.

        Effect `cancel`: what is taken from a line is no longer owed either.
        """
        rest_minor = amount_minor
        from_credit = min(rest_minor, lot.credit_minor)
        lot.credit_minor -= from_credit
        rest_minor -= from_credit
        from_unidentified = min(rest_minor, lot.unidentified_minor)
        lot.unidentified_minor -= from_unidentified
        rest_minor -= from_unidentified
        held = [self._lines[line_id] for line_id in lot.allocated]
        for line in reversed(payment_order(held, lot.target)):
            taken_minor = min(rest_minor, lot.allocated[line.id])
            if taken_minor:
                lot.allocated[line.id] -= taken_minor
                lot.cancelled[line.id] = lot.cancelled.get(line.id, 0) + taken_minor
                rest_minor -= taken_minor
        lot.suspense_minor += rest_minor

    def _payable(self) -> list[OpenLine]:
        return [
            line._replace(open_minor=self._open[line.id])
            for line in self._lines.values()
            if self._open[line.id]
        ]

    def _give(self, lot: Lot, lines: list[OpenLine]) -> None:
        shares, rest_minor = allocate(lot.credit_minor, lines)
        lot.credit_minor = rest_minor
        for line_id, share_minor in shares:
            self._open[line_id] -= share_minor
            lot.allocated[line_id] = lot.allocated.get(line_id, 0) + share_minor


class _Step(NamedTuple):
    """One item of a group's history."""

    seq: int
    item: Invoice | Payment | Refund


def replay(
    invoices: Iterable[Invoice], payments: Sequence[Payment], refunds: Iterable[Refund]
) -> dict[UUID, Placement]:
    """Where all money of a group lies, from nothing: openings, payments and refunds by sequence number."""
    steps = [_Step(invoice.opened_seq, invoice) for invoice in invoices]
    steps += [_Step(payment.applied_seq or 0, payment) for payment in payments]
    steps += [_Step(refund.applied_seq or 0, refund) for refund in refunds]
    lots = {payment.id: _empty_lot(payment) for payment in payments}
    account = Account()
    for _, item in sorted(steps, key=lambda step: step.seq):
        if isinstance(item, Invoice):
            account.open_invoice(item, {line.id: line.gross_minor for line in item.lines})
            account.settle(lots.values())
        elif isinstance(item, Payment):
            account.place(lots[item.id], item.amount_minor)
        else:
            account.take(lots[item.payment_id], item.amount_minor)
    return {payment_id: lot.placement() for payment_id, lot in lots.items()}


def _empty_lot(payment: Payment) -> Lot:
    """A payment before its money came; a refund may be told of first."""
    return Lot(payment.attribution.customer_id, payment.attribution.invoice_id, payment.applied_seq or 0)


def _open_line(invoice: Invoice, line: Line) -> OpenLine:
    return OpenLine(
        opened_seq=invoice.opened_seq,
        priority=line.priority,
        due_on=line.due_on,
        position=line.position,
        id=line.id,
        invoice_id=invoice.id,
        open_minor=line.open_minor,
    )
