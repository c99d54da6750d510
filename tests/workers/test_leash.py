"""The helper that ends what its owner left behind."""

import io
import signal
import subprocess
import sys

from tests.support.processes import all_gone
from workers import leash


def sleeper(code: str = "import signal; print(1, flush=True); signal.pause()") -> subprocess.Popen[bytes]:
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True)
    assert child.stdout is not None
    child.stdout.readline()
    return child


def test_held_processes_end_and_released_ones_live(monkeypatch):
    monkeypatch.setattr(leash, "FAREWELL_S", 0.5)  # the dead stay visible until this test looks at them
    with sleeper() as held, sleeper() as released:
        orders = f"hold {held.pid} 15\nhold {released.pid} 15\nrelease {released.pid}\n"

        leash.watch(io.StringIO(orders))

        assert held.wait() == -signal.SIGTERM
        assert released.poll() is None
        released.kill()


def test_a_process_that_ignores_the_polite_signal_is_killed(monkeypatch):
    monkeypatch.setattr(leash, "FAREWELL_S", 0.05)
    code = "import signal; signal.signal(15, signal.SIG_IGN); print(1, flush=True)\nwhile 1: signal.pause()"
    with sleeper(code) as stubborn:
        leash.watch(io.StringIO(f"hold {stubborn.pid} 15\n"))

        assert stubborn.wait() == -signal.SIGKILL


def test_folders_of_a_dead_owner_are_deleted_and_those_of_a_tidy_one_stay(tmp_path):
    (tmp_path / "dead" / "deep").mkdir(parents=True)
    (tmp_path / "tidy").mkdir()

    leash.watch(io.StringIO(f"folder {tmp_path / 'dead'}\n"))
    leash.watch(io.StringIO(f"folder {tmp_path / 'tidy'}\nloose\n"))

    assert [each.name for each in tmp_path.iterdir()] == ["tidy"]


def test_closing_a_leash_ends_nothing():
    with sleeper() as child:
        held = leash.Leash()
        held.hold(child.pid)

        held.close()

        assert child.poll() is None
        child.kill()
    assert all_gone([child.pid])
