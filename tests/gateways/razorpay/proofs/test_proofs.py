import hmac
import json

import pytest
import razorpay
from hypothesis import given
from hypothesis import strategies as st

from bursar.errors import Misconfigured
from bursar.gateways.protocol import SignatureMalformed, SignatureMismatch
from bursar.gateways.razorpay.proofs import verify_link, verify_order, verify_subscription

SECRET = b"key_secret_of_a_test"


def _sign(*parts: str) -> str:
    return hmac.digest(SECRET, "|".join(parts).encode(), "sha256").hex()


PROOFS = [
    (verify_order, {"order": "order_1", "payment": "pay_1"}, ("order_1", "pay_1")),
    (verify_subscription, {"payment": "pay_1", "subscription": "sub_1"}, ("pay_1", "sub_1")),
    (
        verify_link,
        {"link": "plink_1", "reference": "c-1", "status": "paid", "payment": "pay_1"},
        ("plink_1", "c-1", "paid", "pay_1"),
    ),
]
every_proof = pytest.mark.parametrize(("verify", "fields", "signed"), PROOFS, ids=["order", "sub", "link"])


@every_proof
def test_a_proof_that_razorpay_signed_holds(verify, fields, signed):
    verify(SECRET, **fields, signature=_sign(*signed))


@every_proof
def test_a_proof_over_the_same_parts_in_another_order_does_not_hold(verify, fields, signed):
    with pytest.raises(SignatureMismatch):
        verify(SECRET, **fields, signature=_sign(*reversed(signed)))


@every_proof
def test_a_proof_with_any_other_part_does_not_hold(verify, fields, signed):
    for name in fields:
        with pytest.raises(SignatureMismatch):
            verify(SECRET, **{**fields, name: "other"}, signature=_sign(*signed))


@every_proof
@pytest.mark.parametrize("secret", [b"", b" ", b"\n"])
def test_an_empty_secret_proves_nothing(verify, fields, signed, secret):
    signature = hmac.digest(secret, "|".join(signed).encode(), "sha256").hex()

    with pytest.raises(Misconfigured, match="RAZORPAY_KEY_SECRET"):
        verify(secret, **fields, signature=signature)


@every_proof
@pytest.mark.parametrize("signature", ["", "0" * 63, "A" * 64, "é" * 64, "0" * 64 + "\n"])
def test_a_signature_of_another_form_is_malformed(verify, fields, signed, signature):
    with pytest.raises(SignatureMalformed, match="razorpay_signature"):
        verify(SECRET, **fields, signature=signature)


@pytest.mark.parametrize("value", ["", "a|b", "é", "x" * 256, "a\n"])
def test_a_field_that_is_no_id_is_malformed_and_named(value):
    with pytest.raises(SignatureMalformed, match="razorpay_order_id"):
        verify_order(SECRET, order=value, payment="pay_1", signature=_sign(value, "pay_1"))


def test_parts_cannot_be_moved_across_their_separator():
    with pytest.raises(SignatureMalformed):
        verify_order(
            SECRET, order="order_1|pay_1", payment="pay_2", signature=_sign("order_1|pay_1", "pay_2")
        )


@given(st.text("abcXYZ019_-", min_size=1), st.text("abcXYZ019_-", min_size=1), st.text("abc019", min_size=1))
def test_the_vendors_library_agrees(one, two, secret):
    utility = razorpay.Client(auth=("key", secret)).utility
    order = hmac.digest(secret.encode(), f"{one}|{two}".encode(), "sha256").hex()
    told = {"razorpay_order_id": one, "razorpay_payment_id": two, "razorpay_signature": order}

    assert utility.verify_payment_signature(told)
    verify_order(secret.encode(), order=one, payment=two, signature=order)


def _parts(vector: dict[str, str]) -> list[str]:
    return vector["message"].split("|")


def test_published_proofs_hold_and_only_as_their_own_kind(corpus):
    """Vectors from public repositories, which nobody here made."""
    vectors = json.loads((corpus / "vectors" / "vectors.json").read_text())
    by_kind = {each["kind"]: each for each in vectors if each["gateway"] == "razorpay" and "message" in each}
    order, subscription, link = (
        by_kind["order payment"],
        by_kind["subscription payment"],
        by_kind["payment link"],
    )

    verify_order(
        order["secret"].encode(),
        **dict(zip(("order", "payment"), _parts(order), strict=True)),
        signature=order["signature"],
    )
    verify_subscription(
        subscription["secret"].encode(),
        **dict(zip(("payment", "subscription"), _parts(subscription), strict=True)),
        signature=subscription["signature"],
    )
    verify_link(
        link["secret"].encode(),
        **dict(zip(("link", "reference", "status", "payment"), _parts(link), strict=True)),
        signature=link["signature"],
    )
    payment, approved = _parts(subscription)
    with pytest.raises(SignatureMismatch):
        verify_order(
            subscription["secret"].encode(),
            order=approved,
            payment=payment,
            signature=subscription["signature"],
        )


@given(
    st.binary(max_size=20),
    st.text(),
    st.text(),
    st.text() | st.text("0123456789abcdef", min_size=64, max_size=64),
)
def test_no_input_raises_anything_else(secret, order, payment, signature):
    with pytest.raises((Misconfigured, SignatureMalformed, SignatureMismatch)):
        verify_order(secret, order=order, payment=payment, signature=signature)
