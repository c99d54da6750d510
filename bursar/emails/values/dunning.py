"""Values of the mails that ask for what is due. One shape for every step: only the tone differs."""

from dataclasses import dataclass
from datetime import date

from bursar.emails.values.checks import check_currency, check_link


@dataclass(frozen=True, slots=True, kw_only=True)
class DunningNotice:
    """An invoice, or a part of it, is to be paid."""

    customer_name: str
    invoice_number: str
    balance_minor: int
    """What is to be paid now, in minor units."""
    currency: str
    locale: str = "en_IN"
    due_on: date
    installment: int | None = None
    """Which part of the invoice, from 1; None where it is due at once."""
    installments: int | None = None
    """How many parts there are."""
    late_fee_minor: int = 0
    """Of the balance, what was added because it is late."""
    suspends: str | None = None
    """What is, or will be, paused: the title of a track."""
    suspends_on: date | None = None
    pay_url: str | None = None

    def __post_init__(self) -> None:
        check_currency(self.currency)
        check_link("pay_url", self.pay_url)
