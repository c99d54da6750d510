"""PayPal's subscriptions: made, approved, billed by the clock, revised, suspended, cancelled."""

from typing import Any

from bursar.errors import Refused
from bursar.gateways.paypal.things import find_moment
from bursar.sandbox.fake.paypal import plans, sales
from bursar.sandbox.fake.paypal.account import Account, Thing
from bursar.sandbox.fake.paypal.errors import PayPalError
from bursar.sandbox.fake.paypal.orders import PAYER
from bursar.sandbox.fake.vendor import NoSuchThing
from bursar.sandbox.paypal_objects import link, money

KIND = "subscription"
AGAIN_AFTER_S = 5 * 86_400
"""Seconds until a charge that failed is tried again."""
FAILURES_MAX = 3
"""Failed charges after which it is suspended; a plan says how many."""
_EVENT = "BILLING.SUBSCRIPTION"


def create(account: Account, params: dict[str, Any]) -> Thing:
    """A subscription that its payer still has to approve."""
    plan = account.get(plans.KIND, params["plan_id"])
    made: Thing = {
        "id": account.new_id("I-"),
        "plan_id": plan["id"],
        "status": "APPROVAL_PENDING",
        "status_update_time": account.now_text(),
        "start_time": params.get("start_time", account.now_text()),
        "quantity": params.get("quantity", "1"),
        **({"custom_id": params["custom_id"]} if "custom_id" in params else {}),
        "create_time": account.now_text(),
        "update_time": account.now_text(),
    }
    made["links"] = [
        {"href": account.page_url(made["id"]), "rel": "approve", "method": "GET"},
        link("self", f"/v1/billing/subscriptions/{made['id']}"),
    ]
    account.behind[made["id"]] = params.get("application_context", {})
    account.put(KIND, made)
    account.emit(f"{_EVENT}.CREATED", KIND, made)
    return made


def retrieve(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """One subscription."""
    return account.get(KIND, id_)


def revise(account: Account, params: dict[str, Any], id_: str) -> Thing:
    """Another plan with the next cycle; payers agree at once here. The answer has neither id nor state."""
    revised = _in(account, id_, "ACTIVE", "SUSPENDED")
    account.get(plans.KIND, params.get("plan_id") or revised["plan_id"])
    revised |= params | {"update_time": account.now_text()}
    account.emit(f"{_EVENT}.UPDATED", KIND, revised)
    return {**params, "plan_overridden": False, "links": []}


def suspend(account: Account, params: dict[str, Any], id_: str) -> None:  # noqa: ARG001  a reason only
    """Bill no more until it is activated."""
    _become(account, _in(account, id_, "ACTIVE"), "SUSPENDED", "SUSPENDED")


def activate(account: Account, params: dict[str, Any], id_: str) -> None:  # noqa: ARG001  a reason only
    """Bill again."""
    _become(account, _in(account, id_, "SUSPENDED"), "ACTIVE", "RE-ACTIVATED")


def cancel(account: Account, params: dict[str, Any], id_: str) -> None:  # noqa: ARG001  a reason only
    """End it now."""
    _become(account, _in(account, id_, "ACTIVE", "SUSPENDED"), "CANCELLED", "CANCELLED")


def approve(account: Account, subscription_id: str) -> Thing:
    """A payer agrees: it is billed at once, or when it starts. Raises NoSuchThing, Refused."""
    approved = find(account, subscription_id)
    if approved["status"] != "APPROVAL_PENDING":
        raise Refused(f"{subscription_id} is {approved['status']}: it cannot be approved")
    approved["subscriber"] = PAYER
    starts_at = find_moment(approved["start_time"])
    start_s = max(int(starts_at.timestamp()) if starts_at else 0, account.now_s())
    _bill(approved, account.now_text(start_s - account.now_s()), failures=0)
    _become(account, approved, "ACTIVE", "ACTIVATED")
    if start_s > account.now_s():
        account.schedule(start_s, lambda: _collect(account, approved))
    else:
        _collect(account, approved)
    return approved


def refuse(account: Account, subscription_id: str, times: int) -> Thing:
    """The bank declines this many of the next charges. Raises NoSuchThing."""
    refused = find(account, subscription_id)
    account.behind[f"{subscription_id}:declines"] = times
    return refused


def find(account: Account, subscription_id: str) -> Thing:
    """A subscription that a script names. Raises NoSuchThing."""
    found = account.find(KIND, subscription_id)
    if found is None:
        raise NoSuchThing(f"there is no subscription {subscription_id}")
    return found


def _collect(account: Account, due: Thing) -> None:
    """One charge. A suspended one is looked at again with the next cycle."""
    plan = account.get(plans.KIND, due["plan_id"])
    cycle_s = plans.cycle_s(plan)
    if due["status"] == "SUSPENDED":
        account.schedule(account.now_s() + cycle_s, lambda: _collect(account, due))
    if due["status"] != "ACTIVE":
        return
    declines = account.behind.get(f"{due['id']}:declines", 0)
    if declines:
        account.behind[f"{due['id']}:declines"] = declines - 1
        _fail(account, due, cycle_s)
        return
    price_minor, currency = plans.price_of(plan)
    amount_minor = price_minor * int(due["quantity"])
    due["update_time"] = account.now_text()
    _bill(due, account.now_text(cycle_s), failures=0)
    due["billing_info"]["last_payment"] = {
        "amount": money(amount_minor, currency),
        "time": account.now_text(),
    }
    sales.make(account, due, amount_minor, currency)
    account.schedule(account.now_s() + cycle_s, lambda: _collect(account, due))


def _fail(account: Account, due: Thing, cycle_s: int) -> None:
    failures = due["billing_info"]["failed_payments_count"] + 1
    _bill(due, account.now_text(AGAIN_AFTER_S), failures=failures)
    due["update_time"] = account.now_text()
    account.emit(f"{_EVENT}.PAYMENT.FAILED", KIND, due)
    if failures >= FAILURES_MAX:
        _become(account, due, "SUSPENDED", "SUSPENDED")
    wait_s = cycle_s if failures >= FAILURES_MAX else AGAIN_AFTER_S
    account.schedule(account.now_s() + wait_s, lambda: _collect(account, due))


def _bill(due: Thing, next_at: str, *, failures: int) -> None:
    billing = due.setdefault("billing_info", {})
    billing |= {"next_billing_time": next_at, "failed_payments_count": failures}


def _in(account: Account, id_: str, *states: str) -> Thing:
    found = account.get(KIND, id_)
    if found["status"] not in states:
        raise PayPalError("SUBSCRIPTION_STATUS_INVALID", f"Invalid subscription status {found['status']}.")
    return found


def _become(account: Account, thing: Thing, status: str, event: str) -> None:
    now = account.now_text()
    thing |= {"status": status, "status_update_time": now, "update_time": now}
    account.emit(f"{_EVENT}.{event}", KIND, thing)
