"""The supervisor brings back what dies, gives up on what cannot live, and leaves nothing behind."""

import os
import shlex
import signal
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.processes import ROOT, all_gone, eventually, python
from workers.supervisor import DEATHS_MAX, GaveUp, RestartPolicy, Supervisor, read_procfile

STAY = "import signal, sys; print('up', flush=True); signal.pause()"
STUBBORN = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)\n"
    "while True: signal.pause()"
)


def line(code: str) -> str:
    return shlex.join([sys.executable, "-c", code])


def supervise(tmp_path: Path, lines: dict[str, str], **options: object) -> Supervisor:
    return Supervisor(lines, dict(os.environ), log_dir=tmp_path, **options)  # type: ignore[arg-type]


def says(tmp_path: Path, name: str, text: str) -> bool:
    log = tmp_path / f"{name}.log"
    return log.exists() and text in log.read_text()


@pytest.mark.parametrize(
    ("deaths_at", "delays"),
    [
        ([0.0], [0.2]),
        ([0.0, 1.0, 2.0, 3.0], [0.2, 0.6, 1.8, 5.0]),
        ([0.0, 1.0, 2.0, 3.0, 4.0], [0.2, 0.6, 1.8, 5.0, None]),
        ([0.0, 1.0, 2.0, 3.0, 60.0], [0.2, 0.6, 1.8, 5.0, 5.0]),
        ([0.0, 100.0, 200.0, 300.0, 400.0], [0.2, 0.2, 0.2, 0.2, 0.2]),
    ],
)
def test_backoff_grows_with_deaths_and_five_within_a_minute_are_too_many(deaths_at, delays):
    policy = RestartPolicy()

    assert [policy.died(at) for at in deaths_at] == pytest.approx(delays)


def test_a_killed_child_comes_back_as_another_process(tmp_path):
    with supervise(tmp_path, {"one": line(STAY)}) as supervisor:
        first = supervisor.children()["one"]

        assert supervisor.kill("one") == first

        assert eventually(lambda: supervisor.starts()["one"] == 2 and supervisor.children().get("one"))
        assert supervisor.children()["one"] != first


def test_the_others_live_on_when_one_dies(tmp_path):
    with supervise(tmp_path, {"one": line(STAY), "two": line(STAY)}) as supervisor:
        other = supervisor.children()["two"]

        supervisor.kill("one")

        assert eventually(lambda: supervisor.starts()["one"] == 2)
        assert supervisor.children()["two"] == other


def test_deaths_on_purpose_are_not_held_against_a_child(tmp_path):
    with supervise(tmp_path, {"one": line(STAY)}) as supervisor:
        for start in range(1, DEATHS_MAX + 2):
            assert eventually(lambda start=start: supervisor.starts()["one"] == start)
            supervisor.kill("one")

        assert eventually(lambda: supervisor.starts()["one"] == DEATHS_MAX + 2)
        supervisor.check()


def test_who_ended_by_itself_is_told_apart_from_who_was_killed(tmp_path):
    lines = {"killed": line(STAY), "left": line("raise SystemExit(7)")}
    with supervise(tmp_path, lines) as supervisor:
        supervisor.kill("killed")

        assert eventually(lambda: supervisor.starts()["killed"] == 2 and supervisor.self_exits()["left"])
        assert supervisor.self_exits()["left"][0] == "exit status 7"
        assert supervisor.self_exits()["killed"] == []


def test_five_deaths_within_a_minute_end_everything_with_a_message(tmp_path):
    ticks = iter(range(0, 10_000_000, 6))  # every look at the clock is six seconds later
    supervisor = supervise(
        tmp_path, {"bad": line("raise SystemExit(7)"), "good": line(STAY)}, clock=lambda: next(ticks) / 100
    )
    with supervisor:
        good = supervisor.children()["good"]

        with pytest.raises(GaveUp, match="bad died 5 times within 60 s, the last time with exit status 7"):
            supervisor.run()

        assert all_gone([good])


def test_stop_asks_politely_and_the_child_may_finish(tmp_path):
    polite = (
        "import signal, sys\n"
        "def bye(*_): print('finished', flush=True); sys.exit()\n"
        "signal.signal(signal.SIGTERM, bye); print('up', flush=True); signal.pause()"
    )
    supervisor = supervise(tmp_path, {"one": line(polite)})
    supervisor.start()
    assert eventually(lambda: says(tmp_path, "one", "up"))

    supervisor.stop()

    assert says(tmp_path, "one", "finished")
    assert supervisor.children() == {}


