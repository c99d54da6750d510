"""Stripe does what every gateway must do."""

from tests.gateways.contract import ApiContract


class TestStripe(ApiContract):
    """Runs on the fixture `hand` of this folder."""
