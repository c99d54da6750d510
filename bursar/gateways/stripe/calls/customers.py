"""Stripe's record of a customer."""

from typing import TYPE_CHECKING

from stripe import StripeClient

from bursar.gateways.api.requests import CreateCustomer
from bursar.gateways.api.results import CustomerCreated
from bursar.gateways.stripe.calls.answers import PAGE_SIZE, Answered, write
from bursar.gateways.stripe.calls.lookup import Lookup, find_made
from bursar.gateways.stripe.calls.metadata import metadata_of
from bursar.gateways.stripe.fetch.forms import found_in
from bursar.gateways.stripe.fetch.objects import as_of_now

if TYPE_CHECKING:
    from stripe.params import CustomerCreateParams


def create(client: StripeClient, request: CreateCustomer, key: str) -> CustomerCreated:
    """Make one, once per key."""
    params: CustomerCreateParams = {
        "name": request.name,
        "metadata": metadata_of(key, customer=request.customer),
    }
    if request.email:
        params["email"] = request.email
    if request.country:
        params["address"] = {"country": request.country}
    made = write(lambda: client.v1.customers.create(params, {"idempotency_key": key}))
    return _answer(as_of_now(client, made))


def find(
    client: StripeClient,
    request: CreateCustomer,  # noqa: ARG001  the key tells
    lookup: Lookup,
) -> CustomerCreated | None:
    """The one that a call made. Not by its address, which somebody may have corrected since."""
    made = find_made(
        lambda: client.v1.customers.list(
            {"created": {"gte": lookup.since_s, "lte": lookup.until_s}, "limit": PAGE_SIZE}
        ),
        lookup,
    )
    return None if made is None else _answer(made)


def _answer(made: Answered) -> CustomerCreated:
    return CustomerCreated(customer=made.id, found=(found_in(made),))
