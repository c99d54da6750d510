"""Each import contract is kept by the tree as it is, and is seen to break on a seeded violation."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import ROOT

PACKAGES = ("bursar", "models", "workers", "tasks", "webhook_receiver")


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the packages that a test may spoil."""
    copy = tmp_path_factory.mktemp("tree")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__", "fonts"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


def broken(tree: Path, contract: str) -> bool:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--contract", contract],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Contracts:" in done.stdout, done.stdout + done.stderr
    return done.returncode != 0


@pytest.mark.parametrize(
    ("contract", "spoiled", "line"),
    [
        ("layers", "bursar/emails/seed.py", "import models.session"),
        ("layers", "bursar/errors.py", "import bursar.ids"),
        ("rules", "bursar/rules/seed.py", "import time"),
        ("rules", "bursar/rules/seed.py", "from bursar.settings import load"),
        ("receiver", "webhook_receiver/seed.py", "import models.session"),
        ("receiver", "bursar/ids.py", "import sqlalchemy"),
        ("workers", "workers/seed.py", "import tasks.events"),
        ("sdks", "bursar/gateways/stripe/facts_seed.py", "import stripe"),
        ("sdks", "tasks/seed.py", "import razorpay"),
    ],
)
def test_a_contract_is_kept_and_breaks_on_a_seeded_violation(tree, contract, spoiled, line):
    file = tree / spoiled
    before = file.read_text() if file.exists() else None
    assert not broken(tree, contract)

    file.write_text(f"{before or ''}\n{line}\n")

    try:
        assert broken(tree, contract)
    finally:
        file.unlink() if before is None else file.write_text(before)
