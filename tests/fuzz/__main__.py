"""`python -m tests.fuzz`: throw inputs at a receiver; 0 when nothing broke, got in unproven or grew."""

import argparse
import secrets
import sys

import structlog

from bursar.sandbox.postgres import PrivatePostgres
from models import schema
from tests.fuzz.campaign import Verdict, as_json, run, say

INPUTS = 200_000
SEED_BITS = 32


def main() -> int:
    """Run one campaign on a private server and print what came of it."""
    options = _options()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("CRITICAL"))
    say(f"seed {options.seed}, {options.inputs} inputs", to_errors=options.json)
    with PrivatePostgres() as postgres:
        schema.upgrade(postgres.url)
        verdict = run(postgres.url, seed=options.seed, inputs=options.inputs)
    if options.json:
        sys.stdout.write(f"{as_json(verdict)}\n")
    _tell(verdict, to_errors=options.json)
    return 1 if verdict.failures else 0


def _tell(verdict: Verdict, *, to_errors: bool) -> None:
    def line(text: str) -> None:
        say(text, to_errors=to_errors)

    line(f"{verdict.inputs} inputs in {verdict.seconds} s: {verdict.stored} stored, {verdict.read} read")
    line("answers " + ", ".join(f"{status}: {count}" for status, count in sorted(verdict.answers.items())))
    line("kinds " + ", ".join(f"{kind}: {count}" for kind, count in verdict.kinds.most_common()))
    line(f"errors_500 {verdict.errors_500}, unverified_rows {verdict.unverified_rows}")
    line(f"memory grew by {verdict.rss_growth_mib} MiB")
    for example in verdict.examples:
        line(f"  {example}")
    if verdict.failures:
        again = f'make fuzz ARGS="--seed {verdict.seed} --inputs {verdict.inputs}"'
        line(f"FAILED {verdict.failures}; again: {again}")
    else:
        line("nothing broke, nothing unproven was stored")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=INPUTS, help=f"how many (default: {INPUTS})")
    parser.add_argument("--seed", type=int, default=secrets.randbits(SEED_BITS), help="to repeat a run")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