def test_stop_kills_what_does_not_listen(tmp_path):
    supervisor = supervise(tmp_path, {"one": line(STUBBORN)})
    supervisor.start()
    pid = supervisor.children()["one"]
    assert eventually(lambda: says(tmp_path, "one", "up"))

    supervisor.stop(grace_s=0.1)

    assert all_gone([pid])


def test_what_a_dead_parent_left_in_its_group_is_ended_before_the_restart(tmp_path):
    parent = (
        "import subprocess, sys, signal\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])\n"
        "print('child', child.pid, flush=True); signal.pause()"
    )
    with supervise(tmp_path, {"one": line(parent)}) as supervisor:
        assert eventually(lambda: says(tmp_path, "one", "child"))
        orphan = int((tmp_path / "one.log").read_text().split()[1])

        supervisor.kill("one")

        assert all_gone([orphan])


def test_the_first_environment_is_for_the_first_start_only(tmp_path):
    show = f"import os; print('point', os.environ.get('POINT'), flush=True)\n{STAY}"
    with supervise(tmp_path, {"one": line(show)}, first_env={"one": {"POINT": "armed"}}) as supervisor:
        assert eventually(lambda: says(tmp_path, "one", "point armed"))

        supervisor.kill("one")

        assert eventually(lambda: says(tmp_path, "one", "point None"))


def test_waiting_for_readiness_ends_at_its_deadline(tmp_path):
    with supervise(tmp_path, {"one": line(STAY)}) as supervisor:
        assert supervisor.wait_ready(lambda: says(tmp_path, "one", "up"))
        assert not supervisor.wait_ready(lambda: False, timeout_s=0.05)


def test_a_dead_child_cannot_be_signalled(tmp_path):
    supervisor = supervise(tmp_path, {"one": line(STAY)})
    supervisor.start()
    supervisor.stop()

    with pytest.raises(ProcessLookupError):
        supervisor.kill("one")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_child_outlives_a_supervisor_that_is_ended_by(number):
    code = (
        "import os, signal, threading; from workers.supervisor import Supervisor\n"
        f"lines = {{'one': {line(STAY)!r}, 'two': {line(STAY)!r}}}\n"
        "supervisor = Supervisor(lines, dict(os.environ)); supervisor.start()\n"
        "def say_once_it_listens():\n"
        "    while signal.getsignal(signal.SIGINT) is signal.default_int_handler: pass\n"
        "    print(*supervisor.children().values(), flush=True)\n"
        "threading.Thread(target=say_once_it_listens).start(); supervisor.run()"
    )
    with python(code) as owner:
        assert owner.stdout is not None
        children = [int(pid) for pid in owner.stdout.readline().split()]

        owner.send_signal(number)

        assert len(children) == 2
        assert all_gone(children)
        assert owner.wait() == (-number if number == signal.SIGKILL else 0)


def test_a_signal_that_comes_just_when_it_begins_to_wait_is_heard():
    """`Event.wait` holds a lock for a moment; a handler that takes the same lock would wait for itself."""
    code = (
        "import os, signal, threading; from workers.supervisor import Supervisor\n"
        "plain = threading.Condition.wait\n"
        "def interrupted(self, timeout=None):\n"
        "    if threading.current_thread() is threading.main_thread(): os.kill(os.getpid(), signal.SIGTERM)\n"
        "    return plain(self, timeout)\n"
        f"supervisor = Supervisor({{'one': {line(STAY)!r}}}, dict(os.environ)); supervisor.start()\n"
        "threading.Condition.wait = interrupted; supervisor.run(); print('stopped', flush=True)"
    )
    with python(code) as owner:
        assert eventually(lambda: owner.poll() is not None)
        assert owner.stdout is not None
        assert owner.stdout.read() == "stopped\n"


def test_output_is_prefixed_with_the_name_of_its_process():
    code = (
        "import os; from workers.supervisor import Supervisor\n"
        f"with Supervisor({{'one': {line(STAY)!r}, 'longer': {line(STAY)!r}}}, dict(os.environ)) as s:\n"
        "    s.wait_ready(lambda: False, 0.5)"
    )
    with python(f"import sys; sys.stderr = sys.stdout\n{code}") as owner:
        assert owner.stdout is not None
        lines = owner.stdout.read().splitlines()

    assert sorted(lines) == ["longer | up", "one    | up"]


def test_the_procfile_names_every_queue_exactly_once():
    from workers.queues import ROUTES

    lines = read_procfile(ROOT / "Procfile")
    words = [each.split() for each in lines.values()]
    served = [queues for each in words for flag, queues in pairwise(each) if flag == "-Q"]

    assert {"receiver", "beat", "flower"} < set(lines)
    names = ",".join(served).split(",")
    assert len(names) == len(set(names))
    assert {queue.value for queue in ROUTES.values()} <= set(names)
