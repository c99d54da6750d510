"""The account's balance as the report of transactions shows it: up to three hours late."""

from typing import Any

from bursar.errors import Refused
from bursar.gateways.paypal.amounts import get_signed_money
from bursar.gateways.paypal.things import find_moment
from bursar.sandbox.fake.book import Kind, Row, Standing
from bursar.sandbox.fake.paypal.account import GATEWAY, Account, Thing
from bursar.sandbox.fake.paypal.errors import wrong
from bursar.sandbox.fake.vendor import NoSuchThing
from bursar.sandbox.paypal_objects import money

KIND = "transaction"
SHOWN_AFTER_S = 3 * 3_600
"""Seconds until a transaction is in the report: "a maximum of three hours" (transaction-search/v1)."""
SPAN_S_MAX = 31 * 86_400
CHECKOUT, SUBSCRIBED, REFUNDED, REVERSED, WITHDRAWN, RETURNED = (
    "T0006",
    "T0002",
    "T1107",
    "T1201",
    "T0400",
    "T1101",
)
"""Transaction codes (reports/reference/t-codes)."""


def enter(
    account: Account, code: str, thing: Thing, amount_minor: int, currency: str, *, fee_minor: int = 0
) -> Thing:
    """A movement: `amount_minor` below 0 leaves the balance, and so does a fee."""
    info: Thing = {
        "transaction_id": thing["id"],
        "transaction_event_code": code,
        "transaction_initiation_date": account.now_text(),
        "transaction_updated_date": account.now_text(),
        "transaction_amount": money(amount_minor, currency),
        "transaction_status": "S",
    }
    if fee_minor:
        info["fee_amount"] = money(-fee_minor, currency)
    named = {"invoice_id": ("invoice_id", "invoice_number"), "custom_field": ("custom_id", "custom")}
    for name, fields in named.items():
        text = next((thing[field] for field in fields if thing.get(field)), None)
        info |= {name: text} if text else {}
    return account.put(KIND, info, info["transaction_id"])


def report(account: Account, params: dict[str, Any]) -> Thing:
    """Transactions that began in a time, oldest first, in pages."""
    since, until = find_moment(params["start_date"]), find_moment(params["end_date"])
    if since is None or until is None or not 0 <= (until - since).total_seconds() <= SPAN_S_MAX:
        raise wrong("/end_date", "Date range is greater than 31 days", "INVALID_DATE_RANGE")
    refreshed = account.now_text(-SHOWN_AFTER_S)
    shown = [
        each
        for each in account.all(KIND)
        if params["start_date"] <= each["transaction_initiation_date"] <= min(params["end_date"], refreshed)
    ]
    size, number = int(params.get("page_size", "100")), int(params.get("page", "1"))
    return {
        "transaction_details": [
            {"transaction_info": each} for each in shown[(number - 1) * size : number * size]
        ],
        "start_date": params["start_date"],
        "end_date": params["end_date"],
        "last_refreshed_datetime": refreshed,
        "page": number,
        "total_items": len(shown),
        "total_pages": max(-(-len(shown) // size), 1),
    }


def withdraw(account: Account, currency: str, amount_minor: int | None, fee_minor: int) -> Thing:
    """Send money to the bank, all there is or `amount_minor`. Raises Refused for more than there is."""
    there_minor = _balance_minor(account, currency)
    amount_minor = there_minor - fee_minor if amount_minor is None else amount_minor
    if not 0 < amount_minor <= there_minor - fee_minor:
        raise Refused(f"the balance is {there_minor} {currency}: {amount_minor} cannot be withdrawn")
    withdrawal = {"id": account.new_id()}
    row = Row(
        gateway=GATEWAY,
        kind=Kind.PAYOUT,
        id=withdrawal["id"],
        payment=None,
        amount_minor=amount_minor,
        currency=currency,
        standing=Standing.PAID,
        at=account.clock.now(),
        fee_minor=fee_minor,
    )
    account.book.write(row)
    return enter(account, WITHDRAWN, withdrawal, -amount_minor, currency, fee_minor=fee_minor)


def return_withdrawal(account: Account, withdrawal: str) -> Thing:
    """The bank sends it back. Raises NoSuchThing."""
    sent = account.find(KIND, withdrawal)
    if sent is None or sent["transaction_event_code"] != WITHDRAWN:
        raise NoSuchThing(f"there is no withdrawal {withdrawal}")
    amount_minor, currency = get_signed_money(sent, "transaction_amount", "")
    account.book.restate(GATEWAY, Kind.PAYOUT, withdrawal, Standing.FAILED)
    back = enter(account, RETURNED, {"id": account.new_id()}, -amount_minor, currency)
    back |= {"paypal_reference_id": withdrawal, "paypal_reference_id_type": "TXN"}
    return back


def _balance_minor(account: Account, currency: str) -> int:
    total_minor = 0
    for each in account.all(KIND):
        amount_minor, of = get_signed_money(each, "transaction_amount", "")
        if of == currency:
            fee_minor = get_signed_money(each, "fee_amount", "")[0] if "fee_amount" in each else 0
            total_minor += amount_minor + fee_minor
    return total_minor
