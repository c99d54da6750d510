"""Mail by Resend's HTTP API, under an idempotency key.

https://resend.com/docs/api-reference/emails/send-email. The key is the mail's own Message-ID, good for a day
there: an answer that was lost is asked for again at once by the same request, and only when that is lost
too does nobody know.
"""

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
import orjson

from bursar.emails.envelope import Envelope, checked_wire, local_part_of
from bursar.emails.errors import MailDeferred, MailRefused, MailUnknown
from bursar.emails.headers import addr_spec, one_line
from bursar.errors import Misconfigured, invariant

CONNECT_TIMEOUT_S = 5.0
ANSWER_TIMEOUT_S = 10.0
"""Seconds for each of the tries below: together they end before a worker's limit for one mail."""
TRIES_MAX = 3
SCHEMES = {"resend": "https", "resend+http": "http"}
"""`resend+http` speaks in clear, to a fake on the same machine."""
_OWN_HEADERS = ("Message-ID", "In-Reply-To", "References", "Auto-Submitted", "X-Auto-Response-Suppress")
# What the API says of our key or our pace: refusing the mail would lose it for a typo.
_ABOUT_US = {
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.REQUEST_TIMEOUT,
}
_CURE = "BURSAR_SMTP_URL must be resend://API_KEY@api.resend.com to send by Resend"


class ResendTransport:
    """Posts each mail, once per key."""

    def __init__(self, url: str) -> None:
        self._base_url, self._key = _place(url)
        self._client: httpx.Client | None = None

    @contextmanager
    def run(self) -> Iterator[None]:
        """One client for all mails of the run: it keeps its connections."""
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        timeout = httpx.Timeout(ANSWER_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
        with httpx.Client(base_url=self._base_url, headers=headers, timeout=timeout) as self._client:
            yield
        self._client = None

    @contextmanager
    def open(self, sender: str, to: str) -> Iterator[Envelope]:
        """Check both addresses; the API is asked once, with the whole mail."""
        addr_spec(sender, "sender")
        addr_spec(to, "to")
        if self._client is None:
            with self.run(), self.open(sender, to) as envelope:
                yield envelope
        else:
            yield _ResendEnvelope(self._client, to)


class _ResendEnvelope:
    def __init__(self, client: httpx.Client, to: str) -> None:
        self._client = client
        self._to = to
        self._used = False

    def deliver(self, message: bytes) -> str:
        """Post the mail; the same request again while its answer is lost."""
        invariant(not self._used, "an envelope carries one message")
        self._used = True
        headers = {"Idempotency-Key": local_part_of(checked_wire(message))}
        body = orjson.dumps(_as_json(message, self._to))
        lost: Exception | None = None
        for _ in range(TRIES_MAX):
            try:
                answer = self._client.post("/emails", content=body, headers=headers)
            except httpx.ConnectError as error:
                if lost is None:
                    raise MailDeferred(f"connect: {type(error).__name__}", step="connect") from error
            except httpx.HTTPError as error:
                lost = error
            else:
                if answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
                    return _said(answer)
                lost = MailUnknown(f"HTTP {answer.status_code}")
        raise MailUnknown("the answer to the mail was lost", step="answer") from lost


def _said(answer: httpx.Response) -> str:
    """The API's id of the mail. Raises MailRefused or MailDeferred for another answer."""
    code, said = answer.status_code, one_line(answer.text)
    if code == HTTPStatus.OK:
        return said
    # 409: the same key is being worked on right now, or meant another mail before.
    later = code in _ABOUT_US or code == HTTPStatus.CONFLICT or code < HTTPStatus.BAD_REQUEST
    error = MailDeferred if later else MailRefused
    raise error(f"HTTP {code} {said}", step="answer", code=code)


def _as_json(message: bytes, to: str) -> Mapping[str, Any]:
    """The mail as the API wants it, from the bytes that any other transport would send."""
    mail = message_from_bytes(message, policy=policy.default)
    return {
        "from": str(mail["From"]),
        "to": [to],
        "subject": str(mail["Subject"]),
        "text": _body(mail, "plain"),
        "html": _body(mail, "html"),
        "headers": {name: str(mail[name]) for name in _OWN_HEADERS if mail[name]},
        "attachments": [
            {
                "filename": part.get_filename(),
                "content": base64.b64encode(part.get_content()).decode("ascii"),
                "content_type": part.get_content_type(),
            }
            for part in mail.iter_attachments()
        ],
    }


def _body(mail: EmailMessage, form: str) -> str:
    part = mail.get_body((form,))
    return str(part.get_content()) if part else ""


def _place(url: str) -> tuple[str, str]:
    """Where to post and with which key. Raises Misconfigured without repeating the URL: it holds the key."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        raise Misconfigured(_CURE) from None
    key = unquote(parts.username or "") or unquote(parts.password or "")
    beyond = parts.path.strip("/") or parts.query or parts.fragment
    if not parts.hostname or not key.isascii() or not key or beyond:
        raise Misconfigured(_CURE)
    return f"{SCHEMES[parts.scheme]}://{parts.hostname}{port}", key
