from datetime import UTC, datetime, timedelta
from functools import cached_property

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from bursar.gateways.paypal.trust import CERTIFICATES_MAX, Trust, pinned, public_roots
from bursar.gateways.protocol import CertificateAway, SignatureMismatch
from bursar.sandbox.paypal_certificates import HOST, Identity
from tests.support.paypal import MADE_AT, make_authority

NOW_S = int(MADE_AT.timestamp())
NOBODY = "no public CA vouches"


class Made:
    """Who is who. Made when a test first asks, and once: a key takes a tenth of a second."""

    @cached_property
    def root(self):
        return make_authority()

    @cached_property
    def between(self):
        return make_authority(issuer=self.root)

    @cached_property
    def stranger(self):
        return make_authority()

    @cached_property
    def leaf(self):
        return Identity.make(MADE_AT, self.root)

    @cached_property
    def below(self):
        return Identity.make(MADE_AT, self.between)

    @cached_property
    def trust(self):
        return Trust([self.root.certificate])


MADE = Made()


def leaf_with(key=None, issuer=None, host=HOST, usage=ExtendedKeyUsageOID.SERVER_AUTH, aia=None):
    """A leaf that differs from a good one in one thing."""
    issuer = issuer or MADE.root
    names = [x509.DNSName(host)] if host else [x509.RFC822Name("a@paypal.com")]
    key = key or MADE.leaf.key
    builder = (
        x509.CertificateBuilder(
            issuer.certificate.subject,
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "messageverificationcerts.paypal.com")]),
            key.public_key(),
            7,
        )
        .not_valid_before(MADE_AT - timedelta(days=1))
        .not_valid_after(MADE_AT + timedelta(days=90))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False
        )
    )
    if aia:
        access = x509.AccessDescription(
            AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(aia)
        )
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.mark.parametrize("sent", [["leaf"], ["below", "between"], ["root", "between", "below"]])
def test_a_certificate_that_a_ca_vouches_for_is_paypals(sent):
    pem = b"".join(getattr(MADE, each).pem for each in sent)

    assert MADE.trust(pem, NOW_S).valid_from_s < NOW_S


def test_its_key_tells_true_signatures_from_others():
    key = MADE.trust(MADE.leaf.pem, NOW_S)

    assert key.made(MADE.leaf.sign(b"message"), b"message")
    assert not key.made(MADE.leaf.sign(b"message"), b"another")
    assert not key.made(MADE.below.sign(b"message"), b"message")
    assert not key.made(b"", b"message")
    assert not key.made(b"\x00" * 5_000, b"message")


def test_it_is_valid_as_long_as_its_whole_chain():
    short = make_authority(years=1)
    leaf = Identity.make(MADE_AT, short)

    ends = datetime.fromtimestamp(Trust([short.certificate])(leaf.pem, NOW_S).valid_until_s, UTC)

    assert ends == short.certificate.not_valid_after_utc < leaf.certificate.not_valid_after_utc


UNTRUSTED = {
    "nobody": lambda: Identity.make(MADE_AT).pem,
    "a stranger": lambda: Identity.make(MADE_AT, MADE.stranger).pem,
    "somebody unknown": lambda: MADE.below.pem,
    "the wrong one": lambda: MADE.below.pem + MADE.stranger.pem,
    "for another use": lambda: leaf_with(usage=ExtendedKeyUsageOID.CODE_SIGNING),
}
MISNAMED = {
    "a longer name": lambda: leaf_with(host="messageverificationcerts.paypal.com.evil.example"),
    "without the dot": lambda: leaf_with(host="evilpaypal.com"),
    "any name": lambda: leaf_with(host="*.paypal.com"),
    "no host": lambda: leaf_with(host=None),
    "a ca": lambda: MADE.root.pem,
    "two names": lambda: MADE.leaf.pem + leaf_with(host="www.paypal.com"),
}
NO_PEM = {
    "nothing": lambda: b"",
    "a page": lambda: b"<html>",
    "broken": lambda: MADE.leaf.pem.replace(b"MII", b"AAA", 1),
    "too many": lambda: MADE.leaf.pem * (CERTIFICATES_MAX + 1),
}


@pytest.mark.parametrize(
    ("which", "make", "reason"),
    [
        *((which, make, NOBODY) for which, make in UNTRUSTED.items()),
        *((which, make, "must name a host") for which, make in MISNAMED.items()),
        *((which, make, "PEM") for which, make in NO_PEM.items()),
    ],
)
def test_any_other_certificate_is_refused(which, make, reason):
    with pytest.raises(SignatureMismatch, match=reason):
        MADE.trust(make(), NOW_S)


@pytest.mark.parametrize("days", [-2, 3651])
def test_before_and_after_its_time_it_is_refused(days):
    with pytest.raises(SignatureMismatch, match=NOBODY):
        MADE.trust(MADE.leaf.pem, NOW_S + days * 86_400)


def test_a_key_of_another_kind_or_a_short_one_is_refused():
    for key in (ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 1024)):
        pem = leaf_with(key=key)
        with pytest.raises(SignatureMismatch):
            MADE.trust(pem, NOW_S)
        with pytest.raises(SignatureMismatch, match="RSA key of 2048"):
            pinned(pem)


@pytest.mark.parametrize("encoding", [serialization.Encoding.DER, serialization.Encoding.PEM])
def test_an_issuer_that_is_not_sent_along_is_looked_up_where_the_certificate_says(encoding):
    asked = []

    def issuer(address):
        asked.append(address)
        return MADE.between.certificate.public_bytes(encoding)

    trust = Trust([MADE.root.certificate], issuer)

    assert trust(leaf_with(issuer=MADE.between, aia="http://cacerts.digicert.com/x.crt"), NOW_S)
    assert asked == ["http://cacerts.digicert.com/x.crt"]


@pytest.mark.parametrize("which", ["stranger", "page", "nothing"])
def test_an_issuer_that_is_none_vouches_for_nobody(which):
    found = {"stranger": MADE.stranger.pem, "page": b"<html>", "nothing": b""}[which]
    with pytest.raises(SignatureMismatch, match=NOBODY):
        Trust([MADE.root.certificate], lambda _: found)(leaf_with(issuer=MADE.between, aia="http://x"), NOW_S)


def test_an_issuer_that_is_out_of_reach_is_no_verdict():
    def away(_):
        raise CertificateAway

    with pytest.raises(CertificateAway):
        Trust([MADE.root.certificate], away)(leaf_with(issuer=MADE.between, aia="http://x"), NOW_S)


def test_a_certificate_handed_over_by_hand_needs_no_ca():
    ours = Identity.make(MADE_AT)

    assert pinned(ours.pem).made(ours.sign(b"message"), b"message")


def test_the_public_cas_are_many_and_paypals_is_among_them():
    roots = public_roots()

    assert len(roots) > 100
    assert any("DigiCert" in root.subject.rfc4514_string() for root in roots)
