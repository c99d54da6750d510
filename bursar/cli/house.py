"""The running house of `bursar up`: servers, settings of the children, supervisor, and an orderly end."""

import contextlib
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import httpx

from bursar.cli import fakes, running
from bursar.cli.db import revisions
from bursar.errors import Misconfigured, Transient
from bursar.gateways.registry import GATEWAYS
from bursar.sandbox.broker import PrivateBroker
from bursar.sandbox.fake.process import LINE, FakeProcess
from bursar.sandbox.paypal_certificates import keep_identity
from bursar.sandbox.postgres import PrivatePostgres
from bursar.settings import ENV_FILE_VARIABLE, Settings
from models import schema
from webhook_receiver.accounts import configured_accounts, secret_variable
from workers.supervisor import Supervisor, read_procfile

READY_LIMIT_S = 60.0
PROBE_LIMIT_S = 2.0
_HOME = Path(__file__).resolve().parents[2]
_ANY_HOST = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what to ask where everything is listened to


class Stopped(BaseException):
    """A signal asked us to end before the supervisor listened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """Where database and broker are, and whether they are ours."""

    database_url: str
    broker_url: str
    private: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the house listens."""

    host: str
    port: int
    flower_port: int
    flower_auth: str = field(repr=False)

    @property
    def receiver_url(self) -> str:
        """Where events are posted."""
        host = _ANY_HOST.get(self.host, self.host)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def flower_url(self) -> str:
        """Where Flower shows tasks."""
        return f"http://127.0.0.1:{self.flower_port}"


def run_house(settings: Settings, procfile: Path | None, *, fake_gateways: bool = False) -> None:
    """Run everything until SIGTERM or SIGINT. Raises Misconfigured before anything is started."""
    chosen = procfile or _procfile()
    lines = _lines(chosen)
    _check_pair(settings)
    if fake_gateways:
        fakes.check(settings, lines)
    var = settings.var.resolve()
    with contextlib.suppress(Stopped), signals_stop_us() as asked, ExitStack() as stack:
        stack.enter_context(running.only_one(var))
        addresses = _addresses(settings, var)
        played = _played(addresses) if fake_gateways else None
        secrets = _webhook_secrets(settings, var, all_of_them=fake_gateways)
        if settings.mode == "test":
            keep_identity(var)  # `bursar trigger` signs PayPal's samples with it
        servers = _private_servers(stack, var) if _wants_private(settings) else _configured_servers(settings)
        instead = fakes.instead_of_gateways(played, settings)
        links = running.links_of(settings, addresses.receiver_url, var)
        environment = _environment(servers, addresses, {**secrets, **instead, **links}, var)
        os.chdir(chosen.resolve().parent)
        lines |= {LINE: played.line} if played else {}
        supervisor = stack.enter_context(Supervisor(lines, environment))
        _wait_until_ready(supervisor, addresses, played)
        running.announce(var, _running(servers, addresses, instead, secrets))
        _say_ready(addresses, var, secrets, played)
        if asked():
            raise Stopped
        supervisor.run()
        _ignore_signals()


def _lines(procfile: Path) -> dict[str, str]:
    try:
        lines = read_procfile(procfile)
    except OSError as error:
        raise Misconfigured(f"cannot read {procfile}: {error.strerror}; name one with --procfile") from None
    if not lines:
        raise Misconfigured(f"{procfile} names no process")
    return lines


def _procfile() -> Path:
    """The Procfile of this folder, else the one Bursar came with."""
    here = Path("Procfile")
    return here if here.exists() else _HOME / "Procfile"


def _wants_private(settings: Settings) -> bool:
    return settings.database_url is None and settings.broker_url is None


def _check_pair(settings: Settings) -> None:
    if (settings.database_url is None) != (settings.broker_url is None):
        names = ("BURSAR_DATABASE_URL", "BURSAR_BROKER_URL")
        given, missing = names if settings.database_url else reversed(names)
        raise Misconfigured(
            f"{given} is set, {missing} is not: set both, or neither to run on private servers"
        )
    if settings.mode == "live" and _wants_private(settings):
        raise Misconfigured(
            "BURSAR_MODE=live needs servers of your own: set BURSAR_DATABASE_URL and BURSAR_BROKER_URL"
        )


def _played(addresses: Addresses) -> FakeProcess:
    port = _free("127.0.0.1", 0, "BURSAR_PORT")
    return FakeProcess(port=port, receiver_url=addresses.receiver_url)


def _private_servers(stack: ExitStack, var: Path) -> Servers:
    postgres = PrivatePostgres(var / "postgres", durable=True, say=_say)
    stack.enter_context(postgres)
    broker = stack.enter_context(PrivateBroker())
    _say(f"private PostgreSQL and Valkey, data in {postgres.data_dir}")
    schema.upgrade(postgres.url)
    return Servers(database_url=postgres.url, broker_url=broker.url, private=True)


