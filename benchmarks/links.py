"""B7: pages to pay on, as a host asks for them here and now: our own time, slow and failing gateways."""

import logging
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from statistics import median
from typing import Any

import structlog
from sqlalchemy import text

from benchmarks.claims import Claim, at_least, at_most, told
from benchmarks.ground import Ground, product_environment
from benchmarks.wire import Wire, tapped
from bursar import settings
from bursar.errors import Transient
from bursar.rules.states import CheckoutStatus
from bursar.sandbox.fake.process import FakeProcess
from bursar.sandbox.fake.remote import Remote
from bursar.sandbox.school import Bill, open_school
from bursar.sandbox.stage import free_port
from models import session
from tasks.checkouts import Wish, open_checkout, request_checkout

WARM_UP, OWN, SLOW, FAILING, SHARED = 20, 200, 40, 1_000, 50
"""Links per part; one in a thousand of the failing ones may fail."""
A_SECOND = 15.0
"""Links a second: test mode allows 25 requests to a gateway, and what fails is sent up to three times."""
MORE = 4
"""Requests for each link that is open, at the same moment."""
WAIT_S = 10.0
"""Seconds for which a host waits for a link, as with `bursar checkout --wait 10`."""
LATENCY_S = 0.3
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "bad_gateway", "probability": 0.05},
    {"kind": "server_error", "probability": 0.05},
    {"kind": "timeout_after", "probability": 0.05, "delay_s": 0.05},
)
"""Ten per cent errors and five per cent timeouts, of which the worse kind: the page was made."""
PAGES = ("stripe.checkout.sessions.create", "paypal.orders.create", "razorpay.payment_links.create")
OWN_MS_MAX, ALL_MS_MAX = 5.0, 500.0
RETRIED_PERCENT_MIN, LINKS_PERCENT_MIN, REUSED_PERCENT_MIN = 95.0, 99.9, 85.0


def run(ground: Ground) -> list[Claim]:
    """Every part on invoices of its own, in US dollars: three gateways can take them."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with _house(ground) as remote, tapped() as wire:
        bills = iter(open_school(learners=WARM_UP + OWN + SLOW + FAILING + SHARED, pupils=0).course_bills)
        for bill in islice(bills, WARM_UP):
            _open(bill)
        own = _own(list(islice(bills, OWN)), wire)
        reused = _reused_percent(list(islice(bills, SHARED)))
        whole = _behind_a_slow_gateway(list(islice(bills, SLOW)), remote)
        failing = _while_gateways_fail(list(islice(bills, FAILING)), remote, wire)
    ground.stop_all()
    return [
        *own,
        at_most("B7 link at a gateway of 300 ms, p99", _p99(whole), "ms", ALL_MS_MAX),
        *failing,
        at_least("B7 requests for an open link that got it", reused, "%", REUSED_PERCENT_MIN),
    ]


@contextmanager
def _house(ground: Ground) -> Iterator[Remote]:
    """The fakes in a process of their own; this process is the host that asks for links."""
    url = ground.database("links")
    played = FakeProcess(port=free_port(), receiver_url="http://127.0.0.1:1")
    environment = {
        **product_environment(ground, url),
        **played.settings,
        "BURSAR_RETURN_URL": played.return_url,
        "BURSAR_CUSTOMER_REQUESTS_PER_MIN": "60",
    }
    fakes = ground.spawn("fakes", ["-m", "bursar.sandbox.fake", "--port", str(played.port)], env=environment)
    os.environ.update(environment)
    settings.load.cache_clear()
    session.bind(url)
    fakes.wait_for("ready")
    with Remote(played.url) as remote:
        yield remote
    session.bind("")


def _own(bills: Sequence[Bill], wire: Wire) -> list[Claim]:
    """All of a link but the call of the gateway; then, told beside it, with the gateway's own library."""
    own, with_library, cpu, statements = [], [], [], []
    synced = _synced()
    for bill in bills:
        wire.read()
        began, cpu_began = time.perf_counter(), time.process_time()
        _open(bill)
        whole_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu_began
        spent = wire.read()
        own.append((whole_s - spent.calling_s) * 1e3)
        with_library.append((whole_s - spent.waiting_s) * 1e3)
        cpu.append((cpu_s - spent.calling_cpu_s) * 1e3)
        statements.append(spent.statements)
        _pace(began)
    return [
        told("B7 own time of a link, p50", median(own), "ms"),
        at_most("B7 own time of a link, p99", _p99(own), "ms", OWN_MS_MAX),
        told("B7 own processor of a link, p50", median(cpu), "ms"),
        told("B7 the same with the gateway's library, p50", median(with_library), "ms"),
        told("B7 the same with the gateway's library, p99", _p99(with_library), "ms"),
        told("B7 statements of a link", median(statements), ""),
        told("B7 commits of a link that wait for the disk", (_synced() - synced) / len(bills), ""),
    ]


