"""The pages say what is: every name in them exists, and what must be written down is."""

import ast
import re
import runpy
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest
import typer

from bursar import settings
from bursar.cli.exits import MEANINGS
from bursar.cli.main import app
from bursar.gateways import shapes
from bursar.gateways.registry import handled_types
from bursar.rules.breaks import BreakKind
from bursar.rules.consequences import MailKind
from bursar.rules.ledger import CauseType, EntryKind
from models.kinds import KINDS
from models.queries.invariant_sql import STATEMENTS
from tests.support.processes import ROOT
from webhook_receiver.refusals import STATUSES
from workers.crashpoints import CRASH_POINTS
from workers.queues import ROUTES

DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
DECISIONS = [(int(page.name[:4]), page) for page in sorted((DOCS / "decisions").glob("[0-9]*.md"))]
DECISION_LINES_MAX = 70
OUTSIDE = {"GATEWAY_CORPUS", "CI"}  # only the tests read them
FAULTS = [f"F{n:02d}" for n in (*range(1, 63), *range(73, 81))]
STANDING = {1: (*"23456789", "10"), 2: "123456", 3: "1234567", 4: "12345", 5: "12346", 6: "1234"}
ROWS = [f"{part}.{n}" for part, rows in STANDING.items() for n in rows]
TELLERS = ("Stripe", "Razorpay", "PayPal", "Manual")

