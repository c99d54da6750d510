"""What a payer saved in PayPal's vault: wallets and cards that can be charged again."""

from bursar.gateways.api.failures import Failure, FailureCode, GatewayAway
from bursar.gateways.api.results import PaymentMethod
from bursar.gateways.paypal.calls.client import Client, path_id
from bursar.gateways.paypal.calls.wallets import TOKENS, kind_of
from bursar.gateways.paypal.things import Thing, find_id
from bursar.gateways.shapes import find_object, find_word

PAGE = 20
"""Tokens in one answer."""
PAGES_MAX = 20
"""Pages, 400 tokens: nobody saves so many."""
_LABELS = {"paypal": "PayPal", "venmo": "Venmo", "apple_pay": "Apple Pay"}
"""A wallet is known by its owner's address, which is not ours to keep."""


def list_payment_methods(client: Client, customer: str) -> tuple[PaymentMethod, ...]:
    """Those that can be charged. `customer` is the vault's id of the payer."""
    methods: list[PaymentMethod] = []
    for page in range(1, PAGES_MAX + 1):
        answer = client.get(TOKENS, customer_id=path_id(customer, "customer"), page_size=PAGE, page=page)
        listed = answer.get("payment_tokens")
        tokens = [find_object(each) for each in (listed if isinstance(listed, list) else ())]
        methods += [method for each in tokens if (method := _method(each))]
        if len(tokens) < PAGE:
            return tuple(methods)
    message = f"more than {PAGES_MAX * PAGE} saved ways to pay of one payer"
    raise GatewayAway(Failure(code=FailureCode.GATEWAY_ERROR, message=message))


def _method(token: Thing) -> PaymentMethod | None:
    kind, token_id = kind_of(token), find_id(token.get("id"))
    if kind is None or token_id is None:
        return None
    card = find_object(find_object(token.get("payment_source")).get("card"))
    return PaymentMethod(
        payment_method=token_id,
        kind=kind,
        label=_LABELS.get(kind) or _card_label(card),
        expires=find_word(card.get("expiry")),
    )


def _card_label(card: Thing) -> str:
    brand, digits = find_word(card.get("brand")), find_word(card.get("last_digits"))
    return f"{(brand or 'card').lower()} •••• {digits}" if digits else "card"
