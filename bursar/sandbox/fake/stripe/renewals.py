"""What time does to a subscription: bills the next period, tries a failed invoice again, ends it."""

from bursar.errors import Refused
from bursar.sandbox.fake.stripe import invoices
from bursar.sandbox.fake.stripe.account import Account, Thing
from bursar.sandbox.fake.stripe.catalogue import period_s
from bursar.sandbox.fake.stripe.lines import period_lines
from bursar.sandbox.fake.vendor import NoSuchThing

INCOMPLETE_S = 23 * 3_600
"""Seconds a first payment may take before the subscription has never been (Stripe: 23 hours)."""
_RENEWED = ("active", "past_due", "trialing")


def schedule_renewal(account: Account, subscription: Thing) -> None:
    """Bill the next period when this one ends; a subscription that is still incomplete dies before."""
    period_end = _period_end(subscription)
    account.schedule(period_end, lambda: _renew_at(account, subscription, period_end))
    if subscription["status"] == "incomplete":
        account.schedule(account.now_s() + INCOMPLETE_S, lambda: _expire(account, subscription))
    if isinstance(subscription["cancel_at"], int):
        account.schedule(subscription["cancel_at"], lambda: _cancel_at(account, subscription))


def advance(account: Account, subscription_id: str) -> Thing:
    """Bill the next period now, without waiting for it."""
    subscription = account.find("subscription", subscription_id)
    if subscription is None:
        raise NoSuchThing(f"there is no subscription {subscription_id}")
    if subscription["status"] not in _RENEWED:
        raise Refused(f"{subscription_id} is {subscription['status']}: it has no next period")
    _renew(account, subscription)
    return subscription


def hear_invoice(account: Account, invoice: Thing) -> None:
    """What an invoice's fate means for its subscription."""
    subscription = account.find("subscription", invoices.subscription_id(invoice))
    if subscription is None:
        return
    before = subscription["status"]
    if invoice["status"] == "paid":
        if before in ("incomplete", "past_due", "unpaid"):
            _become(account, subscription, "active")
        _apply_pending(account, subscription, invoice)
        return
    if before == "active" and waiting_items(invoice) not in account.behind:
        _become(account, subscription, "past_due")
    if invoice["next_payment_attempt"]:
        account.schedule(invoice["next_payment_attempt"], lambda: _try_again(account, subscription, invoice))
    elif before != "incomplete":
        end(account, subscription, "payment_failed")


def waiting_items(invoice: Thing) -> str:
    """Where the items are kept that a subscription gets when this invoice is paid."""
    return f"{invoice['id']}.items"


def end(account: Account, subscription: Thing, reason: str) -> None:
    """It is over: nothing is billed any more."""
    before = subscription["status"]
    if before in ("canceled", "incomplete_expired"):
        return
    now_s = account.now_s()
    subscription |= {"canceled_at": now_s, "ended_at": now_s, "status": "canceled"}
    subscription["cancellation_details"]["reason"] = reason
    account.emit("customer.subscription.deleted", subscription, {"status": before})


def _period_end(subscription: Thing) -> int:
    return int(min(item["current_period_end"] for item in subscription["items"]["data"]))


def _renew_at(account: Account, subscription: Thing, period_end: int) -> None:
    """Only if that period is still the one it is in: a change may have begun another."""
    if subscription["status"] in _RENEWED and _period_end(subscription) == period_end:
        _renew(account, subscription)


def _renew(account: Account, subscription: Thing) -> None:
    if subscription["cancel_at_period_end"]:
        end(account, subscription, "cancellation_requested")
        return
    start = _period_end(subscription)
    before = {"status": subscription["status"]}
    for item in subscription["items"]["data"]:
        item |= {"current_period_start": start, "current_period_end": start + period_s(item["price"])}
    if subscription["status"] == "trialing":
        subscription["status"] = "active"
    _catch_up_pause(account, subscription)
    lines = [*account.behind[subscription["id"]], *period_lines(account, subscription)]
    account.behind[subscription["id"]] = []
    draft = invoices.make_draft(account, subscription, lines, "subscription_cycle")
    subscription["latest_invoice"] = draft["id"]
    account.emit("customer.subscription.updated", subscription, before)
    schedule_renewal(account, subscription)
    _bill(account, subscription, draft)


def _bill(account: Account, subscription: Thing, draft: Thing) -> None:
    """Collect, or do with the invoice what a paused collection says."""
    paused = subscription["pause_collection"]
    if paused and paused["behavior"] == "keep_as_draft":
        draft["auto_advance"] = False
        return
    invoices.finalize(account, draft)
    if paused and draft["status"] == "open":
        if paused["behavior"] == "void":
            invoices.void(account, {}, draft["id"])
        else:
            invoices.mark_uncollectible(account, draft)
    elif subscription["collection_method"] == "charge_automatically":
        method = invoices.default_method(account, subscription["customer"], subscription)
        invoices.collect(account, draft, method, off_session=True)


def _catch_up_pause(account: Account, subscription: Thing) -> None:
    paused = subscription["pause_collection"]
    if paused and paused["resumes_at"] and paused["resumes_at"] <= account.now_s():
        subscription["pause_collection"] = None


def _try_again(account: Account, subscription: Thing, invoice: Thing) -> None:
    if invoice["status"] == "open" and subscription["status"] != "canceled":
        method = invoices.default_method(account, subscription["customer"], subscription)
        invoices.collect(account, invoice, method, off_session=True)


def _become(account: Account, subscription: Thing, status: str) -> None:
    before = {"status": subscription["status"]}
    subscription["status"] = status
    account.emit("customer.subscription.updated", subscription, before)


def _expire(account: Account, subscription: Thing) -> None:
    if subscription["status"] == "incomplete":
        invoice = account.get("invoice", subscription["latest_invoice"])
        if invoice["status"] == "open":
            invoices.void(account, {}, invoice["id"])
        _become(account, subscription, "incomplete_expired")


def _cancel_at(account: Account, subscription: Thing) -> None:
    due = subscription["cancel_at"]
    if isinstance(due, int) and due <= account.now_s():
        end(account, subscription, "cancellation_requested")


def _apply_pending(account: Account, subscription: Thing, invoice: Thing) -> None:
    """A change that waited for its payment takes effect."""
    items = account.behind.pop(waiting_items(invoice), None)
    if items is None:
        return
    subscription["items"]["data"] = items
    if subscription["pending_update"]:
        subscription["pending_update"] = None
        account.emit("customer.subscription.pending_update_applied", subscription)
