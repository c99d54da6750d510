"""`python -m bursar.sandbox.fake`: the fake gateways in a process of their own, until SIGTERM or SIGINT.

One line says when it answers: `ready` and JSON with the base URL of each gateway.
"""

import argparse
import secrets
import signal
import sys
from collections.abc import Sequence
from queue import SimpleQueue

import orjson

from bursar.errors import Misconfigured
from bursar.sandbox.fake.gateways import FakeGateways
from bursar.sandbox.fake.server import FakeServer
from bursar.sandbox.fake.vendors import DEMO_SECRETS, every_vendor
from bursar.sandbox.fake.webhooks import Plan
from bursar.sandbox.paypal_certificates import keep_identity
from bursar.settings import load

EXIT_MISCONFIGURED = 2
EXIT_NOT_LISTENING = 1
STEM_BYTES = 4
"""Random bytes in every id: a server started anew never repeats the ids of the one before."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until a signal; the exit code is 2 when a setting is wrong, 1 when the port is taken."""
    asked = _parsed(arguments)
    try:
        gateways = _gateways(asked)
        server = FakeServer(gateways, port=asked.port, courier=asked.webhooks is not None)
        server.start()
    except Misconfigured as error:
        sys.stderr.write(f"fake gateways: {error}\n")
        return EXIT_MISCONFIGURED
    except OSError as error:
        sys.stderr.write(f"fake gateways: port {asked.port} cannot be used: {error.strerror}\n")
        return EXIT_NOT_LISTENING
    _serve(server)
    return 0


def _serve(server: FakeServer) -> None:
    over: SimpleQueue[int] = SimpleQueue()  # its put may interrupt its get; Event.set inside Event.wait hangs
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: over.put(number))
    gateways = server.gateways
    told = {"url": gateways.url, **{name: gateways.base_url(name) for name in gateways.vendors}}
    sys.stdout.write(f"ready {orjson.dumps(told).decode()}\n")
    sys.stdout.flush()
    over.get()
    server.close()


def _gateways(asked: argparse.Namespace) -> FakeGateways:
    """Signs with the newest webhook secret of the receiver's own settings, where one is set, and as PayPal
    with the certificate in BURSAR_VAR, which a receiver in test mode believes.
    """
    settings = load()
    configured = {name: settings.webhook_secrets(name) for name in DEMO_SECRETS}
    newest = {name: values[0] for name, values in configured.items() if values}
    plan = Plan(
        seed=asked.seed,
        duplicated=asked.duplicated,
        reordered=asked.reordered,
        lost=asked.lost,
        delay_s_max=asked.delay_s_max,
    )
    stem = secrets.token_hex(STEM_BYTES)
    makers = every_vendor(newest, lambda: keep_identity(settings.var))
    gateways = FakeGateways.build(makers, plan=plan, seed=asked.seed, stem=stem)
    if asked.webhooks:
        gateways.subscribe(asked.webhooks)
    return gateways


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bursar.sandbox.fake", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--webhooks", help="where to deliver: http://127.0.0.1:8000/webhooks")
    parser.add_argument("--seed", type=int, default=0, help="of faults and of bad delivery")
    for name in ("duplicated", "reordered", "lost"):
        parser.add_argument(f"--{name}", type=_probability, default=0.0, help="probability per event, 0..1")
    parser.add_argument("--delay-s-max", type=_seconds, default=0.0, help="the longest a delivery is late")
    return parser.parse_args(arguments)


def _probability(text: str) -> float:
    value = float(text)
    if not 0.0 <= value <= 1.0:
        raise argparse.ArgumentTypeError("a probability is between 0 and 1")
    return value


def _seconds(text: str) -> float:
    value = float(text)
    if value < 0.0:
        raise argparse.ArgumentTypeError("a delay is 0 or more seconds")
    return value


if __name__ == "__main__":
    sys.exit(main())
