"""Charge a saved way to pay while the payer is away: one charge of an invoice is in flight, ever."""

from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from bursar.errors import Refused
from bursar.gateways.api.requests import Charge, ExpireCheckout
from bursar.rules.money_text import money_text
from bursar.rules.routing import gateway_of, takes
from bursar.rules.states import CheckoutKind
from bursar.settings import load
from models import books
from models.queries import charging, checkouts, payable
from models.queries.fraud import refuse_held
from models.session import raw, transaction
from tasks.asking import enqueue_call
from tasks.calls import make_calls_here
from tasks.checkouts import payable_amount, purpose_of, title_of
from tasks.gateways import configured_accounts
from tasks.routing import accounts_for, admit
from workers.crashpoints import crash_point
from workers.publish import wake_by_name


class ChargeInFlight(Refused):
    """Another charge of this invoice has not ended yet."""


class NoWayToPay(Refused):
    """The customer has nothing saved at a gateway that can be charged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeWish:
    """What a host, an operator or dunning wants collected."""

    invoice: str
    """Our id of it, its number, or the host's own reference."""
    amount_minor: int | None = None
    """A part of what is open; all of it by default."""
    gateway: str | None = None
    """Only there, instead of the best by currency and country."""
    payment_method: str | None = None
    """The gateway's id of it; the customer's default, else the newest, where none is named."""
    requested_by: str


class _Way(NamedTuple):
    """With what to pay, as the gateway calls it."""

    account: str
    payer: str
    method: str


def request_charge(wish: ChargeWish) -> UUID:
    """Record a charge and have it made; the id of its checkout, to wait on.

    Open pages of the invoice are closed. The same wish while the charge is in flight is the same charge.
    Raises NothingToPay, NoWayToPay, ChargeInFlight or RateLimited.
    """
    closed = _admitted(wish)
    with transaction() as session:
        checkout_id, call_id = record_charge(session, wish, closed)
    crash_point("charges.requested")
    if call_id is not None:
        wake_by_name("payments.charge", [call_id])
    return checkout_id


def charge_here(wish: ChargeWish) -> Any:
    """The same here and now, without a worker: the checkout as it stands after the gateway was asked."""
    closed = _admitted(wish)
    with transaction() as session:
        checkout_id, call_id = record_charge(session, wish, closed)
    crash_point("charges.making")
    if call_id is not None:
        make_calls_here([call_id])
    with transaction() as session:
        return checkouts.get(session, checkout_id)


def follow_charges() -> None:
    """Let what a bank decided days later end the charge it belongs to."""
    with transaction() as session:
        charging.follow_payments(session)
    crash_point("charges.followed")


def _admitted(wish: ChargeWish) -> frozenset[str]:
    """Whose circuits are open, once the customer may ask. Raises CustomerHeld or RateLimited."""
    with transaction() as session:
        invoice = payable.invoice_to_pay(session, wish.invoice)
        refuse_held(session, invoice.customer_id)
    return admit(invoice.customer_id)


def record_charge(session: Session, wish: ChargeWish, closed: frozenset[str]) -> tuple[UUID, UUID | None]:
    """The checkout of the charge, and the call that makes it where it is new, in the caller's transaction.

    `closed`: accounts not worth asking now. Raises NothingToPay, NoWayToPay or ChargeInFlight.
    """
    invoice = payable.invoice_to_pay(session, wish.invoice)
    books.lock_customers(raw(session), [invoice.customer_id])
    charging.follow_payments(session, invoice.id)
    invoice = payable.invoice_to_pay(session, wish.invoice)
    known = charging.find_in_flight(session, invoice.id)
    if known is not None:
        return _same(known, invoice, wish), None
    amount_minor = payable_amount(invoice, wish.amount_minor)
    way = _way(session, invoice, wish, closed)
    _close_pages(session, invoice)
    checkout_id = checkouts.insert(
        session,
        checkouts.NewCheckout(
            account=way.account,
            kind=CheckoutKind.CHARGE,
            invoice_id=invoice.id,
            amount_minor=amount_minor,
            currency=invoice.currency,
            expires_at=None,
            requested_by=wish.requested_by,
        ),
    )
    request = Charge(
        charge=str(checkout_id),
        purpose=purpose_of(invoice),
        amount_minor=amount_minor,
        currency=invoice.currency,
        description=title_of(invoice),
        customer=way.payer,
        payment_method=way.method,
    )
    call_id = enqueue_call(session, way.account, f"checkout:{checkout_id}", request, invoice.customer_id)
    return checkout_id, call_id


def _same(known: Any, invoice: Any, wish: ChargeWish) -> UUID:
    """The charge in flight, if it is what is wished for. Raises ChargeInFlight naming it."""
    if wish.amount_minor in (None, known.amount_minor):
        found: UUID = known.id
        return found
    shown = money_text(known.amount_minor, known.currency)
    raise ChargeInFlight(
        f"a charge of {shown} for invoice {invoice.number} is in flight: bursar payments status {known.id}"
    )


def _way(session: Session, invoice: Any, wish: ChargeWish, closed: frozenset[str]) -> _Way:
    """With what to pay, at the best gateway that has something. Raises NoWayToPay."""
    accounts = _accounts(invoice, wish.gateway, closed)
    saved = charging.saved_methods(session, invoice.customer_id)
    ways = [_Way(row.gateway_account, row.payer, row.method) for row in saved]
    if wish.payment_method is not None:
        payers = charging.payers(session, invoice.customer_id)
        named = [_Way(row.gateway_account, row.payer, wish.payment_method) for row in payers]
        # One that nobody told us of is the gateway's to refuse, where it is clear which gateway that is.
        ways = [way for way in ways if way.method == wish.payment_method] or (named if wish.gateway else [])
    for account in accounts:
        found = next((way for way in ways if way.account == account), None)
        if found:
            return found
    wanted = f"payment method {wish.payment_method}" if wish.payment_method else "saved payment method"
    where = ", ".join(map(gateway_of, accounts)) or "any gateway that takes it"
    raise NoWayToPay(
        f"customer {invoice.external_ref} has no {wanted} at {where}; "
        f"let him pay: bursar checkout {invoice.number}"
    )


def _accounts(invoice: Any, gateway: str | None, closed: frozenset[str]) -> list[str]:
    """Accounts that may be asked, best first."""
    if gateway is None:
        return list(accounts_for(invoice.currency, invoice.country, closed))
    return [
        account
        for account in configured_accounts(load())
        if gateway_of(account) == gateway and takes(gateway, invoice.currency)
    ]


def _close_pages(session: Session, invoice: Any) -> None:
    """A payer with a page open could pay beside the charge."""
    for page in charging.close_pages(session, invoice.id):
        closing = ExpireCheckout(checkout=page.external_id)
        enqueue_call(session, page.gateway_account, f"page:{page.external_id}", closing, invoice.customer_id)
