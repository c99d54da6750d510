"""What a Checkout Session says: that a checkout ended, and for what its money was meant."""

from bursar.gateways.protocol import Reading
from bursar.gateways.shapes import find_object, find_reference, get_identifier
from bursar.gateways.stripe.amounts import iso_amount, iso_currency
from bursar.gateways.stripe.claims import claims_of, only_method
from bursar.gateways.stripe.news import AT, News, expect_word, is_zero
from bursar.gateways.stripe.subscriptions import subscription_fact
from bursar.rules.facts import CheckoutFact, PaymentFact, SubscriptionFact
from bursar.rules.states import CheckoutStatus, PaymentStatus

_STATES: dict[str, dict[str, PaymentStatus | None]] = {
    "checkout.session.completed": {
        "paid": PaymentStatus.SUCCEEDED,
        "unpaid": PaymentStatus.PROCESSING,
        "no_payment_required": None,
    },
    "checkout.session.async_payment_succeeded": {"paid": PaymentStatus.SUCCEEDED},
    "checkout.session.async_payment_failed": {"unpaid": PaymentStatus.FAILED},
}
"""What `payment_status` means. An unpaid session grants nothing, but it says whose money is on its way."""
_TIME_IS_UP = "checkout.session.expired"


def read_session(news: News) -> Reading:
    """A session that ended, the payment it made, and the subscription where it is expanded."""
    if news.type == _TIME_IS_UP:
        return (_checkout(news, CheckoutStatus.EXPIRED),)
    done = _checkout(news, CheckoutStatus.COMPLETED)
    return (*_payment(news, done), done, *_subscription(news))


def _payment(news: News, done: CheckoutFact) -> tuple[PaymentFact, ...]:
    session, states = news.thing, _STATES[news.type]
    if "payment_status" in session:  # absent before 2020: then only the intent's own events tell
        expect_word(session, "payment_status", frozenset(states))
    status = states.get(session.get("payment_status", ""))
    if status is None or done.payment is None or is_zero(session.get("amount_total")):
        return ()  # nothing to pay, or paid through a gateway invoice that announces itself
    currency = iso_currency(session, AT)
    payment = PaymentFact(
        status=status,
        payment=done.payment,
        amount_minor=iso_amount(session, "amount_total", currency, AT),
        currency=currency,
        occurred_at=news.occurred_at,
        claims=claims_of(session, checkouts=(done.checkout,)),
        method=only_method(session),
    )
    return (payment,)


def _subscription(news: News) -> tuple[SubscriptionFact, ...]:
    subscription = find_object(news.thing.get("subscription"))
    if not subscription:
        return ()
    return (subscription_fact(subscription, news.occurred_at, f"{AT}.subscription"),)


def _checkout(news: News, status: CheckoutStatus) -> CheckoutFact:
    return CheckoutFact(
        status=status,
        checkout=get_identifier(news.thing.get("id"), f"{AT}.id"),
        payment=find_reference(news.thing.get("payment_intent")),
        occurred_at=news.occurred_at,
    )
