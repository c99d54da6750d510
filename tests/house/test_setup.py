"""A fresh machine with make and Python: every command is there, and what is missing is named."""

import os
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

from bursar import settings
from tests.support.processes import ROOT

COMMANDS = {
    *("help", "setup", "demo", "up", "test", "check", "lint", "types", "contracts", "lock", "lock-check"),
    *("bench", "samples", "fuzz", "chaos", "clean"),
}
SHELL_TOOLS = ("sh", "dirname", "cat", "chmod", "env")


def make(*arguments: str) -> str:
    """What make would do or say, without the variables of the make that runs the tests."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def fake_path(folder: Path, **scripts: str) -> dict[str, str]:
    """A PATH with a shell, and these commands only."""
    folder.mkdir()
    for tool in SHELL_TOOLS:
        (folder / tool).symlink_to(shutil.which(tool) or "")
    for name, script in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return {"PATH": str(folder)}


def make_venv(env: dict[str, str], target: Path) -> subprocess.CompletedProcess[str]:
    command = ["/bin/sh", str(ROOT / "requirements/venv.sh"), str(target)]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def test_help_lists_every_command_with_what_it_does():
    listed = dict(re.findall(r"^  make (\S+) +(\S.*)$", make(), re.MULTILINE))

    assert set(listed) == COMMANDS


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_can_be_planned(command):
    make("--dry-run", command)


def test_check_asks_for_everything_and_runs_the_tests():
    plan = make("--dry-run", "check")

    for part in ("ruff check", "ruff format --check", "mypy", "lint-imports", "lock.py check", "pytest"):
        assert part in plan
    assert "--fail-under=95" in plan
    assert "--include='bursar/rules/*' --fail-under=100" in plan


def test_the_guard_of_a_merge_runs_check_and_nothing_else():
    script = (ROOT / ".ci/run").read_text()

    assert os.access(ROOT / ".ci/run", os.X_OK)
    assert script.rstrip().endswith("exec make check")


def test_an_old_python_is_named_with_the_cure(tmp_path):
    env = fake_path(tmp_path / "bin", python3='[ "$1" = --version ] && echo "Python 3.9.2"; exit 1')

    done = make_venv(env, tmp_path / "venv")

    assert done.returncode == 1
    assert "needs Python 3.11 or newer; found: Python 3.9.2" in done.stderr


def test_a_machine_without_python_is_told_so(tmp_path):
    done = make_venv(fake_path(tmp_path / "bin"), tmp_path / "venv")

    assert done.returncode == 1
    assert "found: no python3" in done.stderr


def test_a_missing_venv_module_is_named_with_its_package(tmp_path):
    script = f'case "$2" in *ensurepip*) exit 1;; *) exec {sys.executable} "$@";; esac'
    env = fake_path(tmp_path / "bin", python3=script)

    done = make_venv(env, tmp_path / "venv")

    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert done.returncode == 1
    assert f"apt install python{version}-venv" in done.stderr


def test_a_newer_python_is_found_behind_an_old_one(tmp_path):
    works = f'case "$*" in *"-m venv"*) echo made;; *) exec {sys.executable} "$@";; esac'
    env = fake_path(tmp_path / "bin", python3="exit 1", **{"python3.12": works})

    assert make_venv(env, tmp_path / "venv").stdout == "made\n"


@pytest.fixture
def locked(tmp_path):
    """A copy of what `make lock` reads and writes."""
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lock_check(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "requirements/lock.py", "check"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


ASKED_FOR = {"celery", "kombu", "redis", "sqlalchemy", "stripe", "razorpay", "reportlab", "flower"}
ASKED_FOR_IN_TESTS = {"pytest", "fakeredis"}


def test_the_libraries_that_were_asked_for_are_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    runs, tests = (
        {re.split(r"[\[<>=]", each)[0] for each in listed}
        for listed in (project["dependencies"], project["optional-dependencies"]["dev"])
    )

    assert ASKED_FOR - runs == set()
    assert ASKED_FOR_IN_TESTS - tests == set()


def test_the_requirement_files_belong_to_this_project(locked):
    done = lock_check(locked)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("pyproject.toml", '"httpx>=0.28,<1"', '"httpx>=0.27,<1"'),
        ("requirements/run.txt", "celery==5.7.0", "celery==5.6.0"),
        ("requirements/dev.txt", "--hash=sha256:", "--hash=sha512:"),
    ],
)
def test_a_stale_or_edited_requirement_file_is_refused(locked, file, old, new):
    text = (locked / file).read_text()
    assert old in text

    (locked / file).write_text(text.replace(old, new))

    done = lock_check(locked)
    assert done.returncode == 1
    assert "make lock" in done.stderr


def flower(monkeypatch, **env: str) -> dict[str, object]:
    from workers.celery import app

    monkeypatch.setitem(app.conf, "broker_pool_limit", app.conf.broker_pool_limit)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    settings.load.cache_clear()
    return runpy.run_path(str(ROOT / "flowerconfig.py"))


def test_flower_does_not_start_without_a_password(monkeypatch):
    with pytest.raises(SystemExit, match="BURSAR_FLOWER_BASIC_AUTH"):
        flower(monkeypatch)
    with pytest.raises(SystemExit, match="name:password"):
        flower(monkeypatch, BURSAR_FLOWER_BASIC_AUTH="admin")


def test_flower_listens_on_loopback_with_a_password_and_changes_nothing(monkeypatch):
    made = flower(monkeypatch, BURSAR_FLOWER_BASIC_AUTH="jo:correct-horse", BURSAR_FLOWER_PORT="5999")

    assert made["address"] == "127.0.0.1"
    assert made["port"] == 5999
    assert made["basic_auth"] == ["jo:correct-horse"]
    assert made["read_only"] is True


def test_the_demo_may_open_flower(monkeypatch):
    assert "basic_auth" not in flower(monkeypatch, BURSAR_FLOWER_OPEN="1")


def test_flower_shows_ids_and_nothing_else_of_a_task(monkeypatch):
    show = flower(monkeypatch, BURSAR_FLOWER_OPEN="1")["format_task"]
    ids = [f"0192f0c1-7d3e-7000-8000-12345678901{n}" for n in range(7)]
    task = SimpleNamespace(
        args="('jo@school.example',)",
        kwargs=str({"ids": ids, "mail": "jo@school.example"}),
        exception="ValueError('jo@school.example')",
        traceback="jo@school.example",
        result="jo@school.example",
    )

    shown = show(task)  # type: ignore[operator]

    assert "school" not in str(shown)
    assert shown.kwargs == ", ".join(ids[:5]) + " and 2 more"
    assert shown.exception == "ValueError"
