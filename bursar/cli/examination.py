"""What `bursar doctor` looks at. Every check ends in a finding; none raises, none changes anything."""

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from functools import partial
from typing import NamedTuple

import psycopg
from sqlalchemy.exc import DBAPIError

from bursar.errors import BursarError, Misconfigured
from bursar.settings import Settings

LOCKS_MIN = 64
"""`max_locks_per_transaction`: a batch of 200 events takes up to a few thousand advisory locks, which all
transactions share with `max_connections` times this number."""


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    NOTE = "note"
    """It works, and somebody should know."""
    SKIPPED = "skipped"
    WRONG = "wrong"


class Finding(NamedTuple):
    """One check."""

    what: str
    state: State
    found: str
    cure: str = ""


Check = Callable[[Settings], Iterator[Finding]]


def examine(settings: Settings, *, offline: bool) -> Sequence[Finding]:
    """All checks, in the order in which one would mend things."""
    checks: list[tuple[str, Check]] = [
        ("database", _database),
        ("broker", _broker),
        ("limits", _limits),
        ("periodic jobs", _jobs),
        ("state folder", _folder),
        ("pages", _pages),
        ("mail", partial(_mail, offline=offline)),
        ("host", _host),
        ("gateway order", _order),
        ("gateways", partial(_gateways, offline=offline)),
    ]
    return [finding for what, check in checks for finding in _made(what, check, settings)]


def _made(what: str, check: Check, settings: Settings) -> Iterator[Finding]:
    """A check that fails in a way nobody foresaw is a finding as well: the next one is made all the same."""
    try:
        yield from check(settings)
    except BursarError as error:
        yield Finding(what, State.WRONG, str(error))
    except Exception as error:  # noqa: BLE001 - whatever a server or driver says, the rest is looked at
        yield Finding(what, State.WRONG, f"{type(error).__name__}: {error}")


def _database(settings: Settings) -> Iterator[Finding]:
    from alembic.script import ScriptDirectory
    from sqlalchemy import text

    from models import schema, session

    url = settings.required_database_url()
    session.bind(url)
    newest = ScriptDirectory.from_config(schema.config(url)).get_current_head()
    try:
        with session.transaction() as opened:
            version = opened.scalar(text("SHOW server_version_num"))
            locks = int(opened.scalar(text("SHOW max_locks_per_transaction")) or 0)
            fsync = opened.scalar(text("SHOW fsync"))
            there = opened.scalar(text("SELECT to_regclass('alembic_version')"))
            revision = opened.scalar(text("SELECT version_num FROM alembic_version")) if there else None
    except (DBAPIError, psycopg.Error) as error:
        reason = str(error).strip().splitlines()[0]
        yield Finding("database", State.WRONG, reason, "check BURSAR_DATABASE_URL and that the server runs")
        return
    yield Finding("database", State.OK, f"PostgreSQL {int(version or 0) // 10_000} answers")
    if revision == newest:
        yield Finding("schema", State.OK, f"revision {revision}")
    else:
        found = f"revision {revision or 'none'}, the newest is {newest}"
        yield Finding("schema", State.WRONG, found, "bursar db upgrade")
    if locks < LOCKS_MIN:
        found = f"max_locks_per_transaction is {locks}"
        yield Finding("locks", State.WRONG, found, f"set it to at least {LOCKS_MIN} and restart PostgreSQL")
    if fsync != "on":
        state = State.WRONG if settings.mode == "live" else State.NOTE
        yield Finding("fsync", state, f"fsync is {fsync}", "turn it on: a 200 promises to keep an event")


def _broker(settings: Settings) -> Iterator[Finding]:
    from kombu import Connection

    url = settings.required_broker_url()
    try:
        with Connection(url, connect_timeout=2, transport_options={"socket_connect_timeout": 2}) as broker:
            broker.ensure_connection(max_retries=1, timeout=3)
            yield Finding("broker", State.OK, f"{broker.transport.driver_name} answers")
    except Exception as error:  # noqa: BLE001 - each transport has errors of its own
        found = f"{type(error).__name__}: {error}"
        yield Finding("broker", State.WRONG, found, "check BURSAR_BROKER_URL; until then events only wait")


def _limits(settings: Settings) -> Iterator[Finding]:
    from bursar.gateways.health.connection import shared_redis

    answers = shared_redis(settings).ask(lambda client: bool(client.ping()), otherwise=False)
    if answers:
        yield Finding("limits", State.OK, "circuit breakers and limits are shared")
    else:
        found = "no Redis answers: there are no limits and no circuit breakers"
        yield Finding("limits", State.NOTE, found, "set BURSAR_REDIS_URL, or a redis:// broker")


