"""Drafts from what a host wants to have billed: each once per reference, customers made or completed."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from bursar.errors import Refused
from bursar.rules.sellers import Seller
from bursar.sellers import seller_of
from bursar.settings import load
from bursar.wishes import InvoiceWish
from models.drafting import draft_invoice
from models.queries import coupons
from models.queries import hosts_invoices as queries
from models.session import transaction
from tasks.coupons import redeem
from workers.crashpoints import crash_point

CHUNK = 100
"""Drafts of one transaction."""
SOURCE = "host"
"""What `invoices.source_type` says of them."""


class TrackUnknown(Refused):
    """An invoice names a track that is not there."""


class Drafted(NamedTuple):
    """What became of a file; who gives the same again meets what is there."""

    created: int
    existing: int


def create_drafts(wishes: Sequence[InvoiceWish]) -> Drafted:
    """Write drafts, a chunk per commit: the same file again goes on where it ended.

    Raises TrackUnknown, CouponUnknown, CouponRefused or TaxProfileMissing: nothing of that chunk is written.
    """
    seller = seller_of(load())
    created = 0
    for at in range(0, len(wishes), CHUNK):
        with transaction() as session:
            created += sum(_draft(session, wish, seller) for wish in wishes[at : at + CHUNK])
        crash_point("invoices.drafted")
    return Drafted(created, len(wishes) - created)


def _draft(session: Session, wish: InvoiceWish, seller: Seller) -> bool:
    """Whether it was new."""
    person = wish.customer
    customer_id = queries.keep_customer(session, person.reference, person.model_dump(exclude={"reference"}))
    if queries.exists(session, SOURCE, wish.reference, wish.period_start):
        return False
    track_id = None
    if wish.track is not None:
        track_id = queries.find_track(session, wish.track)
        if track_id is None:
            raise TrackUnknown(f"invoice {wish.reference!r}: there is no track {wish.track!r}")
    discount = redeem(session, wish, customer_id) if wish.coupon else None
    invoice = draft_invoice(
        session,
        customer_id=customer_id,
        currency=wish.currency,
        fees=discount.fees if discount else wish.fees(),
        due_on=wish.due_on,
        source=(SOURCE, wish.reference),
        track_id=track_id,
        seller=seller,
        period_start=wish.period_start,
        issue_on=wish.issue_on or wish.period_start,
    )
    if discount:
        coupons.use(session, discount.coupon_id, customer_id, invoice.id)
    return True
