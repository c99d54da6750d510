"""A customer's record at a gateway: asked for once per account, reused for ever."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from bursar.gateways.api.requests import CreateCustomer
from bursar.rules.calling import CallOutcome
from models.queries import customers
from tasks.asking import enqueue_call

AFTER_A_PAGE_S = 30.0
"""Seconds after a page opened until its payer's record is made: whoever opened it comes first."""


def ask_for_record(session: Session, customer_id: UUID, account: str, *, after_s: float = 0.0) -> UUID | None:
    """Have a record made; the id of the call, None while one is on its way. Raises CustomerUnknown."""
    person = customers.get(session, customer_id)
    request = CreateCustomer(
        customer=person.external_ref, name=person.name, email=person.email, country=person.country
    )
    filed = customers.subject(customer_id)
    return enqueue_call(session, account, filed, request, customer_id, after_s=after_s)


def ask_where_missing(
    session: Session, customer_id: UUID, accounts: Sequence[str], *, after_s: float = 0.0
) -> list[UUID]:
    """The calls to those of these accounts that have no record and were never asked, or did not answer.

    Who refused once (PayPal keeps no customers) is not asked again by itself.
    """
    asked = [
        ask_for_record(session, customer_id, each.gateway_account, after_s=after_s)
        for each in customers.records(session, customer_id, accounts)
        if each.external_id is None and (each.state is None or each.outcome == CallOutcome.GIVEN_UP)
    ]
    return [call_id for call_id in asked if call_id is not None]


def ask_after_a_page(session: Session, customer_id: UUID | None, account: str) -> None:
    """Have the record of a payer made once his first page is open, for the pages after it.

    Before the page it would cost the payer a second call's time, and a gateway that is slow with customers
    would hold up payments. A first page works without a record; with the next one saved cards are offered.
    Nobody is woken: the sweeper finds the call when it is due.
    """
    if customer_id is not None:
        ask_where_missing(session, customer_id, [account], after_s=AFTER_A_PAGE_S)
