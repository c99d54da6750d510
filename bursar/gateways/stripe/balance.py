"""What Stripe's balance says: fees and exchanges of a transaction, and payouts to our bank.

Webhooks name a balance transaction by its id, which says nothing; an object comes where it was expanded.
"""

from datetime import datetime
from typing import Any

from bursar.gateways.protocol import Reading, Unreadable
from bursar.gateways.shapes import find_object, find_word, get_identifier
from bursar.gateways.stripe.amounts import iso_currency, iso_signed_amount
from bursar.gateways.stripe.news import AT, NO_MONEY, News, expect_word, is_zero, state_of
from bursar.rules.facts import ConversionFact, FeeFact, SettlementFact
from bursar.rules.states import SettlementStatus

_PAYOUT_STATES = {
    "pending": SettlementStatus.PENDING,
    "in_transit": SettlementStatus.PENDING,
    "paid": SettlementStatus.PAID,
    "failed": SettlementStatus.FAILED,
    "canceled": SettlementStatus.CANCELED,
}
_PROMISED = {
    "payout.paid": frozenset({"paid"}),
    "payout.failed": frozenset({"failed"}),
    "payout.canceled": frozenset({"canceled"}),
}


def balance_facts(
    transaction: object,
    *,
    about: str,
    moved_minor: int,
    currency: str,
    occurred_at: datetime | None,
    path: str,
) -> tuple[FeeFact | ConversionFact, ...]:
    """The fee of one balance transaction, and the exchange if it was booked in another currency.

    `moved_minor` is what it moved in the currency of the payment, refund or dispute it is `about`.
    """
    entry = find_object(transaction)
    if not entry:
        return ()
    source = get_identifier(entry.get("id"), f"{path}.id")
    booked = iso_currency(entry, path)
    facts: list[FeeFact | ConversionFact] = []
    if booked != currency:
        conversion = ConversionFact(
            source=source,
            about=about,
            sold_minor=moved_minor,
            sold_currency=currency,
            bought_minor=_bought(entry, booked, moved_minor, path),
            bought_currency=booked,
            occurred_at=occurred_at,
        )
        facts.append(conversion)
    fee_minor = iso_signed_amount(entry, "fee", booked, path)
    if fee_minor:
        fee = FeeFact(
            source=source,
            about=about,
            fee_minor=fee_minor,
            tax_minor=_tax(entry, booked, fee_minor, path),
            currency=booked,
            occurred_at=occurred_at,
        )
        facts.append(fee)
    return tuple(facts)


def read_payout(news: News) -> Reading:
    """Money on its way to our bank. `payout.created` may already say where it ended."""
    payout = news.thing
    if news.type in _PROMISED:
        expect_word(payout, "status", _PROMISED[news.type])
    if is_zero(payout.get("amount")):
        return NO_MONEY
    currency = iso_currency(payout, AT)
    fact = SettlementFact(
        status=state_of(payout, _PAYOUT_STATES, "a payout"),
        settlement=get_identifier(payout.get("id"), f"{AT}.id"),
        amount_minor=iso_signed_amount(payout, "amount", currency, AT),
        currency=currency,
        occurred_at=news.occurred_at,
        # A statement descriptor is the same for every payout and finds none of them; a trace id finds one.
        reference=find_word(find_object(payout.get("trace_id")).get("value")),
    )
    return (fact,)


def _bought(entry: dict[str, Any], booked: str, moved_minor: int, path: str) -> int:
    bought_minor = iso_signed_amount(entry, "amount", booked, path)
    if bought_minor * moved_minor <= 0:
        raise Unreadable(f"{path}.amount must have the sign of the money it exchanges")
    return bought_minor


def _tax(entry: dict[str, Any], booked: str, fee_minor: int, path: str) -> int:
    """The tax inside a fee. It can only be part of it, of the same sign."""
    details = entry.get("fee_details")
    taxes = [
        iso_signed_amount(detail, "amount", booked, f"{path}.fee_details[{n}]")
        for n, detail in enumerate(details if isinstance(details, list) else ())
        if isinstance(detail, dict) and detail.get("type") == "tax"
    ]
    tax_minor = sum(taxes)
    if not min(0, fee_minor) <= tax_minor <= max(0, fee_minor):
        raise Unreadable(f"{path}.fee_details must add up to no more tax than the fee")
    return tax_minor
