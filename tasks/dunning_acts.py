"""What a step of dunning does, in the transaction that says it was taken: a mail, a charge, a fee, a mark."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from bursar.emails.kinds import EmailValues
from bursar.emails.values.dunning import DunningNotice
from bursar.emails.values.money import ChargeAnnounced
from bursar.errors import invariant
from bursar.rules.consequences import MailKind, Precondition
from bursar.rules.dunning.deciding import Take
from bursar.rules.dunning.hours import day_of
from bursar.rules.dunning.policy import Action, Policy, Step, Template
from bursar.rules.dunning.suspending import follow_suspension
from bursar.rules.invoicing import Fee
from bursar.rules.relief import write_off
from models import books
from models.books import Written
from models.drafting import draft_invoice
from models.issuing import issue_invoice
from models.queries import dunning
from models.queries.dunning_steps import Did
from models.session import raw
from tasks.charges import ChargeWish, record_charge
from tasks.dunning_truth import LATE_FEE, Seen
from tasks.dunning_words import card_words, pay_url
from tasks.issuers import reserve_papers, this_issuer
from tasks.mailing import NewMail, enqueue_mails
from tasks.wakes import Wakes

REQUESTED_BY = "dunning"
MAILS = {
    Template.REMINDER: MailKind.DUNNING_REMINDER,
    Template.DUE: MailKind.DUNNING_DUE,
    Template.OVERDUE: MailKind.DUNNING_OVERDUE,
    Template.FINAL_NOTICE: MailKind.DUNNING_FINAL_NOTICE,
    Template.SUSPENDED: MailKind.DUNNING_SUSPENDED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """A step on its way: everything an act needs to know."""

    session: Session
    step_id: UUID
    row: Row[Any]
    """Of `models.queries.dunning.cases`."""
    seen: Seen
    policy: Policy
    take: Take
    closed: frozenset[str]
    now: datetime

    @property
    def step(self) -> Step | None:
        """Of the policy; None for a charge that a new card caused."""
        return None if self.take.step is None else self.policy.steps[self.take.step]

    @property
    def today(self) -> date:
        """The customer's."""
        return day_of(self.now, self.seen.case.zone)


class Act(NamedTuple):
    """What came of it."""

    wakes: Wakes
    checkout_id: UUID | None = None
    charge_id: UUID | None = None
    """The call that makes the charge."""
    email_id: UUID | None = None
    invoice_id: UUID | None = None


def act(acting: Acting) -> Act:
    """Do what was decided. Raises what charging and issuing raise; nothing was done then."""
    return ACTS[acting.take.action](acting)


def did(acting: Acting, done: Act) -> Did:
    """As the row of the step keeps it."""
    return Did(
        policy_step=acting.take.step,
        action=acting.take.action.value,
        day=None if acting.take.step is None else acting.today,
        why=acting.take.why,
        balance_minor=acting.row.open_minor,
        checkout_id=done.checkout_id,
        email_id=done.email_id,
        invoice_id=done.invoice_id,
    )


def _remind(acting: Acting) -> Act:
    step = acting.step
    invariant(step is not None and step.template is not None, "a step that tells somebody has a mail")
    assert step
    assert step.template
    return _mail(acting, MAILS[step.template], _notice(acting))


def _announce(acting: Acting) -> Act:
    card, row = acting.seen.card, acting.row
    invariant(card is not None, "a charge is announced of a card that there is")
    assert card
    values = ChargeAnnounced(
        customer_name=row.name,
        amount_minor=row.open_minor,
        currency=row.currency,
        locale=row.locale,
        invoice_number=row.number,
        method=card_words(card),
        charge_on=day_of(acting.now + acting.policy.law.india_notice, acting.seen.case.zone),
        pay_url=pay_url(row.number),
    )
    return _mail(acting, MailKind.CHARGE_ANNOUNCED, values)


