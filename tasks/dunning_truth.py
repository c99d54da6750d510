"""What is known about the money of a case just now; who may still have something to tell is asked first."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.orm import Session

from bursar.rules.dunning.deciding import Case, Hold, HoldKind, Taken, Truth
from bursar.rules.dunning.declining import network_of
from bursar.rules.dunning.policy import Action, Policy
from bursar.rules.dunning.retrying import Attempt, Card, Noticed, Verdict, best, may_charge
from bursar.rules.reconciling import RunKind, Span
from bursar.rules.routing import NoGateway
from bursar.rules.states import CheckoutStatus, InvoiceStatus
from bursar.settings import load
from models.queries import dunning_truth, runs
from models.session import transaction
from tasks.certainty import why_unclear
from tasks.gateways import configured_accounts
from tasks.reconciliation import begin_runs, work_off
from tasks.routing import accounts_for, breaker

OVERLAP = timedelta(hours=1)
"""How far listening reaches back into the last complete backfill: gateways show some things late."""
LATE_FEE = "late_fee"
"""The source type, and the component, of invoices for being late."""


class Seen(NamedTuple):
    """A case as values, what is known of its money, and the card that may be charged."""

    case: Case
    truth: Truth
    card: Row[Any] | None


def listen(now: datetime) -> None:
    """Hear what gateways' own books show up to now, where the last time was more than a minute ago."""
    with transaction() as session:
        silent = dunning_truth.unheard(session, configured_accounts(load()), now)
    for account in silent:
        gateway = account.partition(":")[0]
        with transaction() as session:
            last = runs.Past(session, account, RunKind.BACKFILL).last_until
        window = Span(min(last, now) - OVERLAP, now) if last else None
        work_off(begin_runs(RunKind.BACKFILL, gateway, window, "dunning", wished=True))


def away() -> frozenset[str]:
    """Accounts whose gateway does not answer. Asks Redis, which no transaction may wait for."""
    return breaker().open_among(configured_accounts(load()))


def glance(row: Row[Any], charge: Verdict) -> Seen:
    """What the row alone says: enough to plan by, not to act on."""
    truth = Truth(
        balance_minor=row.open_minor,
        given_up=row.given_up_minor > 0,
        closed=row.invoice_status != InvoiceStatus.OPEN,
        held=row.held,
        disputed=row.disputed,
        charging=row.charging,
        charge=charge,
        new_card=row.new_card,
    )
    return Seen(_case(row), truth, None)


def look(session: Session, row: Row[Any], policy: Policy, now: datetime, closed: frozenset[str]) -> Seen:
    """Everything that is known, inside the transaction that acts on it."""
    saved = _usable(dunning_truth.cards(session, row.customer_id), row, closed)
    charges = dunning_truth.charges_of(session, saved)
    tried = {each.method for each in charges}
    new = {each.method for each in saved if each.method not in tried and _is_newer(each, row)}
    saved.sort(key=lambda each: each.method not in new)
    verdicts = [_verdict(policy, row, each, charges, now) for each in saved]
    charge = best(verdicts)
    card = saved[verdicts.index(charge)] if charge in verdicts else None
    seen = glance(row, charge)
    truth = replace(
        seen.truth,
        unclear=why_unclear(session, row.customer_id, now, closed),
        new_card=card is not None and card.method in new,
    )
    return Seen(seen.case, truth, card)


def _case(row: Row[Any]) -> Case:
    hold = Hold(kind=HoldKind(row.hold), until=row.hold_until) if row.hold else None
    return Case(
        anchor_on=row.anchor_on,
        zone=ZoneInfo(row.zone),
        taken=tuple(
            Taken(step=step, action=Action(action), day=day and datetime.fromisoformat(day).date())
            for step, action, day, *_ in row.taken
        ),
        hold=hold,
        spares_fee=row.source_type == LATE_FEE,
    )


def _usable(saved: Sequence[Row[Any]], row: Row[Any], closed: Collection[str]) -> list[Row[Any]]:
    """Of the customer's cards those at a gateway that takes the currency, the best gateway first."""
    try:
        accounts = list(accounts_for(row.currency, row.country, closed))
    except NoGateway:
        return []
    return sorted(
        (each for each in saved if each.gateway_account in accounts),
        key=lambda each: accounts.index(each.gateway_account),
    )


def _is_newer(saved: Row[Any], row: Row[Any]) -> bool:
    """Whether it was saved after a charge of this invoice was declined."""
    return row.declined_at is not None and saved.saved_at > row.declined_at


def _card(saved: Row[Any]) -> Card:
    name = saved.fingerprint or saved.method
    return Card(key=f"{saved.gateway_account}/{name}", network=network_of(saved.brand))


def _verdict(
    policy: Policy, row: Row[Any], saved: Row[Any], charges: Sequence[Row[Any]], now: datetime
) -> Verdict:
    attempts = [
        Attempt(
            at=each.at,
            card=each.card,
            amount_minor=each.amount_minor,
            currency=each.currency,
            declined=each.status == CheckoutStatus.FAILED,
            decline_code=each.decline_code,
            advice_code=each.advice_code,
            network_code=each.network_code,
        )
        for each in charges
    ]
    notices = [
        Noticed(at=datetime.fromisoformat(at), amount_minor=minor)
        for _, action, _, at, minor in row.taken
        if action == Action.DEBIT_NOTICE
    ]
    return may_charge(
        policy.law,
        _card(saved),
        amount_minor=row.open_minor,
        currency=row.currency,
        attempts=attempts,
        notices=notices,
        now=now,
    )
