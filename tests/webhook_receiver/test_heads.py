"""Two parsers, one reading: what is taken as a whole request is what the general parser reads in it."""

from collections.abc import Sequence

import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhook_receiver.heads import WHOLE_BYTES_MAX, Whole, find_whole

LENGTH = b"content-length: 3\r\n"


class Reading:
    """What the general parser makes of the same bytes."""

    def __init__(self, data: bytes) -> None:
        self.target = b""
        self.headers: list[tuple[str, str]] = []
        self.body = b""
        self.begun = self.complete = 0
        self.parser = httptools.HttpRequestParser(self)
        self.parser.feed_data(data)

    def on_message_begin(self) -> None:
        self.begun += 1

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.decode().lower(), value.decode("latin-1")))

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.complete += 1
        self.keep_alive = self.parser.should_keep_alive()


def agrees(data: bytes) -> bool:
    """Whether a delivery was found; asserts that the general parser reads the same."""
    found = find_whole(data)
    if found is None or found.target != "/in":
        return False
    reading = Reading(data)
    assert (reading.begun, reading.complete, reading.keep_alive) == (1, 1, True)
    assert (reading.parser.get_method(), reading.parser.get_http_version()) == (b"POST", "1.1")
    assert not reading.parser.should_upgrade()
    assert found == Whole(reading.target.decode(), dict(reading.headers), reading.body)
    assert len(found.headers) == len(reading.headers)
    return True


NAMES = st.sampled_from(
    [
        *("host", "Content-Length", "content-length", "Stripe-Signature", "user-agent", "Accept", "a_b", "é"),
        *("transfer-encoding", "connection", "Proxy-Connection", "upgrade", "expect", "content-encoding", ""),
        *("keep-alive", "trailer", "te", "http2-settings", " folded", "x ", "x-forwarded-for"),
    ]
)
VALUES = st.sampled_from(
    [
        *(
            "3",
            "03",
            "+3",
            "3, 3",
            "4",
            "0",
            "keep-alive",
            "Keep-Alive",
            "close",
            "upgrade",
            "chunked",
            "100-continue",
        ),
        *("", " ", "  two  ", "a\tb", "a\rb", "a\nb", "a\x00b", "a\x7fb", "é", ":", "t=1,v1=ab", "h2c"),
    ]
)
LINES = st.tuples(NAMES, st.sampled_from([": ", ":", " : ", ":\t", ""]), VALUES).map("".join)
ENDS = st.sampled_from(["\r\n"] * 8 + ["\n", "\r", "\r\n ", "\r\n\r\n"])
FIRST_LINES = st.sampled_from(
    ["POST /in HTTP/1.1"] * 12
    + [
        "POST  /in HTTP/1.1",
        "POST /in HTTP/1.1 ",
        "POST /in HTTP/1.0",
        "post /in HTTP/1.1",
        "POST /i n HTTP/1.1",
    ]
    + ["POST /in", "POST  HTTP/1.1", "GET /in HTTP/1.1", "POST /in?x#y HTTP/1.1", "POST http://a/in HTTP/1.1"]
)
BODIES = st.sampled_from([b"abc"] * 8 + [b"", b"ab", b"abcd", b"a\r\n", b"abcPOST /in HTTP/1.1\r\n\r\n"])


def written(first: str, lines: Sequence[tuple[str, str]], length: str, body: bytes) -> bytes:
    head = first + "\r\n" + "".join(line + end for line, end in lines) + length + "\r\n"
    return head.encode("latin-1") + body


@given(
    FIRST_LINES,
    st.lists(st.tuples(LINES, ENDS), max_size=4),
    st.sampled_from([LENGTH.decode()] * 3 + [""]),
    BODIES,
)
def test_what_is_taken_is_what_the_general_parser_reads(
    first: str, lines: list[tuple[str, str]], length: str, body: bytes
) -> None:
    agrees(written(first, lines, length, body))


@given(st.integers(0, 200), st.binary(min_size=1, max_size=3))
def test_bytes_put_anywhere_are_read_alike_or_left_alone(at: int, bytes_put: bytes) -> None:
    sent = b"POST /in HTTP/1.1\r\nHost: r\r\nStripe-Signature: t=1,v1=ab\r\n" + LENGTH + b"\r\nabc"
    at = min(at, len(sent))

    agrees(sent[:at] + bytes_put + sent[at:])
    agrees(sent[:at] + bytes_put + sent[at + len(bytes_put) :])


@pytest.mark.parametrize(
    "more",
    [
        b"",
        b"Host: r\r\nUser-Agent: Stripe/1.0 (+https://stripe.com/docs/webhooks)\r\nAccept: */*; q=0.5\r\n",
        b"x-forwarded-for:  192.0.2.7, 10.0.0.2 \r\n",
        b"connection: Keep-Alive\r\n",
        b"empty:\r\n",
    ],
    ids=["nothing more", "as Stripe sends", "spaces around", "keep-alive", "an empty value"],
)
def test_ordinary_requests_are_taken(more: bytes) -> None:
    assert agrees(b"POST /in HTTP/1.1\r\n" + more + LENGTH + b"\r\nabc")


@pytest.mark.parametrize(
    "more",
    [
        b"connection: close\r\n",
        b"transfer-encoding: chunked\r\n",
        b"expect: 100-continue\r\n",
        b"content-encoding: gzip\r\n",
        b"content-length: 3\r\n",
        b"x: 1\r\nX: 2\r\n",
        b"x_y: 1\r\n",
        b"x: \xe9\r\n",
        b"x: 1\r\n 2\r\n",
        b"x\r\n",
    ],
    ids=lambda more: more.decode("latin-1").strip(),
)
def test_anything_unusual_is_left_to_the_general_parser(more: bytes) -> None:
    assert find_whole(b"POST /in HTTP/1.1\r\n" + more + LENGTH + b"\r\nabc") is None


def test_what_no_socket_hands_over_at_once_is_left_to_the_general_parser() -> None:
    body = b"x" * WHOLE_BYTES_MAX

    assert find_whole(b"POST /in HTTP/1.1\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)) is None