def _charge(acting: Acting) -> Act:
    card = acting.seen.card
    invariant(card is not None, "a charge is made of a card that there is")
    assert card
    wish = ChargeWish(
        invoice=str(acting.row.invoice_id),
        amount_minor=acting.row.open_minor,
        gateway=card.gateway_account.partition(":")[0],
        payment_method=card.method,
        requested_by=REQUESTED_BY,
    )
    checkout_id, call_id = record_charge(acting.session, wish, acting.closed)
    return Act(Wakes(), checkout_id=checkout_id, charge_id=call_id)


def _suspend(acting: Acting) -> Act:
    row, connection = acting.row, raw(acting.session)
    dunning.mark_suspended(acting.session, row.invoice_id)
    loaded = books.load_groups(connection, [(row.customer_id, row.currency)])
    written = books.write(connection, follow_suspension(loaded, row.invoice_id), weak_wait_s=0)
    told = _remind(acting)
    return told._replace(wakes=_wakes(written, told))


def _late_fee(acting: Acting) -> Act:
    """An invoice of its own: what was issued never changes."""
    row, session = acting.row, acting.session
    fee_minor = acting.policy.late_fees.get(row.currency)
    if fee_minor is None:
        return Act(Wakes())
    issuer = this_issuer()
    fee = draft_invoice(
        session,
        customer_id=row.customer_id,
        currency=row.currency,
        fees=[Fee(component=LATE_FEE, unit_minor=fee_minor)],
        due_on=acting.today,
        source=(LATE_FEE, str(acting.step_id)),
        seller=issuer.seller,
    )
    opened = issue_invoice(session, fee.id, issuer)
    papers = reserve_papers(session, opened.issued)
    return Act(Wakes(documents=papers, enrollments=opened.enrollments), invoice_id=fee.id)


def _write_off(acting: Acting) -> Act:
    row, connection = acting.row, raw(acting.session)
    loaded = books.load_groups(connection, [(row.customer_id, row.currency)])
    amounts = {
        line.id: line.open_minor for line in loaded.invoices[row.invoice_id].lines if line.open_minor > 0
    }
    changes = write_off(loaded, row.invoice_id, amounts, acting.step_id)
    return Act(_wakes(books.write(connection, changes, weak_wait_s=0)))


ACTS: dict[Action, Callable[[Acting], Act]] = {
    Action.REMIND: _remind,
    Action.FINAL_NOTICE: _remind,
    Action.DEBIT_NOTICE: _announce,
    Action.RETRY_CHARGE: _charge,
    Action.SUSPEND: _suspend,
    Action.LATE_FEE: _late_fee,
    Action.WRITE_OFF: _write_off,
}


def _mail(acting: Acting, kind: MailKind, values: EmailValues) -> Act:
    """Reserve it; whether it is still true is asked again in the commit before it may be out."""
    mail = NewMail(
        kind=kind,
        customer_id=acting.row.customer_id,
        subject_id=acting.step_id,
        values=values,
        invoice_id=acting.row.invoice_id,
        precondition=Precondition.DUNNING_TRUE,
        owed_minor=acting.row.open_minor,
    )
    due = enqueue_mails(acting.session, [mail])
    return Act(Wakes(emails=due), email_id=due[0] if due else None)


def _notice(acting: Acting) -> DunningNotice:
    row = acting.row
    return DunningNotice(
        customer_name=row.name,
        invoice_number=row.number,
        balance_minor=row.open_minor,
        currency=row.currency,
        locale=row.locale,
        due_on=row.due_on,
        suspends=row.track if _suspends_on(acting) else None,
        suspends_on=_suspends_on(acting),
        pay_url=pay_url(row.number),
    )


def _suspends_on(acting: Acting) -> date | None:
    """The day of the policy's suspension, where there is something to suspend."""
    if acting.row.track_id is None:
        return None
    days = [step.day for step in acting.policy.steps if step.action is Action.SUSPEND]
    if not days:
        return None
    return max(acting.seen.case.anchor_on + timedelta(days=days[0]), acting.today)


def _wakes(written: Written, told: Act | None = None) -> Wakes:
    return Wakes(
        documents=written.documents,
        enrollments=written.enrollments,
        emails=[*written.emails, *(told.wakes.emails if told else ())],
    )
