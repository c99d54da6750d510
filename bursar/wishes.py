"""What a host wants to have billed: invoices from JSON or CSV, all checked before any is written.

The form is in docs/how-to/invoice.md. JSON: a list of objects, or one object per line. CSV: one fee per row;
the rows of an invoice have the same reference. Amounts are decimal text of the currency (`1,250.50`).
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bursar.errors import Refused
from bursar.rules.billing import LINES_MAX
from bursar.rules.invoicing import Fee
from bursar.rules.money import checked_currency, parse_amount
from bursar.rules.money_text import money_text

BYTES_MAX = 32 * 1024 * 1024
"""Of one file: about 100,000 fees; a larger term comes in several files."""
INVOICES_MAX = 20_000
"""In one file: a school's year."""
PROBLEMS_MAX = 20
"""Named at once: who has more has one mistake many times."""
_CUSTOMER = ("name", "email", "country", "region", "address", "tax_id", "locale")
_FEE = ("component", "description", "amount", "quantity", "discount", "priority")
_OWN = ("reference", "currency", "due_on", "issue_on", "period_start", "track", "coupon")
COLUMNS = (*_OWN, "customer", *_CUSTOMER, *_FEE)
"""Of a CSV file; `customer` is the host's reference of the person."""

Text = Annotated[str, Field(min_length=1, max_length=200)]


class WishRefused(Refused):
    """A file of invoices that cannot be read; the message names every record and field that is wrong."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class CustomerWish(_Part):
    """Who is billed. What is absent stays as it is known."""

    reference: Text
    name: Text | None = None
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)] | None = None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    region: Annotated[str, Field(max_length=32)] | None = None
    address: Annotated[str, Field(max_length=500)] | None = None
    tax_id: Annotated[str, Field(max_length=32)] | None = None
    locale: Annotated[str, Field(pattern=r"^[a-z]{2}_[A-Z]{2}$")] | None = None

    @model_validator(mode="after")
    def _money_can_be_written(self) -> Self:
        if self.locale is not None:
            try:
                money_text(0, "INR", self.locale)
            except Refused as refused:
                raise ValueError(str(refused)) from None
        return self


class FeeWish(_Part):
    """One fee component, before tax."""

    component: Annotated[str, Field(min_length=1, max_length=100)]
    description: Annotated[str, Field(max_length=500)] | None = None
    amount: Annotated[str, Field(max_length=32)]
    quantity: int = Field(1, ge=1, le=10_000)
    discount: Annotated[str, Field(max_length=32)] | None = None
    priority: int = Field(100, ge=0, le=10_000)

    def fee(self, currency: str) -> Fee:
        """As rules read it. Raises AmountRefused."""
        return Fee(
            component=self.component,
            description=self.description,
            unit_minor=parse_amount(self.amount, currency),
            quantity=self.quantity,
            discount_minor=parse_amount(self.discount, currency) if self.discount else 0,
            priority=self.priority,
        )


class InvoiceWish(_Part):
    """One invoice to be drafted, once per reference."""

    reference: Text
    customer: CustomerWish
    currency: str
    due_on: date
    issue_on: date | None = None
    period_start: date | None = None
    track: Annotated[str, Field(max_length=64)] | None = None
    coupon: Annotated[str, Field(max_length=40)] | None = None
    """A discount code; what it takes off is decided when the draft is written."""
    lines: Annotated[list[FeeWish], Field(min_length=1, max_length=LINES_MAX)]

    @model_validator(mode="after")
    def _can_be_billed(self) -> Self:
        try:
            checked_currency(self.currency)
            if min(fee.net_minor for fee in self.fees()) <= 0:
                raise ValueError("discount: a fee less its discount must be above zero")
        except Refused as refused:
            raise ValueError(str(refused)) from None
        return self

    def fees(self) -> list[Fee]:
        """Its fee components, in order."""
        return [line.fee(self.currency.upper()) for line in self.lines]


def read_wishes(data: bytes, *, as_csv: bool) -> list[InvoiceWish]:
    """The invoices of a file. Raises WishRefused naming every problem, up to twenty."""
    if len(data) > BYTES_MAX:
        raise WishRefused(f"the file is larger than {BYTES_MAX // 1024 // 1024} MiB: split it")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise WishRefused("the file is not in UTF-8: save it as such") from None
    records = _csv_records(text) if as_csv else _json_records(text)
    if len(records) > INVOICES_MAX:
        raise WishRefused(f"the file has {len(records)} invoices, at most {INVOICES_MAX} are read: split it")
    return _checked(records)


def _json_records(text: str) -> list[Any]:
    try:
        if text.lstrip().startswith("["):
            found: list[Any] = json.loads(text)
            return found
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError) as error:
        raise WishRefused(f"the file is no JSON: {error}") from None


def _csv_records(text: str) -> list[Any]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        names = reader.fieldnames or []
        strange = [name for name in names if name not in COLUMNS]
        if strange:
            raise WishRefused(f"column {strange[0]!r} is not known; there are {', '.join(COLUMNS)}")
        rows = [{name: cell for name, cell in row.items() if cell not in (None, "")} for row in reader]
    except csv.Error as error:
        raise WishRefused(f"the file is no CSV: {error}") from None
    records: dict[str, dict[str, Any]] = {}
    for row in rows:
        record = records.setdefault(row.get("reference", ""), _head(row))
        record["lines"].append({name: row[name] for name in _FEE if name in row})
    return list(records.values())


def _head(row: dict[str, str]) -> dict[str, Any]:
    customer = {name: row[name] for name in _CUSTOMER if name in row}
    if "customer" in row:
        customer["reference"] = row["customer"]
    return {**{name: row[name] for name in _OWN if name in row}, "customer": customer, "lines": []}


def _checked(records: Sequence[Any]) -> list[InvoiceWish]:
    wishes, problems, seen = [], [], set()
    for n, record in enumerate(records, start=1):
        try:
            wish = InvoiceWish.model_validate(record)
        except ValidationError as refused:
            problems += [
                f"invoice {n}: {'.'.join(map(str, e['loc'])) or 'it'}: {e['msg']}" for e in refused.errors()
            ]
            continue
        if wish.reference in seen:
            problems.append(f"invoice {n}: reference {wish.reference!r} is in the file twice")
        seen.add(wish.reference)
        wishes.append(wish)
    if problems:
        raise WishRefused(_told(problems))
    return wishes


def _place(error: Mapping[str, Any]) -> str:
    return ".".join(map(str, error["loc"])) or "it"


def _told(problems: Iterable[str]) -> str:
    listed = list(problems)
    more = len(listed) - PROBLEMS_MAX
    lines = listed[:PROBLEMS_MAX] + ([f"and {more} more"] if more > 0 else [])
    return "nothing was written:\n  " + "\n  ".join(lines)
