"""The styles that all papers share, made from a theme once."""

from dataclasses import dataclass
from functools import cache

from bursar.documents.display import Color
from bursar.documents.sheets import Style
from bursar.documents.table import TableLook
from bursar.documents.theme import Theme

INK, MUTED, RULE = (0.13, 0.16, 0.21), (0.37, 0.42, 0.49), (0.86, 0.88, 0.91)
WHITE = (1.0, 1.0, 1.0)
WARNING, GOOD = (0.72, 0.11, 0.11), (0.07, 0.49, 0.27)
_PALE, _PALER = 0.055, 0.025
"""Shares of the brand colour behind headings and behind every second row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Every style of a paper by its use."""

    theme: Theme
    pale: Color
    title: Style
    seller: Style
    on_band: Style
    on_band_strong: Style
    label: Style
    value: Style
    strong: Style
    name: Style
    amount: Style
    second_amount: Style
    total: Style
    button: Style
    small: Style
    footer: Style
    warning: Style
    table: TableLook

    @property
    def pair_pt(self) -> float:
        """The height of one labelled value."""
        return self.value.leading_pt + 3


@cache
def look_of(theme: Theme) -> Look:
    """Make the styles of a theme."""
    regular, bold, brand = theme.regular, theme.bold, theme.brand
    value = Style(font=regular, size_pt=9, color=INK)
    return Look(
        theme=theme,
        pale=_tint(brand, _PALE),
        title=Style(font=bold, size_pt=21, color=theme.on_brand),
        seller=Style(font=bold, size_pt=15, color=theme.on_brand),
        on_band=Style(font=regular, size_pt=8.5, color=theme.on_brand_muted),
        on_band_strong=Style(font=bold, size_pt=9, color=theme.on_brand),
        label=Style(font=regular, size_pt=8.5, color=MUTED),
        value=value,
        strong=Style(font=bold, size_pt=9, color=INK),
        name=Style(font=bold, size_pt=12, color=INK),
        amount=Style(font=bold, size_pt=25, color=brand),
        second_amount=Style(font=bold, size_pt=13, color=INK),
        total=Style(font=bold, size_pt=11.5, color=brand),
        button=Style(font=bold, size_pt=10, color=theme.on_brand),
        small=Style(font=regular, size_pt=8, color=MUTED),
        footer=Style(font=regular, size_pt=7.5, color=MUTED),
        warning=Style(font=bold, size_pt=8.5, color=WARNING),
        table=TableLook(
            heading=Style(font=bold, size_pt=8, color=brand),
            cell=value,
            note=Style(font=regular, size_pt=7.5, color=MUTED),
            heading_fill=_tint(brand, _PALE),
            zebra=_tint(brand, _PALER),
            rule=RULE,
        ),
    )


def _tint(color: Color, share: float) -> Color:
    """Mix a little of a colour into white."""
    red, green, blue = (round(1 - share * (1 - each), 4) for each in color)
    return red, green, blue
