"""Which settings a command runs with: the configured ones, completed by a `bursar up` that runs here."""

import os
import pwd

from bursar.cli import running
from bursar.cli.exits import say_error
from bursar.settings import Settings, load, unknown_variables
from models import session


def configured() -> Settings:
    """The settings, after saying which BURSAR_ variables nothing reads."""
    unknown = unknown_variables()
    if unknown:
        say_error(f"warning: nothing reads {', '.join(unknown)} (a typing mistake?)")
    return load()


def settings() -> Settings:
    """The settings; where no server is configured and `bursar up` runs on private ones, those are joined."""
    chosen = configured()
    if chosen.database_url or chosen.broker_url:
        return chosen
    here = running.find(chosen.var)
    if here is None or here.database_url is None or here.broker_url is None:
        return chosen
    # Through the environment, because the task queue's configuration reads the settings for itself.
    os.environ["BURSAR_DATABASE_URL"] = here.database_url  # noqa: TID251 - for this process alone
    os.environ["BURSAR_BROKER_URL"] = here.broker_url  # noqa: TID251 - for this process alone
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
