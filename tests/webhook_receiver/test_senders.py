"""Who sent it: the nearest address that is no proxy of ours, whatever the header claims."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bursar.errors import Misconfigured
from bursar.networks import parse_networks, parse_networks_by_name
from bursar.sandbox.samples import razorpay_event
from bursar.sandbox.signers import sign_razorpay
from tests.webhook_receiver.conftest import (
    RAZORPAY_SECRET,
    make_settings,
    post_event,
    signed,
    stored,
)
from webhook_receiver.app import create_app
from webhook_receiver.refusals import Reason, Refusal
from webhook_receiver.senders import Senders, origin_of

PROXIES = parse_networks("10.0.0.0/8,fd00::/8")


def origin(peer, *forwarded):
    headers = [(b"x-forwarded-for", each.encode("latin-1")) for each in forwarded]
    return origin_of({"type": "http", "client": None if peer is None else (peer, 4242), "headers": headers})


ADDRESSES = {
    "no proxy": (origin("192.0.2.7"), "192.0.2.7"),
    "a header from no proxy of ours is not read": (origin("192.0.2.7", "198.51.100.1"), "192.0.2.7"),
    "one proxy": (origin("10.0.0.1", "192.0.2.7"), "192.0.2.7"),
    "what the sender invented stands left of it": (
        origin("10.0.0.1", "198.51.100.1, 192.0.2.7"),
        "192.0.2.7",
    ),
    "invented proxies too": (origin("10.0.0.1", "198.51.100.1, 10.0.0.9, 192.0.2.7"), "192.0.2.7"),
    "two proxies": (origin("10.0.0.1", "192.0.2.7, 10.0.0.2"), "192.0.2.7"),
    "two headers are one list": (origin("10.0.0.1", "198.51.100.1, 192.0.2.7", "10.0.0.2"), "192.0.2.7"),
    "only proxies": (origin("10.0.0.1", "10.0.0.3, 10.0.0.2"), "10.0.0.3"),
    "a proxy that says nothing": (origin("10.0.0.1"), "10.0.0.1"),
    "with a port": (origin("10.0.0.1", "192.0.2.7:4711"), "192.0.2.7"),
    "IPv6 with a port": (origin("fd00::1", "[2001:db8::7]:443"), "2001:db8::7"),
    "IPv4 on a socket for both": (origin("::ffff:10.0.0.1", "::ffff:192.0.2.7"), "192.0.2.7"),
    "a proxy that hides whom it heard": (origin("10.0.0.1", "unknown"), None),
    "an empty header": (origin("10.0.0.1", ""), "10.0.0.1"),
    "an end without an address": (origin("10.0.0.1", "192.0.2.7,"), None),
    "no address at all": (origin(None, "192.0.2.7"), None),
}


@pytest.mark.parametrize("case", ADDRESSES)
def test_the_sender_is_the_nearest_address_that_is_no_proxy_of_ours(case):
    given_origin, expected = ADDRESSES[case]
    found = Senders(proxies=PROXIES).address(given_origin)

    assert (None if found is None else str(found)) == expected


@given(st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=60))
def test_nothing_a_sender_puts_before_its_own_address_changes_it(invented):
    assert str(Senders(proxies=PROXIES).address(origin("10.0.0.1", f"{invented},192.0.2.7"))) == "192.0.2.7"


@given(st.text(st.characters(codec="latin-1"), max_size=60), st.text(max_size=20))
def test_no_header_and_no_peer_breaks_us(header, peer):
    Senders(proxies=PROXIES).name(origin("10.0.0.1", header))
    Senders(proxies=PROXIES).name(origin(peer, header))


@pytest.mark.parametrize(
    ("peer", "admitted"),
    [("52.66.75.174", True), ("18.96.225.63", True), ("18.96.225.64", False), (None, False)],
)
def test_a_gateway_with_a_list_is_taken_from_its_networks_only(peer, admitted):
    senders = Senders(allowed=parse_networks_by_name("razorpay=52.66.75.174,18.96.225.0/26"))

    senders.admit("stripe", origin("198.51.100.1"))
    if admitted:
        senders.admit("razorpay", origin(peer))
    else:
        with pytest.raises(Refusal) as refused:
            senders.admit("razorpay", origin(peer))
        assert (refused.value.reason, refused.value.status) == (Reason.ADDRESS, 403)


BODY = razorpay_event("payment.captured")
HEADERS = sign_razorpay(BODY, RAZORPAY_SECRET.encode())


def settings_with(database_url, **changes):
    return make_settings(database_url, razorpay_webhook_secret=RAZORPAY_SECRET, **changes)


@pytest.mark.anyio
@pytest.mark.postgres
async def test_a_signed_event_from_elsewhere_is_refused_before_it_is_read(receiving, database_url):
    async with receiving(settings_with(database_url, webhook_allow="razorpay=52.66.75.174")) as client:
        refused = await client.post("/webhooks/razorpay", content=BODY, headers=HEADERS)
        spoofed = await client.post(
            "/webhooks/razorpay", content=BODY, headers=HEADERS | {"x-forwarded-for": "52.66.75.174"}
        )
        other_gateway = await post_event(client, "evt_1")
        metrics = (await client.get("/metrics")).text

    assert [(each.status_code, each.json()["error"]["code"]) for each in (refused, spoofed)] == [
        (403, "address_not_allowed")
    ] * 2
    assert refused.headers["connection"] == "close"
    assert other_gateway.status_code == 200
    assert stored(database_url, "gateway_account") == ["stripe:test"]
    assert 'refusals_total{gateway="razorpay",reason="address_not_allowed"} 2.0' in metrics


@pytest.mark.anyio
@pytest.mark.postgres
async def test_behind_a_trusted_proxy_the_address_that_the_proxy_saw_decides(receiving, database_url):
    behind = settings_with(
        database_url, webhook_allow="razorpay=52.66.75.174", trusted_proxies="192.0.2.0/24"
    )
    async with receiving(behind) as client:  # whose own address is 192.0.2.7
        answers = [
            await client.post("/webhooks/razorpay", content=BODY, headers=HEADERS | {"x-forwarded-for": seen})
            for seen in ("52.66.75.174", "52.66.75.174, 198.51.100.1", "198.51.100.1, 52.66.75.174")
        ]

    assert [each.status_code for each in answers] == [200, 403, 200]
    assert len(stored(database_url)) == 1


def test_a_list_for_a_gateway_that_does_not_exist_stops_the_start(database_url):
    with pytest.raises(Misconfigured, match=r"BURSAR_WEBHOOK_ALLOW names razorpya; there are stripe, razorp"):
        create_app(make_settings(database_url, webhook_allow="razorpya=52.66.75.174"))


FORGED = {"stripe-signature": "t=1700000000,v1=" + "0" * 64}


@pytest.mark.anyio
@pytest.mark.postgres
async def test_too_many_wrong_signatures_are_answered_429_and_right_ones_are_still_taken(
    receiving, database_url
):
    async with receiving(make_settings(database_url, failed_signatures_per_min=3)) as client:
        answers = [await client.post("/webhooks/stripe", content=b"{}", headers=FORGED) for _ in range(5)]
        right = [await post_event(client, f"evt_{n}") for n in range(5)]
        again = await client.post("/webhooks/stripe", content=b"{}")
        metrics = (await client.get("/metrics")).text

    assert [each.status_code for each in [*answers, again]] == [400, 400, 400, 429, 429, 429]
    assert [each.status_code for each in right] == [200] * 5
    assert stored(database_url) == [f"evt_{n}" for n in range(5)]
    assert answers[-1].json()["error"]["code"] == "too_many_failures"
    assert 0 < int(answers[-1].headers["retry-after"]) <= 20
    assert [each.headers.get("connection") for each in answers] == [None, None, None, "close", "close"]
    assert 'refusals_total{gateway="stripe",reason="signature_mismatch"} 3.0' in metrics
    assert 'refusals_total{gateway="stripe",reason="too_many_failures"} 3.0' in metrics


@pytest.mark.anyio
@pytest.mark.postgres
async def test_a_flood_of_wrong_signatures_does_not_fill_the_log(receiving, database_url):
    async with receiving(make_settings(database_url, failed_signatures_per_min=3)) as client:
        with capture_logs() as lines:
            for _ in range(50):
                await client.post("/webhooks/stripe", content=b"{}", headers=FORGED)

    assert [line["event"] for line in lines] == ["webhook.refused"] * 3 + ["webhook.sender_limited"]
    assert lines[-1]["peer"] == "192.0.2.7"


@pytest.mark.anyio
@pytest.mark.postgres
async def test_other_refusals_of_signed_events_are_not_counted_as_wrong_signatures(receiving, database_url):
    async with receiving(make_settings(database_url, failed_signatures_per_min=1)) as client:
        answers = [
            await client.post("/webhooks/stripe", content=b"[]", headers=signed(b"[]")) for _ in range(3)
        ]

    assert [each.status_code for each in answers] == [400, 400, 400]
