"""Which invoice does money belong to? Claims in; out the best evidence they give, and what is odd."""

from collections.abc import Mapping
from uuid import UUID

from bursar.rules.books import Checkout, Directory, External
from bursar.rules.breaks import BreakKind
from bursar.rules.evidence import NOBODY, Attribution, Evidence
from bursar.rules.facts import Claims

Odd = tuple[BreakKind, str]
"""A kind of break and its detail, before we know the payment's subject."""


def attribute(
    account: str, claims: Claims, directory: Directory, checkouts: Mapping[External, Checkout]
) -> tuple[Attribution, list[Odd]]:
    """The best evidence one fact gives, in the order of `Evidence`."""
    odd: list[Odd] = []
    claimant = directory.customers.get(claims.customer or "")
    for external_id in sorted(claims.checkouts):
        checkout = checkouts.get((account, external_id))
        if checkout:
            owner = directory.owners[checkout.invoice_id]
            return Attribution(Evidence.CHECKOUT, external_id, owner, checkout.invoice_id), odd
    if claims.invoice:
        named = _named_invoice(claims.invoice, claimant, directory, odd)
        if named:
            return named, odd
    return _by_customer(account, claims, claimant, directory), odd


def payment_subject(payment_id: UUID) -> str:
    """How breaks name a payment."""
    return f"payment:{payment_id}"


def _named_invoice(
    text: str, claimant: UUID | None, directory: Directory, odd: list[Odd]
) -> Attribution | None:
    invoice_id = directory.invoices.get(text)
    if invoice_id is None:
        odd.append((BreakKind.UNKNOWN_INVOICE, "the metadata names an invoice that does not exist"))
        return None
    owner = directory.owners[invoice_id]
    if claimant is not None and claimant != owner:
        odd.append((BreakKind.OWNER_MISMATCH, f"the metadata names invoice {invoice_id} of another customer"))
        return None
    return Attribution(Evidence.METADATA_INVOICE, text, owner, invoice_id)


def _by_customer(account: str, claims: Claims, claimant: UUID | None, directory: Directory) -> Attribution:
    if claimant is not None:
        claim = claims.customer or ""
        track_invoice = directory.track_invoices.get((claimant, claims.track or ""))
        if track_invoice:
            return Attribution(Evidence.METADATA_TRACK, f"{claim}/{claims.track}", claimant, track_invoice)
        return Attribution(Evidence.METADATA_CUSTOMER, claim, claimant, None)
    subscriber = directory.customers.get(claims.subscriber or "")
    if subscriber:
        return Attribution(Evidence.SUBSCRIBER, claims.subscriber or "", subscriber, None)
    known = directory.gateway_customers.get((account, claims.gateway_customer or ""))
    if known:
        return Attribution(Evidence.GATEWAY_CUSTOMER, claims.gateway_customer or "", known, None)
    return NOBODY
