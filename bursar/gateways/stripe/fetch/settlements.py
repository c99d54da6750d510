"""What Stripe paid out to our bank, line by line."""

from collections.abc import Iterator
from typing import Any

from stripe import StripeClient

from bursar.gateways.api.failures import Failure, FailureCode, GatewayAway
from bursar.gateways.api.protocol import Window
from bursar.gateways.api.results import SettledLine
from bursar.gateways.shapes import find_reference, find_time, get_identifier
from bursar.gateways.stripe.amounts import iso_currency, iso_signed_amount
from bursar.gateways.stripe.calls.answers import PAGE_SIZE, Answered, read_each

_AT = "balance_transaction"
_PAYOUT = "payout"
_KINDS = {
    "charge": "payment",
    "refund": "refund",
    "refund_failure": "refund",
    "partial_capture_reversal": "refund",
    "dispute": "dispute",
    "dispute_reversal": "dispute",
    "fee": "fee",
    "tax": "fee",
    "transfer": "transfer",
    "transfer_reversal": "transfer",
}
"""By `reporting_category`, which stays where `type` grows (docs.stripe.com/reports/reporting-categories)."""
_OTHER = "adjustment"


def list_settled(client: StripeClient, window: Window) -> Iterator[SettledLine]:
    """The lines of every automatic payout that arrived in this time, oldest payout first.

    Without the payout's own row, which is left out, their net amounts sum to the payout. Stripe cannot say
    what a payout consists of that somebody ordered by hand. Raises GatewayAway while a payout is still
    being put together: its lines are not all there yet.
    """
    since_s, until_s = int(window.since.timestamp()), int(window.until.timestamp())
    payouts = read_each(
        lambda: client.v1.payouts.list(
            {"status": "paid", "arrival_date": {"gte": since_s, "lte": until_s}, "limit": PAGE_SIZE}
        )
    )
    for payout in reversed([each for each in payouts if each.thing.get("automatic") is True]):
        yield from _lines(client, payout)


def _lines(client: StripeClient, payout: Answered) -> Iterator[SettledLine]:
    if payout.thing.get("reconciliation_status") == "in_progress":
        message = f"{payout.id} is still being put together"
        raise GatewayAway(Failure(code=FailureCode.BUSY, message=message, object_id=payout.id))
    rows = read_each(lambda: client.v1.balance_transactions.list({"payout": payout.id, "limit": PAGE_SIZE}))
    for row in rows:
        if row.thing.get("type") != _PAYOUT:
            yield _line(row.thing, payout.id)


def _line(row: dict[str, Any], payout: str) -> SettledLine:
    currency = iso_currency(row, _AT)
    gross_minor = iso_signed_amount(row, "amount", currency, _AT)
    fee_minor = iso_signed_amount(row, "fee", currency, _AT)
    return SettledLine(
        settlement=payout,
        line=get_identifier(row.get("id"), f"{_AT}.id"),
        kind=_KINDS.get(str(row.get("reporting_category")), _OTHER),
        about=find_reference(row.get("source")),
        gross_minor=gross_minor,
        fee_minor=fee_minor,
        net_minor=iso_signed_amount(row, "net", currency, _AT),
        currency=currency,
        occurred_at=find_time(row.get("created")),
    )
