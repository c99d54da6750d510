"""`bursar enqueue` and `bursar tasks`: wake a task by its wire name."""

from typing import Annotated
from uuid import UUID

import typer


def enqueue(
    task: Annotated[str, typer.Argument(metavar="TASK", help="Its wire name, as `bursar tasks` lists it.")],
    ids: Annotated[
        str, typer.Option(help="Rows to begin with, separated by commas; then whatever is due.")
    ] = "",
    kw: Annotated[
        list[str] | None, typer.Option(help="name=value for a task that takes more; repeatable.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Ask a worker to run a task now. It is only a wake-up: rows that are due are found without it."""
    from bursar.cli.environment import settings
    from bursar.cli.output import plural, print_json, print_line
    from bursar.cli.waking import wake_rows
    from bursar.errors import Transient
    from workers.queues import ROUTES

    if task not in ROUTES:
        raise typer.BadParameter(f"no task is called {task!r}; there are: {', '.join(ROUTES)}")
    rows, keywords = parse_ids(ids), parse_keywords(task, kw or [])
    settings().required_broker_url()
    if not wake_rows(task, rows, keywords):
        raise Transient(
            f"the broker of BURSAR_BROKER_URL did not take the wake of {task}: check that it runs"
        )
    if as_json:
        print_json(
            {"task": task, "queue": ROUTES[task], "ids": [str(each) for each in rows], "keywords": keywords}
        )
    else:
        print_line(
            f"woke {task} on queue {ROUTES[task]}" + (f" for {plural(len(rows), 'row')}" if rows else "")
        )


def tasks(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list.")] = False,
) -> None:
    """List the tasks: wire name, queue, time limit, what for."""
    from bursar.cli.output import columns, print_json, print_table
    from bursar.cli.waking import tasks as registered

    rows = [
        {
            "task": task.name,
            "queue": task.queue.value,
            "time_limit_s": task.time_limit_s,
            "what": (task.__doc__ or "").strip().splitlines()[0],
        }
        for task in registered().values()
    ]
    if as_json:
        print_json(rows)
    else:
        print_table(columns("task", "queue", "time_limit_s", "what"), [list(row.values()) for row in rows])


def parse_ids(text: str) -> list[UUID]:
    """Ids separated by commas. Raises a usage error naming the wrong one."""
    return [parse_id(part.strip()) for part in text.split(",") if part.strip()]


def parse_id(text: str) -> UUID:
    """One id. Raises a usage error."""
    try:
        return UUID(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not an id (ids are UUIDs)") from None


def parse_keywords(task: str, pairs: list[str]) -> dict[str, object]:
    """`name=value` pairs that this task takes; digits become numbers. Raises a usage error."""
    if not pairs:
        return {}
    from bursar.cli.waking import keywords_of
    from bursar.cli.waking import tasks as registered

    return keyword_values(task, keywords_of(registered()[task]), pairs)


def keyword_values(task: str, taken: list[str], pairs: list[str]) -> dict[str, object]:
    """The pairs as values, each name one of `taken`. Raises a usage error."""
    values: dict[str, object] = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator:
            raise typer.BadParameter(f"--kw {pair!r} must be name=value")
        if name not in taken:
            takes = f"takes {', '.join(taken)}" if taken else "takes no keywords but --ids"
            raise typer.BadParameter(f"--kw {name}: {task} {takes}")
        values[name] = int(value) if value.lstrip("-").isdigit() else value
    return values
