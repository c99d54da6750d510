"""PayPal's errors, in its JSON shape (developer.paypal.com/api/rest/responses)."""

from typing import Any

import orjson

from bursar.errors import Refused
from bursar.sandbox.fake.vendor import Answer

_NAMES = {400: "INVALID_REQUEST", 404: "RESOURCE_NOT_FOUND", 422: "UNPROCESSABLE_ENTITY"}
DEBUG_ID = "fake0debug0id"


class PayPalError(Refused):
    """What the API answers instead of an object."""

    def __init__(
        self, issue: str, description: str, *, status: int = 422, field: str | None = None, name: str = ""
    ) -> None:
        super().__init__(description)
        self._status = status
        detail: dict[str, Any] = {"issue": issue, "description": description}
        if field:
            detail["field"] = field
        self._error = {
            "name": name or _NAMES[status],
            "message": "The requested action could not be performed.",
            "debug_id": DEBUG_ID,
            "details": [detail],
            "links": [],
        }

    def answer(self) -> Answer:
        """Over HTTP."""
        return Answer(status=self._status, body=orjson.dumps(self._error), kept=False)


def missing(id_: str) -> PayPalError:
    """An id that names nothing of its kind."""
    return PayPalError("INVALID_RESOURCE_ID", f"Resource {id_} does not exist.", status=404)


def wrong(field: str, description: str, issue: str = "INVALID_PARAMETER_VALUE") -> PayPalError:
    """A request that is not of its form."""
    return PayPalError(issue, description, status=400, field=field)


def invalid_token(error: str = "invalid_token") -> Answer:
    """What comes without valid credentials: `invalid_client` for a pair, `invalid_token` for a token."""
    told = {"error": error, "error_description": "Authentication failed"}
    return Answer(status=401, body=orjson.dumps(told), kept=False)
