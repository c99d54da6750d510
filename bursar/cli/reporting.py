"""How a report looks: a table with a chart per currency, or JSON, CSV, SVG. Knows no database."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import typer

from bursar.cli.charts import Bar, bar_lines, bar_svg

WIDTH = 80
"""Characters of a chart where the terminal does not say."""


class Form(StrEnum):
    """How to print."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    SVG = "svg"

    @classmethod
    def chosen(cls, as_json: bool, as_csv: bool, as_svg: bool) -> "Form":
        """The one that was asked for. Raises a usage error for two."""
        wanted = [form for form, said in ((cls.JSON, as_json), (cls.CSV, as_csv), (cls.SVG, as_svg)) if said]
        if len(wanted) > 1:
            raise typer.BadParameter("say one of --json, --csv and --svg")
        return wanted[0] if wanted else cls.TABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Rows under names. `label` names the bars, `value` measures them, one chart for each currency."""

    title: str
    names: Sequence[str]
    rows: Sequence[tuple[Any, ...]]
    label: str
    value: str = "amount_minor"

    def show(self, form: Form) -> None:
        """Print it."""
        from bursar.cli.output import print_csv, print_json

        if form is Form.JSON:
            for row in self.rows:
                print_json(dict(zip(self.names, row, strict=True)))
        elif form is Form.CSV:
            print_csv(self.names, self.rows)
        elif form is Form.SVG:
            self._print_svg()
        else:
            self._print_table()

    def charts(self) -> dict[str | None, list[Bar]]:
        """Bars by currency, what is alike added up."""
        found: dict[str | None, dict[str, int]] = {}
        for row in self.rows:
            named = dict(zip(self.names, row, strict=True))
            bars = found.setdefault(named.get("currency"), {})
            label = str(named[self.label])
            bars[label] = bars.get(label, 0) + named[self.value]
        return {
            currency: [Bar(label, value, self._read(value, currency)) for label, value in bars.items()]
            for currency, bars in found.items()
        }

    def _read(self, value: int, currency: str | None) -> str:
        from bursar.rules.money_text import money_text

        if self.value != "amount_minor" or currency is None:
            return str(value)
        return money_text(value, currency)

    def _print_svg(self) -> None:
        """One picture of one currency: bars of several cannot be compared. Raises Refused."""
        from bursar.cli.output import print_line
        from bursar.errors import Refused

        charts = self.charts()
        if len(charts) > 1:
            held = ", ".join(sorted(str(each) for each in charts))
            raise Refused(f"one picture shows one currency: add --currency, one of {held}")
        for currency, bars in charts.items() or {None: []}.items():
            for line in bar_svg(f"{self.title} {currency or ''}".strip(), bars).splitlines():
                print_line(line)

    def _print_table(self) -> None:
        import shutil

        from bursar.cli.output import Column, print_heading, print_line, print_table

        shape = [Column(self._heading(name), right=name in _NUMBERS, whole=True) for name in self.names]
        print_table(shape, [self._cells(row) for row in self.rows], empty="nothing in this time")
        for currency, bars in self.charts().items():
            print_heading(f"{self.title}, {currency}" if currency else self.title)
            for line in bar_lines(bars, shutil.get_terminal_size((WIDTH, 24)).columns):
                print_line(line)

    def _heading(self, name: str) -> str:
        return "amount" if name == "amount_minor" else name.replace("_", " ")

    def _cells(self, row: tuple[Any, ...]) -> list[Any]:
        from bursar.rules.money_text import money_text

        named = dict(zip(self.names, row, strict=True))
        currency = named.get("currency")
        if named.get("amount_minor") is not None and currency:
            named["amount_minor"] = money_text(named["amount_minor"], currency)
        return list(named.values())


_NUMBERS = {
    "amount_minor",
    "invoices",
    "customers",
    "tries",
    "share",
    "churn",
    "at_start",
    "begun",
    "ended",
    "at_end",
}
