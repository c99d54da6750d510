"""The first act of the demo: pages are opened at the fake gateways, and payers pay, one at the second try."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from bursar.rules.routing import gateway_of
from bursar.sandbox.fake.remote import Remote
from bursar.sandbox.fake.vendor import Choice
from bursar.sandbox.posting import Posted
from bursar.sandbox.school import Bill
from bursar.sandbox.statement import doubled, read_into
from bursar.sandbox.story import Book
from bursar.settings import load
from tasks.awaiting import await_checkout
from tasks.checkouts import Wish, request_checkout

OPEN_S_MAX = 30.0
"""Seconds until a page is open: on a busy machine workers load the gateways' libraries first."""
BUSY = "razorpay.payment_links.create"
SENDINGS = 3
"""As often as a page is asked for at once before the next gateway is."""
_PAID, _DECLINED, _ELSEWHERE = "paid", "declined, then paid", "paid; {} was busy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """What a payer went through."""

    bill: Bill
    gateway: str
    url: str
    how: str


def move_in(environment: Mapping[str, str]) -> None:
    """Make this process one of the stage's: it records wishes, and workers there open the pages."""
    os.environ.update(environment)  # noqa: TID251 - for this process alone
    load.cache_clear()


def pay_on_pages(remote: Remote, bills: Sequence[Bill]) -> list[Paid]:
    """Open a page for each bill and pay it.

    The first payer is declined at first, the second one wants PayPal, the last one's gateway is too busy.
    """
    first, second, *usual, last = bills
    rows = _open([first]) + _open([second], "paypal") + _open(usual)
    remote.fail(operation=BUSY, kind="rate_limited", times=SENDINGS)
    rows += _open([last])
    return [_pay(remote, bill, row, first=row is rows[0]) for bill, row in zip(bills, rows, strict=True)]


def open_page(bill: Bill) -> str:
    """The page of one more bill, for whoever looks at the demo."""
    [row] = _open([bill])
    return str(row.url)


def add_to(book: Book, remote: Remote, paid: Sequence[Paid]) -> list[str]:
    """Tell the judge what the gateways know: what was taken, and from whom. Returns what was doubled."""
    before, told = set(book.captured), remote.book()
    read_into(book, told)
    book.identified |= set(book.captured) - before
    book.opened |= {(each.bill.student, each.bill.track) for each in paid if each.bill.track}
    return doubled(told)


def count_deliveries(posted: Posted, remote: Remote) -> int:
    """Add what the fakes delivered to what was posted; how many different events that were."""
    statuses = [event["statuses"] for event in remote.events()]
    posted.total += sum(map(len, statuses))
    posted.stored += sum(status == 200 for each in statuses for status in each)
    return sum(200 in each for each in statuses)


def delivered(remote: Remote) -> bool:
    """Whether the fakes have nothing left to deliver."""
    return not any(event["fate"] == "pending" for event in remote.events())


def _open(bills: Sequence[Bill], gateway: str | None = None) -> list[Row[Any]]:
    asked = [request_checkout(Wish(invoice=bill.invoice, gateway=gateway)) for bill in bills]
    return [await_checkout(checkout, OPEN_S_MAX) for checkout in asked]


def _pay(remote: Remote, bill: Bill, row: Row[Any], *, first: bool) -> Paid:
    if first:
        remote.choose(row.url, Choice.DECLINE)
    remote.choose(row.url, Choice.PAY)
    how = _DECLINED if first else _PAID
    if row.fallback_from:
        how = _ELSEWHERE.format(gateway_of(row.fallback_from))
    return Paid(bill=bill, gateway=gateway_of(row.gateway_account), url=row.url, how=how)
