"""Servers and certificates for the tests of mail."""

import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.emails.mail_server import MailServer, Script, server_tls

StartServer = Callable[..., MailServer]


@pytest.fixture
def start_server() -> Iterator[StartServer]:
    """Start mail servers that are stopped when the test ends."""
    with ExitStack() as started:

        def start(script: Script | None = None, **options: Any) -> MailServer:
            server = MailServer(script or Script(), **options)
            server.start()
            started.callback(server.stop)
            return server

        yield start


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed: no certificate to test TLS with")
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject, *files]
    subprocess.run(command, check=True, capture_output=True)
    return certificate, key


@pytest.fixture
def tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    return server_tls(str(certificate[0]), str(certificate[1]))


@pytest.fixture
def trusted(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this process trust the certificate, as an operator does for an authority of their own."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
