"""What the books have of the things a gateway named, and the breaks of what does not agree."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from bursar.ids import new_id
from bursar.rules.breaks import BreakKind
from bursar.rules.reconciling import Differing, Name, Span, Standing, Thing

EDGE = timedelta(hours=1)
"""At the ends of a window gateways' clocks decide what is inside: what we have there is not missed."""
ANEW = "reconcile:"
"""How the subject of a call begins that asks for a thing anew."""
_PAYMENTS = """
SELECT n.id, p.status, p.amount_minor, p.currency, NULL AS about FROM unnest(CAST(:ids AS text[])) AS n(id)
CROSS JOIN LATERAL (
  SELECT id FROM payments WHERE gateway_account = :account AND gateway_payment_id = n.id
  UNION SELECT payment_id FROM gateway_aliases WHERE gateway_account = :account AND external_id = n.id) AS f(payment_id)
JOIN payments p ON p.id = f.payment_id"""
_REFUNDS = """
SELECT r.gateway_refund_id AS id, r.status, r.amount_minor, r.currency, p.gateway_payment_id AS about
FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE r.gateway_account = :account AND """
_DISPUTES = """
SELECT d.gateway_dispute_id AS id, d.status, d.amount_minor, d.currency, p.gateway_payment_id AS about
FROM disputes d JOIN payments p ON p.id = d.payment_id WHERE d.gateway_account = :account AND """
_FEES = """
SELECT external_id AS id, 'charged' AS status, amount_minor, currency, about FROM movements
WHERE gateway_account = :account AND kind = 'fee' AND external_id = ANY(:ids)"""
_NAMED = {
    Thing.PAYMENT: _PAYMENTS,
    Thing.REFUND: f"{_REFUNDS} r.gateway_refund_id = ANY(:ids)",
    Thing.DISPUTE: f"{_DISPUTES} d.gateway_dispute_id = ANY(:ids)",
    Thing.FEE: _FEES,
}
_WITHIN = {
    Thing.PAYMENT: """
SELECT gateway_payment_id AS id, status, amount_minor, currency, NULL AS about FROM payments
WHERE gateway_account = :account AND status = 'succeeded' AND occurred_at BETWEEN :since AND :until""",
    Thing.REFUND: f"{_REFUNDS} r.status = 'succeeded' AND r.occurred_at BETWEEN :since AND :until",
    Thing.DISPUTE: f"{_DISPUTES} d.occurred_at BETWEEN :since AND :until",
}
_PUT_BREAKS = """
INSERT INTO breaks (id, kind, subject, detail)
SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:kinds AS text[]), CAST(:subjects AS text[]), CAST(:details AS text[]))
ON CONFLICT (kind, subject) WHERE resolved_at IS NULL DO UPDATE SET detail = excluded.detail
WHERE breaks.detail <> excluded.detail"""


def our_standings(
    session: Session, account: str, names: Iterable[Name], within: Span
) -> dict[Name, Standing]:
    """What the books have of these things, and what else they have of this time."""
    by_thing: dict[Thing, list[str]] = {}
    for name in names:
        by_thing.setdefault(name.thing, []).append(name.id)
    found: dict[Name, Standing] = {}
    for thing, ids in by_thing.items():
        found |= _read(session, thing, _NAMED[thing], {"account": account, "ids": sorted(ids)})
    inner = {"account": account, "since": within.since + EDGE, "until": within.until - EDGE}
    for thing, statement in _WITHIN.items():
        found |= {
            name: standing
            for name, standing in _read(session, thing, statement, inner).items()
            if name not in found
        }
    return found


def unknown_keys(session: Session, account: str, keys: Sequence[str]) -> set[str]:
    """Which of these the inbox has not heard."""
    statement = """SELECT key FROM unnest(CAST(:keys AS text[])) AS n(key) WHERE NOT EXISTS (
      SELECT FROM gateway_events WHERE gateway_account = :account AND dedupe_key = n.key)"""
    return set(session.scalars(text(statement), {"account": account, "keys": list(keys)}))


def confirmed(session: Session, account: str, since: datetime) -> set[Name]:
    """What the gateway showed us when it was asked for it alone since then."""
    statement = f"""SELECT DISTINCT params ->> 'object_id' AS id, split_part(subject, '/', 2) AS thing
      FROM gateway_calls WHERE operation = 'fetch' AND gateway_account = :account AND outcome = 'answered'
        AND created_at >= :since AND starts_with(subject, '{ANEW}')"""
    rows = session.execute(text(statement), {"account": account, "since": since})
    return {Name(Thing(row.thing), row.id) for row in rows if row.thing in set(Thing)}


def fetch_subject(account: str, thing: str, object_id: str) -> str:
    """How a call says that it asks for this thing anew."""
    return f"{ANEW}{account}/{thing}/{object_id}"


def break_subject(account: str, name: Name) -> str:
    """How a break names a thing that differs."""
    return f"difference:{account}/{name.thing}/{name.id}"


def put_differences(session: Session, account: str, differing: Sequence[Differing]) -> None:
    """Put what did not heal before a person; a break that is open says what is so now."""
    told = {break_subject(account, each.name): each.detail for each in differing}
    put_breaks(session, BreakKind.GATEWAY_DIFFERS, told)


def put_breaks(session: Session, kind: BreakKind, details: Mapping[str, str]) -> None:
    """One open break per subject, with what is so now."""
    if not details:
        return
    ids: list[UUID] = [new_id() for _ in details]
    told = {
        "ids": ids,
        "kinds": [kind.value] * len(ids),
        "subjects": sorted(details),
        "details": [details[subject] for subject in sorted(details)],
    }
    session.execute(text(_PUT_BREAKS), told)


def heal_breaks(session: Session, kind: BreakKind, subjects: Sequence[str], resolution: str) -> int:
    """Close those of these breaks that are open: what they said is no longer so. Returns how many."""
    statement = """UPDATE breaks SET resolved_at = now(), resolution = :resolution
      WHERE kind = :kind AND resolved_at IS NULL AND subject = ANY(:subjects) RETURNING id"""
    parameters = {"kind": kind.value, "resolution": resolution, "subjects": sorted(subjects)}
    return len(session.execute(text(statement), parameters).all())


def _read(
    session: Session, thing: Thing, statement: str, parameters: Mapping[str, object]
) -> dict[Name, Standing]:
    rows = session.execute(text(statement), parameters)
    return {
        Name(thing, row.id): Standing(row.status, row.amount_minor, row.currency, row.about) for row in rows
    }
