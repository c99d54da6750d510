"""What the mails about money say: owed, paid, failed, returned, contested."""

from collections.abc import Sequence

from bursar.emails.headers import one_line
from bursar.emails.values.money import (
    ChargeAnnounced,
    DisputeAlert,
    InvoiceIssued,
    PaymentFailed,
    PaymentReceived,
    PaymentRetryFailed,
    RefundProcessed,
)
from bursar.emails.wording.reader import reader
from bursar.emails.wording.text import ITEMS_SHOWN_MAX, Wording, joined, listed, maybe_line


def invoice_issued(values: InvoiceIssued) -> Wording:
    """An invoice and until when it is to be paid."""
    read = reader(values.locale)
    total, balance = (
        read.money(each, values.currency) for each in (values.total_minor, values.balance_minor)
    )
    number, due_on = one_line(values.invoice_number), read.day(values.due_on)
    owed = values.balance_minor > 0
    lines, installments = values.lines[:ITEMS_SHOWN_MAX], values.installments[:ITEMS_SHOWN_MAX]
    return Wording(
        subject=f"Invoice {number}: {balance} due {due_on}" if owed else f"Invoice {number}: paid",
        preheader=f"Please pay by {due_on}." if owed else "Nothing is left to pay.",
        lang=read.lang,
        parts={
            "customer_name": one_line(values.customer_name),
            "invoice_number": number,
            "total": total,
            "balance": balance if owed else None,
            "paid_before": values.balance_minor < values.total_minor,
            "due_on": due_on,
            "lines": [
                {"name": one_line(each.component), "amount": read.money(each.gross_minor, values.currency)}
                for each in lines
            ],
            "lines_more": len(values.lines) - len(lines),
            "installments": [
                {"due_on": read.day(each.due_on), "amount": read.money(each.amount_minor, values.currency)}
                for each in installments
            ],
            "installments_more": len(values.installments) - len(installments),
            "pay_url": values.pay_url if owed else None,
        },
    )


def payment_received(values: PaymentReceived) -> Wording:
    """What was paid, what is left, what is kept."""
    read = reader(values.locale)

    def money(minor: int) -> str:
        return read.money(minor, values.currency)

    numbers, numbers_more = listed(values.invoice_numbers)
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
        subject=joined(f"Payment received: {amount}", _for_invoices(numbers, numbers_more)),
        preheader=f"Thank you. {f'{balance} is still to be paid.' if balance else 'Nothing more is due.'}",
        lang=read.lang,
        parts={
            "customer_name": one_line(values.customer_name),
            "amount": amount,
            "paid_on": read.day(values.paid_at),
            "invoice_numbers": numbers,
            "invoice_numbers_more": numbers_more,
            "lines": lines,
            "lines_more": len(values.lines) - len(shown),
            "balance": balance,
            "credit": money(values.credit_minor) if values.credit_minor else None,
            "receipt_number": maybe_line(values.receipt_number),
            "receipt_url": values.receipt_url,
        },
    )


def payment_failed(values: PaymentFailed) -> Wording:
    """Why it failed, and what helps."""
    read = reader(values.locale)
    amount, number = read.money(values.amount_minor, values.currency), maybe_line(values.invoice_number)
    reason = one_line(values.reason)
    return Wording(
        subject=joined(f"Your payment of {amount} did not go through", f"({number})" if number else ""),
        preheader=reason,
        lang=read.lang,
        parts={
            "customer_name": one_line(values.customer_name),
            "amount": amount,
            "invoice_number": number,
            "failed_on": read.day(values.failed_at),
            "reason": reason,
            "advice": one_line(values.advice),
            "pay_url": values.pay_url,
        },
    )


def payment_retry_failed(values: PaymentRetryFailed) -> Wording:
    """Why our own try failed, and when the next one is."""
    read = reader(values.locale)
    amount, number = read.money(values.amount_minor, values.currency), one_line(values.invoice_number)
    next_on = read.day(values.next_attempt_on) if values.next_attempt_on else None
    return Wording(
        subject=f"We could not charge {amount} for {number}",
        preheader=f"We try again on {next_on}." if next_on else "Please pay in another way.",
        lang=read.lang,
        parts={
            "customer_name": one_line(values.customer_name),
            "amount": amount,
            "invoice_number": number,
            "method": one_line(values.method),
            "reason": one_line(values.reason),
            "advice": one_line(values.advice),
            "next_attempt_on": next_on,
            "pay_url": values.pay_url,
        },
    )


def charge_announced(values: ChargeAnnounced) -> Wording:
    """How much will be charged, when, and to what."""
    read = reader(values.locale)
    amount, number = read.money(values.amount_minor, values.currency), one_line(values.invoice_number)
    charge_on, method = read.day(values.charge_on), one_line(values.method)
    return Wording(
        subject=f"{amount} for {number} will be charged on {charge_on}",
        preheader=f"From {method}. You need to do nothing.",
        lang=read.lang,
        parts={
            "customer_name": one_line(values.customer_name),
            "amount": amount,
            "invoice_number": number,
            "method": method,
            "charge_on": charge_on,
            "pay_url": values.pay_url,
        },
    )


def refund_processed(values: RefundProcessed) -> Wording:
    """How much comes back, and when."""
    read = reader(values.locale)
    amount = read.money(values.amount_minor, values.currency)
    number, timeline = maybe_line(values.invoice_number), one_line(values.timeline)
    return Wording(
        subject=joined(f"Refund of {amount}", f"for {number}" if number else ""),
        preheader=f"It should reach your account within {timeline}.",
        lang=read.lang,
        parts={
            "customer_name": one_line(values.customer_name),
            "amount": amount,
            "invoice_number": number,
            "original_paid_on": read.day(values.original_paid_at),
            "timeline": timeline,
        },
    )


def dispute_alert(values: DisputeAlert) -> Wording:
    """What is contested, and until when the bank listens."""
    read = reader(values.locale)
    amount = read.money(values.amount_minor, values.currency)
    respond_by = read.moment(values.respond_by) if values.respond_by else None
    name, gateway = one_line(values.customer_name), one_line(values.gateway)
    return Wording(
        subject=f"Dispute: {amount} paid by {name}",
        preheader=f"Answer by {respond_by}." if respond_by else "Answer as soon as you can.",
        lang=read.lang,
        parts={
            "customer_name": name,
            "customer_ref": one_line(values.customer_ref),
            "amount": amount,
            "gateway": gateway,
            "payment": one_line(values.payment),
            "dispute": one_line(values.dispute),
            "reason": maybe_line(values.reason),
            "respond_by": respond_by,
            "invoice_number": maybe_line(values.invoice_number),
        },
    )


def _for_invoices(numbers: Sequence[str], more: int) -> str:
    """Name one invoice in the subject, and count the others."""
    if not numbers:
        return ""
    others = len(numbers) - 1 + more
    return f"for {numbers[0]}" + (f" and {others} more" if others else "")
