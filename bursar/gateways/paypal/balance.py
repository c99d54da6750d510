"""What PayPal kept of money and what it exchanged it into, as the breakdown of a capture or refund says.

A malformed breakdown says nothing and never stands in the way of the money itself.
"""

from contextlib import suppress

from bursar.gateways.paypal.amounts import get_money
from bursar.gateways.paypal.things import Thing
from bursar.gateways.protocol import Unreadable
from bursar.gateways.shapes import find_object
from bursar.rules.facts import ConversionFact, FeeFact, PaymentFact, RefundFact


def payment_balance(payment: PaymentFact, thing: Thing) -> tuple[FeeFact | ConversionFact, ...]:
    """Fee and exchange of a payment. PayPal takes its fee first and exchanges what is left."""
    breakdown = find_object(thing.get("seller_receivable_breakdown"))
    fee_minor = _found(breakdown, "paypal_fee", payment.currency) or _found(
        thing, "transaction_fee", payment.currency
    )
    fee = _fee(payment.payment, fee_minor, payment) if fee_minor else ()
    return (*fee, *_conversion(payment, breakdown))


def refund_balance(refund: RefundFact, thing: Thing) -> tuple[FeeFact, ...]:
    """The part of the fee that PayPal gave back with a refund."""
    breakdown = find_object(thing.get("seller_payable_breakdown"))
    fee_minor = _found(breakdown, "paypal_fee", refund.currency) or _found(
        thing, "refund_from_transaction_fee", refund.currency
    )
    return _fee(refund.refund, -fee_minor, refund) if fee_minor else ()


def _fee(source: str, fee_minor: int, of: PaymentFact | RefundFact) -> tuple[FeeFact, ...]:
    fee = FeeFact(
        source=source, about=source, fee_minor=fee_minor, currency=of.currency, occurred_at=of.occurred_at
    )
    return (fee,)


def _conversion(payment: PaymentFact, breakdown: Thing) -> tuple[ConversionFact, ...]:
    sold_minor = _found(breakdown, "net_amount", payment.currency)
    with suppress(Unreadable):
        bought_minor, bought_in = get_money(breakdown, "receivable_amount", "breakdown")
        if sold_minor and bought_in != payment.currency:
            conversion = ConversionFact(
                source=payment.payment,
                about=payment.payment,
                sold_minor=sold_minor,
                sold_currency=payment.currency,
                bought_minor=bought_minor,
                bought_currency=bought_in,
                occurred_at=payment.occurred_at,
            )
            return (conversion,)
    return ()


def _found(thing: Thing, field: str, currency: str) -> int | None:
    """Minor units of that currency; a fee in another one belongs to no line of this payment."""
    with suppress(Unreadable):
        minor, told_in = get_money(thing, field, "breakdown")
        if told_in == currency:
            return minor
    return None
