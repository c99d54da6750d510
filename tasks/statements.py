"""Match a bank statement to open invoices: what is certain is entered, the rest is told with why not."""

from collections.abc import Sequence
from typing import NamedTuple

from bursar.errors import Refused
from bursar.gateways.manual.slips import Method, Slip
from bursar.gateways.manual.statement import StatementRow
from bursar.rules.matching import Came, Match, Verdict, match
from bursar.settings import load
from models.queries import payable, slips
from models.session import transaction
from tasks.offline import SOURCE, record_slip

UNREADABLE = "unreadable"
REFUSED = "refused"
RECORDED = "recorded"


class Outcome(NamedTuple):
    """What became of one row."""

    row: StatementRow
    result: str
    """`recorded`, `certain` (of a dry run), `unreadable`, `refused`, or another verdict."""
    why: str
    invoice: str | None = None
    customer: str | None = None
    payment: str | None = None


def match_statement(rows: Sequence[StatementRow], *, by: str, reason: str, dry_run: bool) -> list[Outcome]:
    """One outcome for each row, in their order. The same statement again changes nothing.

    Each certain row is entered by itself: what one is refused for holds up no other.
    """
    readable = [row for row in rows if row.unreadable is None]
    account = f"{SOURCE}:{load().mode}"
    keys = {row.line: _slip(row, "", None).payment for row in readable}
    with transaction() as session:
        owed = payable.open_invoices(session)
        entered = slips.entered(session, account, list(keys.values()))
    came = [Came(keys[row.line], row.amount_minor, row.currency, row.text) for row in readable]
    found = dict(zip(keys, match(came, owed, entered), strict=True))
    return [
        Outcome(row, UNREADABLE, row.unreadable)
        if row.unreadable is not None
        else _settled(row, found[row.line], by, reason, dry_run)
        for row in rows
    ]


def _settled(row: StatementRow, found: Match, by: str, reason: str, dry_run: bool) -> Outcome:
    owed = found.owed
    if owed is None:
        return Outcome(row, found.verdict, found.why)
    if found.verdict is not Verdict.CERTAIN or dry_run:
        return Outcome(row, found.verdict, found.why, owed.number, owed.customer)
    try:
        entered = record_slip(_slip(row, owed.customer, str(owed.id)), by=by, reason=reason)
    except Refused as refused:
        return Outcome(row, REFUSED, str(refused), owed.number, owed.customer)
    result = Verdict.ENTERED if entered.duplicate else RECORDED
    return Outcome(row, result, "", owed.number, owed.customer, entered.payment)


def _slip(row: StatementRow, customer: str, invoice: str | None) -> Slip:
    assert row.day is not None  # it was readable
    return Slip(row.text, row.amount_minor, row.currency, row.day, Method.BANK_TRANSFER, customer, invoice)
