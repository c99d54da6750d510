"""What reached the bank: withdrawals from the balance, out of the report of transactions.

PayPal keeps a balance, and nobody can say which payments a withdrawal consists of. So each withdrawal is a
settlement of one line; the payments themselves, and their fees, are told by their own objects.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from bursar.gateways.api.protocol import Window
from bursar.gateways.api.results import SettledLine
from bursar.gateways.paypal.amounts import get_signed_money
from bursar.gateways.paypal.calls.client import Client
from bursar.gateways.paypal.calls.reports import list_transactions
from bursar.gateways.paypal.things import Thing, find_moment, get_id
from bursar.gateways.shapes import find_object

BANK_TAKES = timedelta(days=14)
"""How long before it reaches the bank a withdrawal may have begun: PayPal says up to seven days, by country.
The report is asked for the time at which they began."""
_WITHDRAWALS = "T04"
"""The group of transaction codes of transfers to a bank; the group suffices (reports/reference/t-codes)."""
_RETURNED = "T1101"
"""A withdrawal that the bank sent back."""
_DONE = "S"
_PATH = "transaction_info"


def list_settled(client: Client, window: Window) -> Iterator[SettledLine]:
    """Every withdrawal that was completed, or came back, in this time. The last three hours may be missing.

    Raises Unreadable for one whose amounts cannot be read.
    """
    began = Window(since=window.since - BANK_TAKES, until=window.until)
    for transaction in list_transactions(client, began):
        completed_at = find_moment(transaction.get("transaction_updated_date"))
        if completed_at is None or not window.since <= completed_at <= window.until:
            continue
        code = transaction.get("transaction_event_code")
        if transaction.get("transaction_status") != _DONE or not isinstance(code, str):
            continue
        if code.startswith(_WITHDRAWALS) or code == _RETURNED:
            yield _line(transaction, code, completed_at)


def _line(transaction: Thing, code: str, completed_at: datetime) -> SettledLine:
    """Out of the balance is into the bank; PayPal's fee for it comes on top (both below 0 in the report)."""
    line = get_id(transaction, "transaction_id", _PATH)
    amount_minor, currency = get_signed_money(transaction, "transaction_amount", _PATH)
    fee_minor = 0
    if find_object(transaction.get("fee_amount")):
        fee_minor = -get_signed_money(transaction, "fee_amount", _PATH)[0]
    returned = code == _RETURNED
    return SettledLine(
        settlement=get_id(transaction, "paypal_reference_id", _PATH) if returned else line,
        line=line,
        kind="transfer",
        about=None,
        gross_minor=-amount_minor + fee_minor,
        fee_minor=fee_minor,
        net_minor=-amount_minor,
        currency=currency,
        occurred_at=completed_at,
    )
