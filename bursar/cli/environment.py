"""Which settings a command runs with: the configured ones, completed by a `bursar up` that runs here."""

import os
import pwd
import sys

import structlog

from bursar.cli import running
from bursar.cli.exits import say_error
from bursar.settings import Settings, load, unknown_variables
from models import session


def configured() -> Settings:
    """The settings, after saying which BURSAR_ variables nothing reads."""
    log_to_stderr()
    unknown = unknown_variables()
    if unknown:
        say_error(f"warning: nothing reads {', '.join(unknown)} (a typing mistake?)")
    return load()


def log_to_stderr() -> None:
    """Warnings of what a command calls, in words: what it prints itself belongs to a script."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger("WARNING"),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )


def settings() -> Settings:
    """The settings, joined to a `bursar up` that runs here: to its private servers where none is
    configured, to its fake gateways and its links in any case.
    """
    chosen = configured()
    here = running.find(chosen.var)
    if here is None:
        return chosen
    joined = here.fake_gateways | running.links_of(chosen, here.receiver_url, chosen.var)
    if not (chosen.database_url or chosen.broker_url) and here.database_url and here.broker_url:
        joined |= {"BURSAR_DATABASE_URL": here.database_url, "BURSAR_BROKER_URL": here.broker_url}
    # Through the environment, because the task queue's configuration reads the settings for itself.
    os.environ.update(joined)  # noqa: TID251 - for this process alone
    load.cache_clear()
    return load()


def connect() -> None:
    """Bind the database. Raises Misconfigured when none is configured and none runs here."""
    session.bind(settings().required_database_url())


def operator() -> str:
    """The person at the keyboard, for the audit log; the kernel's word, not the environment's."""
    uid = os.getuid()
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
