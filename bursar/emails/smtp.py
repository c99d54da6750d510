"""Mail by SMTP, one command at a time, so that it is always known whether a copy can exist.

`smtplib.sendmail` and `smtplib.data` are not used: they hide on which side of the final dot they failed.
"""

import re
import smtplib
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote, urlsplit

from bursar.emails.envelope import Envelope, checked_wire
from bursar.emails.errors import MailDeferred, MailRefused, MailUnknown
from bursar.emails.headers import addr_spec, one_line
from bursar.errors import Misconfigured, invariant

# The worker's limit for one mail is 45 s and its lease 60 s: both steps together must end before that.
# RFC 5321 allows minutes; a server that slow is asked again later.
OPEN_TIMEOUT_S = 20.0
"""Seconds from the first packet until the recipient is accepted, all commands together."""
DELIVER_TIMEOUT_S = 20.0
"""Seconds from DATA until the answer after the final dot."""
QUIT_TIMEOUT_S = 2.0
"""Seconds of politeness after the outcome is known."""

PROBE_AFTER_S = 1.0
"""Seconds of silence after which a kept connection is asked whether it still lives (NOOP)."""
MAILS_PER_CONNECTION_MAX = 100
"""Servers end long conversations by themselves, in the middle of one: we end them first."""

_CONNECT_SHARE = 0.25
"""Of the time to open: a name may have several addresses, and each is tried for this long."""

_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)
_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
# Answers that speak of our login or encryption, not of this mail: refusing the mail would lose it for a typo.
_ABOUT_OUR_LOGIN = {530, 534, 535, 538}
_FAREWELL = 421
"""RFC 5321 section 3.8: the server closes the connection after this answer."""
_CURE = "BURSAR_SMTP_URL must be smtp://, smtps:// or smtp+starttls://user:password@host:port"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Server:
    """Where and how to connect."""

    scheme: str
    host: str
    port: int
    user: str
    password: str


class SmtpTransport:
    """One connection per mail, or per run of mails. `smtp://` speaks in clear: it is for a relay on the same
    trusted network.
    """

    def __init__(
        self,
        url: str,
        *,
        open_timeout_s: float = OPEN_TIMEOUT_S,
        deliver_timeout_s: float = DELIVER_TIMEOUT_S,
    ) -> None:
        self._server = _server(url)
        self._open_timeout_s = open_timeout_s
        self._deliver_timeout_s = deliver_timeout_s
        self._keeps = False
        self._kept: _Session | None = None

    @contextmanager
    def run(self) -> Iterator[None]:
        """Keep the connection from one mail to the next, and say goodbye at the end."""
        self._keeps = True
        try:
            yield
        finally:
            self._keeps = False
            self._let_go()

    @contextmanager
    def open(self, sender: str, to: str) -> Iterator[Envelope]:
        """Connect, greet, encrypt, log in, and have sender and recipient accepted."""
        addr_spec(sender, "sender")
        addr_spec(to, "to")
        deadline = time.monotonic() + self._open_timeout_s
        session = self._known(deadline, to) or self._met(sender, deadline, to)
        try:
            session.ask("MAIL", f"FROM:<{sender}>")
            session.ask("RCPT", f"TO:<{to}>")
            yield _SmtpEnvelope(session, self._deliver_timeout_s)
        finally:
            self._keep(session)

    def _known(self, deadline: float, recipient: str) -> "_Session | None":
        """The kept connection, if it still lives. One that died is no harm: nothing of this mail was said."""
        session, self._kept = self._kept, None
        if session is None:
            return None
        session.deadline, session.recipient = deadline, recipient
        with suppress(MailDeferred, MailRefused):
            if time.monotonic() - session.heard_at > PROBE_AFTER_S:
                session.ask("NOOP")
            return session
        session.smtp.close()
        return None

    def _met(self, sender: str, deadline: float, recipient: str) -> "_Session":
        session = _Session(self._connected(sender), deadline=deadline, recipient=recipient)
        try:
            self._log_in(session)
        except MailDeferred:
            session.leave()
            raise
        return session

    def _keep(self, session: "_Session") -> None:
        """Keep the connection for the next mail once the server has forgotten this one, or end it."""
        session.mails += 1
        self._kept = session
        if self._keeps and session.usable and session.mails < MAILS_PER_CONNECTION_MAX:
            session.deadline = time.monotonic() + QUIT_TIMEOUT_S
            with suppress(MailDeferred, MailRefused):
                session.ask("RSET")
                return
        self._let_go()

    def _let_go(self) -> None:
        session, self._kept = self._kept, None
        if session is not None:
            session.leave()

    def _connected(self, sender: str) -> smtplib.SMTP:
        """A connection whose greeting has been read. It introduces itself by the sender's domain:
        asking the system for its own name may block on DNS, and tells strangers what machines we have.
        """
        domain = sender.rpartition("@")[2]
        timeout_s = self._open_timeout_s * _CONNECT_SHARE
        host, port = self._server.host, self._server.port
        with _certainly_not_sent("CONNECT"):
            if self._server.scheme == "smtps":
                return smtplib.SMTP_SSL(host, port, domain, timeout=timeout_s, context=self._tls)
            return smtplib.SMTP(host, port, domain, timeout=timeout_s)

    def _log_in(self, session: "_Session") -> None:
        with session.step("EHLO") as smtp:
            if smtp.sock is not None:
                # The final dot follows the message in a packet of its own; Nagle would hold it back 40 ms.
                smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            smtp.ehlo_or_helo_if_needed()
        if self._server.scheme == "smtp+starttls":
            if not session.smtp.has_extn("starttls"):
                raise MailDeferred(
                    "the SMTP server does not offer STARTTLS, and smtp+starttls:// never sends without it: "
                    "either somebody on the way removed the offer, or BURSAR_SMTP_URL needs another scheme",
                    step="STARTTLS",
                )
            with session.step("STARTTLS") as smtp:
                smtp.starttls(context=self._tls)
                smtp.ehlo_or_helo_if_needed()
        if self._server.user:
            with session.step("AUTH") as smtp:
                smtp.login(self._server.user, self._server.password)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Verifies certificate and name, which smtplib's own default does not."""
        return ssl.create_default_context()


