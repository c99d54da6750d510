"""A worker renders for weeks: what one paper took, the next one gets."""

import gc
import tracemalloc
from io import BytesIO

from bursar.documents.binder import Binder
from bursar.documents.render import render
from tests.documents.receipts import make_receipt

KEPT_MAX = 100_000
"""Bytes that a hundred papers may leave behind: one receipt has 30,000."""


def kept_by(work) -> int:
    """Bytes that are still held after doing it, once everything was loaded."""
    work()
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        work()
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


def test_a_hundred_papers_leave_nothing_behind():
    receipts = [make_receipt(customer_name=f"Student {n}") for n in range(100)]

    def render_all():
        for receipt in receipts:
            render(receipt)

    assert kept_by(render_all) < KEPT_MAX


def test_a_bound_file_leaves_nothing_behind():
    receipt = make_receipt()

    def bind():
        binder = Binder(BytesIO())
        for n in range(50):
            binder.add(f"Student {n}", receipt.to_json(), receipt.sha256())
        binder.save()

    assert kept_by(bind) < KEPT_MAX
