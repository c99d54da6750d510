"""Which gateways this receiver listens to, and with which secrets. Knows nothing of their signatures."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from bursar.errors import Misconfigured
from bursar.gateways.paypal.gateway import PayPal
from bursar.gateways.protocol import Gateway, Secret
from bursar.gateways.registry import GATEWAYS
from bursar.rotation import DatedSecret
from bursar.settings import Settings

_KEY_ID_LENGTH = 12
"""Hex digits: enough to tell secrets apart in logs, far too few to check a guess worth making."""


_NEVER = float("inf")
_VARIABLES = {PayPal.name: "PAYPAL_WEBHOOK_ID"}
"""PayPal has no secret: its signature covers the id of the webhook it was made for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One webhook secret and how long it is accepted."""

    secret: Secret
    last_day: date | None
    ends_at: float
    """Unix time from which it is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One gateway in one mode, and everything needed to prove that an event is from it."""

    name: str
    """`<gateway>:<mode>`, the inbox's `gateway_account`."""
    gateway: Gateway
    keys: tuple[Key, ...]
    """The newest first; it has no end."""
    secrets: tuple[Secret, ...]
    first_end_at: float
    """Unix time from which not all of the secrets are accepted any more."""

    def secrets_at(self, now_s: float) -> Sequence[Secret]:
        """The secrets that are accepted then."""
        if now_s < self.first_end_at:
            return self.secrets
        return [key.secret for key in self.keys if now_s < key.ends_at]


def configured_accounts(settings: Settings) -> Mapping[str, Account]:
    """The accounts by gateway name. Raises Misconfigured when there is none."""
    accounts = {
        name: _account(f"{name}:{settings.mode}", _proving(gateway, settings), secrets)
        for name, gateway in GATEWAYS.items()
        if (secrets := settings.dated_webhook_secrets(name))
    }
    if not accounts:
        variables = " or ".join(secret_variable(name) for name in GATEWAYS)
        raise Misconfigured(
            f"no gateway is configured: set {variables} to the webhook secret of the gateway's dashboard"
        )
    return accounts


def secret_variable(gateway: str) -> str:
    """The environment variable that configures a gateway's webhooks."""
    return _VARIABLES.get(gateway, f"{gateway.upper()}_WEBHOOK_SECRET")


def _proving(gateway: Gateway, settings: Settings) -> Gateway:
    """The gateway with what it proves signatures by. PayPal's library takes 200 ms to load."""
    if gateway.name != PayPal.name:
        return gateway
    from bursar.gateways.paypal.certificates import certificates_of

    return PayPal(certificates_of(settings.mode, settings.var), settings.mode)


def _account(name: str, gateway: Gateway, secrets: Sequence[DatedSecret]) -> Account:
    keys = tuple(_key(secret) for secret in secrets)
    return Account(
        name=name,
        gateway=gateway,
        keys=keys,
        secrets=tuple(key.secret for key in keys),
        first_end_at=min(key.ends_at for key in keys),
    )


def _key(secret: DatedSecret) -> Key:
    digest = hashlib.sha256(b"bursar webhook secret:" + secret.value).hexdigest()
    day = secret.last_day
    midnight = _NEVER if day is None else datetime.combine(day + timedelta(1), time(), UTC).timestamp()
    return Key(
        secret=Secret(value=secret.value, key_id=digest[:_KEY_ID_LENGTH]), last_day=day, ends_at=midnight
    )
