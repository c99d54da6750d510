"""What we write on Razorpay's objects, under the keys that the readers of its events look for."""

from bursar.gateways.api.requests import Purpose
from bursar.gateways.razorpay.calls import failures
from bursar.gateways.razorpay.claims import CALL
from bursar.gateways.razorpay.entities import Entity
from bursar.gateways.shapes import find_object

NOTE_LENGTH_MAX = 256
"""Characters of one note; fifteen of them are allowed (razorpay.com/docs/api/orders/create)."""
REFUND = "bursar_refund"
EFFECT = "bursar_effect"

Notes = dict[str, str]


def notes_of(purpose: Purpose, key: str) -> Notes:
    """Whom and what it is for. Raises GatewayRefused for what is too long: half a note would be wrong."""
    components = ",".join(f"{name}={amount_minor}" for name, amount_minor in purpose.components)
    return checked(
        {
            "invoice": purpose.invoice,
            "customer": purpose.customer,
            "track": purpose.track,
            "components": components,
            CALL: key,
        }
    )


def checked(notes: dict[str, str | None]) -> Notes:
    """What there is to say. Raises GatewayRefused naming the note that is too long."""
    said = {name: text for name, text in notes.items() if text}
    for name, text in said.items():
        if len(text) > NOTE_LENGTH_MAX:
            raise failures.refused(f"{name} must fit {NOTE_LENGTH_MAX} characters at Razorpay: shorten it")
    return said


def is_of(entity: Entity, key: str) -> bool:
    """Whether the call with this key made it. Empty notes arrive as a list."""
    return find_object(entity.get("notes")).get(CALL) == key
