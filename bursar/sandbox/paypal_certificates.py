"""Certificates like PayPal's, of our own making: for `bursar trigger` in test mode, and for tests."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from bursar.errors import Misconfigured
from bursar.gateways.paypal.certificates import SANDBOX_FILE, SANDBOX_URL

KEY_FILE = "paypal-sandbox.key"
HOST = "messageverificationcerts.sandbox.paypal.com"
_PRIVATE = 0o600
_YEARS = timedelta(days=3650)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who signs: a key, its certificate, and the address where a receiver finds that."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate
    url: str = SANDBOX_URL

    @property
    def pem(self) -> bytes:
        """The certificate as PayPal's host serves it."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def sign(self, message: bytes) -> bytes:
        """The signature as PayPal makes it."""
        return self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())

    @classmethod
    def make(cls, now: datetime, issuer: "Identity | None" = None, *, host: str = HOST) -> Self:
        """A new one, vouched for by the issuer or by itself. Valid from a day before `now` for ten years."""
        key = rsa.generate_private_key(65537, 2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        above = issuer.certificate.subject if issuer else name
        signer = issuer.key if issuer else key
        certificate = (
            x509.CertificateBuilder(above, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + _YEARS)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False)
            .sign(signer, hashes.SHA256())
        )
        return cls(key=key, certificate=certificate)


def keep_identity(folder: Path) -> Identity:
    """The signer of this folder; made on first use, then kept. Its key is readable by this user only."""
    if not (folder / KEY_FILE).exists() or not (folder / SANDBOX_FILE).exists():
        made = Identity.make(datetime.now(UTC))
        _write(folder / SANDBOX_FILE, made.pem)
        _write(
            folder / KEY_FILE,
            made.key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
        )
    return read_identity(folder)


def read_identity(folder: Path) -> Identity:
    """The signer of this folder. Raises Misconfigured when there is none."""
    try:
        key = serialization.load_pem_private_key((folder / KEY_FILE).read_bytes(), None)
        certificate = x509.load_pem_x509_certificate((folder / SANDBOX_FILE).read_bytes())
    except (OSError, ValueError) as error:
        raise Misconfigured(
            f"no PayPal certificate of our own in {folder} ({type(error).__name__}): run `bursar up` on this "
            "BURSAR_VAR in test mode, which makes one that its receiver believes"
        ) from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise Misconfigured(f"{folder / KEY_FILE} must hold an RSA key: delete it, a new one is made")
    return Identity(key=key, certificate=certificate)


def _write(path: Path, data: bytes) -> None:
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE), "wb") as file:
        file.write(data)
    draft.replace(path)
