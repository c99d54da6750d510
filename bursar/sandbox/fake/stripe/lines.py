"""The lines of an invoice: what a period costs, and what a change inside one costs or gives back."""

from collections.abc import Sequence

from bursar.sandbox.fake.stripe.account import Account, Thing


def period_lines(account: Account, subscription: Thing) -> list[Thing]:
    """One line for each item, for the whole of its period."""
    return [
        _line(
            account,
            subscription,
            item,
            amount=item["price"]["unit_amount"] * item["quantity"],
            start=item["current_period_start"],
            words=f"{item['quantity']} x {_name(account, item)}",
            proration=False,
        )
        for item in subscription["items"]["data"]
    ]


def change_lines(
    account: Account, subscription: Thing, old: Sequence[Thing], new: Sequence[Thing], at_s: int
) -> list[Thing]:
    """Unused time of the old items given back, remaining time of the new ones charged, from `at_s`."""
    kept = [item for item in old if item in new]
    gone = [item for item in old if item not in kept]
    come = [item for item in new if item not in kept]
    return [
        *(
            _part(account, subscription, item, at_s, sign=-1, words="Unused time on", of=old[0])
            for item in gone
        ),
        *(
            _part(account, subscription, item, at_s, sign=1, words="Remaining time on", of=old[0])
            for item in come
        ),
    ]


def unused_lines(account: Account, subscription: Thing, old: Sequence[Thing], at_s: int) -> list[Thing]:
    """The rest of the period given back: where a new one begins at once, or none does."""
    return [
        _part(account, subscription, item, at_s, sign=-1, words="Unused time on", of=item) for item in old
    ]


def _part(
    account: Account, subscription: Thing, item: Thing, at_s: int, *, sign: int, words: str, of: Thing
) -> Thing:
    """Half up, in Stripe's amounts, by the second as Stripe prorates."""
    start, end = of["current_period_start"], of["current_period_end"]
    left_s, whole_s = max(0, end - max(at_s, start)), end - start
    full = item["price"]["unit_amount"] * item["quantity"]
    amount = sign * ((2 * full * left_s + whole_s) // (2 * whole_s))
    text = f"{words} {item['quantity']} x {_name(account, item)}"
    return _line(account, subscription, item, amount=amount, start=at_s, words=text, proration=True)


def _line(
    account: Account,
    subscription: Thing,
    item: Thing,
    *,
    amount: int,
    start: int,
    words: str,
    proration: bool,
) -> Thing:
    price = item["price"]
    return {
        "id": account.new_id("il"),
        "object": "line_item",
        "amount": amount,
        "currency": price["currency"],
        "description": words,
        "discount_amounts": [],
        "discountable": not proration,
        "discounts": [],
        "livemode": False,
        "metadata": dict(subscription["metadata"]),
        "parent": _parent(subscription, item, proration=proration),
        "period": {"end": item["current_period_end"], "start": start},
        "pricing": {
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": str(price["unit_amount"]),
        },
        "quantity": item["quantity"],
        "subtotal": amount,
        "taxes": [],
    }


def _parent(subscription: Thing, item: Thing, *, proration: bool) -> Thing:
    return {
        "invoice_item_details": None,
        "subscription_item_details": {
            "invoice_item": None,
            "proration": proration,
            "proration_details": {"credited_items": None},
            "subscription": subscription["id"],
            "subscription_item": item["id"],
        },
        "type": "subscription_item_details",
    }


def _name(account: Account, item: Thing) -> str:
    return str(account.get("product", item["price"]["product"])["name"])
