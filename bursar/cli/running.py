"""What `bursar up` leaves in $BURSAR_VAR for other terminals: where it listens, its demo secrets."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bursar.errors import Misconfigured, Refused
from bursar.settings import Settings

STATE_FILE = "up.json"
LOCK_FILE = "up.lock"
SECRETS_FILE = "secrets.json"
LINKS = "links"
_PRIVATE = 0o600


class AlreadyRunning(Refused):
    """Another `bursar up` runs on the same BURSAR_VAR."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A house that can be talked to. Only URLs of private servers are here, configured ones are not."""

    pid: int
    receiver_url: str
    flower_url: str
    database_url: str | None = None
    broker_url: str | None = None
    fake_gateways: dict[str, str] = field(default_factory=dict)
    """Variables that lead to fake gateways, where the house plays them; they open nothing else."""
    made_secrets: list[str] = field(default_factory=list)
    """Variables of webhook secrets that the house made for itself; what they hold is in SECRETS_FILE."""


@contextmanager
def only_one(var: Path) -> Iterator[None]:
    """Be the only `bursar up` of this folder. The kernel lets go of the lock however we end."""
    try:
        var.mkdir(parents=True, exist_ok=True)
        lock = (var / LOCK_FILE).open("a")
    except OSError as error:
        raise Misconfigured(f"BURSAR_VAR={var}: cannot keep state there: {error.strerror}") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(
                f"`bursar up` already runs on {var}: stop it first, or give this one another BURSAR_VAR"
            ) from None
        try:
            yield
        finally:
            (var / STATE_FILE).unlink(missing_ok=True)


def announce(var: Path, running: Running) -> None:
    """Tell other terminals; only this user may read it."""
    _write_private(var / STATE_FILE, asdict(running))


def find(var: Path) -> Running | None:
    """The house that runs on this folder now, if one does."""
    try:
        with (var / LOCK_FILE).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _announced(var)
    except OSError:
        return None
    return None  # nobody holds the lock: whatever the file says is old


def _announced(var: Path) -> Running | None:
    try:
        return Running(**json.loads((var / STATE_FILE).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def demo_secrets(var: Path, gateways: list[str]) -> dict[str, str]:
    """The generated secrets of this folder: for webhooks, links and Flower; made on first use, then kept."""
    path = var / SECRETS_FILE
    kept = read_secrets(var)
    missing = [name for name in [*gateways, "flower", LINKS] if name not in kept]
    if missing:
        kept |= {name: secrets.token_hex(24) for name in missing}
        _write_private(path, kept)
    return kept


def links_of(settings: Settings, receiver_url: str, var: Path) -> dict[str, str]:
    """What links to documents need where nothing is configured: a secret of this folder, and our address."""
    made = {}
    if settings.link_secret is None:
        made["BURSAR_LINK_SECRET"] = demo_secrets(var, [])[LINKS]
    if settings.public_url is None:
        made["BURSAR_PUBLIC_URL"] = receiver_url
    return made


def read_secrets(var: Path) -> dict[str, str]:
    """The generated secrets of this folder; empty when none were."""
    try:
        found: dict[str, str] = json.loads((var / SECRETS_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise Misconfigured(
            f"{var / SECRETS_FILE} cannot be read ({error}); delete it, new ones are made"
        ) from None
    return found


def _write_private(path: Path, value: object) -> None:
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE), "w", encoding="utf-8"
    ) as file:
        json.dump(value, file, indent=2)
    draft.replace(path)
