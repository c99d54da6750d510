"""Whom and what money is for, as far as an event says."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """Whom and what the money is for, as far as the event says. Unverified strings."""

    invoice: str | None = None
    """Our invoice id, its number or the host's own reference, from metadata or notes."""
    customer: str | None = None
    """The host's reference of the student or payer, from metadata or notes."""
    track: str | None = None
    """Slug of the course track, from metadata or notes."""
    components: tuple[tuple[str, int], ...] = ()
    """Fee component and minor units, where the host said how to spread the money (`explicit`)."""
    checkouts: tuple[str, ...] = ()
    """Gateway ids of the sessions, orders or links the payment came through."""
    subscriber: str | None = None
    """The host's reference of the payer, from the metadata of the gateway's subscription or invoice."""
    gateway_customer: str | None = None
    """The gateway's own id of the customer."""


NO_CLAIMS = Claims()
