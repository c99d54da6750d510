"""How movements of money become double entries.

Debit is positive, credit negative; every entry sums to zero per currency.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from bursar.errors import invariant


class CauseType(StrEnum):
    """What kind of row caused an entry."""

    INVOICE = "invoice"
    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"
    MOVEMENT = "movement"
    """What a gateway did to our balance: a fee, a conversion, contested money, a settlement."""
    ACTION = "action"
    """A repeatable act: re-attribution, application of credit. Each has an id of its own."""


class EntryKind(StrEnum):
    """What an entry says happened."""

    ISSUED = "issued"
    CAPTURED = "captured"
    REFUNDED = "refunded"
    REFUND_RETURNED = "refund_returned"
    DISPUTE_LOST = "dispute_lost"
    DISPUTE_RESTORED = "dispute_restored"
    """A loss that was taken back: an appeal was won."""
    BALANCE_MOVED = "balance_moved"
    """A fee, a conversion, contested money or a settlement, or the difference to what was known of it."""
    CREDITED = "credited"
    """A credit note took back a charge."""
    VOIDED = "voided"
    WRITTEN_OFF = "written_off"
    WRITE_OFF_REVERSED = "write_off_reversed"
    """Late money came for what had been given up."""
    MOVED = "moved"
    """Attribution or credit moved between lines and lots; no money came or went."""


RECEIVABLE = "receivable"
CUSTOMER_CREDIT = "customer_credit"
UNIDENTIFIED = "unidentified"
SUSPENSE = "suspense"
TAX_PAYABLE = "tax_payable"
CONTESTED = "contested"
"""Money a gateway withdrew for a dispute that is not decided."""
GATEWAY_FEES = "gateway_fees"
INPUT_TAX = "input_tax"
FX = "fx"
BAD_DEBT = "bad_debt"
BANK = "bank"
ROUNDING = "rounding"
"""What totals in whole units were rounded off by."""


def gateway_account(account: str) -> str:
    """The asset account of money at a gateway: 'gateway:stripe:live'."""
    return f"gateway:{account}"


def revenue_account(component: str) -> str:
    """The income account of a fee component."""
    return f"revenue:{component}"


class Leg(NamedTuple):
    """One line of an entry."""

    account: str
    amount_minor: int
    currency: str
    customer_id: UUID | None = None
    invoice_line_id: UUID | None = None
    payment_id: UUID | None = None
    dispute_id: UUID | None = None


class Entry(NamedTuple):
    """One movement, keyed so that it can happen once: (cause_type, cause_id, kind)."""

    cause_type: CauseType
    cause_id: UUID
    kind: EntryKind
    legs: tuple[Leg, ...]
    policy: str | None = None


def entry(
    cause_type: CauseType, cause_id: UUID, kind: EntryKind, legs: Iterable[Leg], policy: str | None = None
) -> Entry:
    """An entry of the legs that are not zero. Raises Broken when they do not balance in every currency."""
    kept = tuple(leg for leg in legs if leg.amount_minor)
    sums: dict[str, int] = {}
    for leg in kept:
        sums[leg.currency] = sums.get(leg.currency, 0) + leg.amount_minor
    invariant(
        bool(kept) and not any(sums.values()), "a ledger entry must balance", cause_id=cause_id, kind=kind
    )
    return Entry(cause_type, cause_id, kind, kept, policy)


def tax_part(amount_minor: int, *, gross_minor: int, tax_minor: int) -> int:
    """How much of the first `amount_minor` of a line is tax; cumulative, so that parts sum to the whole."""
    return amount_minor * tax_minor // gross_minor
