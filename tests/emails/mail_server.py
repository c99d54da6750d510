# ruff: noqa: N802, ARG002 - aiosmtpd finds its hooks by these names and arguments
"""A real SMTP server on a free port of this machine, whose answers a test writes down beforehand."""

import socket
import ssl
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd import smtp
from aiosmtpd.controller import Controller

HOST = "127.0.0.1"
DROP = "drop the connection"
HANG = "never answer"


@dataclass(frozen=True)
class Arrived:
    """One message that reached the server, whatever it answered."""

    sender: str
    recipients: list[str]
    message: bytes
    encrypted: bool
    user: str | None


@dataclass
class Script:
    """What the server does at each step instead of saying yes; and everything it saw."""

    at_mail: str | None = None
    at_rcpt: str | None = None
    at_data: str | None = None
    after_message: str | None = None
    commands: list[str] = field(default_factory=list)
    arrived: list[Arrived] = field(default_factory=list)
    connection: Any = None

    async def handle_MAIL(self, server, session, envelope, sender, options):
        self.commands.append("MAIL")
        self.connection = server.transport
        if self.at_mail is not None:
            return await _played(server, self.at_mail)
        envelope.mail_from = sender
        return "250 ok"

    async def handle_RCPT(self, server, session, envelope, to, options):
        self.commands.append("RCPT")
        if self.at_rcpt is not None:
            return await _played(server, self.at_rcpt)
        envelope.rcpt_tos.append(to)
        return "250 ok"

    async def handle_DATA(self, server, session, envelope):
        user = session.auth_data.login.decode() if session.auth_data else None
        self.arrived.append(
            Arrived(
                sender=envelope.mail_from,
                recipients=list(envelope.rcpt_tos),
                message=envelope.original_content,
                encrypted=server.transport.get_extra_info("ssl_object") is not None,
                user=user,
            )
        )
        return await _played(server, self.after_message or "250 2.0.0 queued as 42")


class MailServer(Controller):
    """Listens on a port that the system chose, so that no two tests ever race for one."""

    def __init__(self, script: Script, **options: Any) -> None:
        self.script = script
        self._socket = socket.create_server((HOST, 0))
        options.setdefault("data_size_limit", None)
        super().__init__(script, hostname=HOST, port=self._socket.getsockname()[1], **options)

    def url(self, scheme: str = "smtp", login: str = "") -> str:
        return f"{scheme}://{login}{HOST}:{self.port}"

    def drop_connection(self) -> None:
        """Hang up now, between two commands."""
        self.loop.call_soon_threadsafe(self.script.connection.abort)

    def factory(self) -> smtp.SMTP:
        return _ScriptedSmtp(self.script, loop=self.loop, **self.SMTP_kwargs)

    def _create_server(self) -> Awaitable[Any]:
        return self.loop.create_server(self._factory_invoker, sock=self._socket, ssl=self.ssl_context)

    def _trigger_server(self) -> None:
        """The factory cannot fail here, so the test connection that looks for its error is not made."""
        self._factory_invoked.set()
        self.smtpd = self.factory()


class _ScriptedSmtp(smtp.SMTP):
    async def smtp_EHLO(self, hostname):
        self.event_handler.commands.append(f"EHLO {hostname}")
        await super().smtp_EHLO(hostname)

    async def smtp_AUTH(self, arg):
        self.event_handler.commands.append("AUTH")
        await super().smtp_AUTH(arg)

    async def smtp_DATA(self, arg):
        self.event_handler.commands.append("DATA")
        if self.event_handler.at_data is None:
            await super().smtp_DATA(arg)
        else:
            await self.push(await _played(self, self.event_handler.at_data))


async def _played(server: smtp.SMTP, answer: str) -> str:
    if answer == DROP:
        server.transport.abort()
    if answer == HANG:
        await server._reader.read()  # until the client gives up and closes
    return "250 too late" if answer in {DROP, HANG} else answer


def server_tls(certificate: str, key: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
