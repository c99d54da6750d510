"""What each mail says: its values turned into finished sentences' parts. Templates only place them.

Every string that came from people passes `one_line`, every amount `money_text`; templates do no arithmetic.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bursar.emails.headers import one_line
from bursar.emails.kinds import EmailValues, EnrollmentUnlocked, PaymentReceived, RefundProcessed
from bursar.rules.money_text import money_text

ITEMS_SHOWN_MAX = 40
"""Fee components, invoices or steps listed in one mail: Gmail cuts a mail at 102 kB and hides the rest."""

# Not strftime: the month must not follow the locale of the process.
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The parts of one mail, ready to be placed."""

    subject: str
    preheader: str
    """What a mailbox shows beside the subject."""
    parts: dict[str, object]
    """What the templates of this kind name."""


def wording(values: EmailValues, *, attached: bool) -> Wording:
    """The wording of a mail. `attached`: whether a document really goes with it."""
    match values:
        case PaymentReceived():
            return _payment_received(values, attached=attached)
        case RefundProcessed():
            return _refund_processed(values)
        case EnrollmentUnlocked():
            return _enrollment_unlocked(values)


def _payment_received(values: PaymentReceived, *, attached: bool) -> Wording:
    def money(minor: int) -> str:
        return money_text(minor, values.currency, values.locale)

    numbers, numbers_more = _listed(values.invoice_numbers)
    amount = money(values.amount_minor)
    shown = values.lines[:ITEMS_SHOWN_MAX]
    lines = [
        {
            "component": one_line(line.component),
            "paid": money(line.paid_minor),
            "balance": money(line.balance_minor) if line.balance_minor else None,
        }
        for line in shown
    ]
    balance = money(values.balance_minor) if values.balance_minor else None
    return Wording(
        subject=_joined(f"Payment received: {amount}", _for_invoices(numbers, numbers_more)),
        preheader=f"Thank you. {f'{balance} is still to be paid.' if balance else 'Nothing more is due.'}",
        parts={
            "customer_name": one_line(values.customer_name),
            "amount": amount,
            "paid_on": _day(values.paid_at),
            "invoice_numbers": numbers,
            "invoice_numbers_more": numbers_more,
            "lines": lines,
            "lines_more": len(values.lines) - len(shown),
            "balance": balance,
            "credit": money(values.credit_minor) if values.credit_minor else None,
            "receipt_number": one_line(values.receipt_number) if values.receipt_number else None,
            "attached": attached,
        },
    )


def _refund_processed(values: RefundProcessed) -> Wording:
    amount = money_text(values.amount_minor, values.currency, values.locale)
    number = one_line(values.invoice_number) if values.invoice_number else None
    timeline = one_line(values.timeline)
    return Wording(
        subject=_joined(f"Refund of {amount}", f"for {number}" if number else ""),
        preheader=f"It should reach your account within {timeline}.",
        parts={
            "customer_name": one_line(values.customer_name),
            "amount": amount,
            "invoice_number": number,
            "original_paid_on": _day(values.original_paid_at),
            "timeline": timeline,
        },
    )


def _enrollment_unlocked(values: EnrollmentUnlocked) -> Wording:
    track, first_project = one_line(values.track), one_line(values.first_project)
    steps, steps_more = _listed(values.steps)
    return Wording(
        subject=f"{track} is open for you",
        preheader=f"Start with {first_project}.",
        parts={
            "customer_name": one_line(values.customer_name),
            "track": track,
            "first_project": first_project,
            "steps": steps,
            "steps_more": steps_more,
        },
    )


def _listed(texts: Sequence[str]) -> tuple[list[str], int]:
    """The texts that are shown, and how many more there are."""
    return [one_line(text) for text in texts[:ITEMS_SHOWN_MAX]], max(0, len(texts) - ITEMS_SHOWN_MAX)


def _for_invoices(numbers: Sequence[str], more: int) -> str:
    """Name one invoice in the subject, and count the others."""
    if not numbers:
        return ""
    others = len(numbers) - 1 + more
    return f"for {numbers[0]}" + (f" and {others} more" if others else "")


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _day(moment: datetime) -> str:
    """A day that no reader can take for another: 6 October 2026."""
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"
