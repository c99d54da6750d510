"""Builders that name only what matters to a test."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

from bursar.rules.books import Directory, Invoice, Line, Told
from bursar.rules.facts import (
    NO_CLAIMS,
    AttributionFact,
    CheckoutFact,
    Claims,
    ConversionFact,
    DisputeFact,
    DisputeFundsFact,
    Fact,
    FeeFact,
    PaymentFact,
    RefundFact,
    RefundWatermark,
    SettlementFact,
    WriteOffFact,
)
from bursar.rules.states import (
    CheckoutStatus,
    DisputeStatus,
    FundsDirection,
    PaymentStatus,
    RefundStatus,
    SettlementStatus,
)

ACCOUNT = "stripe:test"
NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)
DUE = date(2026, 4, 30)

_event_ids = itertools.count(1)


def an_id(number: int) -> UUID:
    """A readable id: the same number, the same row."""
    return UUID(int=number)


ASHA, BEN, CHEN = (an_id(number) for number in (0xA, 0xB, 0xC))


def make_line(number: int, gross_minor: int, **more) -> Line:
    """A fee component; `number` is its id and its position."""
    given = {"priority": 100, "due_on": DUE, "component": "tuition", "position": number} | more
    return Line(id=an_id(number), invoice_id=an_id(0), gross_minor=gross_minor, **given)


def make_invoice(
    number: int, fees: Sequence[int | Line], *, customer: UUID = ASHA, currency: str = "INR", opened_seq=0
) -> Invoice:
    """An invoice of some fees; line `n` of invoice `number` has the id `number * 16 + n`."""
    invoice_id = an_id(number)
    lines = []
    for n, fee in enumerate(fees, start=1):
        line = make_line(n, fee) if isinstance(fee, int) else fee
        lines.append(line._replace(id=line_id(number, n), invoice_id=invoice_id, position=n))
    return Invoice(
        id=invoice_id,
        customer_id=customer,
        currency=currency,
        opened_seq=opened_seq,
        total_minor=sum(line.gross_minor for line in lines),
        lines=tuple(lines),
    )


def line_id(invoice: int, position: int = 1) -> UUID:
    """The id that `make_invoice` gave a line."""
    return an_id(invoice * 16 + position)


def make_directory(invoices: Sequence[Invoice] = (), **more) -> Directory:
    """Names of Asha, Ben and Chen, and of invoices as INV-<number>."""
    return Directory(
        invoices={f"INV-{invoice.id.int}": invoice.id for invoice in invoices},
        owners={invoice.id: invoice.customer_id for invoice in invoices},
        customers={"asha": ASHA, "ben": BEN, "chen": CHEN},
        gateway_customers={(ACCOUNT, "cus_asha"): ASHA, (ACCOUNT, "cus_ben"): BEN},
        **more,
    )


def told(*facts: Fact, account: str = ACCOUNT) -> Told:
    """One event with these facts."""
    number = next(_event_ids)
    return Told(event_id=an_id(number), account=account, facts=facts, key=f"evt_{number:09}")


def again(event: Told) -> Told:
    """The same event, delivered once more: the key that its gateway signed stays."""
    return replace(event, event_id=an_id(next(_event_ids)))


def paid(
    amount_minor: int,
    payment: str = "pi_1",
    *,
    status: PaymentStatus = PaymentStatus.SUCCEEDED,
    currency: str = "INR",
    claims: Claims = NO_CLAIMS,
    **more,
) -> PaymentFact:
    """A fact about a payment; it succeeded unless somebody says otherwise."""
    return PaymentFact(
        status=status,
        payment=payment,
        amount_minor=amount_minor,
        currency=currency,
        occurred_at=more.pop("occurred_at", NOON),
        claims=claims,
        **more,
    )


def attributed(invoice: str, payment: str = "pi_1", **more) -> AttributionFact:
    """An operator's ruling: this payment is for that invoice."""
    given = {"ruling": "r_1", "occurred_at": NOON} | more
    return AttributionFact(payment=payment, invoice=invoice, **given)


