"""`expand[]`: ids replaced by their objects, and parts that are only shown when asked for."""

import copy
from collections.abc import Callable, Sequence

from bursar.sandbox.fake.stripe.account import Account, Thing
from bursar.sandbox.fake.stripe.errors import StripeError
from bursar.sandbox.fake.stripe.invoices import intent_of
from bursar.sandbox.fake.stripe.listing import whole

DEPTH_MAX = 4
"""Levels Stripe expands at most (docs.stripe.com/api/expanding_objects)."""


def expanded(account: Account, thing: Thing, paths: Sequence[str]) -> Thing:
    """A copy of an answer with these paths expanded. Raises StripeError for what cannot be."""
    shown = copy.deepcopy(thing)
    for path in paths:
        steps = path.split(".")
        if len(steps) > DEPTH_MAX:
            raise StripeError(
                f"You cannot expand more than {DEPTH_MAX} levels of a property.", param="expand"
            )
        _expand(account, shown, steps, path)
    return shown


def _expand(account: Account, thing: Thing, steps: list[str], path: str) -> None:
    name, rest = steps[0], steps[1:]
    if name == "data" and thing.get("object") == "list":
        for member in thing["data"]:
            _expand(account, member, rest, path)
        return
    part = (thing.get("object", ""), name)
    if part in _PARTS:
        thing.setdefault(name, copy.deepcopy(_PARTS[part](account, thing)))
    elif name not in thing or isinstance(thing[name], int | bool):
        raise StripeError(
            f"This property cannot be expanded ({path}). You may want to try expanding the object instead.",
            param="expand",
        )
    elif isinstance(thing[name], str):
        found = account.find_anything(thing[name])
        if found is None:
            raise StripeError(f"This property cannot be expanded ({path}).", param="expand")
        thing[name] = copy.deepcopy(found)
    if rest and isinstance(thing[name], dict):
        _expand(account, thing[name], rest, path)


def _refunds(account: Account, charge: Thing) -> Thing:
    made = list(account.where("refund", charge=charge["id"]))[::-1]
    return whole(made, f"/v1/charges/{charge['id']}/refunds")


def _payments(account: Account, invoice: Thing) -> Thing:
    return whole(list(account.where("invoice_payment", invoice=invoice["id"])), "/v1/invoice_payments")


def _confirmation_secret(account: Account, invoice: Thing) -> Thing:
    intent = intent_of(account, invoice)
    return {"client_secret": intent["client_secret"], "type": "payment_intent"} if intent else {}


def _line_items(account: Account, session: Thing) -> Thing:
    lines: list[Thing] = account.behind[session["id"]].lines
    return whole(lines, f"/v1/checkout/sessions/{session['id']}/line_items")


_PARTS: dict[tuple[str, str], Callable[[Account, Thing], Thing]] = {
    ("charge", "refunds"): _refunds,
    ("invoice", "payments"): _payments,
    ("invoice", "confirmation_secret"): _confirmation_secret,
    ("checkout.session", "line_items"): _line_items,
}
"""Left out of an object unless asked for."""
