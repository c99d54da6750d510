"""Flower's settings. Flower executes this file and takes every global that is named like one of its options.

It listens on the loopback interface, asks for a password, changes nothing and shows no arguments but ids.
"""

import os
import re
from typing import Any

from bursar.settings import load as _load
from workers.celery import app as _app

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_IDS_SHOWN_MAX = 5
_settings = _load()
_open = os.environ.get("BURSAR_FLOWER_OPEN") == "1"  # noqa: TID251  # set by the demo for itself, not a setting

_app.conf.broker_pool_limit = 32
"""Flower inspects with eight threads at once, each holding two connections; 4, as in workers, lock it up."""

address = "127.0.0.1"
port = _settings.flower_port
read_only = True
persistent = False
natural_time = True

if _settings.flower_basic_auth is not None:
    basic_auth = [_settings.flower_basic_auth.get_secret_value()]
    if not re.fullmatch(r"[^:]+:.{8,}", basic_auth[0]):
        raise SystemExit("flower: BURSAR_FLOWER_BASIC_AUTH must be name:password, 8 characters or more")
elif not _open:
    raise SystemExit("flower: set BURSAR_FLOWER_BASIC_AUTH=name:password; it does not start without one")


def format_task(task: Any) -> Any:
    """Arguments as ids only, errors by class only: what a page shows may end up in a screenshot."""
    ids = _UUID.findall(f"{task.args} {task.kwargs}")
    more = len(ids) - _IDS_SHOWN_MAX
    task.args = "()"
    task.kwargs = ", ".join(ids[:_IDS_SHOWN_MAX]) + (f" and {more} more" if more > 0 else "")
    task.exception = str(task.exception or "").split("(")[0] or None
    task.traceback = task.result = None
    return task
