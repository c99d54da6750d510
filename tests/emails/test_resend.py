"""A provider that is posted to: one mail per key, however often the answer is lost."""

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bursar.emails import resend
from bursar.emails.compose import PdfAttachment
from bursar.emails.errors import MailDeferred, MailRefused, MailUnknown
from bursar.emails.resend import ResendTransport
from bursar.emails.transports import transport_from_url
from bursar.errors import Misconfigured
from bursar.rules.consequences import MailKind
from tests.emails.examples import ROW_ID, wire

SENDER, TO = "billing@school.example", "student1@example.org"
KEY = "re_secret"
CUT = 0
"""The mail is taken, and the connection cut before the answer."""


class Provider(ThreadingHTTPServer):
    """Takes mails as Resend documents it: one per idempotency key."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = []
        """Status codes of the next requests; 200 after them."""
        self.requests = Counter()
        self.mails = {}

    @property
    def url(self):
        return f"resend+http://{KEY}@127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key = self.headers["Idempotency-Key"]
        provider = self.server
        provider.requests[key] += 1
        status = provider.answers.pop(0) if provider.answers else 200
        if self.headers["Authorization"] != f"Bearer {KEY}":
            status = 401
        if status in {200, 500, CUT}:  # the worst case: it was taken all the same
            provider.mails.setdefault(key, body)
        if status == CUT:
            self.close_connection = True
            return
        said = b'{"id":"49a3999c"}' if status == 200 else b'{"message":"no"}'
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_):
        """Quietly."""


@pytest.fixture
def provider():
    server = Provider()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def send(url, message=None):
    transport = ResendTransport(url)
    with transport.run(), transport.open(SENDER, TO) as envelope:
        return envelope.deliver(message or wire())


def test_a_mail_arrives_with_its_identity_its_two_forms_and_its_paper(provider):
    pdf = PdfAttachment(file_name="receipt-1.pdf", content=b"%PDF-1.7")

    said = send(provider.url, wire(MailKind.PAYMENT_RECEIVED, attachments=[pdf]))

    assert "49a3999c" in said
    [(key, mail)] = provider.mails.items()
    assert key == f"{ROW_ID}.payment.received"
    assert mail["to"] == [TO]
    assert mail["from"] == "Demo School <billing@school.example>"
    assert mail["subject"] == "Payment received: ₹61,000.00 for INV/26-27/000042"
    assert mail["headers"]["Message-ID"] == f"<{key}@school.example>"
    assert "₹61,000.00" in mail["text"]
    assert mail["html"].startswith("<!doctype html>")
    assert [each["filename"] for each in mail["attachments"]] == ["receipt-1.pdf"]


@pytest.mark.parametrize("answers", [[500], [CUT], [CUT, 500]])
def test_a_lost_answer_is_asked_for_again_and_makes_no_second_copy(provider, answers):
    provider.answers = [*answers]

    send(provider.url)

    assert len(provider.mails) == 1
    assert sum(provider.requests.values()) == len(answers) + 1


def test_answers_that_stay_lost_leave_the_outcome_unknown(provider):
    provider.answers = [500] * resend.TRIES_MAX

    with pytest.raises(MailUnknown):
        send(provider.url)
    assert sum(provider.requests.values()) == resend.TRIES_MAX


@pytest.mark.parametrize("status", [401, 403, 409, 429])
def test_what_speaks_of_our_key_or_our_pace_is_deferred(provider, status):
    provider.answers = [status]

    with pytest.raises(MailDeferred, match=str(status)):
        send(provider.url)


@pytest.mark.parametrize("status", [400, 422])
def test_what_speaks_of_the_mail_is_refused(provider, status):
    provider.answers = [status]

    with pytest.raises(MailRefused, match=str(status)):
        send(provider.url)


def test_nobody_listening_is_deferred():
    with pytest.raises(MailDeferred):
        send(f"resend+http://{KEY}@127.0.0.1:1")


@pytest.mark.parametrize(
    "url", ["resend://api.resend.com", "resend://re_secret@host/path", "resend://re_secret@host:x"]
)
def test_a_wrong_url_names_the_variable_and_never_shows_the_key(url):
    with pytest.raises(Misconfigured, match="BURSAR_SMTP_URL") as wrong:
        ResendTransport(url)

    assert KEY not in str(wrong.value)


def test_the_url_chooses_the_provider(tmp_path):
    transport = transport_from_url(f"resend://{KEY}@api.resend.com", tmp_path)

    assert isinstance(transport, ResendTransport)
