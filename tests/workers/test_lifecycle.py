"""What a worker does around its tasks: fresh connections, named logs without secrets, death where armed."""

import json
import logging
import signal
from types import SimpleNamespace

import pytest
import structlog
from celery import signals

from bursar import settings
from bursar.errors import Misconfigured
from models import session
from tests.support.processes import python
from workers import lifecycle, logs
from workers.crashpoints import CRASH_POINTS, CrashPoints, crash_point


@pytest.fixture
def logged(capsys):
    """Undoes `configure_logging`; gives the JSON lines written so far."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    configuration = structlog.get_config()
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    root.handlers[:] = before
    root.setLevel(level)
    structlog.configure(**configuration)


def test_a_forked_child_forgets_the_engine_of_its_parent(database_url):
    before = session.engine()

    signals.worker_process_init.send(sender=None)

    assert session.engine() is not before


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("BURSAR_GATEWAY_ORDER", "stripe,square"),
        ("BURSAR_REDIS_URL", "cache.internal:6379"),
        ("BURSAR_DATABASE_URL", ""),
    ],
)
def test_a_worker_that_could_not_work_does_not_start_and_names_the_variable(
    variable, value, monkeypatch, capsys
):
    given = {
        "BURSAR_ENV_FILE": "",
        "BURSAR_DATABASE_URL": "postgresql://127.0.0.1:1/none",
        "BURSAR_BROKER_URL": "redis://127.0.0.1:1/0",
    }
    for name, each in (given | {variable: value}).items():
        monkeypatch.setenv(name, each)
    settings.load.cache_clear()

    with pytest.raises(SystemExit) as ended:
        signals.worker_init.send(sender=None)

    assert ended.value.code == lifecycle.EXIT_MISCONFIGURED
    assert f"worker: {variable}" in capsys.readouterr().err


def test_celery_leaves_logging_to_us(logged):
    signals.setup_logging.send(sender=None)

    logging.getLogger("anything").warning("said %s", "once")

    assert [line["event"] for line in logged()] == ["said once"]


def test_lines_of_a_task_carry_its_name_and_id_and_later_ones_do_not(logged):
    logs.configure_logging("INFO")
    log = structlog.get_logger()

    lifecycle.name_the_task(task_id="id-1", task=SimpleNamespace(name="events.apply"))
    log.info("inside")
    lifecycle.forget_the_task()
    log.info("outside")

    inside, outside = logged()
    assert (inside["task"], inside["task_id"]) == ("events.apply", "id-1")
    assert "task" not in outside


def test_an_exception_is_logged_without_what_it_quotes(logged):
    logs.configure_logging("INFO")
    try:
        int("card 4242 4242 4242 4242 of jo@school.example")
    except ValueError:
        structlog.get_logger().exception("payment.failed", payment_id="p-1")

    (line,) = logged()
    assert "4242" not in json.dumps(line)
    assert "school.example" not in json.dumps(line)
    assert line["payment_id"] == "p-1"


@pytest.mark.parametrize(
    "secret",
    [
        "4242424242424242",
        "4242 4242 4242 4242",
        "3782-822463-10005",
        "jo.doe+fees@mail.school.example",
        "whsec_0123abcdEFGH",
        "sk_live_abc",
        "sk_test_abc",
        "rk_live_abc",
        "rzp_live_abc",
        "postgresql://jo:hunter2@db/bursar".partition("//")[2].partition("@")[0],
    ],
)
def test_secrets_cards_and_addresses_do_not_survive_in_a_text(secret):
    text = f"before {secret} after" if "hunter2" not in secret else f"postgresql://{secret}@db/bursar"

    masked = logs.masked_text(text)

    assert secret not in masked
    assert logs.MASK in masked


@pytest.mark.parametrize(
    "harmless",
    [
        "0192f0c1-7d3e-7000-8000-123456789012",
        "2026-11-21T04:09:12.891180Z",
        "INV-2026-000123",
        "pi_3NqLkY2eZvKYlo2C1234567890123",
    ],
)
def test_ids_and_times_stay_readable(harmless):
    assert logs.masked_text(harmless) == harmless


def test_fields_named_like_secrets_are_masked_at_any_depth():
    event = {
        "password": "x",
        "nested": {"api_key": "y", "list": [1, None, True, "a@b.co"]},
        "claim_token": "t",
    }

    masked = logs.mask(None, "info", {**event, "card": 4242424242424242, "amount_minor": 61_000_00})

    assert masked == {
        "password": logs.MASK,
        "nested": {"api_key": logs.MASK, "list": [1, None, True, logs.MASK]},
        "claim_token": "t",
        "card": logs.MASK,
        "amount_minor": 61_000_00,
    }


def test_an_unarmed_point_is_passed():
    for name in CRASH_POINTS:
        assert not CrashPoints({}).passed(name)
    crash_point("events.claimed")


def test_an_armed_point_is_fatal_at_its_hit_only():
    points = CrashPoints({"BURSAR_CRASH_POINT": "events.claimed", "BURSAR_CRASH_HIT": "2"})

    assert [points.passed("events.claimed") for _ in range(3)] == [False, True, False]
    assert not points.passed("events.applied")


def test_a_misspelt_point_is_refused_on_both_sides():
    with pytest.raises(Misconfigured, match=r"events\.claimed"):
        CrashPoints({"BURSAR_CRASH_POINT": "events.clamed"})
    with pytest.raises(ValueError, match="unknown crash point"):
        CrashPoints({}).passed("events.clamed")


def test_an_armed_point_kills_parent_and_child_alike():
    code = (
        "import os, signal; from workers.crashpoints import crash_point\n"
        "print('up', flush=True)\n"
        "crash_point('events.claimed') if os.fork() == 0 else signal.pause()"
    )
    with python(code, BURSAR_CRASH_POINT="events.claimed") as parent:
        assert parent.wait(20) == -signal.SIGKILL
