"""Whether a certificate is PayPal's: a chain to a public CA, a name of PayPal's, the time. No network.

Outside the sandbox the only module that knows the `cryptography` library; loaded where PayPal is configured.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import certifi
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import AuthorityInformationAccessOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from bursar.gateways.protocol import SignatureMismatch

NAME_ENDING = ".paypal.com"
CERTIFICATES_MAX = 8
"""Of one download; a chain has three."""
KEY_BITS_MIN = 2048
_PEM_END = b"-----END CERTIFICATE-----"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A public key that is known to be PayPal's, and when."""

    key: RSAPublicKey
    valid_from_s: float
    valid_until_s: float

    def made(self, signature: bytes, message: bytes) -> bool:
        """Whether it made this signature."""
        try:
            self.key.verify(signature, message, PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return True


class Trust:
    """The CAs we believe. `issuer` fetches the certificate above the last one where a download lacks it."""

    def __init__(
        self,
        roots: Sequence[x509.Certificate],
        issuer: Callable[[str], bytes] | None = None,
    ) -> None:
        self._store = Store(list(roots))
        self._issuer = issuer

    def __call__(self, pem: bytes, now_s: int) -> SigningKey:
        """The key of the certificate that names PayPal. Raises SignatureMismatch saying what is wrong.

        May fetch by `issuer`, and raise what that raises.
        """
        found = _parsed(pem)
        named = {name: each for each in found if (name := _paypal_name(each))}
        if len(named) != 1:
            raise SignatureMismatch(f"one certificate must name a host that ends with {NAME_ENDING}")
        [(name, leaf)] = named.items()
        others = [each for each in found if each is not leaf]
        return signing_key(leaf, self._chain(name, leaf, others, datetime.fromtimestamp(now_s, UTC)))

    def _chain(
        self, name: str, leaf: x509.Certificate, others: list[x509.Certificate], moment: datetime
    ) -> list[x509.Certificate]:
        verifier = PolicyBuilder().store(self._store).time(moment).build_server_verifier(x509.DNSName(name))
        try:
            return verifier.verify(leaf, others)
        except VerificationError as refused:
            above = self._above(leaf) if not others else None
            if above is None:
                raise SignatureMismatch(f"no public CA vouches for PayPal's certificate: {refused}") from None
        try:
            return verifier.verify(leaf, [above])
        except VerificationError as refused:
            raise SignatureMismatch(f"no public CA vouches for PayPal's certificate: {refused}") from None

    def _above(self, leaf: x509.Certificate) -> x509.Certificate | None:
        """The issuer at the address that the certificate itself gives (RFC 5280, 4.2.2.1)."""
        address = _issuer_address(leaf)
        if address is None or self._issuer is None:
            return None
        data = self._issuer(address)
        try:
            load = x509.load_pem_x509_certificate if _PEM_END in data else x509.load_der_x509_certificate
            return load(data)
        except ValueError:
            return None


def public_roots() -> list[x509.Certificate]:
    """The CAs that browsers believe. Call it before threads run, for it touches warning filters."""
    roots = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a root that breaks RFC 5280 is warned of, and does without our trust
        for block in certifi.contents().encode().split(_PEM_END)[:-1]:
            try:
                roots.append(x509.load_pem_x509_certificate(block + _PEM_END))
            except (ValueError, Warning):
                continue
    return roots


def pinned(pem: bytes) -> SigningKey:
    """The key of a certificate that was handed over by hand: no CA needs to vouch for it."""
    leaf, *_ = _parsed(pem)
    return signing_key(leaf, [leaf])


def signing_key(leaf: x509.Certificate, chain: Sequence[x509.Certificate]) -> SigningKey:
    """Usable while every certificate of its chain is valid. Raises SignatureMismatch for a weak key."""
    key = leaf.public_key()
    if not isinstance(key, RSAPublicKey) or key.key_size < KEY_BITS_MIN:
        raise SignatureMismatch(f"PayPal's certificate must hold an RSA key of {KEY_BITS_MIN} bits or more")
    return SigningKey(
        key=key,
        valid_from_s=max(each.not_valid_before_utc.timestamp() for each in chain),
        valid_until_s=min(each.not_valid_after_utc.timestamp() for each in chain),
    )


def _parsed(pem: bytes) -> list[x509.Certificate]:
    try:
        found = x509.load_pem_x509_certificates(pem) if pem.count(_PEM_END) <= CERTIFICATES_MAX else []
    except ValueError:
        found = []
    if not found:
        raise SignatureMismatch(f"PayPal's certificate must be 1..{CERTIFICATES_MAX} PEM certificates")
    return found


def _paypal_name(leaf: x509.Certificate) -> str | None:
    """A name it is made for. Public CAs write all of them as SAN; the CN can only repeat one."""
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        found = names.get_values_for_type(x509.DNSName)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        found = []
    return next((name for name in found if name.lower().endswith(NAME_ENDING) and "*" not in name), None)


def _issuer_address(leaf: x509.Certificate) -> str | None:
    try:
        access = leaf.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return None
    for each in access:
        if each.access_method == AuthorityInformationAccessOID.CA_ISSUERS and isinstance(
            each.access_location, x509.UniformResourceIdentifier
        ):
            return each.access_location.value
    return None
