"""Where mails go: a server, a provider, a folder, or memory; and which of them an installation uses."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

from bursar.emails.envelope import Envelope, MailTransport, checked_wire, local_part_of
from bursar.emails.errors import MailDeferred, MailUnknown
from bursar.emails.headers import addr_spec
from bursar.emails.resend import SCHEMES, ResendTransport
from bursar.emails.smtp import SmtpTransport
from bursar.errors import BursarError, invariant


def transport_from_url(url: str | None, outbox_dir: Path) -> MailTransport:
    """The transport of an installation: its provider, or a folder of .eml files while it has none."""
    if not url:
        return OutboxTransport(outbox_dir)
    return ResendTransport(url) if url.partition(":")[0] in SCHEMES else SmtpTransport(url)


class OutboxTransport:
    """Writes each mail as a file that any mail program opens. The same Message-ID is the same file."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def run(self) -> AbstractContextManager[None]:
        """Nothing stays open."""
        return nullcontext()

    @contextmanager
    def open(self, sender: str, to: str) -> Iterator[Envelope]:
        """Make sure that the folder is there."""
        addr_spec(sender, "sender")
        addr_spec(to, "to")
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise MailDeferred(f"cannot make the outbox folder: {error.strerror}") from error
        yield _OutboxEnvelope(self._directory)


def remove_mails(outbox: Path, row_ids: Iterable[UUID]) -> int:
    """Remove the files of these mails from an outbox, as far as there are any; how many there were."""
    return _remove(file for row_id in row_ids for file in outbox.glob(f"{row_id}.*.eml"))


def remove_older(outbox: Path, before: datetime) -> int:
    """Remove the files of mails that were written before a moment; how many there were."""
    moment = before.timestamp()
    return _remove(file for file in outbox.glob("*.eml") if file.stat().st_mtime < moment)


def _remove(files: Iterable[Path]) -> int:
    count = 0
    for file in list(files):
        file.unlink(missing_ok=True)
        count += 1
    return count


class _OutboxEnvelope:
    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._used = False

    def deliver(self, message: bytes) -> str:
        """Write, flush to disk, then rename: a reader sees the whole mail or none."""
        invariant(not self._used, "an envelope carries one message")
        self._used = True
        target = self._directory / f"{local_part_of(checked_wire(message))}.eml"
        try:
            _replace(target, message)
        except OSError as error:
            # Never of unknown outcome: writing the same mail again replaces it.
            raise MailDeferred(f"cannot write to the outbox: {error.strerror}") from error
        return target.name


def _replace(target: Path, content: bytes) -> None:
    """Write a file beside the target, so that the rename cannot cross file systems, and rename it.

    Readable by its owner only, as mkstemp makes it: mails are personal.
    """
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.stem}.", suffix=".part")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except OSError:
        temporary.unlink()
        raise
    _flush_directory(target.parent)


def _flush_directory(directory: Path) -> None:
    """Make the rename itself survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """One copy of a mail that arrived."""

    sender: str
    to: str
    message: bytes


@dataclass(slots=True)
class MemoryTransport:
    """Keeps what it is given, every copy of it, and fails on request: the transport of tests."""

    delivered: list[Delivered] = field(default_factory=list)
    open_fails_with: BursarError | None = None
    """Raised by the next `open`, once."""
    deliver_fails_with: BursarError | None = None
    """Raised by the next `deliver`, once. The mail has arrived all the same when it is a MailUnknown."""

    def run(self) -> AbstractContextManager[None]:
        """Nothing stays open."""
        return nullcontext()

    @contextmanager
    def open(self, sender: str, to: str) -> Iterator[Envelope]:
        """Accept one sender and recipient, or fail as asked."""
        addr_spec(sender, "sender")
        addr_spec(to, "to")
        failure, self.open_fails_with = self.open_fails_with, None
        if failure is not None:
            raise failure
        yield _MemoryEnvelope(self, sender, to)


class _MemoryEnvelope:
    def __init__(self, transport: MemoryTransport, sender: str, to: str) -> None:
        self._transport = transport
        self._sender = sender
        self._to = to
        self._used = False

    def deliver(self, message: bytes) -> str:
        """Keep the message, or fail as asked."""
        invariant(not self._used, "an envelope carries one message")
        self._used = True
        copy = Delivered(sender=self._sender, to=self._to, message=checked_wire(message))
        failure, self._transport.deliver_fails_with = self._transport.deliver_fails_with, None
        if failure is None or isinstance(failure, MailUnknown):
            self._transport.delivered.append(copy)
        if failure is not None:
            raise failure
        return "kept in memory"
