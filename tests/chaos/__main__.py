"""`python -m tests.chaos`: kill everything for some minutes; exit 0 only when every claim holds."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

import orjson
from rich.console import Console

from tests.chaos.mutants import MUTANTS
from tests.chaos.report import PAYMENTS_MIN_PER_MINUTE, as_dict, show
from tests.chaos.soak import SETTLE_LIMIT_S, Plan, soak

MARGIN = 1.02


def main() -> int:
    """Run one soak as the options say."""
    options = _options()
    console = Console(stderr=True)
    plan = Plan(
        minutes=options.minutes,
        payments=options.payments or int(PAYMENTS_MIN_PER_MINUTE * options.minutes * MARGIN) + 1,
        seed=options.seed,
        mutant=options.mutant,
        settle_limit_s=options.settle,
    )
    with tempfile.TemporaryDirectory(prefix="bursar-chaos-") as temporary:
        folder = Path(options.folder or temporary) / "stage"
        outcome = soak(plan, folder, console)
    show(console, outcome)
    if options.json:
        os.write(1, orjson.dumps(as_dict(outcome.report)) + b"\n")
    return 1 if outcome.failures() else 0


def _soaked() -> list[str]:
    """Mutants that a storm must catch; the others need an aimed test."""
    return sorted(name for name, mutant in MUTANTS.items() if mutant.soaked)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=3.0, help="how long things are killed")
    parser.add_argument("--seed", type=int, default=20261121, help="the order of kills and deliveries")
    parser.add_argument("--payments", type=int, help="how many; default 1000 per minute")
    parser.add_argument("--settle", type=float, default=SETTLE_LIMIT_S, help="seconds to come to rest in")
    parser.add_argument("--mutant", choices=_soaked(), help="break one thing: the run must fail")
    parser.add_argument("--folder", help="keep logs, papers and mails here")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
