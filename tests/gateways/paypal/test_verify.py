import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bursar.errors import Refused
from bursar.gateways.paypal.gateway import PayPal
from bursar.gateways.paypal.verify import AGE_S_MAX, AHEAD_S_MAX
from bursar.gateways.protocol import CertificateAway, Secret, SignatureMalformed, SignatureMismatch
from bursar.sandbox.signers import sign_paypal
from tests.support.paypal import OURS, paypal_that_trusts

NOW_S = 1_795_000_000
BODY = b'{"id": "WH-1", "event_type": "PAYMENT.CAPTURE.COMPLETED"}'
NEW = Secret(value=b"4JH86294D6297924G", key_id="new")
OLD = Secret(value=b"9XL90610J3647323C", key_id="old")
PAYPAL = paypal_that_trusts(OURS)
CERTS = "api.sandbox.paypal.com/v1/notifications/certs"


def signed(body=BODY, secret=NEW, t=NOW_S, **changes):
    headers = sign_paypal(body, secret.value, t, OURS)
    return headers | {f"paypal-{name.replace('_', '-')}": value for name, value in changes.items()}


def verify(headers, body=BODY, secrets=(NEW, OLD), gateway=PAYPAL):
    return gateway.verify(body, headers, secrets, NOW_S)


def test_the_webhook_id_that_was_signed_for_is_named():
    assert verify(signed(secret=NEW)) == "new"
    assert verify(signed(secret=OLD)) == "old"


def test_a_delivery_for_somebody_elses_webhook_is_refused():
    with pytest.raises(SignatureMismatch, match="PAYPAL_WEBHOOK_ID"):
        verify(signed(secret=OLD), secrets=[NEW])
    with pytest.raises(SignatureMismatch):
        verify(signed(), secrets=[])


@pytest.mark.parametrize(
    "changes",
    [
        {"transmission_id": "another"},
        {"transmission_time": "2026-11-18T11:06:41Z"},
        {"transmission_time": "2026-11-18T11:06:40.000Z"},
        {"transmission_sig": "AAAA"},
    ],
)
def test_a_header_that_was_not_signed_is_refused(changes):
    with pytest.raises(SignatureMismatch):
        verify(signed(**changes))


def test_another_body_is_refused():
    with pytest.raises(SignatureMismatch):
        verify(signed(), body=BODY + b" ")


def test_another_body_with_the_same_crc_is_not_told_apart_which_is_why_no_body_is_believed():
    forged = b'{"id": "WH-1", "event_type": "fetched.capture"} '
    forged += _suffix_that_gives(zlib.crc32(BODY), forged)

    assert forged != BODY
    assert verify(signed(), body=forged) == "new"


@pytest.mark.parametrize("age_s", [0, -AHEAD_S_MAX, 86_400, 3 * 86_400, AGE_S_MAX])
def test_a_delivery_may_be_as_old_as_paypals_last_retry(age_s):
    assert verify(signed(t=NOW_S - age_s)) == "new"


@pytest.mark.parametrize("age_s", [-AHEAD_S_MAX - 1, AGE_S_MAX + 1, 10**9])
def test_outside_the_window_it_is_refused_before_anything_is_fetched(age_s):
    with pytest.raises(SignatureMismatch, match="outside"):
        verify(signed(t=NOW_S - age_s), gateway=PayPal())


@pytest.mark.parametrize(
    "changes",
    [
        *({name: None} for name in ("transmission_id", "transmission_time", "transmission_sig", "cert_url")),
        {"auth_algo": None},
        {"auth_algo": "SHA1withRSA"},
        {"auth_algo": "none"},
        {"transmission_id": ""},
        {"transmission_id": "a|b"},
        {"transmission_id": "x" * 65},
        {"transmission_time": "1795000000"},
        {"transmission_time": "2026-11-18T11:06:40"},
        {"transmission_time": "2026-11-18T11:06:40+05:30"},
        {"transmission_time": "2026-11-31T11:06:40Z"},
        {"transmission_time": "２０２６-11-18T11:06:40Z"},
        {"transmission_sig": ""},
        {"transmission_sig": "no base64!"},
        {"transmission_sig": "AAA"},
        {"transmission_sig": "ÄÄÄÄ"},
        {"transmission_sig": "A" * 1028},
    ],
)
def test_headers_of_another_form_are_malformed(changes):
    headers = {name: value for name, value in signed(**changes).items() if value is not None}

    with pytest.raises(SignatureMalformed, match=r"^paypal-"):
        verify(headers)


