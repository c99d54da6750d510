"""What a benchmark found, next to what it must find: as a table for people, as JSON for scripts."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import orjson


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One figure. Without a target it is told for comparison only."""

    name: str
    value: float
    unit: str
    target: str | None
    ok: bool


def told(name: str, value: float, unit: str) -> Claim:
    """A figure nobody made a promise about."""
    return Claim(name=name, value=_rounded(value), unit=unit, target=None, ok=True)


def at_least(name: str, value: float, unit: str, target: float) -> Claim:
    """A figure that must not be lower."""
    return Claim(name=name, value=_rounded(value), unit=unit, target=f">= {target:g}", ok=value >= target)


def at_most(name: str, value: float, unit: str, target: float) -> Claim:
    """A figure that must not be higher."""
    return Claim(name=name, value=_rounded(value), unit=unit, target=f"<= {target:g}", ok=value <= target)


def as_json(claims: Sequence[Claim]) -> str:
    """One JSON list, in the order measured."""
    return orjson.dumps([asdict(claim) for claim in claims], option=orjson.OPT_INDENT_2).decode()


def as_table(claims: Sequence[Claim]) -> str:
    """A readable table; what misses its target says so."""
    rows = [("figure", "value", "unit", "target", "")]
    rows += [
        (claim.name, f"{claim.value:,g}", claim.unit, claim.target or "", _verdict(claim)) for claim in claims
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    align: tuple[Callable[[str, int], str], ...] = (str.ljust, str.rjust, str.ljust, str.ljust)
    lines = [
        "  ".join([*(fit(cell, width) for fit, cell, width in zip(align, row, widths, strict=False)), row[4]])
        for row in rows
    ]
    return "\n".join(line.rstrip() for line in lines)


def _verdict(claim: Claim) -> str:
    if claim.target is None:
        return ""
    return "ok" if claim.ok else "MISSED"


def _rounded(value: float) -> float:
    return round(value, 2 if abs(value) < 100 else 0)
