"""Stripe's metadata: merged key by key, with its limits (docs.stripe.com/api/metadata)."""

from collections.abc import Mapping

from bursar.sandbox.fake.stripe.errors import StripeError

KEYS_MAX = 50
KEY_LENGTH_MAX = 40
VALUE_LENGTH_MAX = 500


def merged(metadata: Mapping[str, str], changes: Mapping[str, str] | str | None) -> dict[str, str]:
    """Old and new keys; an empty value takes its key away, an empty whole takes all. Raises StripeError."""
    if not changes or isinstance(changes, str):
        return {} if changes == "" else dict(metadata)
    result = {name: value for name, value in {**metadata, **changes}.items() if value}
    if len(result) > KEYS_MAX:
        raise StripeError(f"Metadata can have up to {KEYS_MAX} keys.", param="metadata")
    for name, value in result.items():
        if len(name) > KEY_LENGTH_MAX:
            raise StripeError(f"Metadata keys can have up to {KEY_LENGTH_MAX} characters.", param="metadata")
        if len(value) > VALUE_LENGTH_MAX:
            param = f"metadata[{name}]"
            raise StripeError(f"Metadata values can have up to {VALUE_LENGTH_MAX} characters.", param=param)
    return result
