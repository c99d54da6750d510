"""A page on which an invoice can be paid: open, given to the next gateway, failed, or closed again."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from bursar.gateways.api.failures import Failure
from bursar.gateways.api.requests import ExpireCheckout
from bursar.gateways.api.results import CheckoutExpired, CheckoutOpened
from bursar.rules.calling import CallOutcome
from bursar.rules.routing import gateway_of
from bursar.rules.states import CheckoutStatus
from models.queries import calls, checkouts
from tasks.asking import enqueue_call, enqueue_frozen
from tasks.effects.call import Call, Effect
from tasks.records import AFTER_A_PAGE_S, ask_where_missing
from tasks.routing import Following, next_account
from tasks.wakes import Wakes


class CheckoutCalled(Effect):
    """Whoever asked for it waits on the row of the checkout."""

    def answered(self, session: Session, call: Call, result: CheckoutOpened) -> Wakes:
        """Open it. An answer that came after another gateway was asked is a page nobody may pay: close it."""
        opened = checkouts.opened(
            session,
            call.subject_id,
            call.account,
            external_id=result.checkout,
            url=result.url,
            expires_at=result.expires_at,
        )
        if opened:
            return Wakes()
        closing = ExpireCheckout(checkout=result.checkout)
        return _waking(
            enqueue_call(session, call.account, f"page:{result.checkout}", closing, call.customer_id)
        )

    def unknown(self, session: Session, call: Call, failure: Failure) -> Wakes:  # noqa: ARG002 - as every effect
        """A page is no money: the next gateway is asked, and this page is closed should it exist."""
        checkout = checkouts.get(session, call.subject_id)
        following = _following(session, call, checkout)
        return Wakes() if following is None else _hand_over(session, call, following)

    def refused(self, session: Session, call: Call, outcome: CallOutcome, failure: Failure) -> Wakes:
        """Ask the next gateway when this one did not answer; a refusal would be one there as well."""
        checkout = checkouts.get(session, call.subject_id)
        following = _following(session, call, checkout) if outcome is CallOutcome.GIVEN_UP else None
        if following is not None:
            return _hand_over(session, call, following)
        alone = f"; only {gateway_of(call.account)} was to be asked" if checkout.pinned else ""
        checkouts.failed(session, call.subject_id, call.account, f"{failure}{alone}")
        return Wakes()


def _following(session: Session, call: Call, checkout: Any) -> Following | None:
    """None also for a checkout that is decided, or asked for elsewhere already."""
    if (checkout.status, checkout.gateway_account) != (CheckoutStatus.CREATING, call.account):
        return None
    return next_account(checkout, calls.calls_of(session, call.operation, call.subject))


def _hand_over(session: Session, call: Call, following: Following) -> Wakes:
    """The same request there; an id that another gateway gave the customer means nothing to it."""
    account, after_s = following
    if account != call.account and not checkouts.fall_back(session, call.subject_id, call.account, account):
        return Wakes()
    customer = checkouts.gateway_customer(session, call.customer_id, account)
    if customer is None and call.customer_id is not None:
        ask_where_missing(session, call.customer_id, [account], after_s=AFTER_A_PAGE_S)
    params = {**call.params, "customer": customer}
    call_id = enqueue_frozen(
        session, account, call.subject, call.operation, params, call.customer_id, after_s=after_s
    )
    return _waking(None if after_s else call_id)


class CheckoutClosed(Effect):
    """A page that was closed, unless it had been paid."""

    def answered(self, session: Session, call: Call, result: CheckoutExpired) -> Wakes:
        """A page that was paid stays as it is: its events say so."""
        if not result.paid:
            checkouts.expired(session, call.account, result.checkout)
        return Wakes()

    def refused(self, session: Session, call: Call, outcome: CallOutcome, failure: Failure) -> Wakes:  # noqa: ARG002
        """It expires by its own clock as well: nothing to put before a person."""
        return Wakes()


def _waking(call_id: UUID | None) -> Wakes:
    return Wakes(calls=[call_id] if call_id else [])
