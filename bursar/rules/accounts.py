"""A customer's account over a span of days: what was owed before, every movement, what is owed after."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from bursar.rules.ledger import EntryKind

WORDS = {
    EntryKind.ISSUED: "Invoice",
    EntryKind.CAPTURED: "Payment received",
    EntryKind.REFUNDED: "Refund",
    EntryKind.REFUND_RETURNED: "Refund returned",
    EntryKind.DISPUTE_LOST: "Payment taken back by the bank",
    EntryKind.DISPUTE_RESTORED: "Payment returned by the bank",
    EntryKind.BALANCE_MOVED: "Correction",
    EntryKind.CREDITED: "Credit note",
    EntryKind.VOIDED: "Invoice made void",
    EntryKind.WRITTEN_OFF: "Written off",
    EntryKind.WRITE_OFF_REVERSED: "Write-off taken back",
    EntryKind.MOVED: "Correction",
}
"""What each entry is called on a statement."""


class Movement(NamedTuple):
    """One entry as it touched a customer's account. Amounts in minor units, none below zero."""

    on: date
    kind: EntryKind
    document: str
    charged_minor: int
    credited_minor: int


class Account(NamedTuple):
    """A span of an account. A balance above zero is owed by the customer."""

    opening_minor: int
    movements: tuple[Movement, ...]
    closing_minor: int


def account(movements: Iterable[Movement], first_day: date, last_day: date) -> Account:
    """What the movements come to, those before the span as its opening balance; later ones are left out.

    Credit that is applied moves nothing that the customer would see: what cancels out within a correction is
    not told.
    """
    known = [_netted(each) for each in movements if each.on <= last_day]
    opening_minor = _sum(each for each in known if each.on < first_day)
    told = tuple(
        each for each in known if each.on >= first_day and (each.charged_minor or each.credited_minor)
    )
    return Account(opening_minor, told, opening_minor + _sum(told))


def _netted(movement: Movement) -> Movement:
    if movement.kind is not EntryKind.MOVED:
        return movement
    net_minor = movement.charged_minor - movement.credited_minor
    return movement._replace(charged_minor=max(net_minor, 0), credited_minor=max(-net_minor, 0))


def balances(opened: Account) -> Sequence[int]:
    """The balance after each movement."""
    found, balance_minor = [], opened.opening_minor
    for each in opened.movements:
        balance_minor += each.charged_minor - each.credited_minor
        found.append(balance_minor)
    return found


def _sum(movements: Iterable[Movement]) -> int:
    return sum(each.charged_minor - each.credited_minor for each in movements)
