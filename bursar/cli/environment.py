"""Which database and broker a command talks to: the configured ones, else those of a running `bursar up`."""

import os
import pwd

from bursar.cli import running
from bursar.cli.exits import say_error
from bursar.settings import Settings, load, unknown_variables
from models import session


def settings() -> Settings:
    """The settings, after saying which BURSAR_ variables nothing reads."""
    unknown = unknown_variables()
    if unknown:
        say_error(f"warning: nothing reads {', '.join(unknown)} (a typing mistake?)")
    return load()


def connect() -> None:
    """Bind the database. Raises Misconfigured when none is configured and none runs here."""
    session.bind(database_url(settings()))


def database_url(chosen: Settings) -> str:
    """The configured database, else the private one of a running `bursar up`. Raises Misconfigured."""
    here = _private_house(chosen)
    return (here and here.database_url) or chosen.required_database_url()


def broker_url(chosen: Settings) -> str | None:
    """The configured broker, else the private one of a running `bursar up`, else none: nothing is guessed."""
    here = _private_house(chosen)
    return here.broker_url if here else chosen.broker_url


def operator() -> str:
    """The person at the keyboard, for the audit log; the kernel's word, not the environment's."""
    uid = os.getuid()
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def _private_house(chosen: Settings) -> running.Running | None:
    """What runs here on private servers; settings that name a server win over it."""
    if chosen.database_url or chosen.broker_url:
        return None
    return running.find(chosen.var)
