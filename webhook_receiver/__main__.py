"""`python -m webhook_receiver`: read the settings, serve until SIGTERM, finish what is in flight."""

import resource
import signal
import sys
from types import FrameType

from bursar.errors import Misconfigured
from bursar.settings import Settings, load
from webhook_receiver.app import create_app
from webhook_receiver.server import make_server
from workers.logs import configure_logging

EXIT_MISCONFIGURED = 2
EXIT_NOT_LISTENING = 1
OPEN_FILES_MAX = 65_536
"""Connections are files; the usual 1024 are used up by one sender who opens them and says nothing."""


def main() -> int:
    """Serve the configured receiver; the exit code is 2 when a setting is missing or wrong."""
    try:
        return serve(load())
    except Misconfigured as error:
        sys.stderr.write(f"receiver: {error}\n")
        return EXIT_MISCONFIGURED


def serve(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT. Raises Misconfigured before anything listens."""
    configure_logging(settings.log_level)
    app = create_app(settings)
    _allow_open_files()
    server = make_server(
        app,
        settings.host,
        settings.port,
        deliveries=app.webhooks.deliveries(),
        hang_ups=app.tallies.hang_ups,
    )
    # uvicorn drains on these signals and then raises them again for whoever came before it.
    signal.signal(signal.SIGTERM, _exit)
    signal.signal(signal.SIGINT, _exit)
    server.run()
    return 0 if server.started else EXIT_NOT_LISTENING


def _allow_open_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES_MAX if hard == resource.RLIM_INFINITY else min(OPEN_FILES_MAX, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _exit(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
