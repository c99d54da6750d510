"""A story as moments in order of time, in words. Takes rows, knows no database and no terminal."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Row

from bursar.cli.words import leg_words
from bursar.rules.money_text import money_text
from models.queries.explain import Story

_ORDER = ("event", "fact", "state", "checkout", "ledger", "document", "mail", "unlock", "break")
"""Of moments in one transaction: causes before effects."""

_ENTRIES = {
    "issued": "invoice issued",
    "captured": "payment captured",
    "refunded": "refund paid out",
    "refund_returned": "refund returned",
    "dispute_lost": "dispute lost",
    "dispute_restored": "lost dispute taken back",
    "balance_moved": "gateway's balance moved",
    "written_off": "written off",
    "write_off_reversed": "write-off taken back",
    "moved": "money moved",
}
_MOVEMENTS = {
    "fee": "gateway fee",
    "conversion": "exchanged",
    "dispute_withdrawn": "disputed money withdrawn",
    "dispute_reinstated": "disputed money given back",
    "settlement": "settled to our bank",
}
_SUMS = ("amount_minor", "refunded_minor", "fee_minor", "sold_minor")
_CURRENCIES = ("currency", "sold_currency")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One thing that happened."""

    at: datetime
    kind: str
    text: str
    lines: Sequence[str] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


def timeline(story: Story) -> list[Moment]:
    """Everything in order of time; within one transaction causes come first."""
    locale = story.scope.locale
    moments = [
        *_events(story),
        *_facts(story, locale),
        *_states(story),
        *_checkouts(story, locale),
        *_ledger(story, locale),
        *_documents(story),
        *_mails(story),
        *_unlocks(story),
        *_breaks(story),
    ]
    return sorted(moments, key=lambda moment: (moment.at, _ORDER.index(moment.kind)))


def plain(row: Row[Any], *without: str) -> dict[str, Any]:
    """A row as JSON shows it."""
    return {name: value for name, value in row._mapping.items() if name not in without}


_HEARD = {
    "webhook": "posted",
    "fetch": "answered",
    "backfill": "listed",
    "manual": "was told of",
    "operator": "was ruled about:",
}
"""How an event came, by its source."""


def _events(story: Story) -> Iterator[Moment]:
    for row in story.events:
        text = f"{row.gateway_account} {_HEARD[row.source]} {row.type} {row.gateway_event_id}"
        if row.waiting_for:
            text += f": waits for {row.waiting_for}"
        else:
            word = "applied" if row.state == "done" else row.state
            text += f": {word}" + (f", {row.error}" if row.error else "")
        yield Moment(at=row.received_at, kind="event", text=text, data=plain(row))


def _facts(story: Story, locale: str) -> Iterator[Moment]:
    for row in story.facts:
        said = row.data
        parts = [row.kind, _about(said)]
        minor = next((said[name] for name in _SUMS if said.get(name) is not None), None)
        currency = next((said[name] for name in _CURRENCIES if said.get(name)), None)
        if minor is not None and currency:
            parts.append(money_text(minor, currency, locale))
        if row.kind in {"refund.changed", "dispute.changed", "dispute.funds_moved"}:
            parts.append(f"{said.get('status') or said.get('direction')}, of {said['payment']}")
        claims = said.get("claims") or {}
        named = [f"{name} {claims[name]}" for name in ("invoice", "customer", "track") if claims.get(name)]
        if named:
            parts.append(f"for {', '.join(named)}")
        yield Moment(at=row.applied_at, kind="fact", text=" ".join(filter(None, parts)), data=plain(row))


def _about(said: Mapping[str, Any]) -> str:
    """The gateway's id of what a fact says something about, the narrowest one first."""
    names = ("refund", "dispute", "warning", "about", "payment", "checkout", "subscription", "invoice")
    return next((said[name] for name in names if said.get(name)), "")


