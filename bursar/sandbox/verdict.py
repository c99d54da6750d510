"""The verdict: what really happened at the gateways against what Bursar says, and every invariant."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from bursar.sandbox.story import Book
from models import session
from models.queries import invariants

DUE = """
SELECT count(*) FROM (
  SELECT state, not_before, waiting_for IS NULL AS awaited FROM gateway_events
  UNION ALL SELECT state, not_before, true FROM enrollments
  UNION ALL SELECT state, not_before, true FROM documents
  UNION ALL SELECT state, not_before, true FROM emails
  UNION ALL SELECT state, not_before, operation <> 'create_customer' FROM gateway_calls) w
WHERE state = 'running' OR (state = 'pending' AND awaited)
"""
"""Work that is not finished. A refund that waits for its payment is not work yet, and a payer's record at a
gateway is made half a minute after his page, when nobody waits for anything."""

_STORED_AGAIN = """
SELECT min(gateway_event_id), count(*) FROM gateway_events
GROUP BY gateway_account, dedupe_key HAVING count(*) > 1
"""
_CAPTURED = """
SELECT p.gateway_payment_id, sum(l.amount_minor)::bigint, l.currency FROM ledger_lines l
JOIN ledger_entries e ON e.id = l.entry_id JOIN payments p ON p.id = l.payment_id
WHERE l.account LIKE 'gateway:%' AND e.kind = 'captured' GROUP BY 1, 3
"""
_REFUNDED = """
SELECT p.gateway_payment_id, -sum(l.amount_minor)::bigint FROM ledger_lines l
JOIN ledger_entries e ON e.id = l.entry_id JOIN payments p ON p.id = l.payment_id
WHERE l.account LIKE 'gateway:%' AND e.kind = 'refunded' GROUP BY 1
"""
_LOST_IN_DISPUTES = """
SELECT p.gateway_payment_id, -sum(l.amount_minor)::bigint FROM ledger_lines l
JOIN ledger_entries e ON e.id = l.entry_id JOIN disputes d ON d.id = e.cause_id
JOIN payments p ON p.id = d.payment_id
WHERE l.account LIKE 'contested%' AND e.kind = 'dispute_lost' GROUP BY 1
"""
_RECEIPTS = """
SELECT p.gateway_payment_id, count(DISTINCT r.id), count(DISTINCT m.id) FROM payments p
LEFT JOIN receipts r ON r.payment_id = p.id
LEFT JOIN emails m ON m.subject_id = p.id AND m.kind = 'payment.received'
  AND ((m.state = 'done' AND m.copies <= :copies_max) OR (m.send_state = 'unknown' AND :copies_max > 1))
GROUP BY 1
"""
_ENROLLED = """
SELECT c.external_ref, t.slug, e.observed,
  (SELECT count(*) FROM unlocks u WHERE u.enrollment_id = e.id),
  (SELECT count(*) FROM step_progress s WHERE s.enrollment_id = e.id)
FROM enrollments e JOIN customers c ON c.id = e.customer_id JOIN tracks t ON t.id = e.track_id
"""


@dataclass(slots=True)
class Verdict:
    """What was lost, what was doubled, in words an operator can follow."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    checked: int = 0
    broken: list[invariants.Finding] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether the claim holds."""
        return not self.lost and not self.doubled and not self.broken


def judge(book: Book, accepted: int, *, copies_max: int = 1) -> Verdict:
    """Compare what really happened with what the books say.

    `copies_max` is 2 where workers were killed while a mail was under way: then nobody knows, it goes out
    once more with the same Message-ID, and if that is lost too a person is asked.
    """
    verdict = judge_money(book)
    _compare_inbox(accepted, verdict)
    _compare_papers(book, verdict, copies_max)
    _compare_rights(book, verdict)
    return verdict


def judge_money(book: Book) -> Verdict:
    """The same of money alone: what was captured, given back and lost (I11), and every invariant."""
    verdict = Verdict()
    _compare_money(book, verdict)
    with session.transaction() as current:
        findings = invariants.check(current)
    verdict.checked = len(findings)
    verdict.broken = [finding for finding in findings if finding.rows]
    return verdict


def _compare_inbox(accepted: int, verdict: Verdict) -> None:
    stored = _rows("SELECT count(DISTINCT (gateway_account, dedupe_key)) FROM gateway_events")[0][0]
    if stored < accepted:
        verdict.lost.append(f"{accepted - stored} accepted events are not in the inbox")
    for event_id, copies in _rows(_STORED_AGAIN):
        verdict.doubled.append(f"event {event_id} is in the inbox {copies} times")
    innocent = (
        "SELECT gateway_event_id FROM gateway_events WHERE state = 'dead' AND error_class = 'WorkerKilled'"
    )
    verdict.lost += [f"event {event_id} died with its workers" for (event_id,) in _rows(innocent)]


def _compare_money(book: Book, verdict: Verdict) -> None:
    captured = {row[0]: (row[1], row[2]) for row in _rows(_CAPTURED)}
    for payment, (amount_minor, currency) in book.captured.items():
        booked, booked_currency = captured.pop(payment, (0, currency))
        _weigh(verdict, f"payment {payment}", amount_minor, booked if booked_currency == currency else 0)
    verdict.doubled += [f"payment {payment} was never made" for payment in captured]
    _compare_sums("refund", book.refunded, dict(_rows(_REFUNDED)), verdict)
    _compare_sums("lost dispute", book.lost_in_disputes, dict(_rows(_LOST_IN_DISPUTES)), verdict)


def _compare_sums(what: str, wanted: dict[str, int], booked: dict[str, int], verdict: Verdict) -> None:
    for payment, amount_minor in wanted.items():
        _weigh(verdict, f"{what} of {payment}", amount_minor, booked.pop(payment, 0))
    verdict.doubled += [f"{what} of {payment} was never made" for payment in booked]


def _compare_papers(book: Book, verdict: Verdict, copies_max: int) -> None:
    for payment, receipts, mails in _rows(_RECEIPTS, copies_max=copies_max):
        wanted = 1 if payment in book.identified else 0
        _weigh(verdict, f"receipt of {payment}", wanted, receipts)
        _weigh(verdict, f"mail about {payment}", wanted, mails)


def _compare_rights(book: Book, verdict: Verdict) -> None:
    for student, track, observed, unlocks, steps in _rows(_ENROLLED):
        name = f"{student} in {track}"
        wanted = {(student, track) in book.opened: "active", (student, track) in book.withdrawn: "withdrawn"}
        if observed != wanted.get(True, "pending"):
            verdict.lost.append(f"{name} is {observed}")
        if observed == "active" and (unlocks != 1 or steps == 0):
            verdict.lost.append(f"{name}: {unlocks} projects open, {steps} steps")


def _weigh(verdict: Verdict, what: str, wanted: int, found: int) -> None:
    if found < wanted:
        verdict.lost.append(f"{what}: {found} of {wanted}")
    elif found > wanted:
        verdict.doubled.append(f"{what}: {found} instead of {wanted}")


def _rows(sql: str, **parameters: int) -> list[Any]:
    with session.transaction() as current:
        return list(current.execute(text(sql), parameters).all())
