"""Prove what a payer's browser brought back, and have the gateway asked: only its own word enters the books.

A proof shows that the gateway made these ids, never that money came. So it only says what to fetch; the
payment is then credited once, whether its webhook came before, meanwhile or after.
"""

from dataclasses import dataclass, fields
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import Row
from sqlalchemy.orm import Session

from bursar.errors import Misconfigured, Refused
from bursar.gateways.api.requests import ConfirmIntent, Fetch
from bursar.gateways.protocol import SignatureMalformed, SignatureMismatch
from bursar.gateways.razorpay import proofs as razorpay
from bursar.gateways.shapes import find_identifier
from bursar.ids import new_id
from bursar.rules.changes import fetch_key
from bursar.rules.states import CheckoutKind, CheckoutStatus
from bursar.settings import load
from models.queries import checkouts
from models.queries.audit import audit
from models.session import transaction
from tasks.asking import enqueue_call
from tasks.routing import admit
from workers.crashpoints import crash_point
from workers.publish import wake_by_name

log = structlog.get_logger(__name__)


class ProofRefused(Refused):
    """What was brought back was not made by the gateway, or is of no checkout of ours."""


class NotConfirmable(Refused):
    """The checkout is no payment that was begun for the host's own page and waits for a way to pay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPaid:
    """Of Razorpay's Checkout: `razorpay_order_id`, `razorpay_payment_id`, `razorpay_signature`."""

    gateway: ClassVar[str] = "razorpay"
    kind: ClassVar[str] = "order"
    order: str
    payment: str
    signature: str

    @property
    def object_id(self) -> str:
        """What is fetched: the order, with the payment that paid it."""
        return self.order

    def check(self, secret: bytes) -> None:
        """Raises SignatureMismatch or SignatureMalformed."""
        razorpay.verify_order(secret, order=self.order, payment=self.payment, signature=self.signature)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPaid:
    """Of Razorpay's payment link: the `razorpay_payment_link_*` parameters at the callback URL."""

    gateway: ClassVar[str] = "razorpay"
    kind: ClassVar[str] = "payment_link"
    link: str
    reference: str
    status: str
    payment: str
    signature: str

    @property
    def object_id(self) -> str:
        """What is fetched: the link, with the payment that paid it."""
        return self.link

    def check(self, secret: bytes) -> None:
        """Raises SignatureMismatch or SignatureMalformed."""
        razorpay.verify_link(
            secret,
            link=self.link,
            reference=self.reference,
            status=self.status,
            payment=self.payment,
            signature=self.signature,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionPaid:
    """Of a Razorpay subscription that was approved: its id, the first payment's, and the signature."""

    gateway: ClassVar[str] = "razorpay"
    kind: ClassVar[str] = "payment"
    payment: str
    subscription: str
    signature: str

    @property
    def object_id(self) -> str:
        """What is fetched: the payment."""
        return self.payment

    def check(self, secret: bytes) -> None:
        """Raises SignatureMismatch or SignatureMalformed."""
        razorpay.verify_subscription(
            secret, payment=self.payment, subscription=self.subscription, signature=self.signature
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionReturned:
    """Of Stripe's success page: the session id. Stripe signs it not, so it must be one that we opened."""

    gateway: ClassVar[str] = "stripe"
    kind: ClassVar[str] = "checkout.session"
    session: str

    @property
    def object_id(self) -> str:
        """What is fetched: the session, with its payment."""
        return self.session


Proof = OrderPaid | LinkPaid | SubscriptionPaid | SessionReturned


class Proven(NamedTuple):
    """What a proof led to."""

    checkout_id: UUID | None
    """Ours, where the proof is of one."""
    call_id: UUID | None
    """The call that fetches it; None while it is being fetched already."""


def verify_payment(proof: Proof, requested_by: str) -> Proven:
    """Check a proof and have the gateway asked for what it names. The same proof again does no harm.

    Raises ProofRefused after recording it, RateLimited, or Misconfigured naming the variable.
    """
    account = f"{proof.gateway}:{load().mode}"
    with transaction() as session:
        known = checkouts.find(session, proof.object_id, [account])
    if known is not None:
        admit(known.customer_id)
    _check(proof, known, requested_by)
    with transaction() as session:
        subject = fetch_key(account, proof.object_id, proof.kind)
        fetch = Fetch(kind=proof.kind, object_id=proof.object_id)
        call_id = enqueue_call(session, account, subject, fetch, known.customer_id if known else None)
    crash_point("proofs.proven")
    if call_id is not None:
        wake_by_name("payments.confirm", [call_id])
    return Proven(known.id if known else None, call_id)


def request_confirmation(checkout_id: UUID, payment_method: str) -> UUID | None:
    """Have a payment that was begun collected with this way to pay; the id of the call.

    None while it is being collected. Raises NotConfirmable, CheckoutUnknown, RateLimited or Misconfigured.
    """
    return_url = load().return_url
    if return_url is None:
        raise Misconfigured(
            "BURSAR_RETURN_URL is not set: banks send the payer there; give it an https:// URL"
        )
    with transaction() as session:
        customer_id = checkouts.get(session, checkout_id).customer_id
    admit(customer_id)
    with transaction() as session:
        call_id = _confirm(session, checkouts.get(session, checkout_id), payment_method, return_url)
    crash_point("proofs.confirming")
    if call_id is not None:
        wake_by_name("payments.confirm", [call_id])
    return call_id


def _confirm(session: Session, found: Row[Any], payment_method: str, return_url: str) -> UUID | None:
    if found.kind != CheckoutKind.INTENT or found.status != CheckoutStatus.OPEN:
        raise NotConfirmable(
            f"checkout {found.id} is {found.status}, of kind {found.kind}: only an open intent is confirmed"
        )
    request = ConfirmIntent(payment=found.external_id, payment_method=payment_method, return_url=return_url)
    return enqueue_call(session, found.gateway_account, f"checkout:{found.id}", request, found.customer_id)


def _check(proof: Proof, known: Row[Any] | None, requested_by: str) -> None:
    """Raises ProofRefused, once it is written down who brought what."""
    try:
        if isinstance(proof, SessionReturned):
            if known is None:
                raise SignatureMismatch("no page of ours has this session id")
        else:
            proof.check(_secret())
    except (SignatureMismatch, SignatureMalformed) as error:
        with transaction() as session:
            subject = {known.id: "checkout"} if known else {new_id(): "proof"}
            audit(session, actor=requested_by, verb="refused", subjects=subject, detail=_brought(proof))
        log.warning("proofs.refused", gateway=proof.gateway, kind=proof.kind, known=known is not None)
        raise ProofRefused(f"{error}: nothing was changed") from None


def _secret() -> bytes:
    secret = load().razorpay_key_secret
    if secret is None:
        raise Misconfigured("RAZORPAY_KEY_SECRET is not set: proofs are signed with it")
    return secret.get_secret_value().encode()


def _brought(proof: Proof) -> dict[str, str]:
    """What was brought, but for the signature; only ids, whatever a browser may have sent instead."""
    told = {field.name: getattr(proof, field.name) for field in fields(proof) if field.name != "signature"}
    return {"proof": type(proof).__name__} | {
        name: value for name, value in told.items() if find_identifier(value) is not None
    }