@pytest.mark.parametrize(
    "url",
    [
        f"http://{CERTS}/CERT-1",
        f"https://{CERTS}/",
        f"https://{CERTS}/../../oauth2/token",
        f"https://{CERTS}/CERT-1?x=1",
        f"https://{CERTS}/CERT-1#x",
        f"https://{CERTS}/CERT-1\n",
        f"https://user@{CERTS}/CERT-1",
        f"https://{CERTS.replace('.com', '.com:444')}/CERT-1",
        f"https://{CERTS.replace('.com', '.com.evil.example')}/CERT-1",
        f"https://evil.example/{CERTS}/CERT-1",
        f"https://x{CERTS}/CERT-1",
        f"https://{CERTS.replace('.', 'x', 1)}/CERT-1",
        f"https://{CERTS.upper()}/CERT-1",
        "https://www.sandbox.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.sandbox.paypal.com/v1/oauth2/token",
        f"https://{CERTS}/{'x' * 129}",
    ],
)
def test_a_certificate_from_anywhere_but_paypals_store_is_refused(url):
    with pytest.raises(SignatureMalformed, match=r"^paypal-cert-url"):
        verify(signed(cert_url=url))


@pytest.mark.parametrize(
    ("mode", "host", "told"),
    [
        ("live", "api.paypal.com", CertificateAway),
        ("live", "api-m.paypal.com", CertificateAway),
        ("live", "api.sandbox.paypal.com", SignatureMalformed),
        ("live", "api-m.sandbox.paypal.com", SignatureMalformed),
        ("test", "api.sandbox.paypal.com", CertificateAway),
        ("test", "api-m.sandbox.paypal.com", CertificateAway),
        ("test", "api.paypal.com", SignatureMalformed),
        ("test", "api-m.paypal.com", SignatureMalformed),
    ],
)
def test_only_the_hosts_of_our_mode_are_asked(mode, host, told):
    with pytest.raises(told):
        verify(signed(cert_url=f"https://{host}/v1/notifications/certs/CERT-1"), gateway=PayPal(mode=mode))


@given(st.dictionaries(st.sampled_from(sorted(signed())), st.text(max_size=80)), st.binary(max_size=40))
def test_noise_in_any_header_or_body_is_refused(changes, body):
    with pytest.raises(Refused):
        PAYPAL.verify(body + b"x", signed(body) | changes, [NEW], NOW_S)


@given(st.binary(max_size=200), st.integers(NOW_S - AGE_S_MAX, NOW_S + AHEAD_S_MAX))
def test_whatever_paypal_signs_is_believed(body, t):
    assert PAYPAL.verify(body, signed(body, t=t), [OLD, NEW], NOW_S) == "new"


def _suffix_that_gives(crc: int, prefix: bytes) -> bytes:
    """Four bytes that bend the CRC32 of a prefix to any value: it is linear (RFC 1952, 8)."""
    table = [_entry(n) for n in range(256)]
    state, steps = crc ^ 0xFFFFFFFF, []
    for _ in range(4):
        index = next(n for n in range(256) if table[n] >> 24 == state >> 24)
        steps.append(index)
        state = ((state ^ table[index]) << 8) & 0xFFFFFFFF
    state, suffix = zlib.crc32(prefix) ^ 0xFFFFFFFF, b""
    for index in reversed(steps):
        suffix += bytes([(state ^ index) & 0xFF])
        state = table[index] ^ (state >> 8)
    return suffix


def _entry(n: int) -> int:
    for _ in range(8):
        n = (n >> 1) ^ 0xEDB88320 if n & 1 else n >> 1
    return n
