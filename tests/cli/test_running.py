"""A running house is found by other terminals of the same user, and by nobody once it has ended."""

import stat

import pytest

from bursar.cli import running
from bursar.errors import Misconfigured

HOUSE = running.Running(pid=7, receiver_url="http://127.0.0.1:8000", flower_url="http://127.0.0.1:5555")


def test_a_house_is_found_while_it_runs_and_not_afterwards(tmp_path):
    assert running.find(tmp_path) is None
    with running.only_one(tmp_path):
        assert running.find(tmp_path) is None
        running.announce(tmp_path, HOUSE)
        assert running.find(tmp_path) == HOUSE
    assert running.find(tmp_path) is None


def test_a_file_left_by_a_killed_house_deceives_nobody(tmp_path):
    running.announce(tmp_path, HOUSE)

    assert running.find(tmp_path) is None


def test_a_second_house_on_the_same_folder_is_refused(tmp_path):
    with running.only_one(tmp_path), pytest.raises(running.AlreadyRunning), running.only_one(tmp_path):
        pass


def test_a_folder_that_does_not_exist_has_no_house(tmp_path):
    assert running.find(tmp_path / "nowhere") is None


def test_a_folder_that_cannot_be_made_names_the_variable(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(Misconfigured, match="BURSAR_VAR"), running.only_one(tmp_path / "file" / "var"):
        pass


def test_secrets_are_made_once_and_only_their_owner_may_read_them(tmp_path):
    first = running.demo_secrets(tmp_path, ["stripe"])
    more = running.demo_secrets(tmp_path, ["stripe", "razorpay"])

    assert more["stripe"] == first["stripe"]
    assert set(more) == {"stripe", "razorpay", "flower", running.LINKS}
    assert len(set(more.values())) == 4
    assert stat.S_IMODE((tmp_path / running.SECRETS_FILE).stat().st_mode) == 0o600


def test_a_damaged_file_of_secrets_is_named(tmp_path):
    (tmp_path / running.SECRETS_FILE).write_text("{")

    with pytest.raises(Misconfigured, match=running.SECRETS_FILE):
        running.read_secrets(tmp_path)


def test_a_damaged_state_file_is_no_house(tmp_path):
    with running.only_one(tmp_path):
        (tmp_path / running.STATE_FILE).write_text('{"pid": 1}')

        assert running.find(tmp_path) is None
