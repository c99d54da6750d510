import random

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from bursar.gateways.protocol import Secret, SignatureMalformed, SignatureMismatch
from bursar.gateways.stripe.verify import AGE_S_MAX, AHEAD_S_MAX, HEADER_LENGTH_MAX, SIGNATURES_MAX, verify
from bursar.sandbox.samples import stripe_event
from bursar.sandbox.signers import sign_stripe

NOW_S = 1_795_000_000
NEW = Secret(value=b"whsec_new_0123456789abcdef", key_id="new")
OLD = Secret(value=b"whsec_old_0123456789abcdef", key_id="old")
BODY = stripe_event("payment_intent.succeeded")


def _header(value: str) -> dict[str, str]:
    return {"stripe-signature": value}


def _signature(body: bytes = BODY, secret: Secret = NEW, t: int = NOW_S) -> str:
    return sign_stripe(body, secret.value, t)["stripe-signature"].split("v1=")[1]


def test_a_signed_body_names_the_secret_that_signed_it():
    assert verify(BODY, sign_stripe(BODY, NEW.value, NOW_S), [NEW, OLD], NOW_S) == "new"
    assert verify(BODY, sign_stripe(BODY, OLD.value, NOW_S), [NEW, OLD], NOW_S) == "old"


def test_a_retired_secret_verifies_nothing():
    with pytest.raises(SignatureMismatch):
        verify(BODY, sign_stripe(BODY, OLD.value, NOW_S), [NEW], NOW_S)


def test_one_good_signature_among_several_is_enough():
    header = f"t={NOW_S},v1={'0' * 64},v1={_signature()},v0=legacy"

    assert verify(BODY, _header(header), [NEW], NOW_S) == "new"


@pytest.mark.parametrize("age_s", [AGE_S_MAX, 0, -AHEAD_S_MAX])
def test_the_window_includes_its_limits(age_s):
    assert verify(BODY, sign_stripe(BODY, NEW.value, NOW_S - age_s), [NEW], NOW_S) == "new"


@pytest.mark.parametrize("age_s", [AGE_S_MAX + 1, -AHEAD_S_MAX - 1, 86_400, -10 * 365 * 86_400])
def test_outside_the_window_a_good_signature_is_refused(age_s):
    with pytest.raises(SignatureMismatch, match=f"signed {age_s} s ago"):
        verify(BODY, sign_stripe(BODY, NEW.value, NOW_S - age_s), [NEW], NOW_S)


@pytest.mark.parametrize("secret", [b"", b"  ", b"\t\n"])
def test_an_empty_secret_signs_nothing(secret):
    with pytest.raises(SignatureMismatch):
        verify(BODY, sign_stripe(BODY, secret, NOW_S), [Secret(value=secret, key_id="empty")], NOW_S)


def test_without_secrets_nothing_verifies():
    with pytest.raises(SignatureMismatch):
        verify(BODY, sign_stripe(BODY, NEW.value, NOW_S), [], NOW_S)


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("", id="empty"),
        pytest.param("garbage", id="no equals sign"),
        pytest.param(f"v1={_signature()}", id="no timestamp"),
        pytest.param(f"t={NOW_S}", id="no signature"),
        pytest.param(f"t={NOW_S},v0={_signature()}", id="only another scheme"),
        pytest.param(f"t={NOW_S},t={NOW_S},v1={_signature()}", id="two timestamps"),
        pytest.param(f"t=,v1={_signature()}", id="an empty timestamp"),
        pytest.param(f"t=+{NOW_S},v1={_signature()}", id="a signed timestamp"),
        pytest.param(f"t=0{NOW_S},v1={_signature()}", id="a leading zero"),
        pytest.param(f"t={NOW_S}.0,v1={_signature()}", id="a fraction"),
        pytest.param(f"t=-{NOW_S},v1={_signature()}", id="a negative timestamp"),
        pytest.param(f"t={'9' * 13},v1={_signature()}", id="a timestamp of thirteen digits"),
        pytest.param(f"t={NOW_S}, v1={_signature()}", id="a blank after the comma"),
        pytest.param(f"t={NOW_S},v1={_signature()},", id="a trailing comma"),
        pytest.param(f"t={NOW_S},v1={_signature()}é", id="a letter outside ASCII"),
        pytest.param(f"t=１７９５,v1={_signature()}", id="digits of another script"),
        pytest.param(f"t={NOW_S},v1=\udcff", id="a lone surrogate"),
        pytest.param(f"t={NOW_S}" + f",v1={_signature()}" * (SIGNATURES_MAX + 1), id="too many signatures"),
        pytest.param(f"t={NOW_S},v1={_signature()},v0={'0' * HEADER_LENGTH_MAX}", id="too long"),
    ],
)
def test_a_header_of_another_form_is_malformed(header):
    with pytest.raises(SignatureMalformed):
        verify(BODY, _header(header), [NEW], NOW_S)


def test_a_missing_header_is_malformed():
    with pytest.raises(SignatureMalformed):
        verify(BODY, {}, [NEW], NOW_S)


def test_as_many_signatures_as_allowed_are_compared():
    header = f"t={NOW_S}" + f",v1={'0' * 64}" * (SIGNATURES_MAX - 1) + f",v1={_signature()}"

    assert verify(BODY, _header(header), [NEW], NOW_S) == "new"


def test_flipping_any_bit_of_the_body_never_verifies():
    headers = sign_stripe(BODY, NEW.value, NOW_S)
    body = bytearray(BODY)
    for position in range(len(body)):
        for bit in range(8):
            body[position] ^= 1 << bit
            with pytest.raises(SignatureMismatch):
                verify(bytes(body), headers, [NEW, OLD], NOW_S)
            body[position] ^= 1 << bit


def test_flipping_any_bit_of_the_header_never_verifies():
    header = sign_stripe(BODY, NEW.value, NOW_S)["stripe-signature"]
    for position, letter in enumerate(header):
        for bit in range(8):
            flipped = header[:position] + chr(ord(letter) ^ 1 << bit) + header[position + 1 :]
            with pytest.raises((SignatureMalformed, SignatureMismatch)):
                verify(BODY, _header(flipped), [NEW, OLD], NOW_S)


_HEADER_PARTS = st.lists(
    st.sampled_from(["t=", "v1=", "v0=", ",", "=", " ", str(NOW_S), "0", "é", "\x00", _signature()]),
    max_size=12,
).map("".join)


@given(st.binary(), st.text() | _HEADER_PARTS, st.binary(), st.integers())
def test_no_input_raises_anything_else(body, header, secret, now_s):
    try:
        verify(body, _header(header), [Secret(value=secret, key_id="any")], now_s)
    except (SignatureMalformed, SignatureMismatch):
        return


@given(_HEADER_PARTS)
def test_whatever_verifies_here_verifies_with_the_vendors_library(header):
    try:
        verify(BODY, _header(header), [NEW], NOW_S)
    except (SignatureMalformed, SignatureMismatch):
        return
    assert stripe.WebhookSignature.verify_header(BODY, header, NEW.value.decode())


def test_signatures_made_by_the_vendors_library_verify():
    draw = random.Random(20261101)
    for _ in range(2000):
        text = "".join(
            chr(draw.choice([draw.randrange(1, 128), draw.randrange(0xA0, 0xD7FF)])) for _ in range(40)
        )
        secret = f"whsec_{draw.randbytes(12).hex()}"
        header = stripe.WebhookSignature.generate_signature_header(text, secret, NOW_S)

        assert (
            verify(text.encode(), _header(header), [Secret(value=secret.encode(), key_id="k")], NOW_S) == "k"
        )