def _synced() -> float:
    """How often a connection of ours has waited for the disk; PostgreSQL counts it with a second's delay."""
    time.sleep(1.1)
    with session.reading() as opened:
        statement = """SELECT coalesce(sum(fsyncs), 0)::float8 FROM pg_stat_io
          WHERE object = 'wal' AND backend_type = 'client backend'"""
        return float(opened.scalar(text(statement)) or 0)


def _behind_a_slow_gateway(bills: Sequence[Bill], remote: Remote) -> list[float]:
    remote.fail(operation=PAGES[0], kind="slow", delay_s=LATENCY_S, times=None)
    times = []
    for bill in bills:
        began = time.perf_counter()
        _open(bill)
        times.append((time.perf_counter() - began) * 1e3)
    remote.fail_no_more()
    return times


def _while_gateways_fail(bills: Sequence[Bill], remote: Remote, wire: Wire) -> list[Claim]:
    """Whoever asks gets a link all the same: it is asked for again, or at another gateway."""
    for page in PAGES:
        for fault in FAULTS:
            remote.fail(operation=page, times=None, **fault)
    opened, retried, retried_opened, elsewhere, times = 0, 0, 0, 0, []
    for bill in bills:
        wire.read()
        began = time.perf_counter()
        row = _open(bill)
        sent = wire.read().pages
        good = row.status == CheckoutStatus.OPEN
        opened += good
        retried += sent > 1
        retried_opened += good and sent > 1
        elsewhere += row.fallback_from is not None
        times.append((time.perf_counter() - began) * 1e3)
        _pace(began)
    remote.fail_no_more()
    return [
        told("B7 calls that failed at first", retried / len(bills) * 100, "%"),
        told("B7 links from another gateway", elsewhere / len(bills) * 100, "%"),
        at_least("B7 retried calls that succeed", retried_opened / retried * 100, "%", RETRIED_PERCENT_MIN),
        told("B7 the slowest of these links", max(times), "ms"),
        at_least("B7 links that open", opened / len(bills) * 100, "%", LINKS_PERCENT_MIN),
    ]


def _reused_percent(bills: Sequence[Bill]) -> float:
    """Of the requests for a link that is open, how many got that one; none of them wakes anybody."""
    same = 0
    with ThreadPoolExecutor(MORE) as hosts:
        for bill in bills:
            began = time.perf_counter()
            link = _open(bill)
            wish = Wish(invoice=bill.invoice)
            same += sum(found == link.id for found in hosts.map(request_checkout, [wish] * MORE))
            _pace(began)
    return same / (len(bills) * MORE) * 100


def _open(bill: Bill) -> Any:
    """The link; a gateway that allows no more requests this second is waited for."""
    while True:
        try:
            return open_checkout(Wish(invoice=bill.invoice, wait_s=WAIT_S))
        except Transient as limited:
            time.sleep(getattr(limited, "retry_after_s", 0.1))


def _pace(began: float) -> None:
    time.sleep(max(0.0, 1 / A_SECOND - (time.perf_counter() - began)))


def _p99(times: Sequence[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)]
