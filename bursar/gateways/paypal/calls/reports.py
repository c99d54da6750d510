"""PayPal's report of transactions: up to three hours late, 31 days at most per question, three years back.

It says itself up to when it is complete, so absence in it can be proof (transaction-search/v1).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from bursar.gateways.api.failures import Failure, FailureCode, GatewayAway, GatewayRefused
from bursar.gateways.api.protocol import Window
from bursar.gateways.paypal.calls import failures
from bursar.gateways.paypal.calls.client import Client
from bursar.gateways.paypal.things import Thing, find_moment, get_id
from bursar.gateways.shapes import find_object

PATH = "/v1/reporting/transactions"
SPAN_MAX = timedelta(days=31)
"""Of one question."""
PAGE = 500
"""Transactions in one answer: the most that PayPal gives."""
PAGES_MAX = 20
"""Pages of one question: PayPal refuses to list more than 10,000 transactions."""
_TOO_LARGE = "RESULTSET_TOO_LARGE"
_SECOND = timedelta(seconds=1)


def list_transactions(client: Client, window: Window) -> Iterator[Thing]:
    """Every transaction that moved the balance and began in this time, as `transaction_info`."""
    for page in _pages(client, window):
        yield from _transactions(page)


def find_marked(client: Client, mark: str, window: Window) -> str | None:
    """The transaction that bears our id. Raises GatewayAway while the report is not complete so far, and
    Unreadable for one that has no id of its own.
    """
    for page in _pages(client, window):
        for each in _transactions(page):
            if each.get("invoice_id") == mark:
                return get_id(each, "transaction_id", "transaction_info")
        complete_until = find_moment(page.get("last_refreshed_datetime"))
        if complete_until is None or complete_until < window.until:
            raise failures.too_early("the transaction")
    return None


def _transactions(page: Thing) -> Iterator[Thing]:
    listed = page.get("transaction_details")
    for each in listed if isinstance(listed, list) else ():
        yield find_object(find_object(each).get("transaction_info"))


def _pages(client: Client, window: Window) -> Iterator[Thing]:
    since = window.since
    while True:
        until = min(since + SPAN_MAX, window.until)
        yield from _pages_of_span(client, since, until)
        if until == window.until:
            return
        since = until + _SECOND  # both ends are included, to the second


def _pages_of_span(client: Client, since: datetime, until: datetime) -> Iterator[Thing]:
    """A span with too many transactions is halved."""
    try:
        first = _page(client, since, until, 1)
    except GatewayRefused as error:
        middle = since + (until - since) / 2
        if error.failure.vendor_code != _TOO_LARGE or until - since < 2 * _SECOND:
            raise
        yield from _pages_of_span(client, since, middle)
        yield from _pages_of_span(client, middle + _SECOND, until)
        return
    yield first
    pages = first.get("total_pages")
    count = pages if type(pages) is int else 1
    if count > PAGES_MAX:
        message = f"more than {PAGES_MAX} pages of transactions"
        raise GatewayAway(Failure(code=FailureCode.GATEWAY_ERROR, message=message))
    for number in range(2, count + 1):
        yield _page(client, since, until, number)


def _page(client: Client, since: datetime, until: datetime, number: int) -> Thing:
    return client.get(
        PATH,
        start_date=since.strftime("%Y-%m-%dT%H:%M:%SZ"),
        end_date=until.strftime("%Y-%m-%dT%H:%M:%SZ"),
        fields="transaction_info",
        page_size=PAGE,
        page=number,
    )
