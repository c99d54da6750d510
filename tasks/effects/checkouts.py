"""A page on which an invoice can be paid: open, given to the next gateway, failed, or closed again."""

from uuid import UUID

from sqlalchemy.orm import Session

from bursar.gateways.api.failures import Failure
from bursar.gateways.api.requests import ExpireCheckout
from bursar.gateways.api.results import CheckoutExpired, CheckoutOpened
from bursar.rules.calling import CallOutcome
from models.queries import checkouts
from tasks.asking import enqueue_call, enqueue_frozen
from tasks.effects.call import Call, Effect
from tasks.records import ask_after_a_page
from tasks.routing import next_account
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
            ask_after_a_page(session, call.customer_id, call.account)
            return Wakes()
        closing = ExpireCheckout(checkout=result.checkout)
        return _waking(
            enqueue_call(session, call.account, f"page:{result.checkout}", closing, call.customer_id)
        )

    def unknown(self, session: Session, call: Call, failure: Failure) -> Wakes:  # noqa: ARG002 - as every effect
        """A page is no money: the next gateway is asked, and this page is closed should it exist."""
        return self._fall_back(session, call) or Wakes()

    def refused(self, session: Session, call: Call, outcome: CallOutcome, failure: Failure) -> Wakes:
        """Ask the next gateway when this one did not answer; a refusal would be one there as well."""
        wakes = self._fall_back(session, call) if outcome is CallOutcome.GIVEN_UP else None
        if wakes is None:
            checkouts.failed(session, call.subject_id, call.account, str(failure))
        return wakes or Wakes()

    def _fall_back(self, session: Session, call: Call) -> Wakes | None:
        """The same request at the next gateway; an id that this one gave the customer means nothing there."""
        following = next_account(session, checkouts.get(session, call.subject_id))
        if following is None or not checkouts.fall_back(session, call.subject_id, call.account, following):
            return None
        customer = checkouts.gateway_customer(session, call.customer_id, following)
        params = {**call.params, "customer": customer}
        return _waking(
            enqueue_frozen(session, following, call.subject, call.operation, params, call.customer_id)
        )


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
