"""Why money has not come, was not allocated, has not gone back: payments, invoices, refunds, disputes."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Row

from bursar.cli.standing import allocated, moved_minor, open_minor
from bursar.rules.money_text import money_text
from bursar.rules.states import OPEN_DISPUTES
from models.queries.explain import Story

_NOT_COME = {
    "created": "nothing has happened to it at the gateway yet",
    "requires_action": "the payer must do something first: authenticate, or choose another way to pay",
    "processing": "the bank has not confirmed it yet; some ways to pay take days",
    "authorized": "the money is reserved but not captured; nothing has come until it is",
    "unknown": "the gateway's answer was lost; its state must be asked for",
    "failed": "it was declined",
    "expired": "the payer did not pay in time",
    "canceled": "it was canceled",
}
_NOT_BACK = {
    "requested": "it waits for approval",
    "rejected": "it was rejected",
    "approved": "the gateway has not been told yet",
    "unknown": "the gateway's answer was lost; its state must be asked for",
    "pending": "the gateway has not paid it out yet; no entry is posted before it has",
    "canceled": "it was canceled before it was paid out",
    "failed": "it failed: the bank did not take it, and the money is ours until it is sent another way",
}
_ON_THEIR_WAY = frozenset({"requested", "approved", "pending", "unknown", "succeeded"})
_CLAIMS = ("invoice", "customer", "track", "subscriber", "gateway_customer", "checkouts")


def money_reasons(story: Story) -> Iterator[tuple[str, str]]:
    """(what, why) of all money in a story."""
    part = story.scope.kind in {"refund", "dispute"}
    for row in () if part else story.payments:
        yield from _payment(story, row)
    for _, parts in groupby(story.lines if story.scope.invoices else (), lambda line: line.id):
        yield from _invoice(story, list(parts))
    for row in story.refunds:
        if row.id in story.scope.refunds and row.status != "succeeded":
            what = f"refund {row.gateway_refund_id} has moved no money"
            yield what, _NOT_BACK[row.status] + _said(row.reason)
    for row in story.disputes:
        if row.id in story.scope.disputes:
            yield from _dispute(story, row)


def _payment(story: Story, row: Row[Any]) -> Iterator[tuple[str, str]]:
    name = f"payment {row.gateway_payment_id}"
    money = _Money(row.currency, story.scope.locale)
    if row.status != "succeeded":
        yield f"{name} has brought no money", _NOT_COME[row.status] + _said(row.decline_code)
    if row.unidentified_minor:
        yield f"{name} not allocated", f"nobody is known to have paid it: {_claims(story, row)}"
        yield f"no receipt and no mail of {name}", "they wait until somebody is known to have paid it"
    if row.held_minor:
        why = f"{row.invoice or 'its invoice'} was paid twice: refund it or release it to other invoices"
        yield f"{money(row.held_minor)} of {name} held", why
    if row.credit_minor > row.held_minor:
        yield f"{money(row.credit_minor - row.held_minor)} of {name} not allocated", _credit(row)
    yield from _overdrawn(story, row, money)


def _overdrawn(story: Story, row: Row[Any], money: "_Money") -> Iterator[tuple[str, str]]:
    """What was taken back without our knowing how, or beyond what came."""
    name = f"payment {row.gateway_payment_id}"
    if row.suspense_minor:
        why = "the capture was never told" if row.status != "succeeded" else "more went back than had come"
        yield f"{money(row.suspense_minor)} of {name} in suspense", why
    known_minor = sum(
        each.amount_minor
        for each in story.refunds
        if each.payment_id == row.id and each.status in _ON_THEIR_WAY and each.currency == row.currency
    )
    if row.refund_watermark_minor > known_minor:
        why = f"the gateway says {money(row.refund_watermark_minor)} went back in all, "
        why += f"refunds of {money(known_minor)} are known: an event of a refund is missing"
        yield f"a refund of {name} not booked", why


def _credit(row: Row[Any]) -> str:
    if row.invoice_currency and row.invoice_currency != row.currency:
        return f"paid in {row.currency}, but {row.invoice or 'its invoice'} is in {row.invoice_currency}"
    if row.invoice_status == "draft":
        return "the invoice it names is still a draft; it is paid when that is issued"
    return f"the customer owes nothing more in {row.currency}; the next invoice takes it"


def _claims(story: Story, payment: Row[Any]) -> str:
    """What its events named, none of which is known here."""
    seen: dict[str, None] = {}
    for fact in story.facts:
        claims: Mapping[str, Any] = (fact.data.get("claims") or {}) if fact.payment_id == payment.id else {}
        for name in _CLAIMS:
            values = claims.get(name) or []
            for value in values if isinstance(values, list) else [values]:
                seen[f"{name.removesuffix('s').replace('_', ' ')} {value!r}"] = None
    if not seen:
        return "its events name no invoice, customer or track (metadata is empty)"
    return f"its events name {', '.join(seen)}, which nothing here is called"


def _invoice(story: Story, parts: Sequence[Row[Any]]) -> Iterator[tuple[str, str]]:
    head = parts[0]
    money = _Money(head.currency, story.scope.locale)
    owed_minor = sum(open_minor(part) for part in parts)
    name = f"invoice {head.number or head.source_id}"
    if head.status == "draft":
        yield f"{name} owes nothing", "it is a draft: issue it, then payments and credit go to it"
    elif head.status != "open":
        yield f"{name} takes no money", f"it is {head.status}"
    elif owed_minor > 0:
        late = "overdue since" if head.due_on < story.now.date() else "due on"
        why = "; ".join([*_came(story, head), f"{late} {head.due_on}"])
        yield f"{name} not paid: {money(owed_minor)} open", why


def _came(story: Story, invoice: Row[Any]) -> Iterator[str]:
    """What was tried to pay an invoice, and what came of it."""
    told = False
    for row in story.payments:
        paid_minor = sum(
            each.amount_minor for each in allocated(story, row) if each.invoice == invoice.number
        )
        if not paid_minor and row.invoice_id != invoice.id:
            continue
        told = True
        text = f"{row.gateway_payment_id} {row.status}{_said(row.decline_code)}"
        if row.status == "succeeded":
            money = _Money(row.currency, story.scope.locale)
            back = f", {money(row.refunded_minor)} of it refunded" if row.refunded_minor else ""
            text = f"{row.gateway_payment_id} brought {money(paid_minor)}{back}"
        yield text
    for row in story.checkouts:
        if row.invoice_id == invoice.id and row.status != "completed":
            told = True
            until = f" until {row.expires_at:%Y-%m-%d %H:%M} UTC" if row.expires_at else ""
            yield f"checkout {row.external_id} is {row.status}{until if row.status == 'open' else ''}"
    if not told:
        yield "no payment has come for it"


def _dispute(story: Story, row: Row[Any]) -> Iterator[tuple[str, str]]:
    name = f"dispute {row.gateway_dispute_id}"
    money = _Money(row.currency, story.scope.locale)
    taken_minor = moved_minor(story, row, "dispute_withdrawn") - moved_minor(story, row, "dispute_reinstated")
    if row.status in OPEN_DISPUTES:
        until = f" by {row.respond_by:%Y-%m-%d %H:%M} UTC" if row.respond_by else ""
        act = f"answer the bank{until}" if row.status == "needs_response" else "the bank looks at our answer"
        held = f"{money(taken_minor)} is withdrawn meanwhile" if taken_minor else "nothing is withdrawn yet"
        yield f"{name} over {money(row.amount_minor)} not decided", f"{act}; {held}{_said(row.reason)}"
    elif row.status == "lost" and taken_minor < row.amount_minor:
        why = f"it is lost, and the gateway has told of {money(taken_minor)} only"
        yield f"{money(row.amount_minor - taken_minor)} of {name} not withdrawn", why
    elif row.status != "lost" and taken_minor > 0:
        why = f"it is {row.status}, and the gateway has not told that it gave the money back"
        yield f"{money(taken_minor)} of {name} not given back", why


def _said(reason: str | None) -> str:
    return f" ({reason})" if reason else ""


class _Money:
    """Writes amounts of one currency in one locale."""

    def __init__(self, currency: str, locale: str) -> None:
        self._currency = currency
        self._locale = locale

    def __call__(self, minor: int) -> str:
        return money_text(minor, self._currency, self._locale)
