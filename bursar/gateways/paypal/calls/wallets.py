"""A saved way to pay, as an order names it. The token itself says what it is: a wallet, a card."""

from bursar.gateways.paypal.calls import failures
from bursar.gateways.paypal.calls.client import Client, path_id
from bursar.gateways.paypal.things import Thing, find_id
from bursar.gateways.shapes import find_object

TOKENS = "/v3/vault/payment-tokens"
SOURCES = ("paypal", "card", "venmo", "apple_pay")
"""What can be charged while its payer is away (vault/payment-tokens/v3)."""
_AWAY = {"payment_initiator": "MERCHANT", "payment_type": "UNSCHEDULED", "usage": "SUBSEQUENT"}
_PRESENT = {"payment_initiator": "CUSTOMER", "payment_type": "ONE_TIME", "usage": "SUBSEQUENT"}
"""What card networks must be told of a charge, with and without the payer."""
_HAS_PAGE = frozenset({"paypal", "card"})
"""Whose payer may have to go to a page of PayPal's or the bank's first."""


def source_of(
    client: Client, payment_method: str, *, customer: str | None = None, return_url: str | None = None
) -> Thing:
    """The `payment_source` of an order; `return_url` is where a payer who is present comes back to.

    Raises GatewayRefused for a token of another customer.
    """
    token = client.get(f"{TOKENS}/{path_id(payment_method, 'payment_method')}")
    owner = find_id(find_object(token.get("customer")).get("id"))
    if customer is not None and owner != customer:
        raise failures.refused("payment_method is not this customer's: list the customer's own, and take one")
    kind = kind_of(token)
    if kind is None:
        raise failures.refused(f"payment_method must be one of {', '.join(SOURCES)} to be charged")
    saved: Thing = {"vault_id": payment_method}
    if kind == "card":
        saved["stored_credential"] = _PRESENT if return_url else _AWAY
    if return_url and kind in _HAS_PAGE:
        saved["experience_context"] = {"return_url": return_url, "cancel_url": return_url}
    return {kind: saved}


def kind_of(token: Thing) -> str | None:
    """PayPal's word for what was saved; None for what cannot be charged."""
    sources = find_object(token.get("payment_source"))
    return next((each for each in SOURCES if each in sources), None)
