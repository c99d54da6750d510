"""The gateway accounts of this process, opened on first use: after the fork, one client each."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from pydantic import SecretStr

from bursar.errors import Misconfigured
from bursar.gateways.api.protocol import Api, Credentials
from bursar.settings import Settings, load


class _Keys(NamedTuple):
    """What a gateway is called with: values, and the names of the variables that hold them."""

    key_id: str | None
    secret: SecretStr | None
    url: str | None
    names: str
    needs_key_id: bool = True

    @property
    def complete(self) -> bool:
        """Whether it can be called."""
        return bool(self.secret) and (bool(self.key_id) or not self.needs_key_id)


@cache
def api_of(account: str) -> Api:
    """The client of `<gateway>:<mode>`. Raises Misconfigured naming the variable that is missing."""
    settings = load()
    gateway, _, mode = account.partition(":")
    if mode != settings.mode:
        raise Misconfigured(f"{account} is of the other mode: BURSAR_MODE is {settings.mode}")
    if gateway not in OPENERS:
        raise Misconfigured(f"{gateway} cannot be called; there are {', '.join(OPENERS)}")
    return OPENERS[gateway](credentials_of(settings, gateway))


def configured_accounts(settings: Settings) -> list[str]:
    """The accounts that can be called with what is set."""
    keys = _keys(settings)
    return [f"{gateway}:{settings.mode}" for gateway in OPENERS if keys[gateway].complete]


def credentials_of(settings: Settings, gateway: str) -> Credentials:
    """What opens this gateway. Raises Misconfigured naming the variables and the cure."""
    keys = _keys(settings)[gateway]
    if not keys.complete or keys.secret is None:
        raise Misconfigured(f"{gateway} cannot be called: set {keys.names}, as its dashboard shows them")
    if keys.url and settings.mode == "live":
        variable = f"BURSAR_{gateway.upper()}_URL"
        raise Misconfigured(f"{variable} names a fake gateway, and BURSAR_MODE is live: unset one of them")
    return Credentials(
        account=f"{gateway}:{settings.mode}",
        key_id=keys.key_id,
        secret=keys.secret.get_secret_value(),
        base_url=keys.url,
    )


def _keys(settings: Settings) -> dict[str, _Keys]:
    return {
        "stripe": _Keys(
            None, settings.stripe_secret_key, settings.stripe_url, "STRIPE_SECRET_KEY", needs_key_id=False
        ),
        "razorpay": _Keys(
            settings.razorpay_key_id,
            settings.razorpay_key_secret,
            settings.razorpay_url,
            "RAZORPAY_KEY_ID and RAZORPAY_KEY_SECRET",
        ),
        "paypal": _Keys(
            settings.paypal_client_id,
            settings.paypal_client_secret,
            settings.paypal_url,
            "PAYPAL_CLIENT_ID and PAYPAL_CLIENT_SECRET",
        ),
    }


def _open_stripe(credentials: Credentials) -> Api:
    from bursar.gateways.stripe.api import StripeApi  # its SDK takes a second to load

    return StripeApi.open(credentials)


def _open_razorpay(credentials: Credentials) -> Api:
    from bursar.gateways.razorpay.api import RazorpayApi

    return RazorpayApi.open(credentials)


def _open_paypal(credentials: Credentials) -> Api:
    from bursar.gateways.paypal.api import PayPalApi

    return PayPalApi.open(credentials)


OPENERS: dict[str, Callable[[Credentials], Api]] = {
    "stripe": _open_stripe,
    "razorpay": _open_razorpay,
    "paypal": _open_paypal,
}
"""How each gateway is opened; its SDK is loaded then, not before."""
