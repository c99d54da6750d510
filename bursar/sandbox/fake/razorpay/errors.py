"""Razorpay's errors, in its JSON shape (razorpay.com/docs/errors). Absent parts are written `NA`."""

from typing import Any

import orjson

from bursar.errors import Refused
from bursar.sandbox.fake.vendor import Answer

BAD_REQUEST = "BAD_REQUEST_ERROR"
_ABSENT = "NA"


class RazorpayError(Refused):
    """What the API answers instead of an object. `acted`: whether the request had begun to be executed."""

    def __init__(
        self,
        description: str,
        *,
        status: int = 400,
        code: str = BAD_REQUEST,
        field: str | None = None,
        source: str = "business",
        step: str = _ABSENT,
        reason: str = "input_validation_failed",
        metadata: dict[str, str] | None = None,
        acted: bool = False,
    ) -> None:
        super().__init__(description)
        self._status = status
        self._acted = acted
        self.error: dict[str, Any] = {
            "code": code,
            "description": description,
            "source": source,
            "step": step,
            "reason": reason,
            "metadata": metadata or {},
        }
        if field:
            self.error["field"] = field

    def answer(self) -> Answer:
        """Over HTTP. A request that failed its checks leaves its idempotency key free."""
        return Answer(status=self._status, body=orjson.dumps({"error": self.error}), kept=self._acted)


def missing(id_: str) -> RazorpayError:
    """An id that names nothing: 400, never 404."""
    return RazorpayError(f"{id_} is not a valid id: the id provided does not exist", field="id")


def not_now(description: str) -> RazorpayError:
    """A request that makes sense, of an object whose state does not allow it."""
    return RazorpayError(description, reason=_ABSENT, acted=True)