class _SmtpEnvelope:
    def __init__(self, session: "_Session", timeout_s: float) -> None:
        self._session = session
        self._timeout_s = timeout_s
        self._used = False

    def deliver(self, message: bytes) -> str:
        """DATA, the message, the final dot, the answer."""
        invariant(not self._used, "an envelope carries one message")
        self._used = True
        # A line of one dot would end the message: RFC 5321 section 4.5.2 doubles every leading dot.
        wire = _LEADING_DOT.sub(b"..", checked_wire(message))
        session = self._session
        session.deadline = time.monotonic() + self._timeout_s
        session.ask("DATA", wanted=354)
        with session.step("the message") as smtp:
            smtp.send(wire)

        session.usable = False
        try:
            session.smtp.send(b".\r\n")
            code, answer = session.smtp.getreply()
        except OSError as lost:
            raise MailUnknown("the connection was lost after the mail was handed over", step="dot") from lost
        session.heard()
        if 200 <= code <= 299:
            return session.said(answer)
        if 400 <= code <= 599:
            raise session.declined("the message", code, answer)
        raise MailUnknown("the answer to the mail is not SMTP", step="dot", code=code)


class _Session:
    """A connection on which every command ends before one deadline."""

    def __init__(self, smtp: smtplib.SMTP, *, deadline: float, recipient: str) -> None:
        self.smtp = smtp
        self.deadline = deadline
        """By the monotonic clock."""
        self.recipient = recipient
        self.mails = 0
        self.usable = True
        """Whether what was said last was answered in time, and not with a farewell."""
        self.heard_at = time.monotonic()

    @contextmanager
    def step(self, name: str) -> Iterator[smtplib.SMTP]:
        """Do something that cannot have made a copy of the mail, within what is left of the time."""
        left_s = self.deadline - time.monotonic()
        if left_s <= 0:
            raise MailDeferred(f"{name}: the SMTP server is too slow", step=name)
        if self.smtp.sock is not None:
            self.smtp.sock.settimeout(left_s)
        self.usable = False
        with _certainly_not_sent(name):
            yield self.smtp
        self.heard()

    def heard(self) -> None:
        """The server has answered."""
        self.usable, self.heard_at = True, time.monotonic()

    def ask(self, command: str, argument: str = "", *, wanted: int = 250) -> None:
        """One command and its answer. Raises MailRefused or MailDeferred for any other than is wanted."""
        with self.step(command) as smtp:
            code, answer = smtp.docmd(command, argument)
        if code // 100 != wanted // 100:
            raise self.declined(command, code, answer)

    def declined(self, step: str, code: int, answer: bytes) -> MailRefused | MailDeferred:
        """The error for an answer that is not yes."""
        self.usable = self.usable and code != _FAREWELL
        final = 500 <= code <= 599 and code not in _ABOUT_OUR_LOGIN
        error = MailRefused if final else MailDeferred
        return error(f"{step}: {code} {self.said(answer)}", step=step, code=code)

    def said(self, answer: bytes) -> str:
        """The server's words for an operator: one line, without the recipient's address."""
        return one_line(answer.decode("ascii", "replace").replace(self.recipient, "<recipient>"))

    def leave(self) -> None:
        """Say goodbye. The outcome is known by now, so nothing that happens here can change it."""
        with suppress(OSError):
            if self.smtp.sock is not None:
                self.smtp.sock.settimeout(QUIT_TIMEOUT_S)
                self.smtp.quit()
        self.smtp.close()


@contextmanager
def _certainly_not_sent(step: str) -> Iterator[None]:
    """Translate every failure to a MailDeferred; SMTPException is an OSError, and so are TLS errors.

    That includes a refused greeting or login: it says something of us, not of this mail.
    """
    try:
        yield
    except smtplib.SMTPResponseException as answer:
        raise MailDeferred(f"{step}: the SMTP server answered {answer.smtp_code}", step=step) from answer
    except OSError as error:
        raise MailDeferred(f"{step}: {type(error).__name__}: {error}", step=step) from error


def _server(url: str) -> _Server:
    """The parts of the URL. Raises Misconfigured without repeating the URL: it holds a password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Misconfigured(_CURE) from None
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    beyond = parts.path.strip("/") or parts.query or parts.fragment
    if parts.scheme not in _PORTS or not parts.hostname or beyond or not (user + password).isascii():
        raise Misconfigured(_CURE)
    return _Server(
        scheme=parts.scheme,
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        user=user,
        password=password,
    )
