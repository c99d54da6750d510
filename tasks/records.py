"""A customer's record at a gateway: asked for once per account, reused for ever."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from bursar.gateways.api.requests import CreateCustomer
from bursar.rules.calling import CallOutcome
from models.queries import customers
from tasks.asking import enqueue_call, enqueue_unheard

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
    """The calls to those of these accounts that have no record and were never asked, or did not answer."""
    asked = [
        ask_for_record(session, customer_id, each.gateway_account, after_s=after_s)
        for each in customers.records(session, customer_id, accounts)
        if _is_missing(each)
    ]
    return [call_id for call_id in asked if call_id is not None]


def ask_after_a_page(session: Session, invoice: Any, record: Any) -> None:
    """Have the record of a payer made some time after his first page, for the pages after it.

    Before the page it would cost the payer a second call's time, and a gateway that is slow with customers
    would hold up payments. A first page works without a record; with the next one saved cards are offered.
    Nobody is woken: the sweeper finds the call when it is due. `record`: as `customers.records` has it.
    """
    if _is_missing(record):
        request = CreateCustomer(
            customer=invoice.external_ref, name=invoice.name, email=invoice.email, country=invoice.country
        )
        filed = customers.subject(invoice.customer_id)
        enqueue_unheard(
            session, record.gateway_account, filed, request, invoice.customer_id, after_s=AFTER_A_PAGE_S
        )


def _is_missing(record: Any) -> bool:
    """Who refused once (PayPal keeps no customers) is not asked again by itself."""
    return record.external_id is None and (record.state is None or record.outcome == CallOutcome.GIVEN_UP)
