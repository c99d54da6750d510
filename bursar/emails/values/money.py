"""Values of the mails about money: owed, paid, failed, returned, contested."""

from dataclasses import dataclass
from datetime import date, datetime

from bursar.emails.values.checks import check_currency, check_link, check_moment


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentOwed:
    """One fee component of an invoice, tax included."""

    component: str
    gross_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallmentDue:
    """A part of an invoice and the day by which it is to be paid."""

    due_on: date
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceIssued:
    """Something is owed from now on."""

    customer_name: str
    invoice_number: str
    total_minor: int
    balance_minor: int
    """What is left to pay: credit may have paid some of it already."""
    currency: str
    locale: str = "en_IN"
    due_on: date
    lines: tuple[ComponentOwed, ...] = ()
    installments: tuple[InstallmentDue, ...] = ()
    pay_url: str | None = None

    def __post_init__(self) -> None:
        check_currency(self.currency)
        check_link("pay_url", self.pay_url)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentPaid:
    """What one fee component got from the payment, and what is still open on it."""

    component: str
    paid_minor: int
    balance_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReceived:
    """Money arrived: what it paid, what is left to pay, what is kept as credit."""

    customer_name: str
    amount_minor: int
    currency: str
    locale: str = "en_IN"
    invoice_numbers: tuple[str, ...] = ()
    """Empty while the payment is credit only."""
    lines: tuple[ComponentPaid, ...] = ()
    balance_minor: int
    credit_minor: int = 0
    receipt_number: str | None = None
    receipt_url: str | None = None
    """Where the receipt can be saved for some days; None unless the seller wants links in mails."""
    paid_at: datetime
    """Aware; the mail shows the calendar day of the offset it carries."""

    def __post_init__(self) -> None:
        check_moment("paid_at", self.paid_at)
        check_currency(self.currency)
        check_link("receipt_url", self.receipt_url)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFailed:
    """The payer tried, and it did not work."""

    customer_name: str
    amount_minor: int
    currency: str
    locale: str = "en_IN"
    invoice_number: str | None = None
    reason: str
    """Why, as a sentence for the payer (bursar.rules.declines)."""
    advice: str
    """What helps, as a sentence."""
    failed_at: datetime
    """Aware; the mail shows the calendar day of the offset it carries."""
    pay_url: str | None = None

    def __post_init__(self) -> None:
        check_moment("failed_at", self.failed_at)
        check_currency(self.currency)
        check_link("pay_url", self.pay_url)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRetryFailed:
    """We tried a saved way to pay again, and it did not work."""

    customer_name: str
    amount_minor: int
    currency: str
    locale: str = "en_IN"
    invoice_number: str
    method: str
    """What was charged: "Visa ending in 4242"."""
    reason: str
    advice: str
    next_attempt_on: date | None = None
    """When we try again; None: not by ourselves."""
    pay_url: str | None = None

    def __post_init__(self) -> None:
        check_currency(self.currency)
        check_link("pay_url", self.pay_url)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeAnnounced:
    """A saved way to pay will be charged: the notice that mandates ask for a day before."""

    customer_name: str
    amount_minor: int
    currency: str
    locale: str = "en_IN"
    invoice_number: str
    method: str
    charge_on: date
    pay_url: str | None = None

    def __post_init__(self) -> None:
        check_currency(self.currency)
        check_link("pay_url", self.pay_url)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundProcessed:
    """Money is on its way back."""

    customer_name: str
    amount_minor: int
    currency: str
    locale: str = "en_IN"
    invoice_number: str | None = None
    original_paid_at: datetime
    """Aware; the mail shows the calendar day of the offset it carries."""
    timeline: str
    """When the bank will show it, to follow "within": "5 to 7 working days"."""

    def __post_init__(self) -> None:
        check_moment("original_paid_at", self.original_paid_at)
        check_currency(self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeAlert:
    """A payer's bank contests a payment: for those who must answer it."""

    customer_name: str
    customer_ref: str
    """The host's id of the payer."""
    amount_minor: int
    currency: str
    locale: str = "en_IN"
    gateway: str
    payment: str
    """The gateway's id of the payment."""
    dispute: str
    """The gateway's id of the dispute."""
    reason: str | None = None
    respond_by: datetime | None = None
    """Aware; the last moment at which the bank listens."""
    invoice_number: str | None = None

    def __post_init__(self) -> None:
        check_currency(self.currency)
        if self.respond_by:
            check_moment("respond_by", self.respond_by)