def given_up(invoice: str, *lines: tuple[int, int], ruling: str = "w_1") -> WriteOffFact:
    """An operator's ruling: nobody waits any longer for these amounts, by the line's position."""
    return WriteOffFact(ruling=ruling, invoice=invoice, lines=lines, occurred_at=NOON)


def refunded(
    amount_minor: int,
    refund: str = "re_1",
    *,
    payment: str = "pi_1",
    status: RefundStatus = RefundStatus.SUCCEEDED,
    currency: str = "INR",
    **more,
) -> RefundFact:
    """A fact about a refund; it succeeded unless somebody says otherwise."""
    return RefundFact(
        status=status,
        refund=refund,
        payment=payment,
        amount_minor=amount_minor,
        currency=currency,
        occurred_at=more.pop("occurred_at", NOON),
        **more,
    )


def watermark(refunded_minor: int, payment: str = "pi_1", currency: str = "INR") -> RefundWatermark:
    """How much of a payment was refunded in all."""
    return RefundWatermark(
        payment=payment, refunded_minor=refunded_minor, currency=currency, occurred_at=NOON
    )


def checkout(
    external_id: str, payment: str | None = None, status: CheckoutStatus = CheckoutStatus.COMPLETED
) -> CheckoutFact:
    """A fact about a checkout session."""
    return CheckoutFact(status=status, checkout=external_id, payment=payment, occurred_at=NOON)


def disputed(
    amount_minor: int,
    status: DisputeStatus = DisputeStatus.NEEDS_RESPONSE,
    dispute: str = "dp_1",
    *,
    payment: str = "pi_1",
    currency: str = "INR",
    **more,
) -> DisputeFact:
    """A word about a dispute; it was just opened unless somebody says otherwise."""
    return DisputeFact(
        status=status,
        dispute=dispute,
        payment=payment,
        amount_minor=amount_minor,
        currency=currency,
        occurred_at=more.pop("occurred_at", NOON),
        **more,
    )


def contested(
    amount_minor: int,
    direction: FundsDirection = FundsDirection.WITHDRAWN,
    dispute: str = "dp_1",
    *,
    payment: str = "pi_1",
    currency: str = "INR",
    **more,
) -> DisputeFundsFact:
    """Contested money moved."""
    return DisputeFundsFact(
        movement=f"{dispute}:{direction}",
        direction=direction,
        dispute=dispute,
        payment=payment,
        amount_minor=amount_minor,
        currency=currency,
        occurred_at=more.pop("occurred_at", NOON),
    )


def charged(
    fee_minor: int, tax_minor: int = 0, source: str = "txn_1", *, about: str = "pi_1", **more
) -> FeeFact:
    """What the gateway kept."""
    return FeeFact(
        source=source,
        about=about,
        fee_minor=fee_minor,
        tax_minor=tax_minor,
        currency=more.pop("currency", "INR"),
        occurred_at=more.pop("occurred_at", NOON),
    )


def converted(
    sold_minor: int, bought_minor: int, source: str = "txn_1", *, about: str = "pi_1", **more
) -> ConversionFact:
    """Dollars that were settled in rupees."""
    return ConversionFact(
        source=source,
        about=about,
        sold_minor=sold_minor,
        sold_currency=more.pop("sold_currency", "USD"),
        bought_minor=bought_minor,
        bought_currency="INR",
        occurred_at=more.pop("occurred_at", NOON),
    )


def settled(
    amount_minor: int, status: SettlementStatus = SettlementStatus.PAID, settlement: str = "po_1", **more
) -> SettlementFact:
    """Money on its way to our bank; it arrived unless somebody says otherwise."""
    return SettlementFact(
        status=status,
        settlement=settlement,
        amount_minor=amount_minor,
        currency=more.pop("currency", "INR"),
        occurred_at=more.pop("occurred_at", NOON),
    )
