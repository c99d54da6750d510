"""Words that two packages share without knowing each other stay equal."""

import re
from pathlib import Path

import pytest

from bursar.rules.consequences import MailKind
from models.kinds import KINDS
from models.tables import AGGREGATES, METADATA
from tasks.saying import VALUES
from tests.support.processes import ROOT
from workers.crashpoints import CRASH_POINTS
from workers.queues import ROUTES

PACKAGES = ("bursar", "models", "tasks", "webhook_receiver", "workers")


def sources() -> list[Path]:
    return [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]


def test_mails_that_are_reserved_are_mails_that_can_be_written():
    assert set(VALUES) == set(MailKind)


def test_every_kind_of_work_has_a_table_and_a_task_that_works_it_off():
    assert {kind.table for kind in KINDS} <= set(METADATA.tables)
    assert {kind.task for kind in KINDS} <= set(ROUTES)


def test_every_table_with_the_columns_of_work_is_a_kind_of_work():
    tables = {name for name, table in METADATA.tables.items() if "claim_token" in table.columns}

    assert tables == {kind.table for kind in KINDS}


def test_every_module_with_tables_is_known_to_the_migrations():
    holding = {
        file.stem
        for file in (ROOT / "models").glob("*.py")
        if "__tablename__" in file.read_text(encoding="utf-8")
    }

    assert holding == {module.__name__.rpartition(".")[2] for module in AGGREGATES}


@pytest.mark.parametrize("point", sorted(CRASH_POINTS))
def test_every_crash_point_is_placed_exactly_once(point):
    placed = [
        file.relative_to(ROOT).as_posix()
        for file in sources()
        for _ in re.finditer(
            rf"crash_point\(\s*\"{re.escape(point)}\"\s*\)", file.read_text(encoding="utf-8")
        )
    ]

    assert len(placed) == 1, placed


def test_no_crash_point_is_placed_that_cannot_be_armed():
    placed = {
        name
        for file in sources()
        for name in re.findall(r"crash_point\(\s*\"([^\"]*)\"", file.read_text(encoding="utf-8"))
    }

    assert placed == CRASH_POINTS
