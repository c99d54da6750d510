"""Private servers: real, ours alone, and gone with their owner."""

import importlib.util
import os
import shutil
import signal
import socket
import tempfile
from pathlib import Path

import psycopg
import pytest
import redis

from bursar.errors import Misconfigured
from bursar.sandbox import broker, postgres, servers
from bursar.sandbox.broker import PrivateBroker
from bursar.sandbox.postgres import PrivatePostgres
from tests.support.processes import alive, all_gone, eventually, python


@pytest.fixture(scope="module")
def database():
    with PrivatePostgres() as server:
        yield server


@pytest.fixture(scope="module")
def queue():
    with PrivateBroker() as server:
        yield server


def answer(url: str, query: str = "SELECT 1") -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
        assert row is not None
        return row[0]


def test_a_url_is_enough_to_connect(database):
    assert answer(database.url, "SELECT current_database()") == "bursar"
    assert answer(database.url, "SHOW max_connections") == "200"
    assert answer(database.url, "SHOW jit") == "off"
    assert answer(database.url, "SHOW server_version").startswith("18")  # type: ignore[attr-defined]


def test_postgres_listens_on_no_port(database):
    assert answer(database.url, "SHOW listen_addresses") == ""


@pytest.mark.parametrize("how", ["immediate", "clean", "killed"])
def test_committed_rows_survive_a_restart_on_the_same_url(database, how):
    url, pid = database.url, database.pid
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (how text)")
        connection.execute("INSERT INTO kept VALUES (%s)", [how])

    if how == "killed":
        database.kill()
        database.start()
    else:
        database.restart(immediate=how == "immediate")

    assert database.url == url
    assert database.pid != pid
    assert answer(url, f"SELECT count(*) FROM kept WHERE how = '{how}'") == 1


def test_a_stopped_database_refuses_and_comes_back(database):
    database.stop()
    with pytest.raises(psycopg.OperationalError):
        answer(database.url)
    with pytest.raises(RuntimeError, match="not running"):
        _ = database.pid

    database.start()

    assert answer(database.url) == 1


@pytest.fixture
def public_folder():
    """A folder that every account may pass through; pytest's own are private."""
    folder = Path(tempfile.mkdtemp(prefix="bursar-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


def test_a_durable_cluster_is_found_again_by_the_next_owner(public_folder):
    data = public_folder / "postgres" / "data"
    with PrivatePostgres(data, durable=True) as first:
        assert answer(first.url, "SHOW fsync") == "on"
        with psycopg.connect(first.url) as connection:
            connection.execute("CREATE TABLE kept ()")
    with PrivatePostgres(data, durable=True) as second:
        assert answer(second.url, "SELECT count(*) FROM kept") == 0
        with pytest.raises(servers.ServerFailed, match="lock file"):
            PrivatePostgres(data, durable=True).start()


def test_a_server_that_cannot_start_shows_the_end_of_its_log(monkeypatch):
    monkeypatch.setitem(postgres._SETTINGS, "max_connections", "none")
    server = PrivatePostgres()

    with pytest.raises(servers.ServerFailed, match="invalid value for parameter"):
        server.start()

    server.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_root_runs_postgres_as_an_existing_account_and_says_so_before():
    said: list[str] = []
    with PrivatePostgres(say=said.append) as server:
        import psutil

        assert psutil.Process(server.pid).username() == "nobody"
    assert len(said) == 1
    assert "running as root" in said[0]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_root_copies_the_server_out_of_a_private_home_instead_of_opening_it(monkeypatch):
    monkeypatch.setattr(postgres, "_open_to_all", lambda folder: "pginstall18" not in str(folder))

    with PrivatePostgres() as server:
        assert server._install.is_relative_to(server.data_dir.parent)
        assert answer(server.url) == 1


def test_a_data_folder_out_of_reach_is_replaced_by_a_public_one(tmp_path):
    private = tmp_path / "private"
    private.mkdir(mode=0o700)

    assert postgres._place(private / "var").parent == postgres._PERSISTENT_HOME


def test_the_broker_forgets_everything_on_demand(queue):
    with redis.Redis.from_url(queue.url) as client:
        client.set("key", "value")

        queue.flushall()

        assert client.get("key") is None
        assert client.config_get("save") == {"save": ""}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


@pytest.mark.parametrize("immediate", [True, False])
def test_the_broker_comes_back_empty_on_the_same_url(queue, immediate):
    url, pid = queue.url, queue.pid
    with redis.Redis.from_url(url) as client:
        client.set("key", "value")

    queue.restart(immediate=immediate)

    assert (queue.url, queue.pid == pid) == (url, False)
    with redis.Redis.from_url(url) as client:
        assert client.get("key") is None


def test_the_broker_takes_another_port_when_somebody_was_faster(monkeypatch):
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", 0))
        somebody.listen()
        taken = somebody.getsockname()[1]
        ports = iter([taken, broker._free_port()])
        monkeypatch.setattr(broker, "_free_port", lambda: next(ports))

        with PrivateBroker() as server:
            assert f":{taken}/" not in server.url


def test_servers_that_are_not_running_say_so(tmp_path):
    with pytest.raises(RuntimeError, match="never started"):
        _ = PrivateBroker().url
    with pytest.raises(RuntimeError, match="not running"):
        _ = PrivateBroker().pid
    with pytest.raises(RuntimeError, match="never started"):
        _ = PrivatePostgres().url


def test_the_broker_leaves_a_given_folder_in_place(tmp_path):
    with PrivateBroker(tmp_path / "broker") as server:
        pid = server.pid

    assert (tmp_path / "broker" / "broker.log").exists()
    assert not alive(pid)


@pytest.mark.parametrize(
    ("server", "variable"),
    [(PrivatePostgres, "BURSAR_TEST_DATABASE_URL"), (PrivateBroker, "BURSAR_TEST_BROKER_URL")],
)
def test_a_missing_wheel_names_the_way_out(monkeypatch, server, variable):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    with pytest.raises(Misconfigured, match=variable):
        server().start()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_no_server_and_no_folder_outlives_its_owner(number):
    code = (
        "import signal; from bursar.sandbox.broker import PrivateBroker\n"
        "from bursar.sandbox.postgres import PrivatePostgres\n"
        "database, queue = PrivatePostgres(), PrivateBroker(); database.start(); queue.start()\n"
        "print(database.pid, queue.pid, database.data_dir.parent, flush=True); signal.pause()"
    )
    with python(code) as owner:
        assert owner.stdout is not None
        postmaster, valkey, folder = owner.stdout.readline().split()

        owner.send_signal(number)

        assert all_gone([int(postmaster), int(valkey)])
        assert eventually(lambda: not os.path.exists(folder))  # noqa: PTH110
