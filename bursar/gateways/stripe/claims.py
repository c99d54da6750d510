"""Whom and what money is for, as a Stripe object says it: our metadata keys, wherever Stripe keeps them."""

from collections.abc import Iterator
from typing import Any

from bursar.gateways.shapes import (
    find_claim,
    find_components,
    find_customer,
    find_invoice,
    find_object,
    find_reference,
    find_track,
    find_word,
)
from bursar.gateways.stripe.news import entries
from bursar.rules.facts import Claims

CALL = "bursar_call"
"""In the metadata of what we made: the key of the call, by which a lost answer is found again."""


def claims_of(thing: dict[str, Any], checkouts: tuple[str, ...] = ()) -> Claims:
    """What a payment intent, charge or session says of itself."""
    metadata = find_object(thing.get("metadata"))
    # A host of its own puts the invoice there; of a session that we opened it is our id of the checkout.
    named = None if CALL in metadata else find_claim(thing.get("client_reference_id"))
    return Claims(
        invoice=find_invoice(metadata) or named,
        customer=find_customer(metadata),
        track=find_track(metadata),
        components=find_components(metadata),
        checkouts=checkouts,
        gateway_customer=find_reference(thing.get("customer")),
    )


def claims_of_invoice(invoice: dict[str, Any]) -> Claims:
    """What an invoice of Stripe's own billing says.

    Our invoice and the spread are only read from its own metadata: a subscription's is copied to every
    renewal, and one invoice of ours is not paid again each month.
    """
    own = find_object(invoice.get("metadata"))
    everywhere = list(_invoice_metadata(invoice))
    return Claims(
        invoice=find_invoice(own),
        track=next((found for one in everywhere if (found := find_track(one))), None),
        components=find_components(own),
        subscriber=find_subscriber(invoice),
        gateway_customer=find_reference(invoice.get("customer")),
    )


def find_subscriber(invoice: dict[str, Any]) -> str | None:
    """The host's reference of the payer: on the invoice, its subscription, or all of its lines alike."""
    for metadata in _invoice_metadata(invoice):
        found = find_customer(metadata)
        if found:
            return found
    lines = [find_object(line) for line in entries(invoice.get("lines"))]
    named = {find_customer(find_object(line.get("metadata"))) for line in lines} - {None}
    return named.pop() if len(named) == 1 else None  # lines for two learners name no single payer


def only_method(thing: dict[str, Any]) -> str | None:
    """The payment method where only one was allowed; with several, this object does not say."""
    match thing.get("payment_method_types"):
        case [only]:
            return find_word(only)
        case _:
            return None


def _invoice_metadata(invoice: dict[str, Any]) -> Iterator[dict[str, Any]]:
    parent = find_object(invoice.get("parent"))
    yield find_object(invoice.get("metadata"))
    yield find_object(find_object(parent.get("subscription_details")).get("metadata"))  # since 2025-03-31
    yield find_object(find_object(invoice.get("subscription_details")).get("metadata"))
    yield find_object(find_object(invoice.get("subscription")).get("metadata"))  # expanded by a fetch
