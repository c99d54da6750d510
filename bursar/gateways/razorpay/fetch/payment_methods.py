"""The tokens of a customer: cards and mandates that can be charged again."""

from bursar.gateways.api.results import PaymentMethod
from bursar.gateways.razorpay.calls import listing
from bursar.gateways.razorpay.calls.client import Client, path_id
from bursar.gateways.razorpay.entities import Entity
from bursar.gateways.shapes import find_identifier, find_object, find_word

_GONE = ("rejected", "cancelled")
_UNKNOWN = "other"


def list_payment_methods(client: Client, customer: str) -> tuple[PaymentMethod, ...]:
    """Those that can still be charged."""
    tokens = listing.whole(client, client.sdk.token.all, path_id(customer, "customer"))
    return tuple(_method(each) for each in tokens if find_identifier(each.get("id")) and not _is_gone(each))


def _is_gone(token: Entity) -> bool:
    return find_object(token.get("recurring_details")).get("status") in _GONE


def _method(token: Entity) -> PaymentMethod:
    card = find_object(token.get("card"))
    kind = find_word(token.get("method")) or _UNKNOWN
    return PaymentMethod(
        payment_method=str(token["id"]),
        kind=kind,
        label=_card_label(card) or _account_label(token) or kind,
        expires=_expires(card),
    )


def _card_label(card: Entity) -> str | None:
    network, last4 = find_word(card.get("network")), find_word(str(card.get("last4", "")))
    return f"{(network or 'card').lower()} •••• {last4}" if last4 else None


def _account_label(token: Entity) -> str | None:
    """A bank by its code; of a UPI address only what stands behind the @, for the front is a person."""
    vpa = find_object(token.get("vpa"))
    handle = find_word(vpa.get("handle"))
    bank = find_word(token.get("bank")) or find_word(token.get("wallet"))
    return f"upi @{handle}" if handle else bank


def _expires(card: Entity) -> str | None:
    """Razorpay writes year and month as numbers or as text."""
    year, month = str(card.get("expiry_year", "")), str(card.get("expiry_month", ""))
    if not (year.isdigit() and month.isdigit()):
        return None
    return f"{year}-{int(month):02}"
