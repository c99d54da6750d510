"""What the ledger says, summed leg by leg as entries come; nobody writes these sums but the legs."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from bursar.rules.books import GroupKey, Share
from bursar.rules.ledger import BAD_DEBT, CUSTOMER_CREDIT, RECEIVABLE, TAX_PAYABLE, Entry

INCOME = "income"
"""Every account of a line that is neither receivable, nor tax, nor a loss."""
_KINDS = {RECEIVABLE: RECEIVABLE, TAX_PAYABLE: TAX_PAYABLE, BAD_DEBT: BAD_DEBT}
OWNED = frozenset({RECEIVABLE, CUSTOMER_CREDIT})
Place = tuple[str, str]
"""(account, currency)."""

Whole = TypeVar("Whole")
Key = TypeVar("Key")
Parts = defaultdict[Whole, dict[Key, int]]
"""Sums of each of many things. Read with `get`: asking must not change what there is."""


def _parts() -> Parts[Any, Any]:
    return defaultdict(dict)


@dataclass(slots=True)
class Sums:
    """Sums of legs by what the laws ask for; equal when the same legs were added in any order."""

    accounts: dict[Place, int] = field(default_factory=dict)
    customers: Parts[UUID | None, Place] = field(default_factory=_parts)
    """Customer -> receivable and credit."""
    payments: Parts[UUID, Place] = field(default_factory=_parts)
    """Payment -> what lies outside invoice lines."""
    credits: Parts[UUID, UUID | None] = field(default_factory=_parts)
    """Payment -> customer -> credit legs."""
    lines: Parts[UUID, str] = field(default_factory=_parts)
    """Invoice line -> receivable, tax, bad debt or income."""
    allocated: Parts[UUID, UUID] = field(default_factory=_parts)
    """Payment -> invoice line."""
    cancelled: Parts[UUID, UUID] = field(default_factory=_parts)
    """Payment -> invoice line."""

    def add(self, entry: Entry) -> None:
        """Count every leg of an entry."""
        for account, minor, currency, customer_id, line_id, payment_id, _ in entry.legs:
            place = (account, currency)
            _count(self.accounts, place, minor)
            if account in OWNED:
                _count(self.customers[customer_id], place, minor)
            if line_id:
                _count(self.lines[line_id], _KINDS.get(account, INCOME), minor)
                if payment_id and account == RECEIVABLE:
                    _count(self.allocated[payment_id], line_id, -minor)
                elif payment_id:
                    _count(self.cancelled[payment_id], line_id, minor)
            elif payment_id:
                _count(self.payments[payment_id], place, minor)
                if account == CUSTOMER_CREDIT:
                    _count(self.credits[payment_id], customer_id, minor)

    def shares(self, payment_ids: Iterable[UUID]) -> dict[UUID, dict[UUID, Share]]:
        """What the loader's query gives: receivable legs are allocations, the others are cancellations."""
        nothing: dict[UUID, int] = {}
        shares: dict[UUID, dict[UUID, Share]] = {}
        for payment_id in payment_ids:
            allocated = self.allocated.get(payment_id, nothing)
            cancelled = self.cancelled.get(payment_id, nothing)
            if allocated or cancelled:
                shares[payment_id] = {
                    line_id: Share(allocated.get(line_id, 0), cancelled.get(line_id, 0))
                    for line_id in allocated | cancelled
                }
        return shares

    def open_and_credit(self, group: GroupKey) -> tuple[int, int]:
        """What a customer owes, and what a customer has, in one currency."""
        customer_id, currency = group
        sums = self.customers.get(customer_id, {})
        return sums.get((RECEIVABLE, currency), 0), -sums.get((CUSTOMER_CREDIT, currency), 0)

    def without_zeros(self) -> dict[str, Any]:
        """Everything that is not 0, to be compared."""
        return {
            "accounts": _nonzero(self.accounts),
            "customers": _nonzero_parts(self.customers),
            "payments": _nonzero_parts(self.payments),
            "credits": _nonzero_parts(self.credits),
            "lines": _nonzero_parts(self.lines),
            "allocated": _nonzero_parts(self.allocated),
            "cancelled": _nonzero_parts(self.cancelled),
        }


def _count(sums: dict[Key, int], key: Key, minor: int) -> None:
    sums[key] = sums.get(key, 0) + minor


def _nonzero(sums: dict[Any, int]) -> dict[Any, int]:
    return {key: minor for key, minor in sums.items() if minor}


def _nonzero_parts(sums: Parts[Any, Any]) -> dict[Any, dict[Any, int]]:
    return {whole: found for whole, parts in sums.items() if (found := _nonzero(parts))}
