"""`python -m webhook_receiver`: read the settings, serve until SIGTERM, finish what is in flight."""

import signal
import sys
from types import FrameType

from bursar.errors import Misconfigured
from bursar.settings import Settings, load
from webhook_receiver.app import create_app
from webhook_receiver.server import make_server
from workers.celery import app as celery
from workers.logs import configure_logging

EXIT_MISCONFIGURED = 2
EXIT_NOT_LISTENING = 1


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
    celery.conf.task_send_sent_event = False  # dozens a second: Flower hears of them from the workers
    server = make_server(create_app(settings), settings.host, settings.port)
    # uvicorn drains on these signals and then raises them again for whoever came before it.
    signal.signal(signal.SIGTERM, _exit)
    signal.signal(signal.SIGINT, _exit)
    server.run()
    return 0 if server.started else EXIT_NOT_LISTENING


def _exit(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
