"""Lines of settlements: kept as gateways tell them, read beside what the books know."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from bursar.ids import new_id
from bursar.rules.breaks import BreakKind
from bursar.rules.settling import Line, Tied, tie

_KEEP = """
INSERT INTO settlement_lines (id, gateway_account, settlement, line, kind, about, gross_minor, fee_minor, net_minor,
  currency, occurred_at)
VALUES (:id, :account, :settlement, :line, :kind, :about, :gross_minor, :fee_minor, :net_minor, :currency, :occurred_at)
ON CONFLICT (gateway_account, line) DO UPDATE SET settlement = excluded.settlement, kind = excluded.kind,
  about = excluded.about, gross_minor = excluded.gross_minor, fee_minor = excluded.fee_minor,
  net_minor = excluded.net_minor, currency = excluded.currency, occurred_at = excluded.occurred_at
WHERE (settlement_lines.settlement, settlement_lines.kind, settlement_lines.about, settlement_lines.gross_minor,
       settlement_lines.fee_minor, settlement_lines.currency)
  IS DISTINCT FROM (excluded.settlement, excluded.kind, excluded.about, excluded.gross_minor, excluded.fee_minor,
       excluded.currency)
RETURNING id"""
_BESIDE = """
SELECT l.settlement, l.line, l.kind, l.about, l.gross_minor, l.fee_minor, l.net_minor, l.currency,
  EXISTS (SELECT FROM payments WHERE gateway_account = l.account AND gateway_payment_id = l.about)
    OR EXISTS (SELECT FROM gateway_aliases WHERE gateway_account = l.account AND external_id = l.about)
    OR EXISTS (SELECT FROM refunds WHERE gateway_account = l.account AND gateway_refund_id = l.about)
    OR EXISTS (SELECT FROM disputes WHERE gateway_account = l.account AND gateway_dispute_id = l.about) AS known,
  l.fee_minor = 0 OR EXISTS (SELECT FROM movements WHERE gateway_account = l.account AND kind = 'fee'
    AND external_id IN (l.line, l.about)) AS fee_known
FROM """
_STORED = """(SELECT gateway_account AS account, * FROM settlement_lines
  WHERE gateway_account = :account AND settlement = ANY(:settlements)) AS l"""
_GIVEN = """(SELECT CAST(:account AS text) AS account, * FROM unnest(CAST(:settlement AS text[]), CAST(:line AS text[]),
  CAST(:kind AS text[]), CAST(:about AS text[]), CAST(:gross_minor AS bigint[]), CAST(:fee_minor AS bigint[]),
  CAST(:net_minor AS bigint[]), CAST(:currency AS text[]))
  AS t(settlement, line, kind, about, gross_minor, fee_minor, net_minor, currency)) AS l"""
_FIELDS = ("settlement", "line", "kind", "about", "gross_minor", "fee_minor", "net_minor", "currency")
_PAID = """SELECT external_id, currency, amount_minor FROM movements WHERE gateway_account = :account
  AND kind = 'settlement' AND status = 'paid' AND external_id = ANY(:settlements)"""


def keep_lines(session: Session, account: str, lines: Iterable[Mapping[str, Any]]) -> int:
    """Keep what a gateway told of its settlements, the latest word per line; returns how many were news.

    A line has settlement, line, kind, about, gross_minor, fee_minor, net_minor, currency, occurred_at.
    """
    news = 0
    for line in sorted(lines, key=lambda each: str(each["line"])):
        kept = session.scalar(text(_KEEP), {**line, "id": new_id(), "account": account})
        news += kept is not None
    return news


def tied_settlements(session: Session, account: str, settlements: Sequence[str]) -> list[Tied]:
    """These settlements as their kept lines and the books have them, one per currency."""
    rows = session.execute(
        text(_BESIDE + _STORED), {"account": account, "settlements": list(settlements)}
    ).all()
    return _tie(session, account, rows)


def tied_lines(session: Session, account: str, lines: Sequence[Mapping[str, Any]]) -> list[Tied]:
    """The same for lines that are not kept."""
    columns = {name: [line[name] for line in lines] for name in _FIELDS}
    rows = session.execute(text(_BESIDE + _GIVEN), {"account": account, **columns}).all()
    return _tie(session, account, rows)


def unexplained(session: Session, account: str) -> list[Tied]:
    """Settlements with an open break, as they are now."""
    statement = """SELECT DISTINCT split_part(subject, '/', 2) FROM breaks WHERE kind = :kind
      AND resolved_at IS NULL AND starts_with(subject, 'lines:' || CAST(:account AS text) || '/')"""
    named = {"kind": BreakKind.SETTLEMENT_DIFFERS.value, "account": account}
    return tied_settlements(session, account, list(session.scalars(text(statement), named)))


def abouts(session: Session, account: str, lines: Sequence[str]) -> list[tuple[str, str]]:
    """What these lines are about, as (kind, gateway id), where they say it."""
    statement = """SELECT DISTINCT kind, about FROM settlement_lines
      WHERE gateway_account = :account AND line = ANY(:lines) AND about IS NOT NULL ORDER BY 1, 2"""
    rows = session.execute(text(statement), {"account": account, "lines": list(lines)})
    return [(row.kind, row.about) for row in rows]


def break_subject(account: str, tied: Tied) -> str:
    """How a break names a settlement that its lines do not explain."""
    return f"lines:{account}/{tied.settlement}/{tied.currency}"


def _tie(session: Session, account: str, rows: Sequence[Any]) -> list[Tied]:
    grouped: dict[tuple[str, str], list[Line]] = {}
    for row in rows:
        line = Line(**{name: getattr(row, name) for name in Line._fields})
        grouped.setdefault((row.settlement, row.currency), []).append(line)
    paid = session.execute(text(_PAID), {"account": account, "settlements": [name for name, _ in grouped]})
    amounts = {(row.external_id, row.currency): row.amount_minor for row in paid}
    return [tie(*name, amounts.get(name), lines) for name, lines in sorted(grouped.items())]
