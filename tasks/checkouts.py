"""Open something that can pay an invoice: a page of a gateway, or a payment on the host's own page."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from bursar.clock import utc_now
from bursar.errors import Misconfigured, Refused
from bursar.gateways.api.requests import CreateCheckout, CreateIntent, ExpireCheckout, Purpose, Request
from bursar.rules.calling import Operation
from bursar.rules.money_text import money_text
from bursar.rules.routing import NoGateway, gateway_of, takes
from bursar.rules.states import CheckoutKind, CheckoutStatus
from bursar.sellers import seller_of
from bursar.settings import load
from models.queries import calls, checkouts, opening, payable
from models.queries.fraud import refuse_held
from models.session import raw, reading, transaction
from tasks.asking import begin_call, enqueue_call, enqueue_first
from tasks.calls import make_begun, make_calls_here
from tasks.gateways import configured_accounts
from tasks.records import ask_after_a_page
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
LOOK_S = 0.25
"""Seconds after which who waits here looks whether a call that was put off is due."""

_Asked = TypeVar("_Asked")


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
    wait_s: float = 0.0
    """Seconds for which somebody waits: as long, gateways that did not answer are asked again."""
    requested_by: str = "host"


class _Admitted(NamedTuple):
    """Who may ask now."""

    invoice_id: UUID
    customer_id: UUID
    closed: frozenset[str]
    """Accounts whose circuits are open."""


def request_checkout(wish: Wish) -> UUID:
    """Record a pending payment and have its page opened; the id of the checkout, to wait on.

    The same wish within five minutes is the same checkout. Raises NothingToPay, NoGateway, RateLimited.
    """
    admitted = _admitted(wish)
    with transaction() as session:
        checkout_id, call_id = _record(session, wish, admitted, enqueue_first)
    crash_point("checkouts.requested")
    if call_id is not None:
        wake_by_name("payments.create_checkout", [call_id])
    return checkout_id


def open_checkout(wish: Wish) -> Any:
    """The same here and now, without a worker: the checkout as it stands after the gateway was asked."""
    give_up = time.monotonic() + wish.wait_s
    admitted = _admitted(wish)
    with transaction() as session:
        checkout_id, begun = _record(session, wish, admitted, begin_call)
    crash_point("checkouts.opening")
    if begun is not None:
        make_begun(begun)
    while (found := _get(checkout_id)).status == CheckoutStatus.CREATING and time.monotonic() < give_up:
        time.sleep(LOOK_S)
        make_calls_here(_due(found))
    return found


def _admitted(wish: Wish) -> _Admitted:
    """Raises CustomerHeld, or RateLimited when the customer asks too often."""
    with reading() as session:
        invoice = payable.invoice_to_pay(session, wish.invoice)
        refuse_held(session, invoice.customer_id)
    return _Admitted(invoice.id, invoice.customer_id, admit(invoice.customer_id))


def _get(checkout_id: UUID) -> Any:
    with reading() as session:
        return checkouts.get(session, checkout_id)


def _due(checkout: Any) -> list[UUID]:
    """Calls that have waited long enough to be made, or asked about, again."""
    with reading() as session:
        made = calls.calls_of(session, Operation.CREATE_CHECKOUT, f"checkout:{checkout.id}")
    return [row.id for row in made if row.due and row.gateway_account == checkout.gateway_account]


def _record(
    session: Session, wish: Wish, admitted: _Admitted, ask: Callable[..., _Asked]
) -> tuple[UUID, _Asked | None]:
    """The checkout, and what came of asking for it where it is new."""
    accounts = configured_accounts(load())
    ground = opening.look(
        session,
        admitted.invoice_id,
        admitted.customer_id,
        wish.kind,
        accounts=accounts,
        within_s=REUSED_WITHIN_S,
    )
    invoice = ground.invoice
    amount_minor = payable_amount(invoice, wish.amount_minor)
    live = [each for each in ground.live if each.amount_minor == amount_minor]
    known = _reusable(live, wish)
    if known is not None:
        opening.count_reuse(session, known.id, pinned=wish.gateway is not None, wait_s=wish.wait_s)
        return UUID(str(known.id)), None
    account = _account(invoice, wish.gateway, admitted.closed)
    _close_older(session, invoice, [each for each in live if each.gateway_account == account], wish.kind)
    return _open(session, wish, ground, amount_minor, account, ask)


def _reusable(live: Sequence[Any], wish: Wish) -> Any | None:
    """The newest that is young enough, where the wish names no other gateway."""
    young = next((each for each in live if each.reusable), None)
    if young is None or wish.gateway not in (None, gateway_of(young.gateway_account)):
        return None
    return young


def _open(
    session: Session,
    wish: Wish,
    ground: opening.Ground,
    amount_minor: int,
    account: str,
    ask: Callable[..., _Asked],
) -> tuple[UUID, _Asked]:
    """Three rows in one round trip: the checkout, its call, and the payer's record for the next time."""
    invoice, record = ground.invoice, ground.record_at(account)
    page = wish.kind is CheckoutKind.PAGE
    new = checkouts.NewCheckout(
        account=account,
        kind=wish.kind,
        invoice_id=invoice.id,
        amount_minor=amount_minor,
        currency=invoice.currency,
        expires_at=utc_now() + EXPIRES_AFTER + CLOCK_SLACK if page else None,
        requested_by=wish.requested_by,
        pinned=wish.gateway is not None,
        wait_s=wish.wait_s,
    )
    with raw(session).pipeline():
        checkout_id = checkouts.insert(session, new)
        request = _request(new, checkout_id, invoice, record.external_id)
        asked = ask(session, account, f"checkout:{checkout_id}", request, invoice.customer_id)
        ask_after_a_page(session, invoice, record)
    return checkout_id, asked


def purpose_of(invoice: Any) -> Purpose:
    """Whom and what the money is for, as every event about it will say."""
    return Purpose(customer=invoice.external_ref, invoice=str(invoice.id), track=invoice.track)


def title_of(invoice: Any) -> str:
    """What the payer reads on the page or on his statement."""
    return f"{seller_of(load()).name}: invoice {invoice.number}"[:TITLE_LENGTH_MAX]


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


def _close_older(session: Session, invoice: Any, older: Sequence[Any], kind: CheckoutKind) -> None:
    """One page per invoice, amount and gateway: the older one can be paid no longer."""
    for each in older:
        external_id = checkouts.close(session, each.id)
        if external_id is not None and kind is CheckoutKind.PAGE:
            closing = ExpireCheckout(checkout=external_id)
            enqueue_call(session, each.gateway_account, f"page:{external_id}", closing, invoice.customer_id)


def _request(
    new: checkouts.NewCheckout, checkout_id: UUID, invoice: Any, customer: str | None
) -> Request[Any]:
    purpose, description = purpose_of(invoice), title_of(invoice)
    if new.expires_at is None:
        return CreateIntent(
            checkout=str(checkout_id),
            purpose=purpose,
            amount_minor=new.amount_minor,
            currency=new.currency,
            description=description,
            customer=customer,
        )
    return_url = load().return_url
    if return_url is None:
        raise Misconfigured(
            "BURSAR_RETURN_URL is not set: gateways send the payer there afterwards; give it an https:// URL"
        )
    return CreateCheckout(
        checkout=str(checkout_id),
        purpose=purpose,
        amount_minor=new.amount_minor,
        currency=new.currency,
        description=description,
        expires_at=new.expires_at,
        return_url=return_url,
        cancel_url=return_url,
        customer=customer,
        email=invoice.email,
    )
