"""`python -m tests.chaos.mutated MUTANT LINE…`: a Procfile line with one thing broken."""

import sys
from collections.abc import Callable

from tests.chaos.mutants import arm


def main() -> object:
    """Arm the mutant, then become what the line says."""
    _, mutant, *line = sys.argv
    arm(mutant)
    sys.argv = line
    return _program(line)()


def _program(line: list[str]) -> Callable[[], object]:
    match line:
        case ["celery", *_]:
            from celery.__main__ import main as celery

            return celery
        case ["python", "-m", "webhook_receiver"]:
            from webhook_receiver.__main__ import main as receiver

            return receiver
    raise SystemExit(f"no such line: {line}")


if __name__ == "__main__":
    sys.exit(main())  # type: ignore[arg-type]
