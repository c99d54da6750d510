"""Open something that can pay an invoice: a page of a gateway, or a payment on the host's own page."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from bursar.clock import utc_now
from bursar.errors import Misconfigured, Refused
from bursar.gateways.api.requests import CreateCheckout, CreateIntent, ExpireCheckout, Purpose, Request
from bursar.rules.money_text import money_text
from bursar.rules.routing import NoGateway, gateway_of, takes
from bursar.rules.states import CheckoutKind
from bursar.settings import load
from models import books
from models.queries import checkouts, payable
from models.queries.gateway_stats import count_reuse
from models.session import raw, transaction
from tasks.asking import enqueue_call
from tasks.calls import make_calls_here
from tasks.gateways import configured_accounts
from tasks.routing import accounts_for, admit
from workers.crashpoints import crash_point
from workers.publish import wake_by_name

EXPIRES_AFTER = timedelta(minutes=30)
"""Requirement 2.1, and the shortest time that Stripe allows."""
CLOCK_SLACK = timedelta(seconds=60)
"""Gateways count by their own clocks; without it a fast one of theirs refuses the half hour."""
TITLE_LENGTH_MAX = 255
"""Characters, as much as every gateway takes."""
REUSED_WITHIN_S = 300.0
"""Seconds in which the same request gets the same page (requirement 4.3)."""


class NothingToPay(Refused):
    """The invoice cannot be paid with this amount."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a host asks for."""

    invoice: str
    """Our id of it, its number, or the host's own reference."""
    amount_minor: int | None = None
    """A part of what is open; all of it by default."""
    kind: CheckoutKind = CheckoutKind.PAGE
    gateway: str | None = None
    """Only this one, instead of the best by currency and country."""
    requested_by: str = "host"


def request_checkout(wish: Wish) -> UUID:
    """Record a pending payment and have its page opened; the id of the checkout, to wait on.

    The same wish within five minutes is the same checkout. Raises NothingToPay, NoGateway, RateLimited.
    """
    closed = _admitted(wish)
    with transaction() as session:
        checkout_id, call_id = _record(session, wish, closed)
    crash_point("checkouts.requested")
    if call_id is not None:
        wake_by_name("payments.create_checkout", [call_id])
    return checkout_id


def open_checkout(wish: Wish) -> Row[Any]:
    """The same here and now, without a worker: the checkout as it stands after the gateway was asked."""
    closed = _admitted(wish)
    with transaction() as session:
        checkout_id, call_id = _record(session, wish, closed)
    crash_point("checkouts.opening")
    if call_id is not None:
        make_calls_here([call_id])
    with transaction() as session:
        return checkouts.get(session, checkout_id)


def _admitted(wish: Wish) -> frozenset[str]:
    """Whose circuits are open, once the customer may ask."""
    with transaction() as session:
        invoice = payable.invoice_to_pay(session, wish.invoice)
    return admit(invoice.customer_id)


def _record(session: Session, wish: Wish, closed: frozenset[str]) -> tuple[UUID, UUID | None]:
    """The checkout, and the call that opens it where it is new."""
    invoice = payable.invoice_to_pay(session, wish.invoice)
    books.lock_customers(raw(session), [invoice.customer_id])
    amount_minor = payable_amount(payable.invoice_to_pay(session, wish.invoice), wish.amount_minor)
    known = checkouts.find_reusable(session, invoice.id, amount_minor, wish.kind, REUSED_WITHIN_S)
    if known is not None and wish.gateway in (None, gateway_of(known.gateway_account)):
        count_reuse(session, known.id)
        return known.id, None
    account = _account(invoice, wish.gateway, closed)
    _close_older(session, invoice, amount_minor, account, wish.kind)
    expires_at = utc_now() + EXPIRES_AFTER + CLOCK_SLACK
    checkout_id = checkouts.insert(
        session,
        checkouts.NewCheckout(
            account=account,
            kind=wish.kind,
            invoice_id=invoice.id,
            amount_minor=amount_minor,
            currency=invoice.currency,
            expires_at=expires_at if wish.kind is CheckoutKind.PAGE else None,
            requested_by=wish.requested_by,
        ),
    )
    checkout = checkouts.get(session, checkout_id)
    customer = checkouts.gateway_customer(session, invoice.customer_id, account)
    request = _request(wish.kind, checkout, invoice, customer)
    return checkout_id, enqueue_call(
        session, account, f"checkout:{checkout_id}", request, invoice.customer_id
    )


def purpose_of(invoice: Any) -> Purpose:
    """Whom and what the money is for, as every event about it will say."""
    return Purpose(customer=invoice.external_ref, invoice=str(invoice.id), track=invoice.track)


def title_of(invoice: Any) -> str:
    """What the payer reads on the page or on his statement."""
    return f"{load().seller_name}: invoice {invoice.number}"[:TITLE_LENGTH_MAX]


def payable_amount(invoice: Any, amount_minor: int | None) -> int:
    """What is to be paid now. Raises NothingToPay saying what could be."""
    if invoice.status != "open":
        raise NothingToPay(
            f"invoice {invoice.number or invoice.id} is {invoice.status}: only open ones are paid"
        )
    if invoice.open_minor <= 0:
        raise NothingToPay(f"invoice {invoice.number} is paid")
    wanted = invoice.open_minor if amount_minor is None else amount_minor
    if not 0 < wanted <= invoice.open_minor:
        most = money_text(invoice.open_minor, invoice.currency)
        raise NothingToPay(f"invoice {invoice.number} has {most} open: ask for at most that, and more than 0")
    return wanted


def _account(invoice: Any, gateway: str | None, closed: frozenset[str]) -> str:
    if gateway is None:
        return accounts_for(invoice.currency, invoice.country, closed)[0]
    account = f"{gateway}:{load().mode}"
    if account not in configured_accounts(load()) or not takes(gateway, invoice.currency):
        raise NoGateway(
            f"{gateway} cannot take {invoice.currency} here: it is not configured, or does not take that "
            "currency; name no gateway to have one chosen"
        )
    return account


def _close_older(session: Session, invoice: Any, amount_minor: int, account: str, kind: CheckoutKind) -> None:
    """One page per invoice, amount and gateway: the older one can be paid no longer."""
    for external_id in checkouts.close_older(session, invoice.id, amount_minor, account, kind):
        closing = ExpireCheckout(checkout=external_id)
        enqueue_call(session, account, f"page:{external_id}", closing, invoice.customer_id)


def _request(kind: CheckoutKind, checkout: Any, invoice: Any, customer: str | None) -> Request[Any]:
    purpose, description = purpose_of(invoice), title_of(invoice)
    if kind is CheckoutKind.INTENT:
        return CreateIntent(
            checkout=str(checkout.id),
            purpose=purpose,
            amount_minor=checkout.amount_minor,
            currency=checkout.currency,
            description=description,
            customer=customer,
        )
    return_url = load().return_url
    if return_url is None:
        raise Misconfigured(
            "BURSAR_RETURN_URL is not set: gateways send the payer there afterwards; give it an https:// URL"
        )
    return CreateCheckout(
        checkout=str(checkout.id),
        purpose=purpose,
        amount_minor=checkout.amount_minor,
        currency=checkout.currency,
        description=description,
        expires_at=checkout.expires_at,
        return_url=return_url,
        cancel_url=return_url,
        customer=customer,
        email=invoice.email,
    )