README = (ROOT / "README.md").read_text(encoding="utf-8")
COVERAGE = (DOCS / "coverage.md").read_text(encoding="utf-8")
OPERATE = (DOCS / "how-to/operate.md").read_text(encoding="utf-8")
EVENTS = (DOCS / "reference/events.md").read_text(encoding="utf-8")
LEDGER = (DOCS / "reference/ledger.md").read_text(encoding="utf-8")
ONE_EVENT = (DOCS / "explanation/one-event.md").read_text(encoding="utf-8")

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def section(page: str, heading: str) -> str:
    """What stands under a heading, up to the next one of its level."""
    level = heading.split(" ")[0]
    _, found, rest = page.partition(f"\n{heading}\n")
    assert found, f"no heading {heading!r}"
    return re.split(rf"^#{{1,{len(level)}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def table(page: str, heading: str) -> list[list[str]]:
    """The rows of the tables under a heading, without head and rule."""
    rows = [line for line in section(page, heading).splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    rules = [n for n, row in enumerate(cells) if set("".join(row)) <= set("-: ")]
    return [row for n, row in enumerate(cells) if n not in rules and n + 1 not in rules]


def code(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", text)


def first_names(page: str, heading: str) -> set[str]:
    return {name for row in table(page, heading) for name in code(row[0])}


# -- tests, commands, tasks, targets


@cache
def functions_in(path: str) -> frozenset[str]:
    file = ROOT / path
    tree = ast.parse(read(file) if file.exists() else "")
    return frozenset(
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


@every_page
def test_every_test_a_page_names_exists(page):
    named = re.findall(r"(tests/[\w/]+\.py)::(\w+)", read(page))

    assert [(path, name) for path, name in named if name not in functions_in(path)] == []


def commands_in(page: str) -> Iterator[str]:
    yield from (span for span in code(page) if re.match(r"bursar [a-z]", span))
    for block in re.findall(r"^```(?:sh|console)\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            found = re.match(r"(?:\$ )?(?:\.venv/bin/)?(bursar [a-z].*)", line)
            if found:
                yield found[1].split("  #")[0]


def wrong_in(line: str) -> str | None:
    command: click.Command = typer.main.get_command(app)
    words = line.split()[1:]
    while hasattr(command, "commands"):
        name = words.pop(0) if words else ""
        if name not in command.commands:
            return f"{line}: no command {name!r}"
        command = command.commands[name]
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    unknown = [word for word in words if word.startswith("--") and word.split("=")[0] not in known]
    return f"{line}: no option {unknown}" if unknown else None


@every_page
def test_every_command_a_page_names_exists(page):
    assert [wrong for line in commands_in(read(page)) if (wrong := wrong_in(line))] == []


@every_page
def test_every_make_target_a_page_names_exists(page):
    targets = set(re.findall(r"^([a-z-]+):.*## ", read(ROOT / "Makefile"), re.MULTILINE))

    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", read(page), re.MULTILINE))

    assert named - targets == set()


def test_the_two_commands_come_first_in_the_readme():
    commands = re.findall(r"make [a-z-]+", README)

    assert commands[:2] == ["make demo", "make test"]


# -- coverage


def coverage_rows() -> list[list[str]]:
    return [*table(COVERAGE, "## Requirement rows"), *table(COVERAGE, "## Faults")]


def test_the_coverage_page_names_every_task_and_no_other():
    assert {name for row in coverage_rows() for name in code(row[2])} == ROUTES.keys()


def test_every_row_and_fault_of_this_slice_is_covered_or_put_off():
    named = [row[0] for row in coverage_rows()]

    assert named == [*ROWS, *FAULTS]
    assert [row[0] for row in coverage_rows() if "::" not in row[4] and "later issue" not in row[4]] == []


# -- settings


def known_variables() -> dict[str, str]:
    return {name: field for field, names in settings._aliases().items() for name in names}


def test_the_configuration_table_has_every_variable_and_no_other():
    documented = first_names(README, "## Configuration")

    assert documented == known_variables().keys() | settings._READ_ELSEWHERE | OUTSIDE


def test_the_configuration_table_has_the_defaults_of_the_code():
    shown = {name: row[-1] for row in table(README, "## Configuration") for name in code(row[0])}
    fields = settings.Settings.model_fields
    defaults = {name: fields[field].default for name, field in known_variables().items()}

    assert {name: shown[name] for name in defaults} == {
        name: "–" if each is None else f"`{each:g}`" if isinstance(each, float) else f"`{each}`"
        for name, each in defaults.items()
    }


def test_the_example_environment_sets_nothing_and_names_every_setting():
    lines = read(ROOT / ".env.example").splitlines()

    assert [line for line in lines if line and not line.startswith("#")] == []
    named = set(re.findall(r"^# ?([A-Z_]+)=", read(ROOT / ".env.example"), re.MULTILINE))
    assert named == {names[0] for names in settings._aliases().values()}


@every_page
def test_every_variable_of_ours_a_page_names_is_read(page):
    known = known_variables().keys() | settings._READ_ELSEWHERE
    named = set(re.findall(r"\b(?:BURSAR|STRIPE|RAZORPAY|PAYPAL)_[A-Z_]+[A-Z]\b", read(page)))

    assert {name for name in named if name not in known and name.removesuffix("_FILE") not in known} == set()


# -- lists that the code owns

METADATA = {*shapes._INVOICE_KEYS, *shapes._CUSTOMER_KEYS, *shapes._TRACK_KEYS}
NAMED = {
    **{f"events of {each}": (EVENTS, f"## {each}", handled_types(each.lower())) for each in TELLERS},
    "metadata": (README, "### Metadata", METADATA),
    "breaks": (OPERATE, "## Breaks: what waits for a person", set(BreakKind)),
    "entries": (LEDGER, "## Entries", set(EntryKind)),
}
SAID: dict[str, tuple[str, str, dict[str, str]]] = {
    "exit codes": (README, "### Exit codes", {str(each.value): said for each, said in MEANINGS.items()}),
    "invariants": (OPERATE, "## Invariants", {name: each.title for name, each in STATEMENTS.items()}),
    "refusals": (OPERATE, "## Refused deliveries", {f"`{each}`": str(n) for each, n in STATUSES.items()}),
    "kinds of work": (OPERATE, "### What dies when", {f"`{kind.table}`": f"`{kind.task}`" for kind in KINDS}),
    "leases": (OPERATE, "### Leases", {f"`{kind.table}`": f"{kind.lease_s} s" for kind in KINDS}),
    "tasks": (README, "### Tasks", {f"`{name}`": f"`{queue}`" for name, queue in ROUTES.items()}),
}


@pytest.mark.parametrize("what", NAMED)
def test_a_table_names_all_that_the_code_knows_and_nothing_else(what):
    page, heading, known = NAMED[what]

    assert first_names(page, heading) == known


@pytest.mark.parametrize("what", SAID)
def test_a_table_says_of_each_what_the_code_says(what):
    page, heading, known = SAID[what]

    assert {row[0]: row[1] for row in table(page, heading)} == known


def test_the_pages_name_every_cause_crash_point_and_mail():
    assert {name for row in table(LEDGER, "## Entries") for name in code(row[1])} == set(CauseType)
    assert set(code(ONE_EVENT)) >= CRASH_POINTS
    assert set(code(README)) >= set(MailKind)


# -- form


@every_page
def test_links_lead_somewhere(page):
    targets = [each.partition("#") for each in re.findall(r"\]\(([^)\s:]+)\)", read(page))]
    files = [((page.parent / path if path else page), anchor) for path, _, anchor in targets]

    lost = [file for file, anchor in files if not file.exists() or (anchor and anchor not in anchors(file))]
    assert lost == []


def anchors(file: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", read(file), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@every_page
def test_files_a_page_names_exist(page):
    paths = {span for span in code(read(page)) if re.fullmatch(r"[\w.-]+/[\w./-]+\.(?:py|md|txt|toml)", span)}

    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


@every_page
def test_no_page_names_a_place_on_somebodys_machine(page):
    assert re.findall(r"(?<![\w.$}])/(?:work|root|home|Users|tmp)/\S+", read(page)) == []


@pytest.mark.parametrize(("n", "page"), DECISIONS)
def test_a_decision_has_its_number_and_its_parts_and_fits_a_page(n, page):
    lines = read(page).splitlines()

    assert page.name.startswith(f"{n:04d}-")
    assert len(lines) <= DECISION_LINES_MAX
    parts = [line[3:] for line in lines if line.startswith("## ")]
    assert parts == ["Context", "Decision", "Consequences", "Alternatives"]


def test_every_page_is_in_the_index():
    index = [*re.findall(r"\]\((.*?)\)", read(DOCS / "README.md")), "README.md"]

    assert {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")} - set(index) == set()


# -- examples that are run


@pytest.mark.postgres
def test_the_readmes_python_issues_an_invoice(database_url, capsys):
    [block] = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)

    exec(compile(block, "README.md", "exec"), {})

    assert re.search(r"^INV/\d\d-\d\d/000001 45000.00 INR$", capsys.readouterr().out, re.MULTILINE)


@pytest.mark.postgres
def test_the_worked_example_of_the_ledger_really_comes_out(database_url):
    example = runpy.run_path(str(DOCS / "reference/ledger_example.py"))

    example["tell"]()

    assert table(LEDGER, "### What is posted") == example["entry_rows"]()
    assert table(LEDGER, "### What the invoice says then") == example["line_rows"]()
    assert table(LEDGER, "### What the accounts hold then") == example["balance_rows"]()
