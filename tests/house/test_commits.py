"""Rules of the house that only reading the code can check: one commit, files that fit the eye."""

import ast
import subprocess
from pathlib import Path

import pytest

from tests.support.processes import ROOT

LINES_MAX = 300
PACKAGES = ("bursar", "models", "tasks", "webhook_receiver", "workers")
COMMITTER = "models/session.py"
SYNCHRONOUS = {"webhook_receiver/inbox.py"}
"""The receiver has one pooled connection per batch and no ORM: its commit is COMMIT 1."""


def tracked() -> list[Path]:
    """Every Python file that belongs to the project."""
    listed = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    names = listed.stdout.split() or [str(file.relative_to(ROOT)) for file in ROOT.glob("*/**/*.py")]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def of_packages() -> list[Path]:
    return [file for file in tracked() if file.relative_to(ROOT).parts[0] in PACKAGES]


def calls(file: Path, names: set[str]) -> list[int]:
    """The lines where a file calls a method of one of these names."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names
    ]


def test_nobody_commits_but_the_transaction():
    found = {
        file.relative_to(ROOT).as_posix(): lines
        for file in of_packages()
        if (lines := calls(file, {"commit"}))
    }

    assert set(found) <= {COMMITTER, *SYNCHRONOUS}


def test_nobody_opens_a_session_but_the_transaction():
    opened = [
        file.relative_to(ROOT).as_posix()
        for file in of_packages()
        if any(
            isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Session"
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        )
    ]

    assert opened == [COMMITTER]


@pytest.mark.parametrize("package", ["tasks"])
def test_tasks_read_and_write_through_named_queries(package):
    for file in sorted((ROOT / package).glob("*.py")):
        text = file.read_text(encoding="utf-8")
        assert "SELECT " not in text, file.name
        assert "UPDATE " not in text, file.name
        assert "INSERT " not in text, file.name


def test_every_file_fits_the_eye():
    long = {
        file.relative_to(ROOT).as_posix(): count
        for file in tracked()
        if "migrations" not in file.parts
        and (count := len(file.read_text(encoding="utf-8").splitlines())) > LINES_MAX
    }

    assert long == {}
