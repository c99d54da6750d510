"""What happens when a worker starts, forks and runs a task: fresh connections and logs that name the task.

Imported by name in `celeryconfig.imports`; connecting to Celery's signals is all that importing it does.
"""

import gc
import sys
from typing import Any

import structlog
from celery import signals

from bursar.errors import Misconfigured
from bursar.gateways.health.connection import check_url
from bursar.gateways.registry import GATEWAYS
from bursar.rules.routing import parse_order
from bursar.settings import Settings, load
from models import session
from workers.logs import configure_logging

GC_THRESHOLDS = (50_000, 20, 100)
"""New objects before a collection, and collections before an older generation is looked at. A batch makes
tens of thousands of values that refer to no one else; the default of 700 would look through them all day."""

EXIT_MISCONFIGURED = 2
"""The same as of the receiver."""


@signals.setup_logging.connect(weak=False)
def log_as_json(**_: Any) -> None:
    """Ours instead of Celery's own logging: being connected is what switches that off."""
    configure_logging(load().log_level)


@signals.worker_init.connect(weak=False)
def prepare(**_: Any) -> None:
    """Name the database once per worker; every pool child connects for itself on first use.

    A setting that would only fail the tasks that need it ends the worker here. Celery logs what a handler
    raises and goes on, but for SystemExit.
    """
    try:
        settings = load()
        _check(settings)
        session.bind(settings.required_database_url())
    except Misconfigured as error:
        sys.stderr.write(f"worker: {error}\n")
        raise SystemExit(EXIT_MISCONFIGURED) from None


@signals.worker_process_init.connect(weak=False)
def forget_connections(**_: Any) -> None:
    """A forked child must not talk on sockets that its parent opened."""
    session.dispose_engine()
    gc.freeze()  # what is loaded by now stays loaded: neither the collector nor copy-on-write need touch it
    gc.set_threshold(*GC_THRESHOLDS)


@signals.task_prerun.connect(weak=False)
def name_the_task(task_id: str, task: Any, **_: Any) -> None:
    """Every line a task logs carries its name and id."""
    structlog.contextvars.bind_contextvars(task=task.name, task_id=task_id)


@signals.task_postrun.connect(weak=False)
def forget_the_task(**_: Any) -> None:
    """The next task starts with a clean context."""
    structlog.contextvars.clear_contextvars()


def _check(settings: Settings) -> None:
    """What gateways are chosen by, and where limits and circuits are shared. Raises Misconfigured."""
    parse_order(settings.gateway_order or "", GATEWAYS)
    check_url(settings)
