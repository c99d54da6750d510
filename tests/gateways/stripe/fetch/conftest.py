"""The same fakes as for calls."""

from tests.gateways.stripe.calls.conftest import api, hand, script

__all__ = ["api", "hand", "script"]
