"""Razorpay does what every gateway must do."""

from tests.gateways.contract import ApiContract


class TestRazorpay(ApiContract):
    """Runs on the fixture `hand` of this folder."""