def _states(story: Story) -> Iterator[Moment]:
    several = len(story.payments) > 1 or len(story.refunds) > 1
    names = {row.id: row.gateway_payment_id for row in story.payments if several}
    names |= {row.id: row.gateway_refund_id for row in story.refunds}
    names |= {row.id: row.gateway_dispute_id for row in story.disputes}
    names |= {row.id: row.track for row in story.rights} | {
        row.id: row.external_id for row in story.checkouts
    }
    names |= {row.id: row.external_id or row.begun_with for row in story.subscriptions}
    for row in story.audits:
        detail = ", ".join(f"{name}={value}" for name, value in row.detail.items() if value not in (0, ""))
        text = " ".join(filter(None, (row.action, names.get(row.subject_id))))
        text += f" ({detail})" if detail else ""
        if row.actor != "bursar":
            text += f" by {row.actor}"
        yield Moment(at=row.at, kind="state", text=text, data=plain(row))


def _checkouts(story: Story, locale: str) -> Iterator[Moment]:
    for row in story.checkouts:
        text = f"{row.external_id} opened for {money_text(row.amount_minor, row.currency, locale)}"
        yield Moment(at=row.created_at, kind="checkout", text=text, data=plain(row))


def _ledger(story: Story, locale: str) -> Iterator[Moment]:
    for _, legs in groupby(story.ledger, lambda row: row.id):
        entry = list(legs)
        head = entry[0]
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
        said = _MOVEMENTS.get(head.movement or "") or _ENTRIES.get(head.kind, head.kind)
        text = f"{said}, {_volume(entry, locale)}"
        yield Moment(at=head.posted_at, kind="ledger", text=text, lines=_legs(entry, locale), data=data)


def _legs(entry: Sequence[Row[Any]], locale: str) -> list[str]:
    """Each leg with its side, its amount, its account and what that means."""
    amounts = [money_text(abs(leg.amount_minor), leg.currency, locale) for leg in entry]
    places = max(map(len, amounts))
    width = max(len(_account(leg)) for leg in entry)
    return [
        f"{'debit ' if leg.amount_minor > 0 else 'credit'} {amount:>{places}}  {_account(leg):<{width}}  "
        f"{leg_words(leg.account, leg.amount_minor, of_payment=bool(leg.payment))}"
        for leg, amount in zip(entry, amounts, strict=True)
    ]


def _documents(story: Story) -> Iterator[Moment]:
    for row in story.documents:
        yield Moment(at=row.created_at, kind="document", text=f"{row.kind} reserved", data=plain(row))
        if row.done_at:
            text = f"{row.kind} {row.number or ''} {_done(row.state)}" + (
                f": {row.error}" if row.error else ""
            )
            if row.size_bytes:
                text += f", {row.size_bytes:,} bytes"
            yield Moment(at=row.done_at, kind="document", text=text, data=plain(row))


def _mails(story: Story) -> Iterator[Moment]:
    for row in story.mails:
        yield Moment(at=row.created_at, kind="mail", text=f"{row.kind} reserved", data=plain(row))
        ended = row.sent_at or row.done_at
        if ended:
            text = f"{row.kind} {row.send_state}" + (f", {row.state}: {row.error}" if row.error else "")
            yield Moment(at=ended, kind="mail", text=text, data=plain(row))


def _unlocks(story: Story) -> Iterator[Moment]:
    for row in story.unlocks:
        text = f"{row.track}: project {row.project!r} unlocked"
        yield Moment(at=row.unlocked_at, kind="unlock", text=text, data=plain(row))


def _breaks(story: Story) -> Iterator[Moment]:
    for row in story.breaks:
        text = f"opened {row.kind}: {row.detail}"
        yield Moment(at=row.opened_at, kind="break", text=text, data=plain(row))
        if row.resolved_at:
            text = f"resolved {row.kind}: {row.resolution}"
            yield Moment(at=row.resolved_at, kind="break", text=text, data=plain(row))


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


def _done(state: str) -> str:
    return "stored" if state == "done" else state
