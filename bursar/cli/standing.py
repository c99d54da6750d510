"""Where the money of a story lies now, and how everything else in it stands: in words, and as values."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Row

from bursar.cli.timeline import plain
from bursar.cli.words import evidence_words
from bursar.rules.money_text import money_text
from models.queries.explain import Story

_NOT_TOLD = ("customer_id", "customer", "country", "price", "client_secret", "told")
"""Of a subscription: whose it is stands above, and its secret is the payer's page's."""
_INTERNAL = ("invoice_id", "created_at", "decline_code", "invoice_currency", "invoice_status")


def now_values(story: Story) -> dict[str, Any]:
    """Where the money lies, as numbers in minor units."""
    payments = [
        {**plain(row, *_INTERNAL), "allocated": [plain(each, "payment_id") for each in allocated(story, row)]}
        for row in story.payments
    ]
    return {
        "payments": payments,
        "refunds": [plain(row) for row in story.refunds],
        "disputes": [plain(row) for row in story.disputes],
        "movements": [plain(row, "event_key") for row in story.movements],
        "invoice_lines": [plain(row) for row in story.lines],
        "enrollments": [plain(row) for row in story.rights],
        "subscriptions": [plain(row, *_NOT_TOLD) for row in story.subscriptions],
    }


def now_lines(story: Story) -> list[str]:
    """Where the money lies, in words."""
    locale = story.scope.locale
    lines: list[str] = []
    for row in story.payments:
        lines += _payment(story, row, locale)
    told = set(story.scope.refunds) | set(story.scope.disputes)
    lines += [_taken(row, row.gateway_refund_id, "refund", locale) for row in story.refunds if row.id in told]
    for row in story.disputes:
        if row.id in told:
            lines += _dispute(story, row, locale)
    if story.scope.invoices:
        for _, parts in groupby(story.lines, lambda row: row.id):
            lines += _invoice(list(parts), locale)
    lines += [f"track {row.track}: {_right(row)}" for row in story.rights]
    lines += [_subscription(row) for row in story.subscriptions]
    return lines or ["nowhere: no money has come and none is owed"]


def allocated(story: Story, payment: Row[Any]) -> list[Row[Any]]:
    """Where on invoices a payment lies."""
    return [row for row in story.allocated if row.payment_id == payment.id]


def moved_minor(story: Story, dispute: Row[Any], kind: str) -> int:
    """What a gateway took (`dispute_withdrawn`) or gave back (`dispute_reinstated`) for a dispute."""
    about = (row for row in story.movements if row.about == dispute.gateway_dispute_id and row.kind == kind)
    return sum(row.amount_minor for row in about)


def _payment(story: Story, row: Row[Any], locale: str) -> list[str]:
    def money(minor: int) -> str:
        return money_text(minor, row.currency, locale)

    head = f"payment {row.gateway_payment_id}: {row.status}, {money(row.amount_minor)}"
    if row.customer:
        meant = f" for {row.invoice}" if row.invoice else ""
        head += f", of customer {row.customer}{meant} by {evidence_words(row.evidence)}"
    places = {
        "refunded": row.refunded_minor,
        "lost to disputes": row.lost_minor,
        "held: the invoice was paid twice": row.held_minor,
        "held as the customer's credit": row.credit_minor - row.held_minor,
        "unidentified: nobody is known to have paid it": row.unidentified_minor,
        "suspense: taken back beyond what was captured": row.suspense_minor,
    }
    lies = [f"{each.invoice} {each.component} {money(each.amount_minor)}" for each in allocated(story, row)]
    lies += [f"{money(minor)} {place}" for place, minor in places.items() if minor]
    return [head, *(f"  {line}" for line in [*lies, *_charges(story, row, locale)])]


def _charges(story: Story, payment: Row[Any], locale: str) -> list[str]:
    """Fees and conversions of a payment, its refunds and its disputes."""
    if len(story.payments) > 1:
        return []
    fees: dict[str, int] = {}
    lines = []
    for row in story.movements:
        if row.kind == "fee":
            fees[row.currency] = fees.get(row.currency, 0) + row.amount_minor
        if row.kind == "conversion":
            came = money_text(row.counter_minor, row.counter_currency, locale)
            lines.append(f"{money_text(row.amount_minor, row.currency, locale)} settled as {came}")
    return [
        *lines,
        *(f"{money_text(each, currency, locale)} gateway fees" for currency, each in fees.items()),
    ]


def _taken(row: Row[Any], name: str, kind: str, locale: str) -> str:
    text = f"{kind} {name}: {row.status}, {money_text(row.amount_minor, row.currency, locale)}"
    return f"{text}, reason: {row.reason}" if row.reason else text


def _dispute(story: Story, row: Row[Any], locale: str) -> list[str]:
    sums = {
        "withdrawn": moved_minor(story, row, "dispute_withdrawn"),
        "given back": moved_minor(story, row, "dispute_reinstated"),
    }
    lines = [
        f"  {money_text(minor, row.currency, locale)} {word} by the gateway"
        for word, minor in sums.items()
        if minor
    ]
    if row.respond_by:
        lines.append(f"  respond by {row.respond_by:%Y-%m-%d %H:%M} UTC")
    return [_taken(row, row.gateway_dispute_id, "dispute", locale), *lines]


def _invoice(parts: Sequence[Row[Any]], locale: str) -> list[str]:
    head = parts[0]

    def money(minor: int) -> str:
        return money_text(minor, head.currency, locale)

    def rest(name: str) -> str:
        return f", {name} {money(others[name])}" if others[name] else ""

    sums = {name: sum(getattr(part, name) for part in parts) for name in _LINE_SUMS}
    others = {word: sums[name] for name, word in _LINE_SUMS.items()}
    owed = sum(open_minor(part) for part in parts)
    said = f"invoice {head.number or 'draft'} ({head.status}): {money(others['gross'])}, "
    said += f"paid {money(others['paid'])}, open {money(owed)}"
    lines = [said + "".join(rest(word) for word in ("refunded", "credited", "written off"))]
    for part in parts:
        line = f"  {part.component} {money(part.gross_minor)}: paid {money(part.allocated_minor)}"
        line += f", open {money(open_minor(part))}"
        lines.append(line + (f", refunded {money(part.refunded_minor)}" if part.refunded_minor else ""))
    return lines


def open_minor(part: Row[Any]) -> int:
    """What is still owed on an invoice line."""
    gone = part.allocated_minor + part.refunded_minor + part.credited_minor + part.written_off_minor
    return int(part.gross_minor - gone)


def _right(row: Row[Any]) -> str:
    return str(row.observed) if row.observed == row.desired else f"{row.observed}, should be {row.desired}"


def _subscription(row: Row[Any]) -> str:
    what = f"{row.quantity} x {row.plan or row.begun_with}"
    text = f"subscription {row.external_id or row.id}: {what}, {row.status}"
    if row.period_end:
        text += f", {'ends' if row.cancel_at_period_end else 'paid until'} {row.period_end}"
    why = row.failure or (row.last_error if row.last_outcome == "refused" else None)
    return f"{text} at {row.gateway_account}" + (f"; {why}" if why else "")


_LINE_SUMS = {
    "gross_minor": "gross",
    "allocated_minor": "paid",
    "refunded_minor": "refunded",
    "credited_minor": "credited",
    "written_off_minor": "written off",
}
