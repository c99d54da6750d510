"""Which gateways this receiver listens to, and with which secrets. Knows nothing of their signatures."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from bursar.errors import Misconfigured
from bursar.gateways.protocol import Gateway, Secret
from bursar.gateways.registry import GATEWAYS
from bursar.settings import Settings

_KEY_ID_LENGTH = 12
"""Hex digits: enough to tell secrets apart in logs, far too few to check a guess worth making."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One gateway in one mode, and everything needed to prove that an event is from it."""

    name: str
    """`<gateway>:<mode>`, the inbox's `gateway_account`."""
    gateway: Gateway
    secrets: tuple[Secret, ...]


def configured_accounts(settings: Settings) -> Mapping[str, Account]:
    """The accounts by gateway name. Raises Misconfigured when there is none."""
    accounts = {
        name: Account(name=f"{name}:{settings.mode}", gateway=gateway, secrets=secrets)
        for name, gateway in GATEWAYS.items()
        if (secrets := tuple(_secret(value) for value in settings.webhook_secrets(name)))
    }
    if not accounts:
        variables = " or ".join(secret_variable(name) for name in GATEWAYS)
        raise Misconfigured(
            f"no gateway is configured: set {variables} to the webhook secret of the gateway's dashboard"
        )
    return accounts


def secret_variable(gateway: str) -> str:
    """The environment variable that configures a gateway's webhooks."""
    return f"{gateway.upper()}_WEBHOOK_SECRET"


def _secret(value: bytes) -> Secret:
    digest = hashlib.sha256(b"bursar webhook secret:" + value).hexdigest()
    return Secret(value=value, key_id=digest[:_KEY_ID_LENGTH])
