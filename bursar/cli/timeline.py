"""A story as moments in order of time, in words. Takes rows, knows no database and no terminal."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Row

from bursar.rules.money_text import money_text
from models.queries.explain import Story

_ORDER = ("event", "fact", "state", "ledger", "document", "mail", "unlock", "break")
"""Of moments in one transaction: causes before effects."""

_ENTRIES = {
    "issued": "invoice issued",
    "captured": "payment captured",
    "refunded": "refund paid out",
    "refund_returned": "refund returned",
    "moved": "money moved",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One thing that happened."""

    at: datetime
    kind: str
    text: str
    lines: Sequence[str] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


def timeline(story: Story, locale: str) -> list[Moment]:
    """Everything in order of time; within one transaction causes come first."""
    moments = [
        *_events(story),
        *_facts(story, locale),
        *_states(story),
        *_ledger(story, locale),
        *_documents(story),
        *_mails(story),
        *_unlocks(story),
        *_breaks(story),
    ]
    return sorted(moments, key=lambda moment: (moment.at, _ORDER.index(moment.kind)))


def now_values(story: Story) -> dict[str, Any]:
    """Where the money lies, as numbers in minor units."""
    payments = [
        {**_plain(row), "allocated": [_plain(each, "payment_id") for each in _allocated(story, row)]}
        for row in story.payments
    ]
    return {
        "payments": payments,
        "invoice_lines": [_plain(row) for row in story.lines],
        "enrollments": [_plain(row) for row in story.rights],
    }


def now_lines(story: Story, locale: str) -> list[str]:
    """Where the money lies, in words."""
    lines: list[str] = []
    for row in story.payments:
        lines += _payment_now(story, row, locale)
    for (number, status, currency), parts in groupby(story.lines, lambda r: (r.number, r.status, r.currency)):
        lines += _invoice_now(number or "draft", status, currency, list(parts), locale)
    lines += [f"track {row.track}: {_right(row)}" for row in story.rights]
    return lines or ["nowhere: no money has come and none is owed"]


def _events(story: Story) -> Iterator[Moment]:
    for row in story.events:
        text = f"{row.gateway_account} posted {row.type} {row.gateway_event_id}"
        if row.waiting_for:
            text += f": waits for {row.waiting_for}"
        elif row.state != "done":
            text += f": {row.state}" + (f", {row.error}" if row.error else "")
        yield Moment(at=row.received_at, kind="event", text=text, data=_plain(row))


def _facts(story: Story, locale: str) -> Iterator[Moment]:
    for row in story.facts:
        said = row.data
        minor = said.get("amount_minor", said.get("refunded_minor"))
        parts = [row.kind, said.get("refund") or said.get("payment") or said.get("checkout") or ""]
        if minor is not None:
            parts.append(money_text(minor, said["currency"], locale))
        if row.kind == "refund.changed":
            parts.append(f"{said['status']}, of {said['payment']}")
        claims = said.get("claims") or {}
        named = [f"{name} {claims[name]}" for name in ("invoice", "customer", "track") if claims.get(name)]
        if named:
            parts.append(f"for {', '.join(named)}")
        yield Moment(at=row.applied_at, kind="fact", text=" ".join(parts), data=_plain(row))


def _states(story: Story) -> Iterator[Moment]:
    for row in story.audits:
        detail = ", ".join(f"{name}={value}" for name, value in row.detail.items() if value not in (0, ""))
        text = row.action + (f" ({detail})" if detail else "")
        if row.actor != "bursar":
            text += f" by {row.actor}"
        yield Moment(at=row.at, kind="state", text=text, data=_plain(row))


def _ledger(story: Story, locale: str) -> Iterator[Moment]:
    for _, legs in groupby(story.ledger, lambda row: row.id):
        entry = list(legs)
        head = entry[0]
        width = max(len(_account(leg)) for leg in entry)
        amounts = [money_text(abs(leg.amount_minor), leg.currency, locale) for leg in entry]
        places = max(map(len, amounts))
        lines = [
            f"{'debit ' if leg.amount_minor > 0 else 'credit'} {_account(leg):<{width}}  {amount:>{places}}"
            for leg, amount in zip(entry, amounts, strict=True)
        ]
        data = {
            "id": head.id,
            "cause_type": head.cause_type,
            "cause_id": head.cause_id,
            "entry": head.kind,
            "policy": head.policy,
            "lines": [
                {
                    name: getattr(leg, name)
                    for name in ("account", "amount_minor", "currency", "invoice", "payment")
                }
                for leg in entry
            ],
        }
        text = f"{_ENTRIES.get(head.kind, head.kind)}, {_volume(entry, locale)}"
        yield Moment(at=head.posted_at, kind="ledger", text=text, lines=lines, data=data)


