"""PayPal keeps no customers of ours: payers are its own, and a saved way to pay names its owner itself."""

from bursar.gateways.api.failures import unsupported
from bursar.gateways.api.requests import CreateCustomer
from bursar.gateways.api.results import CustomerCreated
from bursar.gateways.paypal.calls.client import Client


def create(client: Client, request: CreateCustomer, key: str) -> CustomerCreated:  # noqa: ARG001  never sent
    """Not here."""
    raise unsupported(
        "PayPal",
        "record of a customer",
        "open a checkout without one; a payer who saves a way to pay gets an id from PayPal's vault",
    )
