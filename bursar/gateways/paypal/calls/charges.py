"""A charge while the payer is away: an order with a saved way to pay is captured as it is made."""

from bursar.gateways.api.protocol import Window
from bursar.gateways.api.requests import Charge
from bursar.gateways.api.results import PaymentAnswer
from bursar.gateways.paypal.calls import failures, texts
from bursar.gateways.paypal.calls.answers import find_fact, found
from bursar.gateways.paypal.calls.asking import Lost
from bursar.gateways.paypal.calls.client import Client
from bursar.gateways.paypal.calls.orders import PATH, order_data, stands
from bursar.gateways.paypal.calls.reports import find_marked
from bursar.gateways.paypal.calls.wallets import source_of
from bursar.gateways.paypal.kinds import Kind
from bursar.rules.facts import PaymentFact
from bursar.rules.states import PaymentStatus


def charge(client: Client, request: Charge, key: str) -> PaymentAnswer:
    """Collect. Raises GatewayRefused (declined, or action_required for a payer who must agree anew)."""
    data = order_data(
        own_id=request.charge,
        purpose=request.purpose,
        amount_minor=request.amount_minor,
        currency=request.currency,
        description=request.description,
    )
    source = source_of(client, request.payment_method, customer=request.customer)
    return stands(client, client.post(PATH, {**data, "payment_source": source}, key))


def find(client: Client, request: Charge, lost: Lost) -> PaymentAnswer | None:
    """Look for our id in the report. A declined charge is in none: it is as good as never made."""
    window = Window(since=lost.since, until=lost.until)
    capture_id = find_marked(client, texts.own_id(request.charge), window)
    if capture_id is None:
        return None
    capture = client.find(f"/v2/payments/captures/{capture_id}")
    if capture is None:
        raise failures.too_early("the capture that the report names")
    fact = find_fact(Kind.CAPTURE, capture, PaymentFact)
    if fact is not None and fact.status is PaymentStatus.FAILED:
        raise failures.declined(fact.payment, fact.decline_code)
    return PaymentAnswer(
        payment=capture_id,
        status=fact.status if fact else PaymentStatus.PROCESSING,
        found=(found(client, Kind.CAPTURE, capture),),
    )
