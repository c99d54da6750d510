"""`python -m webhook_receiver`: read the settings, serve until SIGTERM, finish what is in flight."""

import signal
import sys
from types import FrameType

import structlog

from bursar.errors import Misconfigured
from bursar.settings import Settings, load
from webhook_receiver.app import create_app
from webhook_receiver.server import make_server

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
    _log_as_json()
    server = make_server(create_app(settings), settings.host, settings.port)
    # uvicorn drains on these signals and then raises them again for whoever came before it.
    signal.signal(signal.SIGTERM, _exit)
    signal.signal(signal.SIGINT, _exit)
    server.run()
    return 0 if server.started else EXIT_NOT_LISTENING


def _exit(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _log_as_json() -> None:
    """One JSON object a line on stderr; stdout has the one line that says where we listen."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


if __name__ == "__main__":
    sys.exit(main())
