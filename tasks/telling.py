"""Tell customers what gateways said of their subscriptions and cards: each word once."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from bursar.clock import utc_now
from bursar.emails.values.rights import CardExpiring, PlanChanged, SubscriptionCanceled
from bursar.rules.consequences import MailKind
from models.queries import registers
from models.session import transaction
from tasks.mailing import NewMail, enqueue_mails
from tasks.wakes import Wakes


def tell_of_registers() -> None:
    """Reserve what is to be told. Safe to repeat: the key of each mail names what it tells of."""
    with transaction() as session:
        new = [
            *map(_canceled, registers.canceled(session)),
            *map(_changed, registers.changed(session)),
            *map(_expiring, registers.expiring(session, utc_now().date())),
        ]
        due = enqueue_mails(session, new)
    Wakes(emails=due).publish()


def _canceled(row: Row[Any]) -> NewMail:
    values = SubscriptionCanceled(
        customer_name=row.name, locale=row.locale, plan=row.title, ends_on=_day(row.ends_at)
    )
    return NewMail(
        kind=MailKind.SUBSCRIPTION_CANCELED, customer_id=row.customer_id, subject_id=row.id, values=values
    )


def _changed(row: Row[Any]) -> NewMail:
    values = PlanChanged(
        customer_name=row.name,
        locale=row.locale,
        plan_before=row.title_before,
        plan=row.title,
        renews_on=_day(row.renews_at),
    )
    return NewMail(
        kind=MailKind.PLAN_CHANGED,
        customer_id=row.customer_id,
        subject_id=row.id,
        values=values,
        dedupe_key=f"{MailKind.PLAN_CHANGED}/{row.id}/{row.told + 1}",
    )


def _expiring(row: Row[Any]) -> NewMail:
    brand = (row.brand or "card").capitalize()
    values = CardExpiring(
        customer_name=row.name,
        locale=row.locale,
        card=f"{brand} ending in {row.last4}" if row.last4 else brand,
        expires=(row.year, row.month),
    )
    return NewMail(
        kind=MailKind.CARD_EXPIRING,
        customer_id=row.customer_id,
        subject_id=row.id,
        values=values,
        dedupe_key=f"{MailKind.CARD_EXPIRING}/{row.id}/{row.year}-{row.month}",
    )


def _day(moment: datetime | None) -> Any:
    return moment.date() if moment else None