def _jobs(_: Settings) -> Iterator[Finding]:
    from bursar.clock import utc_now
    from models.queries import ticks
    from models.session import transaction
    from tasks.jobs import overdue

    with transaction() as opened:
        since = ticks.first_tick(opened)
        late = overdue(opened, utc_now())
    cure = "see that beat and the workers of queues control and batch run: bursar jobs list"
    if since is None:
        yield Finding("periodic jobs", State.NOTE, "beat has never run here", cure)
    elif late:
        yield Finding("periodic jobs", State.NOTE, f"overdue: {', '.join(late)}", cure)
    else:
        yield Finding("periodic jobs", State.OK, "each has run in time")


def _folder(settings: Settings) -> Iterator[Finding]:
    import os

    folder = settings.var
    place = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if os.access(place, os.W_OK):
        yield Finding("state folder", State.OK, str(folder.absolute()))
    else:
        found = f"{place} cannot be written"
        yield Finding("state folder", State.WRONG, found, "set BURSAR_VAR to a folder of this user")


def _pages(settings: Settings) -> Iterator[Finding]:
    url = settings.return_url
    if url is None:
        yield Finding(
            "pages", State.NOTE, "no page can be opened", "set BURSAR_RETURN_URL: payers return there"
        )
    elif settings.mode == "live" and not url.startswith("https://"):
        yield Finding("pages", State.WRONG, f"{url} is not https", "gateways refuse it in live mode")
    else:
        yield Finding("pages", State.OK, f"payers return to {url}")


def _mail(settings: Settings, *, offline: bool) -> Iterator[Finding]:
    from bursar.emails.headers import mailbox
    from bursar.emails.transports import transport_from_url

    url = settings.smtp_url.get_secret_value() if settings.smtp_url else None
    sender = mailbox(settings.mail_from, "BURSAR_MAIL_FROM").address
    if url is None:
        found = "no mail server: mails become files in the outbox folder"
        yield Finding(
            "mail", State.WRONG if settings.mode == "live" else State.NOTE, found, "set BURSAR_SMTP_URL"
        )
        return
    transport = transport_from_url(url, settings.var)
    if offline:
        yield Finding("mail", State.SKIPPED, f"from {sender}")
        return
    with transport.open(sender, sender):  # as far as RCPT: nothing is sent
        yield Finding("mail", State.OK, f"the server takes mail from {sender}")


def _host(settings: Settings) -> Iterator[Finding]:
    from tasks.notifications import way_to_host

    if not settings.host_listens():
        cure = "set BURSAR_HOST_URL or BURSAR_HOST_TASK, if a product of yours should hear of enrollments"
        yield Finding("host", State.NOTE, "nobody is told what changes", cure)
        return
    way_to_host(settings)
    where = settings.host_url or f"task {settings.host_task} on queue {settings.host_queue}"
    yield Finding("host", State.OK, f"told at {where}")


def _order(settings: Settings) -> Iterator[Finding]:
    from bursar.gateways.registry import GATEWAYS
    from bursar.rules.routing import parse_order

    parse_order(settings.gateway_order or "", set(GATEWAYS))
    yield Finding("gateway order", State.OK, settings.gateway_order or "by currency and country")


def _gateways(settings: Settings, *, offline: bool) -> Iterator[Finding]:
    from bursar.cli import running
    from tasks.gateways import OPENERS

    house = running.find(settings.var)
    made = house.made_secrets if house else ()
    for gateway in OPENERS:
        yield _webhooks(settings, gateway, made)
        yield _calls(settings, gateway, offline=offline)


def _webhooks(settings: Settings, gateway: str, made: Sequence[str]) -> Finding:
    """`made`: variables of secrets that a `bursar up` beside us made for its receiver."""
    from webhook_receiver.accounts import secret_variable

    what, variable = f"{gateway} webhooks", secret_variable(gateway)
    if settings.webhook_secrets(gateway):
        return Finding(what, State.OK, f"{variable} is set")
    if variable in made:
        return Finding(what, State.OK, f"the `bursar up` that runs here made {variable}")
    cure = f"set {variable}, or leave it when {gateway} is not used"
    return Finding(what, State.NOTE, "are refused with 404", cure)


def _calls(settings: Settings, gateway: str, *, offline: bool) -> Finding:
    from tasks.gateways import api_of, configured_accounts

    what = f"{gateway} calls"
    account = f"{gateway}:{settings.mode}"
    if account not in configured_accounts(settings):
        return Finding(what, State.NOTE, "cannot be called", "set its keys for pages and refunds")
    try:
        api = api_of(account)
        if offline:
            return Finding(what, State.SKIPPED, "the keys have the right form")
        api.ping()
    except Misconfigured as error:
        return Finding(what, State.WRONG, str(error), "copy the keys from the gateway's dashboard")
    except BursarError as error:
        return Finding(what, State.NOTE, str(error), "its keys were neither taken nor refused: try again")
    return Finding(what, State.OK, "the keys are taken")
