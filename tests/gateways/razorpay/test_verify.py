import json
import random

import pytest
import razorpay
from hypothesis import given
from hypothesis import strategies as st

from bursar.gateways.protocol import Secret, SignatureMalformed, SignatureMismatch
from bursar.gateways.razorpay.verify import verify
from bursar.sandbox.samples import razorpay_event
from bursar.sandbox.signers import sign_razorpay

NEW = Secret(value=b"razorpay_new_0123456789", key_id="new")
OLD = Secret(value=b"razorpay_old_0123456789", key_id="old")
BODY = razorpay_event("payment.captured")


def _header(value: str) -> dict[str, str]:
    return {"x-razorpay-signature": value}


def test_a_signed_body_names_the_secret_that_signed_it():
    assert verify(BODY, sign_razorpay(BODY, NEW.value), [NEW, OLD]) == "new"
    assert verify(BODY, sign_razorpay(BODY, OLD.value), [NEW, OLD]) == "old"


def test_a_retired_secret_verifies_nothing():
    with pytest.raises(SignatureMismatch):
        verify(BODY, sign_razorpay(BODY, OLD.value), [NEW])


@pytest.mark.parametrize("secret", [b"", b"  ", b"\t\n"])
def test_an_empty_secret_signs_nothing(secret):
    with pytest.raises(SignatureMismatch):
        verify(BODY, sign_razorpay(BODY, secret), [Secret(value=secret, key_id="empty")])


def test_without_secrets_nothing_verifies():
    with pytest.raises(SignatureMismatch):
        verify(BODY, sign_razorpay(BODY, NEW.value), [])


@pytest.mark.parametrize("header", ["", "0" * 63, "0" * 65, "A" * 64, "g" * 64, "é" * 64, "0" * 64 + "\n"])
def test_a_header_of_another_form_is_malformed(header):
    with pytest.raises(SignatureMalformed):
        verify(BODY, _header(header), [NEW])


def test_a_missing_header_is_malformed():
    with pytest.raises(SignatureMalformed):
        verify(BODY, {}, [NEW])


def test_flipping_any_bit_of_the_body_never_verifies():
    headers = sign_razorpay(BODY, NEW.value)
    body = bytearray(BODY)
    for position in range(len(body)):
        for bit in range(8):
            body[position] ^= 1 << bit
            with pytest.raises(SignatureMismatch):
                verify(bytes(body), headers, [NEW, OLD])
            body[position] ^= 1 << bit


def test_flipping_any_bit_of_the_signature_never_verifies():
    header = sign_razorpay(BODY, NEW.value)["x-razorpay-signature"]
    for position, letter in enumerate(header):
        for bit in range(8):
            flipped = header[:position] + chr(ord(letter) ^ 1 << bit) + header[position + 1 :]
            with pytest.raises((SignatureMalformed, SignatureMismatch)):
                verify(BODY, _header(flipped), [NEW, OLD])


@given(st.binary(), st.text() | st.text("0123456789abcdef", min_size=64, max_size=64), st.binary())
def test_no_input_raises_anything_else(body, header, secret):
    try:
        verify(body, _header(header), [Secret(value=secret, key_id="any")])
    except (SignatureMalformed, SignatureMismatch):
        return


def _verifies(body: bytes, vector: dict[str, str]) -> bool:
    secret = Secret(value=vector["secret"].encode(), key_id="published")
    try:
        return verify(body, _header(vector["signature"]), [secret]) == "published"
    except SignatureMismatch:
        return False


def test_published_signatures_verify_their_own_body_and_no_other(corpus):
    """Vectors from public repositories, which nobody here made."""
    vectors = [
        vector
        for vector in json.loads((corpus / "vectors" / "vectors.json").read_text())
        if vector["gateway"] == "razorpay" and vector["kind"] == "webhook"
    ]
    files = [file.read_bytes() for file in corpus.glob("razorpay*/*.json")]
    assert vectors
    for vector in vectors:
        bodies = [*files, vector["body"].encode()] if "body" in vector else files

        assert sum(_verifies(body, vector) for body in bodies) == 1


def test_the_vendors_library_agrees_about_two_thousand_bodies():
    utility = razorpay.Client(auth=("key", "secret")).utility
    draw = random.Random(20261101)
    for _ in range(2000):
        text = "".join(
            chr(draw.choice([draw.randrange(1, 128), draw.randrange(0xA0, 0xD7FF)])) for _ in range(40)
        )
        secret = draw.randbytes(12).hex()
        headers = sign_razorpay(text.encode(), secret.encode())

        assert utility.verify_webhook_signature(text, headers["x-razorpay-signature"], secret)
        assert verify(text.encode(), headers, [Secret(value=secret.encode(), key_id="k")]) == "k"
