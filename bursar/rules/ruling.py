"""An operator rules which invoice a payment is for: the strongest evidence, and between rulings the latest;
or that nobody waits any longer for what is not paid of one: of several such rulings the largest counts.

Both are joined like all evidence, so the order in which rulings and events are applied does not matter.
"""

from datetime import UTC, datetime, timedelta

from bursar.rules.attribution import payment_subject
from bursar.rules.books import Payment
from bursar.rules.breaks import BreakKind
from bursar.rules.desk import Desk
from bursar.rules.evidence import Attribution, Evidence, better
from bursar.rules.facts import AttributionFact, WriteOffFact
from bursar.rules.joining import Joined, heal

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = 10**17
"""Microseconds since 1970, in the year 5138: later than any ruling."""


def join_ruling(desk: Desk, joined: Joined, account: str, fact: AttributionFact) -> None:
    """Join one ruling into its payment; money already placed is remembered, to be placed anew."""
    payment = desk.payment(desk.aliases[account, fact.payment])
    ruled = _attribution(desk, fact)
    if ruled is None:
        detail = f"ruled to be for invoice {fact.invoice}, which does not exist"
        desk.open_break(BreakKind.UNKNOWN_INVOICE, payment_subject(payment.id), detail)
        return
    if better(payment.attribution, ruled) is not ruled:
        desk.audit("payment.stale_ruling", "payment", payment.id)
        return
    if (payment.attribution[2:], payment.components) != (ruled[2:], fact.components):
        heal(desk, payment.id, ruled)
        _remember(desk, joined, payment)
    desk.keep_payment(payment._replace(attribution=ruled, components=fact.components))


def give_up(desk: Desk, fact: WriteOffFact) -> None:
    """Remember how much of each line may be a loss; one that is not open any more has none."""
    invoice_id = desk.books.directory.invoices.get(fact.invoice)
    if invoice_id is None or invoice_id not in desk.books.invoices:
        return
    most = dict(fact.lines)
    for line in desk.invoice(invoice_id).lines:
        given_up_minor = min(most.get(line.position, 0), line.gross_minor)
        if given_up_minor > line.given_up_minor:
            desk.keep_line(line._replace(given_up_minor=given_up_minor))
            desk.audit("invoice.given_up", "invoice", invoice_id, line=line.position, minor=given_up_minor)


def claim_of(ruled_at: datetime, ruling: str) -> str:
    """A text that is smaller the later it was ruled: `better` keeps the smaller one of equal ranks."""
    passed = (ruled_at - _EPOCH) // timedelta(microseconds=1)
    return f"{_LAST - passed:018d}/{ruling}"


def _attribution(desk: Desk, fact: AttributionFact) -> Attribution | None:
    directory = desk.books.directory
    invoice_id = directory.invoices.get(fact.invoice)
    if invoice_id is None:
        return None
    claim = claim_of(fact.occurred_at, fact.ruling)
    return Attribution(Evidence.OPERATOR, claim, directory.owners[invoice_id], invoice_id)


def _remember(desk: Desk, joined: Joined, payment: Payment) -> None:
    if payment.applied_seq:
        joined.reattributed.setdefault(payment.id, desk.books.payments[payment.id])
        desk.audit("payment.reattributed", "payment", payment.id, evidence=int(Evidence.OPERATOR))
