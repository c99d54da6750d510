"""Read the seller from one TOML file, all errors at once; without a file there is a plain one.

The form is in docs/reference/seller.md. Tax ids are checked by their own check digits, offline.
"""

import re
import tomllib
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError as WrongNumber
from stdnum.gb import vat as gb_vat
from stdnum.in_ import gstin

from bursar.errors import Misconfigured
from bursar.rules.indian_states import STATES
from bursar.rules.numbering import FiscalYear
from bursar.rules.sellers import CREDIT_NOTE, PREFIXES, Seller
from bursar.rules.tax import (
    INDIA,
    RATE_BP_MAX,
    Abroad,
    InvoiceKind,
    Place,
    RoundingPolicy,
    TaxProfile,
    TaxSystem,
)
from bursar.settings import Settings

BYTES_MAX = 65_536
"""Of the file: a seller with a profile for every fee of a school is a tenth of it."""
RECEIPT_PREFIX = "RCT"
"""Receipts number themselves in a series of their own; no other may look like it."""
_PREFIX_PATTERN = r"^[A-Za-z0-9-]{1,3}$"
"""Three characters, a slash, `26-27`, a slash and six digits are the sixteen that the law allows."""
_COUNTRY_PATTERN = r"^[A-Z]{2}$"


def _basis_points(value: object) -> object:
    """18, 5.5 or "5.5" per cent; a boolean or more than two decimals is no rate."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("write the rate in per cent, as 18 or 5.5")  # noqa: TRY004  # pydantic reports it
    try:
        points = Decimal(str(value)) * 100
    except ArithmeticError:
        raise ValueError(f"{value!r} is no rate: write per cent, as 18 or 5.5") from None
    if points != points.to_integral_value() or not 0 <= points <= RATE_BP_MAX:
        raise ValueError("a rate lies between 0 and 100 per cent and has at most two decimals")
    return int(points)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{name!r} is no time zone: write it as Asia/Kolkata") from None
    return name


Rate = Annotated[int, BeforeValidator(_basis_points)]
Line = Annotated[str, Field(min_length=1, max_length=100)]
Prefix = Annotated[str, Field(pattern=_PREFIX_PATTERN)]
Country = Annotated[str, Field(pattern=_COUNTRY_PATTERN)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Names(_Part):
    """`[seller]`."""

    name: str = Field(min_length=1, max_length=120)
    address: list[Line] = Field(default_factory=list, max_length=6)
    country: Country | None = None
    state: str | None = None
    tax_id: str | None = None
    entity: str = Field("main", pattern=r"^[a-z0-9-]{1,32}$")
    bank: list[Line] = Field(default_factory=list, max_length=8)
    terms: str | None = Field(None, max_length=2000)
    upi_id: str | None = Field(None, pattern=r"^[A-Za-z0-9._-]{2,64}@[A-Za-z]{2,32}$")
    theme: str = Field("default", pattern=r"^[a-z0-9-]{1,32}$")

    @model_validator(mode="after")
    def _ids_are_right(self) -> Self:
        if self.country == INDIA:
            _check_indian(self.tax_id, self.state)
        elif self.tax_id is not None:
            _check_vat(self.tax_id, self.country)
        return self

    @property
    def region(self) -> str | None:
        """The State, said or read from the GSTIN."""
        if self.country == INDIA and self.tax_id:
            return self.tax_id[:2]
        return self.state


class _Numbers(_Part):
    """`[numbers]`: a prefix per kind, and when the year turns."""

    invoice: Prefix | None = None
    tax_invoice: Prefix | None = None
    bill_of_supply: Prefix | None = None
    invoice_cum_bill_of_supply: Prefix | None = None
    credit_note: Prefix = PREFIXES[CREDIT_NOTE]
    fiscal_year_starts_in: int = Field(4, ge=1, le=12)
    time_zone: Annotated[str, AfterValidator(_zone)] = "Asia/Kolkata"

    def prefixes(self) -> dict[str, str]:
        """Every kind; those that are not named share the prefix of `invoice`."""
        plain = self.invoice or PREFIXES[InvoiceKind.INVOICE]
        named = {kind.value: getattr(self, kind.value) or plain for kind in InvoiceKind}
        return {**named, CREDIT_NOTE: self.credit_note}

    @model_validator(mode="after")
    def _series_differ(self) -> Self:
        invoices = {each for kind, each in self.prefixes().items() if kind != CREDIT_NOTE}
        if self.credit_note in invoices or RECEIPT_PREFIX in {*invoices, self.credit_note}:
            raise ValueError(
                f"credit notes, invoices and receipts ({RECEIPT_PREFIX}) need prefixes of their own"
            )
        return self


class _Rounding(_Part):
    """`[rounding]`."""

    policy: RoundingPolicy = RoundingPolicy.LINE
    to_whole: bool = False


class _Tax(_Part):
    """`[tax.<component>]`."""

    system: TaxSystem
    rate: Rate = 0
    code: str | None = Field(None, pattern=r"^[0-9]{4,8}$")
    words: str | None = Field(None, max_length=300)
    abroad: Abroad = Abroad.SAME
    rates_abroad: dict[Country, Rate] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _rates_belong(self) -> Self:
        if self.rate and self.system not in (TaxSystem.GST, TaxSystem.VAT):
            raise ValueError(f"system {self.system.value!r} has no rate: leave it out, or say gst or vat")
        if self.rates_abroad and self.system is not TaxSystem.VAT:
            raise ValueError("rates_abroad belong to system 'vat'")
        return self

    def profile(self) -> TaxProfile:
        """As rules read it."""
        return TaxProfile(
            system=self.system,
            rate_bp=self.rate,
            code=self.code,
            words=self.words,
            abroad=self.abroad,
            rates_abroad=self.rates_abroad,
        )


class _File(_Part):
    """The whole file."""

    seller: _Names
    numbers: _Numbers = Field(default_factory=lambda: _Numbers.model_validate({}))
    rounding: _Rounding = Field(default_factory=_Rounding)
    tax: dict[Annotated[str, Field(min_length=1, max_length=100)], _Tax] = Field(min_length=1)

    @model_validator(mode="after")
    def _may_charge(self) -> Self:
        charged = {each.system for each in self.tax.values()}
        for system, country in ((TaxSystem.GST, "India"), (TaxSystem.VAT, "a country with VAT")):
            if system in charged and (self.seller.tax_id is None or self.seller.country is None):
                raise ValueError(
                    f"only who is registered in {country} may charge {system.value}:"
                    ' set seller.country and seller.tax_id, or use system = "none"'
                )
        if TaxSystem.GST in charged and self.seller.country != INDIA:
            raise ValueError('system = "gst" needs seller.country = "IN"')
        return self


def seller_of(settings: Settings) -> Seller:
    """The seller of this installation. Raises Misconfigured naming the file, the fields and the cure."""
    if settings.seller_file is None:
        return Seller(name=settings.seller_name)
    return read_seller(settings.seller_file)


@cache
def read_seller(path: Path) -> Seller:
    """The seller of a file; read once per process. Raises Misconfigured listing every wrong field."""
    try:
        raw = path.read_bytes()
        if len(raw) > BYTES_MAX:
            raise Misconfigured(f"BURSAR_SELLER_FILE: {path} is larger than {BYTES_MAX} bytes")
        told = _File.model_validate(tomllib.loads(raw.decode("utf-8")))
    except OSError as error:
        raise Misconfigured(f"BURSAR_SELLER_FILE: cannot read {path}: {error.strerror}") from None
    except ValidationError as refused:
        lines = [f"{'.'.join(map(str, each['loc'])) or 'file'}: {each['msg']}" for each in refused.errors()]
        raise Misconfigured(f"BURSAR_SELLER_FILE: {path} is wrong:\n  " + "\n  ".join(lines)) from None
    except ValueError as error:
        raise Misconfigured(f"BURSAR_SELLER_FILE: {path} is no TOML in UTF-8: {error}") from None
    return _seller(told)


def tax_id_problem(tax_id: str, country: str | None) -> str | None:
    """Why a tax id cannot be right, by its own check digits; None where nothing speaks against it.

    Countries outside India, the European Union and the United Kingdom are not checked.
    """
    check: Callable[[str], Any]
    if country == INDIA:
        check = gstin.validate
    elif country == "GB":
        check = gb_vat.validate
    elif country and country.lower() in eu_vat.MEMBER_STATES:
        check = eu_vat.validate
    else:
        return None
    try:
        check(tax_id)
    except WrongNumber as wrong:
        return f"{tax_id!r} is no tax id of {country}: {wrong}"
    return None


def _check_indian(tax_id: str | None, state: str | None) -> None:
    if state is not None and state not in STATES:
        raise ValueError(f"state {state!r}: write the two digits of the State, as 29 for Karnataka")
    if tax_id is None:
        return
    if problem := tax_id_problem(tax_id, INDIA):
        raise ValueError(f"tax_id: {problem}")
    if state is not None and not tax_id.startswith(state):
        raise ValueError(f"tax_id {tax_id!r} is of State {tax_id[:2]}, state says {state}")


def _check_vat(tax_id: str, country: str | None) -> None:
    if not re.fullmatch(r"[A-Za-z0-9 .-]{2,32}", tax_id):
        raise ValueError("tax_id: 2 to 32 letters and digits")
    if problem := tax_id_problem(tax_id, country):
        raise ValueError(f"tax_id: {problem}")


def _seller(told: _File) -> Seller:
    names, numbers = told.seller, told.numbers
    return Seller(
        entity=names.entity,
        name=names.name,
        address=tuple(names.address),
        place=Place(names.country, names.region),
        tax_id=names.tax_id,
        bank=tuple(names.bank),
        terms=names.terms,
        upi_id=names.upi_id,
        theme=names.theme,
        prefixes=numbers.prefixes(),
        fiscal=FiscalYear(ZoneInfo(numbers.time_zone), numbers.fiscal_year_starts_in),
        rounding=told.rounding.policy,
        to_whole=told.rounding.to_whole,
        profiles={component: each.profile() for component, each in told.tax.items()},
    )
