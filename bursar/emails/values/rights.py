"""Values of the mails about what a customer has: tracks, plans, saved cards."""

from dataclasses import dataclass
from datetime import date

from bursar.emails.errors import MailInputRefused
from bursar.emails.values.checks import check_currency, check_link

MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollmentUnlocked:
    """A track is open: where to begin."""

    customer_name: str
    track: str
    first_project: str
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CardExpiring:
    """A saved card ends soon."""

    customer_name: str
    locale: str = "en_IN"
    card: str
    """"Visa ending in 4242"."""
    expires: tuple[int, int]
    """(year, month): it works until the last day of that month."""
    plan: str | None = None
    """What would be charged to it next."""
    update_url: str | None = None

    def __post_init__(self) -> None:
        check_link("update_url", self.update_url)
        if not 1 <= self.expires[1] <= MONTHS:
            raise MailInputRefused("expires must be a year and a month from 1 to 12")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChanged:
    """A subscription has another plan."""

    customer_name: str
    locale: str = "en_IN"
    plan_before: str | None = None
    plan: str
    amount_minor: int | None = None
    """What it costs per interval; None where only the gateway knows."""
    currency: str | None = None
    interval: str | None = None
    """"month", to follow "per"."""
    renews_on: date | None = None

    def __post_init__(self) -> None:
        if (self.amount_minor is None) != (self.currency is None):
            raise MailInputRefused("amount_minor needs its currency, and a currency its amount_minor")
        if self.currency is not None:
            check_currency(self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionCanceled:
    """A subscription ends, or has ended."""

    customer_name: str
    locale: str = "en_IN"
    plan: str
    ends_on: date | None = None
    """The last day of what was paid for; None: it has ended."""
