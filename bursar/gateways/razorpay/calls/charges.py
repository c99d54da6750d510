"""A charge while the payer is away: an order of its own, then a recurring payment with a saved token."""

from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from bursar.errors import BursarError
from bursar.gateways.api.requests import Charge
from bursar.gateways.api.results import PaymentAnswer
from bursar.gateways.razorpay.calls import failures, listing, notes
from bursar.gateways.razorpay.calls.answers import check_absence, get_id
from bursar.gateways.razorpay.calls.client import Client, path_id
from bursar.gateways.razorpay.calls.found import found, payment_status
from bursar.gateways.razorpay.entities import Entity
from bursar.gateways.shapes import find_identifier
from bursar.rules.states import PAYMENT_RANK, PaymentStatus


class _Try(NamedTuple):
    """One order of a charge."""

    order: Entity
    payments: list[Entity]
    is_ours: bool
    """Whether it was made by the call with this key."""

    @property
    def hides_payment(self) -> bool:
        """An order lists what was authorised or failed (razorpay.com/docs/api/orders/fetch-payments).

        A payment that waits for its notice is neither; it is only counted.
        """
        attempts = self.order.get("attempts")
        if isinstance(attempts, int):
            return attempts > len(self.payments)
        return self.order.get("status") != "created" and not self.payments


def charge(client: Client, request: Charge, key: str) -> PaymentAnswer:
    """Collect. What has an order with a payment that lives is never charged again, whatever the key.

    Cards wait a day and a half after the notice that RBI rules demand; until then it is `processing`.
    Raises GatewayRefused (declined, with the id of the failed payment).
    """
    tries = _tries(client, request, key)
    payment = _best_payment(client, tries)
    if payment:
        return _stands(client, payment)
    if any(each.hides_payment for each in tries):
        raise failures.garbled("names an attempt at the order that it does not show yet", write=True)
    payer = client.call(client.sdk.customer.fetch, path_id(request.customer, "customer"))
    ours = next((each.order for each in tries if each.is_ours), None)
    order = ours or client.call(client.sdk.order.create, _order_data(request, key))
    return _collect(client, _payment_data(request, key, get_id(order), payer))


def ask_charged(client: Client, request: Charge, key: str, sent_at: datetime) -> PaymentAnswer | None:
    """Look at the payments of its orders. Raises GatewayRefused for one that failed, as `charge` would."""
    tries = _tries(client, request, key)
    payment = _best_payment(client, tries)
    if payment:
        return _stands(client, payment)
    if any(each.hides_payment for each in tries):
        raise failures.too_early("the payment")
    check_absence("the payment", sent_at)
    return None


def _collect(client: Client, data: Entity) -> PaymentAnswer:
    """It has acted once this is answered: that its state cannot be had now is no failure of it."""
    answer = client.call(client.sdk.payment.createRecurring, data)
    payment_id = find_identifier(answer.get("razorpay_payment_id"))
    if payment_id is None:
        raise failures.garbled("has no razorpay_payment_id", write=True)
    payment: Entity = {}
    with suppress(BursarError):
        payment = client.call(client.sdk.payment.fetch, path_id(payment_id, "razorpay_payment_id"))
    if not payment:
        return PaymentAnswer(payment=payment_id, status=PaymentStatus.PROCESSING)
    return _stands(client, payment)


def _stands(client: Client, payment: Entity) -> PaymentAnswer:
    status = payment_status(client, payment)
    if status is PaymentStatus.FAILED:
        raise failures.declined(payment)
    if status is PaymentStatus.CREATED:
        return PaymentAnswer(payment=get_id(payment), status=PaymentStatus.PROCESSING)
    return PaymentAnswer(payment=get_id(payment), status=status, found=(found(client, "payment", payment),))


def _tries(client: Client, request: Charge, key: str) -> list[_Try]:
    """Every order of this charge: its receipt is our id of it."""
    orders = listing.entities(client, client.sdk.order.all, query={"receipt": request.charge})
    return [
        _Try(
            order=order,
            payments=listing.whole(client, client.sdk.order.payments, path_id(get_id(order), "order")),
            is_ours=notes.is_of(order, key),
        )
        for order in orders
    ]


def _best_payment(client: Client, tries: list[_Try]) -> Entity | None:
    """The one that is furthest. One that failed under another key is no answer to this call."""
    ranked = [
        (PAYMENT_RANK[status], payment)
        for each in tries
        for payment in each.payments
        if (status := payment_status(client, payment)) is not PaymentStatus.FAILED or each.is_ours
    ]
    return max(ranked, key=lambda pair: pair[0])[1] if ranked else None


def _order_data(request: Charge, key: str) -> Entity:
    return {
        "amount": request.amount_minor,
        "currency": request.currency,
        "receipt": request.charge,
        "payment_capture": True,
        "notes": notes.notes_of(request.purpose, key),
    }


def _payment_data(request: Charge, key: str, order_id: str, payer: Entity) -> Entity:
    """Razorpay wants the payer's addresses again, though it has them."""
    addresses = {name: payer[name] for name in ("email", "contact") if payer.get(name)}
    return {
        **addresses,
        "amount": request.amount_minor,
        "currency": request.currency,
        "order_id": order_id,
        "customer_id": request.customer,
        "token": request.payment_method,
        "recurring": "1",
        "description": request.description,
        "notes": notes.notes_of(request.purpose, key),
    }
