"""What Stripe calls the kind of an object, by the prefix of its id."""

CHARGE_PREFIXES = ("ch_", "py_")
"""Ids of charges: what payments without an intent are credited under."""
_KINDS = {
    "pi": "payment_intent",
    "ch": "charge",
    "py": "charge",
    "re": "refund",
    "pyr": "refund",
    "dp": "dispute",
    "du": "dispute",
    "po": "payout",
}


def kind_of(thing: str, object_id: str) -> str:
    """Stripe's word for a `payment`, `refund`, `dispute` or `settlement`; for another prefix that word."""
    return _KINDS.get(object_id.partition("_")[0], thing)
