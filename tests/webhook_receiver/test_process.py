"""The receiver as a process: how it starts, how it refuses to, what it loads, how it ends."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from bursar.sandbox.samples import stripe_event
from tests.webhook_receiver.conftest import STRIPE_SECRET, signed, stored

pytestmark = pytest.mark.postgres

ROOT = Path(__file__).parents[2]
LIMIT_S = 30
BODY = stripe_event("payment_intent.succeeded", event_id="evt_1")


def environment(**variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BURSAR_")}
    given = {"BURSAR_PORT": "0", "BURSAR_BROKER_URL": "redis://127.0.0.1:1/0", "PYTHONPATH": str(ROOT)}
    return kept | given | variables


@contextmanager
def receiver(database_url: str, **variables: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "webhook_receiver"],
        env=environment(BURSAR_DATABASE_URL=database_url, STRIPE_WEBHOOK_SECRET=STRIPE_SECRET, **variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("receiver listening url=http://")
        yield process, line.split("url=")[1].strip()
    finally:
        process.kill()
        process.communicate()


def post(url: str, body: bytes) -> int:
    return httpx.post(
        f"{url}/webhooks/stripe", content=body, headers=signed(body), timeout=LIMIT_S
    ).status_code


def test_it_says_where_it_listens_takes_events_and_ends_cleanly(database_url: str) -> None:
    with receiver(database_url) as (process, url):
        status = post(url, BODY)
        process.terminate()
        exit_code = process.wait(LIMIT_S)

    assert (status, exit_code) == (200, 0)
    assert stored(database_url) == ["evt_1"]


def test_a_delivery_in_flight_at_sigterm_is_stored_and_answered(database_url: str) -> None:
    headers = signed(BODY) | {"expect": "100-continue", "content-length": str(len(BODY)), "host": "r"}
    head = (
        "POST /webhooks/stripe HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n"
    )

    with receiver(database_url) as (process, url):
        with socket.create_connection((urlsplit(url).hostname, urlsplit(url).port), LIMIT_S) as connection:
            connection.sendall(head.encode())
            assert b"100 Continue" in connection.recv(4096)
            process.terminate()
            connection.sendall(BODY)
            answer = connection.recv(4096)
        exit_code = process.wait(LIMIT_S)

    assert answer.startswith(b"HTTP/1.1 200")
    assert exit_code == 0
    assert stored(database_url) == ["evt_1"]


def test_a_broker_that_never_answers_neither_slows_a_delivery_nor_the_end(database_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:  # the kernel accepts, nobody ever reads
        broker = f"redis://127.0.0.1:{mute.getsockname()[1]}/0"
        with receiver(database_url, BURSAR_BROKER_URL=broker) as (process, url):
            statuses = [post(url, stripe_event("charge.succeeded", event_id=f"evt_{n}")) for n in range(20)]
            process.terminate()
            exit_code = process.wait(LIMIT_S)

    assert statuses == [200] * 20
    assert exit_code == 0


def test_killed_between_the_commit_and_the_wake_the_event_is_there_for_the_sweeper(database_url: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "webhook_receiver"],
        env=environment(
            BURSAR_DATABASE_URL=database_url,
            STRIPE_WEBHOOK_SECRET=STRIPE_SECRET,
            BURSAR_CRASH_POINT="receiver.stored",
        ),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    url = process.stdout.readline().split("url=")[1].strip()
    with pytest.raises(httpx.TransportError):
        post(url, BODY)
    process.communicate(timeout=LIMIT_S)

    assert process.returncode == -signal.SIGKILL
    assert stored(database_url, "state") == ["pending"]


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({}, "STRIPE_WEBHOOK_SECRET"),
        ({"STRIPE_WEBHOOK_SECRET": ""}, "STRIPE_WEBHOOK_SECRET"),
        ({"STRIPE_WEBHOOK_SECRET": "short"}, "STRIPE_WEBHOOK_SECRET"),
        ({"STRIPE_WEBHOOK_SECRET": STRIPE_SECRET, "BURSAR_DATABASE_URL": ""}, "BURSAR_DATABASE_URL"),
        (
            {"STRIPE_WEBHOOK_SECRET": STRIPE_SECRET, "BURSAR_DATABASE_URL": "mysql://x/y"},
            "BURSAR_DATABASE_URL",
        ),
    ],
    ids=["no secret", "empty secret", "short secret", "no database", "another database"],
)
def test_a_receiver_that_could_not_work_refuses_to_start_and_names_the_variable(
    variables: dict[str, str], named: str, tmp_path: Path
) -> None:
    given = {"BURSAR_DATABASE_URL": "postgresql://127.0.0.1:1/x"} | variables
    ended = subprocess.run(
        [sys.executable, "-m", "webhook_receiver"],
        env=environment(**given),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )

    assert ended.returncode == 2
    assert named in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""


def test_the_receiver_loads_no_orm_no_vendor_sdk_and_no_task() -> None:
    check = (
        "import sys, webhook_receiver.__main__, workers.publish;"
        "workers.publish.wake_by_name('events.apply');"
        "print(sorted({name.split('.')[0] for name in sys.modules}"
        " & {'sqlalchemy', 'alembic', 'stripe', 'razorpay', 'reportlab', 'models', 'tasks'}))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", check],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=True,
    )

    assert ended.stdout.strip().splitlines()[-1] == "[]"