def _documents(story: Story) -> Iterator[Moment]:
    for row in story.documents:
        yield Moment(at=row.created_at, kind="document", text=f"{row.kind} reserved", data=_plain(row))
        if row.done_at:
            text = f"{row.kind} {row.number or ''} {_done(row.state)}" + (
                f": {row.error}" if row.error else ""
            )
            if row.size_bytes:
                text += f", {row.size_bytes:,} bytes"
            yield Moment(at=row.done_at, kind="document", text=text, data=_plain(row))


def _mails(story: Story) -> Iterator[Moment]:
    for row in story.mails:
        yield Moment(at=row.created_at, kind="mail", text=f"{row.kind} reserved", data=_plain(row))
        ended = row.sent_at or row.done_at
        if ended:
            text = f"{row.kind} {row.send_state}" + (f", {row.state}: {row.error}" if row.error else "")
            yield Moment(at=ended, kind="mail", text=text, data=_plain(row))


def _unlocks(story: Story) -> Iterator[Moment]:
    for row in story.unlocks:
        text = f"{row.track}: project {row.project!r} unlocked"
        yield Moment(at=row.unlocked_at, kind="unlock", text=text, data=_plain(row))


def _breaks(story: Story) -> Iterator[Moment]:
    for row in story.breaks:
        text = f"opened {row.kind} of {row.subject}: {row.detail}"
        yield Moment(at=row.opened_at, kind="break", text=text, data=_plain(row))
        if row.resolved_at:
            text = f"resolved {row.kind}: {row.resolution}"
            yield Moment(at=row.resolved_at, kind="break", text=text, data=_plain(row))


def _volume(entry: Sequence[Row[Any]], locale: str) -> str:
    """How much an entry is about: what passed the gateway, else what was debited."""
    passed = [leg for leg in entry if leg.account.startswith("gateway:")]
    sums: dict[str, int] = {}
    for leg in passed or [leg for leg in entry if leg.amount_minor > 0]:
        sums[leg.currency] = sums.get(leg.currency, 0) + abs(leg.amount_minor)
    return ", ".join(money_text(minor, currency, locale) for currency, minor in sums.items())


def _account(leg: Row[Any]) -> str:
    if leg.account != "receivable":
        return str(leg.account)
    return f"receivable {leg.invoice} {leg.component}"


def _payment_now(story: Story, row: Row[Any], locale: str) -> list[str]:
    def money(minor: int) -> str:
        return money_text(minor, row.currency, locale)

    head = f"payment {row.gateway_payment_id}: {row.status}, {money(row.amount_minor)}"
    places = {
        "refunded": row.refunded_minor,
        "held as the customer's credit": row.credit_minor,
        "unidentified: nobody is known to have paid it": row.unidentified_minor,
        "suspense: refunded beyond what was captured": row.suspense_minor,
    }
    allocated = [
        f"{each.invoice} {each.component} {money(each.amount_minor)}" for each in _allocated(story, row)
    ]
    other = [f"{money(minor)} {place}" for place, minor in places.items() if minor]
    return [head, *(f"  {line}" for line in [*allocated, *other])]


def _invoice_now(
    number: str, status: str, currency: str, parts: Sequence[Row[Any]], locale: str
) -> list[str]:
    def money(minor: int) -> str:
        return money_text(minor, currency, locale)

    total = sum(part.gross_minor for part in parts)
    paid = sum(part.allocated_minor for part in parts)
    refunded = sum(part.refunded_minor for part in parts)
    owed = total - paid - refunded
    head = f"invoice {number} ({status}): {money(total)}, paid {money(paid)}, open {money(owed)}"
    lines = [head + (f", refunded {money(refunded)}" if refunded else "")]
    for part in parts:
        rest = part.gross_minor - part.allocated_minor - part.refunded_minor
        said = f"{part.component} {money(part.gross_minor)}: paid {money(part.allocated_minor)}"
        said += f", open {money(rest)}"
        lines.append(
            f"  {said}" + (f", refunded {money(part.refunded_minor)}" if part.refunded_minor else "")
        )
    return lines


def _right(row: Row[Any]) -> str:
    return str(row.observed) if row.observed == row.desired else f"{row.observed}, should be {row.desired}"


def _allocated(story: Story, payment: Row[Any]) -> list[Row[Any]]:
    return [row for row in story.allocated if row.payment_id == payment.id]


def _done(state: str) -> str:
    return "stored" if state == "done" else state


def _plain(row: Row[Any], *without: str) -> dict[str, Any]:
    return {name: value for name, value in row._mapping.items() if name not in without}