def _configured_servers(settings: Settings) -> Servers:
    url = settings.required_database_url()
    have, newest = revisions(url)
    if have != newest:
        raise Misconfigured(f"the schema is at {have or 'nothing'}, not at {newest}: run `bursar db upgrade`")
    return Servers(database_url=url, broker_url=settings.required_broker_url(), private=False)


def _webhook_secrets(settings: Settings, var: Path, *, all_of_them: bool) -> dict[str, str]:
    """Generated secrets by variable: with fakes those that are missing, for fakes sign with them; else
    only on private servers where none is configured.
    """
    missing = [name for name in GATEWAYS if not settings.webhook_secrets(name)]
    if not all_of_them and len(missing) < len(GATEWAYS):
        return {}
    if not all_of_them and not _wants_private(settings):
        configured_accounts(settings)  # says which variable is missing
    made = running.demo_secrets(var, missing)
    return {secret_variable(name): made[name] for name in missing}


def _addresses(settings: Settings, var: Path) -> Addresses:
    auth = settings.flower_basic_auth
    made = f"bursar:{running.demo_secrets(var, [])['flower']}" if auth is None else auth.get_secret_value()
    return Addresses(
        host=settings.host,
        port=_free(settings.host, settings.port, "BURSAR_PORT"),
        flower_port=_free("127.0.0.1", settings.flower_port, "BURSAR_FLOWER_PORT"),
        flower_auth=made,
    )


def _free(host: str, port: int, variable: str) -> int:
    """The port, or a free one for 0. Raises Misconfigured when it is taken: the children could only die."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Misconfigured(
                f"cannot listen on {host}:{port} ({error.strerror}): "
                f"set {variable} to a free port, or to 0 for any"
            ) from None
        found: int = probe.getsockname()[1]
        return found


def _environment(
    servers: Servers, addresses: Addresses, gateways: Mapping[str, str], var: Path
) -> dict[str, str]:
    """What the children see: ours, plus what was decided here."""
    inherited = dict(os.environ)  # noqa: TID251 - children inherit the operator's environment
    env_file = inherited.get(ENV_FILE_VARIABLE, ".env")
    return {
        **inherited,
        **gateways,
        "BURSAR_DATABASE_URL": servers.database_url,
        "BURSAR_BROKER_URL": servers.broker_url,
        "BURSAR_VAR": str(var),
        "BURSAR_HOST": addresses.host,
        "BURSAR_PORT": str(addresses.port),
        "BURSAR_FLOWER_PORT": str(addresses.flower_port),
        "BURSAR_FLOWER_BASIC_AUTH": addresses.flower_auth,
        ENV_FILE_VARIABLE: str(Path(env_file).resolve()) if env_file else "",
    }


def _wait_until_ready(supervisor: Supervisor, addresses: Addresses, played: FakeProcess | None) -> None:
    if played and not supervisor.wait_ready(lambda: fakes.answer(played), READY_LIMIT_S):
        raise Transient(f"the fake gateways were not ready after {READY_LIMIT_S:.0f} s")
    with httpx.Client(base_url=addresses.receiver_url, timeout=PROBE_LIMIT_S, trust_env=False) as client:
        if supervisor.wait_ready(lambda: _is_ready(client), READY_LIMIT_S):
            return
    raise Transient(f"the receiver was not ready after {READY_LIMIT_S:.0f} s; its last lines are above")


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/ready").status_code == 200
    except httpx.TransportError:
        return False


def _running(
    servers: Servers, addresses: Addresses, instead: Mapping[str, str], secrets: Mapping[str, str]
) -> running.Running:
    return running.Running(
        pid=os.getpid(),
        receiver_url=addresses.receiver_url,
        flower_url=addresses.flower_url,
        database_url=servers.database_url if servers.private else None,
        broker_url=servers.broker_url if servers.private else None,
        fake_gateways=dict(instead),
        made_secrets=sorted(secrets),
    )


def _say_ready(
    addresses: Addresses, var: Path, secrets: Mapping[str, str], played: FakeProcess | None
) -> None:
    user, _, _ = addresses.flower_auth.partition(":")
    kept = var / running.SECRETS_FILE
    _say(f"Flower {addresses.flower_url} as {user}" + (f", password in {kept}" if user == "bursar" else ""))
    if secrets:
        _say(f"webhook secrets were made, in {kept}; to post a signed event: bursar trigger {_EXAMPLE}")
    if played:
        _say(f"fake gateways {played.url}; `bursar checkout INVOICE --wait 10` says where a person can pay")
    _say(f"ready {addresses.receiver_url}")


_EXAMPLE = "stripe:payment_intent.succeeded"


@contextmanager
def signals_stop_us() -> Iterator[Callable[[], bool]]:
    """Until the supervisor listens, SIGTERM and SIGINT unwind what was started; a second changes nothing.

    What it yields says whether one came: raised inside a finalizer, Stopped is reported and goes nowhere.
    """
    came = []

    def stop(number: int, frame: FrameType | None) -> None:
        came.append(number)
        _ignore_signals()
        raise Stopped

    before = {each: signal.signal(each, stop) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield lambda: bool(came)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _ignore_signals() -> None:
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, signal.SIG_IGN)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
