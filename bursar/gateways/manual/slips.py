"""A slip: money that came by hand or by bank, or that the bank took back. Written here, read back as facts.

The same reference, amount and day are the same slip, whoever enters it: it is in the inbox once.
"""

import hashlib
import re
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import NamedTuple

import orjson

from bursar.errors import Refused
from bursar.gateways.protocol import Document, Unreadable
from bursar.gateways.shapes import find_claim, get_identifier
from bursar.rules.facts import Claims, Fact, PaymentFact, RefundFact
from bursar.rules.facts.refunds import TAKEN_BACK
from bursar.rules.money import AmountRefused, CurrencyRefused, checked_amount, checked_currency
from bursar.rules.states import PaymentStatus, RefundEffect, RefundStatus

RECEIVED, RETURNED = "money.received", "money.returned"
"""Types in the inbox."""
REFERENCE_LENGTH_MAX = 140
"""Characters, as many as a bank carries with a transfer (ISO 20022, Max140Text)."""
_KEY_LENGTH = 24
"""Hex digits of a slip's own id: no two of ours will ever share them."""


class Method(StrEnum):
    """How it came."""

    CASH = "cash"
    BANK_TRANSFER = "bank_transfer"
    CHEQUE = "cheque"


class SlipRefused(Refused):
    """A slip that says nothing usable; the message names the field."""


class Slip(NamedTuple):
    """Money that came."""

    reference: str
    """What the slip, cheque or statement line says."""
    amount_minor: int
    currency: str
    day: date
    """On which it was handed over, or booked by the bank."""
    method: Method
    customer: str
    """The host's reference of the payer."""
    invoice: str | None = None
    """Our id of the invoice it is for."""

    @property
    def payment(self) -> str:
        """The id under which it is credited once."""
        return f"slip_{_key(RECEIVED, self.reference, self.amount_minor, self.currency, self.day)}"

    def document(self) -> bytes:
        """As the inbox keeps it."""
        return orjson.dumps({"payment": self.payment} | self._asdict(), option=orjson.OPT_SORT_KEYS)


class ReturnSlip(NamedTuple):
    """Money that the bank took back: a transfer, debit or cheque that was returned."""

    reference: str
    amount_minor: int
    currency: str
    day: date
    payment: str
    """The id of the payment at its gateway."""

    @property
    def refund(self) -> str:
        """The id under which it is taken back once."""
        return f"return_{_key(self.payment, self.reference, self.amount_minor, self.currency, self.day)}"

    def document(self) -> bytes:
        """As the inbox keeps it."""
        return orjson.dumps({"refund": self.refund} | self._asdict(), option=orjson.OPT_SORT_KEYS)


def checked_slip(slip: Slip | ReturnSlip) -> None:
    """Raises SlipRefused, AmountRefused or CurrencyRefused naming the field."""
    checked_amount(slip.amount_minor, "amount")
    checked_currency(slip.currency)
    reference = slip.reference.strip()
    if not reference or len(reference) > REFERENCE_LENGTH_MAX or not reference.isprintable():
        raise SlipRefused(
            f"reference must be 1 to {REFERENCE_LENGTH_MAX} printable characters, as the slip has it"
        )


def noon_of(day: date) -> datetime:
    """When money of a day came: slips know no time, and noon is that day in most of the world."""
    return datetime.combine(day, time(12), UTC)


def read_slip(event_type: str, document: Document) -> tuple[Fact, ...]:
    """The facts of a stored slip. Raises Unreadable naming the field."""
    amount_minor, currency, occurred_at = _common(document)
    payment = get_identifier(document.get("payment"), "payment")
    if event_type == RETURNED:
        return (
            RefundFact(
                status=RefundStatus.SUCCEEDED,
                refund=get_identifier(document.get("refund"), "refund"),
                payment=payment,
                amount_minor=amount_minor,
                currency=currency,
                occurred_at=occurred_at,
                reason=TAKEN_BACK,
                effect=RefundEffect.REOPEN,
            ),
        )
    return (
        PaymentFact(
            status=PaymentStatus.SUCCEEDED,
            payment=payment,
            amount_minor=amount_minor,
            currency=currency,
            occurred_at=occurred_at,
            claims=Claims(
                customer=find_claim(document.get("customer")), invoice=find_claim(document.get("invoice"))
            ),
            method=_method(document.get("method")),
        ),
    )


def _common(document: Document) -> tuple[int, str, datetime]:
    try:
        amount_minor = checked_amount(document.get("amount_minor"), "amount_minor")
        currency = checked_currency(document.get("currency"))
        occurred_at = noon_of(date.fromisoformat(str(document.get("day"))))
    except (AmountRefused, CurrencyRefused) as refused:
        raise Unreadable(str(refused)) from None
    except ValueError:
        raise Unreadable("day must be a date as 2026-11-21") from None
    return amount_minor, currency, occurred_at


def _method(value: object) -> Method:
    try:
        return Method(str(value))
    except ValueError:
        raise Unreadable(f"method must be one of {', '.join(Method)}") from None


def _key(kind: str, reference: str, amount_minor: int, currency: str, day: date) -> str:
    """Blanks and capitals differ between two clerks who read the same slip."""
    told = "\n".join(
        (kind, re.sub(r"\s+", " ", reference.strip()).casefold(), str(amount_minor), currency, str(day))
    )
    return hashlib.sha256(told.encode()).hexdigest()[:_KEY_LENGTH]
