"""What Razorpay kept of a captured payment, and what it exchanged it into. Both are null before capture.

A malformed fee says nothing and never stands in the way of the payment: the settlement report has it too.
"""

from datetime import datetime

from bursar.gateways.razorpay.entities import HOME_CURRENCY, Entity, find_currency, find_minor, find_sum
from bursar.rules.facts import ConversionFact, Fact, FeeFact, PaymentFact


def balance_facts(payment: PaymentFact, entity: Entity, said_at: datetime | None) -> tuple[Fact, ...]:
    """Fee and exchange of a captured payment. `said_at`: when the event was made, never the payment."""
    return (*_fee(payment, entity, said_at), *_conversion(payment, entity, said_at))


def _fee(payment: PaymentFact, entity: Entity, said_at: datetime | None) -> tuple[Fact, ...]:
    """`fee` includes `tax`, the GST on it."""
    fee_minor = find_minor(entity.get("fee"))
    if fee_minor is None:
        return ()
    fee = FeeFact(
        source=payment.payment,
        about=payment.payment,
        fee_minor=fee_minor,
        tax_minor=min(find_sum(entity.get("tax")) or 0, fee_minor),
        currency=_settled_in(payment, entity),
        occurred_at=said_at,
    )
    return (fee,)


def _conversion(payment: PaymentFact, entity: Entity, said_at: datetime | None) -> tuple[Fact, ...]:
    bought_minor = find_minor(entity.get("base_amount"))
    bought_in = find_currency(entity.get("base_currency"))
    if bought_minor is None or bought_in is None or bought_in == payment.currency:
        return ()
    conversion = ConversionFact(
        source=payment.payment,
        about=payment.payment,
        sold_minor=payment.amount_minor,
        sold_currency=payment.currency,
        bought_minor=bought_minor,
        bought_currency=bought_in,
        occurred_at=said_at,
    )
    return (conversion,)


def _settled_in(payment: PaymentFact, entity: Entity) -> str:
    """The currency of the fee. `base_currency` comes only with payments that are exchanged.

    Accounts outside India settle domestic payments in the currency they were made in, and send none.
    """
    base = find_currency(entity.get("base_currency"))
    return base or (HOME_CURRENCY if entity.get("international") is True else payment.currency)
