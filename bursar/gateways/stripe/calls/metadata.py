"""What we write on every object that we make at Stripe, in the words its readers look for."""

from bursar.gateways.api.failures import Failure, FailureCode, GatewayRefused
from bursar.gateways.api.requests import Purpose
from bursar.gateways.stripe.claims import CALL

VALUE_LENGTH_MAX = 500
"""Characters of one value (docs.stripe.com/api/metadata)."""


def metadata_of(key: str, purpose: Purpose | None = None, **more: str | None) -> dict[str, str]:
    """Purpose, call and `more`, without what is None. Raises GatewayRefused for a value that is too long."""
    written: dict[str, str | None] = {CALL: key, **more}
    if purpose is not None:
        spread = ",".join(f"{name}={amount_minor}" for name, amount_minor in purpose.components)
        written |= {
            "invoice": purpose.invoice,
            "customer": purpose.customer,
            "track": purpose.track,
            "components": spread or None,
        }
    given = {name: value for name, value in written.items() if value is not None}
    for name, value in given.items():
        if len(value) > VALUE_LENGTH_MAX:
            message = f"{name} takes {len(value)} characters as metadata, Stripe holds {VALUE_LENGTH_MAX}"
            raise GatewayRefused(Failure(code=FailureCode.INVALID, message=message))
    return given
