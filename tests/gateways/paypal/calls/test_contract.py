"""PayPal does what every gateway must do."""

from bursar.rules.calling import Operation
from tests.gateways.contract import MAKING, ApiContract


class TestPayPal(ApiContract):
    """Runs on the fixture `hand` of this folder."""

    # It keeps no customers.
    making = tuple(each for each in MAKING if each[0] is not Operation.CREATE_CUSTOMER)
