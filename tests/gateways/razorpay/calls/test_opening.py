import pytest

from bursar.errors import Misconfigured
from bursar.gateways.api.protocol import Credentials
from bursar.gateways.api.requests import REQUESTS
from bursar.gateways.razorpay import api as razorpay_api
from bursar.gateways.razorpay.api import RazorpayApi


def _credentials(**changes):
    told = {"account": "razorpay:test", "key_id": "rzp_test_1", "secret": "a secret"}
    return Credentials(**{**told, **changes})


def test_opening_sends_nothing():
    RazorpayApi.open(_credentials(base_url="http://127.0.0.1:1")).close()


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"key_id": None}, "RAZORPAY_KEY_ID and RAZORPAY_KEY_SECRET"),
        ({"key_id": ""}, "RAZORPAY_KEY_ID and RAZORPAY_KEY_SECRET"),
        ({"secret": " "}, "RAZORPAY_KEY_ID and RAZORPAY_KEY_SECRET"),
        ({"key_id": "rzp_live_1"}, "RAZORPAY_KEY_ID must begin with rzp_test_"),
        ({"account": "razorpay:live"}, "RAZORPAY_KEY_ID must begin with rzp_live_"),
        ({"key_id": "sk_test_1"}, "RAZORPAY_KEY_ID must begin with rzp_test_"),
        ({"base_url": "ftp://127.0.0.1"}, "BURSAR_RAZORPAY_URL must begin with"),
        (
            {"account": "razorpay:live", "key_id": "rzp_live_1", "base_url": "http://127.0.0.1:1"},
            "BURSAR_RAZORPAY_URL names a fake gateway",
        ),
    ],
)
def test_credentials_that_cannot_be_right_are_refused_by_name(changes, names):
    with pytest.raises(Misconfigured, match=names):
        RazorpayApi.open(_credentials(**changes))


def test_no_secret_is_shown():
    assert "a secret" not in repr(_credentials())


def test_every_request_has_its_call():
    assert set(razorpay_api._CALLS) == set(REQUESTS.values())
