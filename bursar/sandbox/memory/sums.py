"""What the ledger says, summed leg by leg as entries come; nobody writes these sums but the legs."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from bursar.rules.books import GroupKey, Share
from bursar.rules.ledger import BAD_DEBT, CUSTOMER_CREDIT, RECEIVABLE, TAX_PAYABLE, Entry

INCOME = "income"
"""Every account of a line that is neither receivable, nor tax, nor a loss."""
_KINDS = {RECEIVABLE: RECEIVABLE, TAX_PAYABLE: TAX_PAYABLE, BAD_DEBT: BAD_DEBT}
OWNED = frozenset({RECEIVABLE, CUSTOMER_CREDIT})


@dataclass(slots=True)
class Sums:
    """Sums of legs by what the laws ask for; equal when the same legs were added in any order."""

    accounts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(account, currency)."""
    payments: Counter[tuple[str, UUID, str]] = field(default_factory=Counter)
    """(account, payment, currency)."""
    credits: dict[UUID, Counter[UUID | None]] = field(default_factory=dict)
    """Payment -> customer -> credit legs."""
    customers: Counter[tuple[str, UUID | None, str]] = field(default_factory=Counter)
    """(receivable or credit, customer, currency)."""
    lines: Counter[tuple[str, UUID]] = field(default_factory=Counter)
    """(receivable, tax, bad debt or income; invoice line)."""
    allocated: dict[UUID, Counter[UUID]] = field(default_factory=dict)
    """Payment -> invoice line."""
    cancelled: dict[UUID, Counter[UUID]] = field(default_factory=dict)
    """Payment -> invoice line."""

    def add(self, entry: Entry) -> None:
        """Count every leg of an entry."""
        for account, minor, currency, customer_id, line_id, payment_id, _ in entry.legs:
            self.accounts[account, currency] += minor
            if account in OWNED:
                self.customers[account, customer_id, currency] += minor
            if line_id:
                self.lines[_KINDS.get(account, INCOME), line_id] += minor
                if payment_id and account == RECEIVABLE:
                    self.allocated.setdefault(payment_id, Counter())[line_id] -= minor
                elif payment_id:
                    self.cancelled.setdefault(payment_id, Counter())[line_id] += minor
            elif payment_id:
                self.payments[account, payment_id, currency] += minor
                if account == CUSTOMER_CREDIT:
                    self.credits.setdefault(payment_id, Counter())[customer_id] += minor

    def shares(self, payment_ids: Iterable[UUID]) -> dict[UUID, dict[UUID, Share]]:
        """What the loader's query gives: receivable legs are allocations, the others are cancellations."""
        nothing: Counter[UUID] = Counter()
        shares: dict[UUID, dict[UUID, Share]] = {}
        for payment_id in payment_ids:
            allocated = self.allocated.get(payment_id, nothing)
            cancelled = self.cancelled.get(payment_id, nothing)
            lines = sorted(allocated.keys() | cancelled.keys())
            if lines:
                shares[payment_id] = {
                    line: Share(allocated_minor=allocated[line], cancelled_minor=cancelled[line])
                    for line in lines
                }
        return shares

    def open_and_credit(self, group: GroupKey) -> tuple[int, int]:
        """What a customer owes, and what a customer has, in one currency."""
        return self.customers[RECEIVABLE, *group], -self.customers[CUSTOMER_CREDIT, *group]

    def without_zeros(self) -> dict[str, Any]:
        """Everything that is not 0, to be compared."""
        return {
            "accounts": _nonzero(self.accounts),
            "payments": _nonzero(self.payments),
            "customers": _nonzero(self.customers),
            "lines": _nonzero(self.lines),
            "credits": _nonzero_parts(self.credits),
            "allocated": _nonzero_parts(self.allocated),
            "cancelled": _nonzero_parts(self.cancelled),
        }


def _nonzero(sums: Counter[Any]) -> dict[Any, int]:
    return {key: minor for key, minor in sums.items() if minor}


def _nonzero_parts(sums: dict[UUID, Counter[Any]]) -> dict[UUID, dict[Any, int]]:
    return {key: found for key, parts in sums.items() if (found := _nonzero(parts))}
