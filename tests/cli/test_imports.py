"""Help is instant: it loads Typer and nothing that knows a database, a broker or a gateway."""

import json
import subprocess
import sys

import pytest

from tests.support.processes import ROOT

TYPER = {"typer", "shellingham", "annotated_doc", "typing_extensions"}
RICH = {"rich", "pygments", "markdown_it", "mdurl"}
TYPERS_VALIDATOR = {"pydantic", "pydantic_core", "annotated_types", "typing_inspection"}
"""Typer itself loads it to read the options of a single command, not for the first page of help."""
CODE = """
import sys, json, io, contextlib
before = set(sys.modules)
sys.argv = ["bursar", *json.loads(sys.argv[1])]
from bursar.cli.main import run
try:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        run()
except SystemExit as end:
    code = end.code
loaded = {name.split(".")[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names)
loaded = {name for name in loaded if not name.startswith("_sysconfigdata")}
ours = sorted(name for name in sys.modules if name.startswith("bursar"))
print(json.dumps([code, out.getvalue(), sorted(loaded), ours]))
"""
COMMANDS = [
    [],
    ["demo"],
    ["up"],
    ["trigger"],
    ["enqueue"],
    ["tasks"],
    ["check"],
    ["rebuild"],
    ["sim"],
    ["explain"],
    ["doctor"],
    ["checkout"],
    *(["db", verb] for verb in ("upgrade", "current")),
    *(["events", verb] for verb in ("list", "show", "replay", "types")),
    *(
        ["emails", verb]
        for verb in ("list", "show", "resend", "suppress", "unsuppress", "suppressions", "bounced", "preview")
    ),
    *(["dead", verb] for verb in ("list", "show", "replay", "discard")),
    *(["breaks", verb] for verb in ("list", "show", "take", "resolve")),
    *(["payments", verb] for verb in ("list", "status", "charge", "confirm", "record", "match")),
    *(["payments", verb] for verb in ("allocate", "write-off")),
    *(["documents", verb] for verb in ("list", "show", "link", "verify", "regenerate")),
    *(["documents", verb] for verb in ("bundle", "save", "statement")),
    *(["gateways", verb] for verb in ("list", "stats")),
    ["audit", "verify"],
    *(["report", verb] for verb in ("revenue", "ageing", "subscriptions", "failures")),
    *(["retention", verb] for verb in ("show", "run")),
    ["jobs", "list"],
    *(["notifications", verb] for verb in ("list", "test")),
    *(["installments", verb] for verb in ("split", "show", "overdue")),
    *(["coupons", verb] for verb in ("add", "disable", "list")),
    *(["limits", verb] for verb in ("set", "show", "consume", "return")),
    *(["invoices", verb] for verb in ("list", "show", "create", "issue", "void", "credit", "bulk")),
    *(["plans", verb] for verb in ("add", "map", "list")),
    *(
        ["subscriptions", verb]
        for verb in ("start", "change", "preview", "pause", "resume", "cancel", "show", "list")
    ),
    *(["customers", verb] for verb in ("sync", "methods", "export", "erase", "hold", "release")),
    *(["dunning", verb] for verb in ("list", "show", "run", "hold", "release", "plan", "simulate")),
    *(["refunds", verb] for verb in ("request", "approve", "reject", "list")),
    *(["reconcile", verb] for verb in ("backfill", "diff", "settle", "runs")),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_of_every_command_imports_typer_only(command):
    ended = subprocess.run(
        [sys.executable, "-c", CODE, json.dumps([*command, "--help"])],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
        timeout=60,
    )
    code, out, loaded, ours = json.loads(ended.stdout.splitlines()[-1])

    assert code == 0
    assert "Usage: bursar" in out
    assert set(loaded) - {"bursar"} <= TYPER | RICH | (TYPERS_VALIDATOR if command else set())
    assert not {"bursar.settings", "bursar.cli.environment", "bursar.cli.house", "bursar.cli.demo"} & set(
        ours
    )


def test_the_list_of_commands_here_is_the_whole_list(bursar):
    from bursar.cli.main import app

    single = {command.name or command.callback.__name__ for command in app.registered_commands}
    groups = {
        (group.typer_instance.info.name, command.name or command.callback.__name__)
        for group in app.registered_groups
        for command in group.typer_instance.registered_commands
    }

    assert {(name,) for name in single} | groups == {tuple(words) for words in COMMANDS if words}
