"""PayPal with certificates of our own: no network, no public CA."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from bursar.gateways.paypal.certificates import Certificates
from bursar.gateways.paypal.gateway import PayPal
from bursar.gateways.paypal.trust import pinned
from bursar.sandbox.paypal_certificates import Identity

MADE_AT = datetime(2026, 11, 1, tzinfo=UTC)
OURS = Identity.make(MADE_AT)
"""Vouched for by nobody but `paypal_that_trusts`. Made once per process: a key takes a tenth of a second."""


def make_authority(now: datetime = MADE_AT, years: int = 20, issuer: Identity | None = None) -> Identity:
    """A certificate authority of our own, of the form public ones have."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"CA {x509.random_serial_number()}")])
    signer = issuer.key if issuer else key
    certificate = (
        x509.CertificateBuilder(
            issuer.certificate.subject if issuer else name,
            name,
            key.public_key(),
            x509.random_serial_number(),
        )
        .not_valid_before(now - timedelta(days=365))
        .not_valid_after(now + timedelta(days=365 * years))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_authority_usage(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .sign(signer, hashes.SHA256())
    )
    return Identity(key=key, certificate=certificate)


def paypal_that_trusts(identity: Identity, mode: str = "test") -> PayPal:
    """A gateway that knows this certificate under its address, and can fetch no other."""
    certificates = Certificates(never, never, at_once)
    certificates.keep(identity.url, pinned(identity.pem))
    return PayPal(certificates, mode)


def at_once(job: Callable[[], None]) -> None:
    """In place of a thread."""
    job()


def never(*_: object) -> bytes:
    """In place of the network and of a CA."""
    raise AssertionError("nothing is to be fetched")


def _authority_usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
