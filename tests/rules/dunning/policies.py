"""Policies for tests: each names only what matters."""

from datetime import UTC, datetime
from pathlib import Path

from bursar.rules import dunning
from bursar.rules.dunning.reading import read_policy

DEFAULT = (Path(dunning.__file__).parent / "default.toml").read_text(encoding="utf-8")
HEAD = 'name = "test"\nzone = "UTC"\n'
EVERY_DAY = '[hours]\nweekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]\n'


def policy(*steps, head="", hours=EVERY_DAY):
    """Steps as (day, action) or (day, action, template)."""
    return read_policy(text(*steps, head=head, hours=hours))


def text(*steps, head="", hours=EVERY_DAY):
    listed = "".join(_step(*each) for each in steps or [(0, "remind")])
    return f"{HEAD}{head}\n{hours}{listed}"


def at(day, clock="10:00", *, month=11):
    """A moment of a month of 2026, in UTC."""
    return datetime.fromisoformat(f"2026-{month:02d}-{day:02d}T{clock}").replace(tzinfo=UTC)


def _step(day, action, template=None):
    mail = "" if action in ("late_fee", "write_off") else f'template = "{template or "reminder"}"\n'
    return f'[[steps]]\nday = {day}\naction = "{action}"\n{mail}'
