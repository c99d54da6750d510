"""Tell customers that a charge of theirs was declined, why, and what they can do. Once for each charge."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from bursar.emails.values.money import PaymentRetryFailed
from bursar.rules.consequences import MailKind, Precondition
from bursar.rules.declines import WORDS, decline_reason
from bursar.rules.dunning.declining import Retry, network_of, retry_class
from bursar.rules.dunning.policy import Action, Policy
from bursar.rules.routing import gateway_of
from models.queries import dunning, dunning_mails
from models.session import transaction
from tasks.dunning_policies import policy_of
from tasks.dunning_words import card_words, pay_url
from tasks.mailing import NewMail, enqueue_mails
from tasks.wakes import Wakes
from workers.crashpoints import crash_point

DECLINES_MAX = 200
"""Told of in one run; the next goes on."""


def tell_declines() -> None:
    """Reserve a mail for every charge of dunning that was declined; it goes out while the case is true."""
    with transaction() as session:
        due = [
            mail_id
            for row in dunning_mails.untold_declines(session, DECLINES_MAX)
            for mail_id in _tell(session, row)
        ]
    crash_point("dunning.told")
    Wakes(emails=due).publish()


def _tell(session: Session, declined: Row[Any]) -> list[Any]:
    [row] = dunning.cases(session, [declined.case_id])
    words = WORDS[decline_reason(gateway_of(declined.gateway_account), declined.decline_code)]
    values = PaymentRetryFailed(
        customer_name=row.name,
        amount_minor=declined.amount_minor,
        currency=row.currency,
        locale=row.locale,
        invoice_number=row.number,
        method=card_words(declined),
        reason=words.reason,
        advice=words.advice,
        next_attempt_on=_next_attempt(policy_of(session, row.policy_sha256), row, declined),
        pay_url=pay_url(row.number),
    )
    mail = NewMail(
        kind=MailKind.PAYMENT_RETRY_FAILED,
        customer_id=row.customer_id,
        subject_id=declined.step_id,
        values=values,
        invoice_id=row.invoice_id,
        precondition=Precondition.DUNNING_TRUE,
        owed_minor=row.open_minor,
    )
    due = enqueue_mails(session, [mail])
    for mail_id in due:
        dunning_mails.note_mail(session, declined.step_id, mail_id)
    return due


def _next_attempt(policy: Policy, row: Row[Any], declined: Row[Any]) -> date | None:
    """The day of the next charge of the policy; None where this card is not charged again."""
    network = network_of(declined.brand)
    said = retry_class(network, declined.decline_code, declined.advice_code, declined.network_code)
    first = -1 if declined.policy_step is None else declined.policy_step
    days = [step.day for step in policy.steps[first + 1 :] if step.action is Action.RETRY_CHARGE]
    return row.anchor_on + timedelta(days=days[0]) if days and said is Retry.LATER else None
