"""Stripe's errors, in its JSON shape (docs.stripe.com/api/errors)."""

from typing import Any

import orjson

from bursar.errors import Refused
from bursar.sandbox.fake.vendor import Answer

INVALID = "invalid_request_error"


class StripeError(Refused):
    """What the API answers instead of an object. `acted`: whether the request had begun to be executed."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type_: str = INVALID,
        code: str | None = None,
        param: str | None = None,
        acted: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self._status = status
        self._acted = acted
        told = {"code": code, "message": message, "param": param, "type": type_, **more}
        self.error = {name: value for name, value in told.items() if value is not None}
        if code:
            self.error["doc_url"] = f"https://docs.stripe.com/error-codes/{code.replace('_', '-')}"

    def answer(self) -> Answer:
        """Over HTTP. A request that failed its checks leaves its idempotency key free."""
        body = orjson.dumps({"error": self.error}, option=orjson.OPT_INDENT_2)
        return Answer(status=self._status, body=body, kept=self._acted)


def missing(kind: str, id_: str, param: str) -> StripeError:
    """An id that names nothing: 404 where it is in the path, 400 where it is a parameter."""
    words = f"No such {kind.replace('checkout.session', 'checkout session')}: '{id_}'"
    return StripeError(words, status=404 if param == "id" else 400, code="resource_missing", param=param)


def refused(message: str, code: str, param: str | None = None, **more: Any) -> StripeError:
    """A request that makes sense, of an object whose state does not allow it."""
    return StripeError(message, code=code, param=param, acted=True, **more)
