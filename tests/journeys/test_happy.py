"""Both gateways on a good day: from signed webhooks to papers and mails."""

import asyncio
from email import message_from_bytes, policy

import pytest

from bursar.sandbox.posting import post_all
from bursar.sandbox.stage import count, free_port
from tests.journeys.conftest import EVERYTHING
from tests.support.factories import rows

pytestmark = pytest.mark.journey


def test_both_gateways_lead_to_paid_invoices_open_tracks_receipts_and_mails(journey):
    day = journey(EVERYTHING)

    posted = day.post()

    assert not posted.odd
    assert day.settled()
    verdict = day.verdict()
    assert (verdict.lost, verdict.doubled, verdict.broken) == ([], [], [])
    paid = rows(
        """SELECT l.component, l.allocated_minor FROM invoice_lines l JOIN invoices i ON i.id = l.invoice_id
           JOIN customers c ON c.id = i.customer_id WHERE c.external_ref = 'pupil-3' ORDER BY l.priority"""
    )
    assert paid == [
        ("Tuition", 25_000_00),
        ("Laboratory", 0),
        ("Transport", 0),
        ("Books", 0),
        ("Examination", 0),
    ]
    mails = [
        message_from_bytes(path.read_bytes(), policy=policy.SMTP)
        for path in sorted((day.stage.folder / "outbox").glob("*.eml"))
    ]
    assert len(mails) == count("SELECT count(*) FROM emails WHERE send_state = 'sent'")
    receipts = [part for mail in mails for part in mail.iter_attachments()]
    assert len(receipts) == count("SELECT count(*) FROM receipts")
    assert all(part.get_content().startswith(b"%PDF") for part in receipts)


def test_two_receivers_take_concurrent_duplicates_without_a_deadlock(journey):
    port = free_port()
    day = journey(more_lines={"receiver-2": f"env BURSAR_PORT={port} python -m webhook_receiver"})
    deliveries = [each for each in day.story.deliveries if each.fate == "stored"]

    async def post_to_both():
        urls = (day.stage.url, f"http://127.0.0.1:{port}")
        return await asyncio.gather(*(post_all(url, deliveries, lambda: None) for url in urls))

    posted = asyncio.run(post_to_both())

    assert not any(each.odd for each in posted)
    assert count("SELECT count(*) FROM gateway_events") == len({each.body for each in deliveries})
    assert day.money_settled()
    receivers = [day.stage.folder / "log" / f"{name}.log" for name in ("receiver", "receiver-2")]
    assert not any("DeadlockDetected" in log.read_text() for log in receivers)
