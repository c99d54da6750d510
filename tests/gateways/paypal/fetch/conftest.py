from tests.gateways.paypal.calls.conftest import api, hand, server

__all__ = ["api", "hand", "server"]
