"""A customer record. Razorpay keeps one per e-mail address, whoever asks."""

from datetime import datetime

from bursar.gateways.api.requests import CreateCustomer
from bursar.gateways.api.results import CustomerCreated
from bursar.gateways.razorpay.calls import failures, listing, notes
from bursar.gateways.razorpay.calls.answers import check_absence, get_id
from bursar.gateways.razorpay.calls.client import Client
from bursar.gateways.razorpay.claims import CALL
from bursar.gateways.razorpay.entities import Entity
from bursar.gateways.shapes import find_object

NAME_LENGTH_MAX = 50
"""Characters (razorpay.com/docs/api/customers/create)."""
_RETURN_EXISTING = "0"


def create(client: Client, request: CreateCustomer, key: str) -> CustomerCreated:
    """Make the record, or get the one that has this e-mail address.

    Raises GatewayRefused when that one is another customer's: siblings who share their parents' address.
    """
    data = {
        "name": request.name[:NAME_LENGTH_MAX],
        "fail_existing": _RETURN_EXISTING,
        "notes": notes.checked({"customer": request.customer, CALL: key}),
    }
    if request.email:
        data["email"] = request.email
    return _created(client.call(client.sdk.customer.create, data), request)


def ask_created(
    client: Client, request: CreateCustomer, key: str, sent_at: datetime
) -> CustomerCreated | None:
    """Look through what was made since then: the list of customers has no filter of its own."""
    for each in listing.entities(client, client.sdk.customer.all):
        if notes.is_of(each, key):
            return _created(each, request)
        made_at = each.get("created_at")
        if isinstance(made_at, int) and made_at < listing.since(sent_at):
            break
    check_absence("the customer", sent_at)
    return None


def _created(entity: Entity, request: CreateCustomer) -> CustomerCreated:
    owner = find_object(entity.get("notes")).get("customer")
    if owner is not None and owner != request.customer:
        raise failures.refused(
            "email: Razorpay has a customer with this address already, and it is another one of ours; "
            "give this customer an address of its own, or none"
        )
    return CustomerCreated(customer=get_id(entity))
