"""What operators enter, as samples: one of each type."""

from collections.abc import Callable
from datetime import UTC, date, datetime

from bursar.gateways.manual.rulings import ATTRIBUTED, GIVEN_UP, Ruling, WriteOff
from bursar.gateways.manual.slips import RECEIVED, RETURNED, Method, ReturnSlip, Slip

_DAY = date(2026, 11, 20)
_SLIP = Slip("block 12/031", 1_250_00, "INR", _DAY, Method.CASH, "student-7")
_RETURN = ReturnSlip("R 88/1", 1_250_00, "INR", _DAY, _SLIP.payment)
_NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
_RULING = Ruling("ruling-1", _SLIP.payment, "invoice-1", (), _NOON)
_WRITE_OFF = WriteOff("ruling-2", "invoice-1", ((1, 250_00), (2, 80)), _NOON)

ENTERED: dict[str, Callable[[], bytes]] = {
    f"manual:{RECEIVED}": _SLIP.document,
    f"manual:{RETURNED}": _RETURN.document,
    f"manual:{ATTRIBUTED}": _RULING.document,
    f"manual:{GIVEN_UP}": _WRITE_OFF.document,
}
"""`manual:<type>` -> a body of it."""
