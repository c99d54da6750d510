"""Razorpay's payment links: made, shown, paid, cancelled by request or expired by the clock."""

import hmac
from typing import Any
from urllib.parse import urlencode

from bursar.errors import Refused
from bursar.sandbox.fake.razorpay import orders
from bursar.sandbox.fake.razorpay.account import Account, Thing
from bursar.sandbox.fake.razorpay.errors import RazorpayError, not_now
from bursar.sandbox.fake.razorpay.params import checked_money, checked_text

KIND = "payment_link"
OPEN_S_MIN = 15 * 60
OPEN_S_MAX = 184 * 86_400
"""Seconds; six months, which is also how long a link without an end stays open."""
REFERENCE_LENGTH_MAX = 40
DESCRIPTION_LENGTH_MAX = 2048
_CALLBACK = ("callback_url", "callback_method")


def create(account: Account, params: dict[str, Any]) -> Thing:
    """A page where somebody pays. Its reference is unique for ever."""
    amount_minor, currency = checked_money(params)
    reference = checked_text(params, "reference_id", REFERENCE_LENGTH_MAX) or ""
    checked_text(params, "description", DESCRIPTION_LENGTH_MAX)
    if reference and next(account.where(KIND, reference_id=reference), None):
        raise RazorpayError(
            f"payment link with given reference_id ({reference}) already exists", field="reference_id"
        )
    expire_by = _expire_by(account, params.get("expire_by", 0))
    link = _link(account, params, amount_minor, currency) | {
        "reference_id": reference,
        "expire_by": expire_by,
    }
    account.put(KIND, link)
    account.schedule(expire_by or account.now_s() + OPEN_S_MAX, lambda: _expire(account, link))
    return link


def cancel(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """Close a link that nobody has paid."""
    link = account.get(KIND, id_)
    if link["status"] != "created":
        raise not_now(f"Payment Link cannot be cancelled: it is already {link['status']}")
    link |= {"status": "cancelled", "cancelled_at": account.now_s(), "updated_at": account.now_s()}
    account.emit("payment_link.cancelled", {"payment_link": link}, at_s=link["created_at"])
    return link


def retrieve(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001  it has none
    """One link."""
    return account.get(KIND, id_)


def list_(account: Account, params: dict[str, Any]) -> Thing:
    """Links, by reference if asked for: a list of another form than all others, and without pages."""
    return {"payment_links": list(account.where(KIND, **params))[::-1]}


def order_of(account: Account, link: Thing) -> Thing:
    """The order behind an open link, made when somebody first tries to pay. Raises Refused."""
    if link["status"] != "created":
        raise Refused(f"{link['id']} is {link['status']}: it cannot be paid")
    order = account.find(orders.KIND, link.get("order_id"))
    if order is None:
        order = orders.make(
            account,
            link["amount"],
            link["currency"],
            receipt=link["reference_id"],
            notes=link["notes"] or {},
        )
        link["order_id"] = order["id"]
    return order


def return_url(account: Account, link: Thing) -> str:
    """Where the payer's browser goes, with what proves that the link was paid."""
    if link["status"] != "paid":
        return str(link["callback_url"])
    told = {
        "razorpay_payment_id": link["payments"][0]["payment_id"],
        "razorpay_payment_link_id": link["id"],
        "razorpay_payment_link_reference_id": link["reference_id"],
        "razorpay_payment_link_status": link["status"],
    }
    signed = "|".join((link["id"], link["reference_id"], link["status"], told["razorpay_payment_id"]))
    told["razorpay_signature"] = hmac.digest(account.key_secret, signed.encode(), "sha256").hex()
    joined = "&" if "?" in link["callback_url"] else "?"
    return f"{link['callback_url']}{joined}{urlencode(told)}"


def _expire(account: Account, link: Thing) -> None:
    if link["status"] != "created":
        return
    link |= {"status": "expired", "expired_at": account.now_s(), "updated_at": account.now_s()}
    account.emit("payment_link.expired", {"payment_link": link}, at_s=link["created_at"])


def _expire_by(account: Account, asked: int) -> int:
    if asked and asked < account.now_s() + OPEN_S_MIN:
        raise RazorpayError("expire_by: timestamp must be atleast 15 minutes in future", field="expire_by")
    if asked > account.now_s() + OPEN_S_MAX:
        raise RazorpayError("expire_by: timestamp must be within 6 months", field="expire_by")
    return asked


def _link(account: Account, params: dict[str, Any], amount_minor: int, currency: str) -> Thing:
    id_, now_s = account.new_id("plink"), account.now_s()
    return {
        "accept_partial": False,
        "amount": amount_minor,
        "amount_paid": 0,
        "cancelled_at": 0,
        "created_at": now_s,
        "currency": currency,
        "customer": params.get("customer") or [],
        "description": params.get("description", ""),
        "expired_at": 0,
        "first_min_partial_amount": 0,
        "id": id_,
        "notes": params.get("notes") or [],
        "notify": params.get("notify", {"email": False, "sms": False}),
        "payments": None,
        "reminder_enable": bool(params.get("reminder_enable", False)),
        "reminders": [],
        "short_url": account.page_url(id_),
        "status": "created",
        "updated_at": now_s,
        "upi_link": False,
        "user_id": "",
        "whatsapp_link": False,
        **{name: params.get(name, "") for name in _CALLBACK},
    }
