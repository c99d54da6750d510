"""Stripe's balance of an account: a transaction for everything that moved it."""

from typing import Any

from bursar.sandbox.fake.stripe.account import Account, Thing
from bursar.sandbox.fake.stripe.listing import page
from bursar.sandbox.stripe_charges import transaction
from bursar.sandbox.stripe_objects import told

KIND = "balance_transaction"
AVAILABLE_AFTER_S = 2 * 86_400
"""Seconds until a card's money may be paid out: two days, as in the United States."""


def move(
    account: Account,
    source: Thing,
    amount_minor: int,
    *,
    type_: str,
    category: str | None = None,
    fee_minor: int = 0,
) -> Thing:
    """Book what moved, in ISO minor units and with its sign."""
    story = told(
        {
            "amount_minor": abs(amount_minor),
            "currency": source["currency"].upper(),
            "created": account.now_s(),
        }
    )
    sign = 1 if amount_minor > 0 else -1
    moved = transaction(story, account.new_id("txn"), source["id"], sign, fee_minor, type_)
    moved |= {
        "available_on": account.now_s() + (AVAILABLE_AFTER_S if type_ == "charge" else 0),
        "reporting_category": category or type_,
    }
    account.behind[moved["id"]] = None  # the payout it went out with
    return account.put(moved)


def retrieve(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """One transaction."""
    return account.get(KIND, id_)


def list_(account: Account, params: dict[str, Any]) -> Thing:
    """Transactions; with `payout` those that went out with it, the payout's own included."""
    payout = params.get("payout")
    if payout:
        account.get("payout", payout, "payout")
    found = [entry for entry in account.all(KIND) if payout in (None, account.behind[entry["id"]])]
    others = {name: value for name, value in params.items() if name != "payout"}
    return page(found, others, "/v1/balance_transactions")
