"""`python -m benchmarks`: measure, print, and say by the exit code whether every claim holds."""

import argparse
import platform
import sys
from datetime import UTC, datetime

import psutil
import psycopg

from benchmarks import issuing, links, overdue, papers, receive, scale, settle, unlock
from benchmarks.claims import Claim, as_json, as_table
from benchmarks.ground import Ground

NAMES = ("B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8")
ALWAYS = ("B1", "B2", "B3", "B5", "B6", "B7")
"""B4 writes some thirty gigabytes first, B8 a few: only when asked for."""
GIB = 1 << 30


def main() -> int:
    """Run what was asked for; 0 when every target is met, 1 otherwise."""
    options = _options()
    wanted = [name.strip().upper() for name in options.only.split(",")]
    if unknown := [name for name in wanted if name not in NAMES]:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(NAMES)}", file=sys.stderr)
        return 2
    claims: list[Claim] = []
    with Ground() as ground:
        _say(options.json, _machine(ground))
        for name in wanted:
            found = _run(name, ground, options)
            claims += found
            _say(options.json, f"\n{as_table(found)}")
    if options.json:
        print(as_json(claims))
    missed = [claim.name for claim in claims if not claim.ok]
    _say(options.json, f"\n{len(missed)} of {sum(1 for each in claims if each.target)} targets missed")
    return 1 if missed else 0


def _run(name: str, ground: Ground, options: argparse.Namespace) -> list[Claim]:
    if name == "B1":
        return receive.run(ground, seconds=options.seconds, peers=options.peers)
    if name == "B2":
        return settle.run(ground, seconds=options.seconds)
    if name == "B4":
        return scale.run(ground, payments=options.payments)
    if name == "B5":
        return papers.run(papers=options.papers)
    if name == "B6":
        return issuing.run(ground, invoices=options.invoices)
    if name == "B8":
        return overdue.run(ground, invoices=options.overdue)
    if name == "B7":
        return links.run(ground)
    return unlock.run(ground)


def _machine(ground: Ground) -> str:
    with psycopg.connect(ground.postgres.url) as connection:
        [[version, fsync]] = connection.execute(
            "SELECT current_setting('server_version'), current_setting('fsync')"
        )
    return (
        f"{datetime.now(UTC):%Y-%m-%d}: {psutil.cpu_count()} cores, "
        f"{psutil.virtual_memory().total / GIB:.0f} GiB, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, "
        f"PostgreSQL {version} (fsync {fsync}); load before: {psutil.getloadavg()[0]:.1f}"
    )


def _say(as_data: bool, line: str) -> None:
    print(line, file=sys.stderr if as_data else sys.stdout, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--only", default=",".join(ALWAYS), help=f"a comma-separated part of {','.join(NAMES)}"
    )
    parser.add_argument("--json", action="store_true", help="one JSON list on standard output")
    parser.add_argument("--peers", action="store_true", help="B1 also against dj-stripe, in .venv-peers")
    parser.add_argument(
        "--payments", type=int, default=scale.PAYMENTS, help=f"B4: payments in the books ({scale.PAYMENTS})"
    )
    parser.add_argument(
        "--invoices", type=int, default=issuing.INVOICES, help=f"B6: drafts to issue ({issuing.INVOICES})"
    )
    parser.add_argument(
        "--overdue", type=int, default=overdue.INVOICES, help=f"B8: invoices in all ({overdue.INVOICES})"
    )
    parser.add_argument(
        "--papers", type=int, default=papers.PAPERS, help=f"B5: papers drawn in a row ({papers.PAPERS})"
    )
    parser.add_argument("--seconds", type=float, default=4.0, help="length of one round (default: 4)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
