"""Whether a payment may have come that we do not know of: then nobody is asked for money or charged."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from bursar.clock import utc_now
from bursar.settings import load
from models.queries import dunning_truth
from models.session import transaction
from tasks.gateways import configured_accounts


class Doubt(NamedTuple):
    """Why a charge of dunning is not sent now."""

    why: str
    final: bool
    """It never will be: what it was to collect is no longer owed."""


def why_unclear(
    session: Session, customer_id: UUID, now: datetime, closed: Collection[str] = ()
) -> str | None:
    """Why a payment of this customer may not be known here yet; None where it would be."""
    if closed:
        return f"{min(closed)} does not answer"
    silent = dunning_truth.unheard(session, configured_accounts(load()), now)
    if silent:
        return f"{silent[0]} is being asked for news"
    if dunning_truth.backlog(session, now):
        return "events are waiting to be applied"
    event_type = dunning_truth.unapplied(session, customer_id)
    return f"{event_type} of this customer was not applied" if event_type else None


def doubt_of(checkout_id: UUID) -> Doubt | None:
    """Why a charge must not be sent now, asked right before; None where dunning did not wish it.

    It may have waited since the step was taken: for a worker, or for a gateway that was away.
    """
    with transaction() as session:
        charge = dunning_truth.wished_charge(session, checkout_id)
        if charge is None:
            return None
        if charge.amount_minor != charge.open_minor:
            return Doubt("what it was to collect is no longer owed", final=True)
        if charge.held:
            return Doubt("the customer is held", final=False)
        unclear = why_unclear(session, charge.customer_id, utc_now())
        return Doubt(unclear, final=False) if unclear else None
