"""What the mails say that ask for what is due. Friendly first, firm later, never threatening."""

from bursar.emails.headers import one_line
from bursar.emails.values.dunning import DunningNotice
from bursar.emails.wording.reader import reader
from bursar.emails.wording.text import Wording, maybe_line


def reminder(values: DunningNotice) -> Wording:
    """Some days before: a heads-up."""
    parts = _parts(values)
    return _wording(
        values, f"{_what(parts)} is due on {parts['due_on']}", "A friendly reminder, nothing more."
    )


def due(values: DunningNotice) -> Wording:
    """On the day."""
    return _wording(values, f"{_what(_parts(values))} is due today", "Thank you for paying in time.")


def overdue(values: DunningNotice) -> Wording:
    """Some days after: it may have slipped."""
    parts = _parts(values)
    return _wording(values, f"{_what(parts)} is still open", f"It was due on {parts['due_on']}.")


def final_notice(values: DunningNotice) -> Wording:
    """The last one before something follows: what, and when."""
    parts = _parts(values)
    follows = parts["suspends"] and parts["suspends_on"]
    then = f"{parts['suspends']} will be paused on {parts['suspends_on']}." if follows else "Please pay now."
    return _wording(values, f"Last reminder: {_what(parts)} is overdue", then)


def suspended(values: DunningNotice) -> Wording:
    """Afterwards: what is paused, and how it comes back."""
    parts = _parts(values)
    paused = parts["suspends"] or "Your access"
    return _wording(values, f"{paused} is paused: {_what(parts)} is overdue", "Pay, and it opens again.")


def _wording(values: DunningNotice, subject: str, preheader: str) -> Wording:
    return Wording(
        subject=subject, preheader=preheader, lang=reader(values.locale).lang, parts=_parts(values)
    )


def _what(parts: dict[str, object]) -> str:
    """What is asked for: how much, for which invoice. A subject that says so is found again."""
    return f"{parts['balance']} for {parts['invoice_number']}"


def _parts(values: DunningNotice) -> dict[str, object]:
    read = reader(values.locale)
    late_fee = read.money(values.late_fee_minor, values.currency) if values.late_fee_minor else None
    part = f"{values.installment} of {values.installments}" if values.installment else None
    return {
        "customer_name": one_line(values.customer_name),
        "invoice_number": one_line(values.invoice_number),
        "balance": read.money(values.balance_minor, values.currency),
        "due_on": read.day(values.due_on),
        "installment": part,
        "late_fee": late_fee,
        "suspends": maybe_line(values.suspends),
        "suspends_on": read.day(values.suspends_on) if values.suspends_on else None,
        "pay_url": values.pay_url,
    }
