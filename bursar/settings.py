"""Every setting, read once from the environment, `.env` or `NAME_FILE`; all errors reported at once.

Only composition roots (celeryconfig, the CLI, the receiver's app) call `load()`.
"""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bursar.errors import Misconfigured
from bursar.networks import Networks, parse_networks, parse_networks_by_name
from bursar.rotation import DatedSecret, parse_secrets

_KEY_PREFIX_LENGTH = 12
"""Characters in which gateways' keys say their mode: `sk_test_`, `rk_live_`, `pk_test_`, `rzp_live_`."""
_FILE_SUFFIX = "_FILE"
_PAY_PAGE = r"^https?://.*\{invoice\}"
ENV_FILE_VARIABLE = "BURSAR_ENV_FILE"
"""Which file to read settings from, `.env` by default; empty for none (the demo never reads yours)."""
_names = AliasChoices


class Settings(BaseSettings):
    """The configuration of one Bursar process. Names are a public interface (README, Configuration)."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    database_url: str | None = Field(
        None, repr=False, validation_alias=_names("BURSAR_DATABASE_URL", "DATABASE_URL")
    )
    broker_url: str | None = Field(
        None, repr=False, validation_alias=_names("BURSAR_BROKER_URL", "REDIS_URL")
    )
    redis_url: str | None = Field(None, repr=False, validation_alias=_names("BURSAR_REDIS_URL"))
    """Where limits and circuit breakers are shared when the broker does not speak Redis."""
    mode: Literal["test", "live"] = Field("test", validation_alias=_names("BURSAR_MODE"))
    var: Path = Field(Path("var"), validation_alias=_names("BURSAR_VAR"))
    host: str = Field("127.0.0.1", validation_alias=_names("BURSAR_HOST"))
    port: int = Field(8000, ge=0, le=65535, validation_alias=_names("BURSAR_PORT", "PORT"))
    flower_port: int = Field(5555, ge=0, le=65535, validation_alias=_names("BURSAR_FLOWER_PORT"))
    flower_basic_auth: SecretStr | None = Field(None, validation_alias=_names("BURSAR_FLOWER_BASIC_AUTH"))
    smtp_url: SecretStr | None = Field(None, validation_alias=_names("BURSAR_SMTP_URL"))
    mail_from: str = Field("Bursar <billing@bursar.invalid>", validation_alias=_names("BURSAR_MAIL_FROM"))
    operators_mail: str | None = Field(None, validation_alias=_names("BURSAR_OPERATORS_MAIL"))
    """Who is told of disputes: one address, most likely of a list."""
    mails_per_domain_per_min: int = Field(
        300, ge=1, le=60_000, validation_alias=_names("BURSAR_MAILS_PER_DOMAIN_PER_MIN")
    )
    """Mails to readers of one domain, a minute and at once: many from one sender look like spam there."""
    seller_name: str = Field("Bursar Demo School", validation_alias=_names("BURSAR_SELLER_NAME"))
    themes: Path | None = Field(None, validation_alias=_names("BURSAR_THEMES"))
    """The folder of the seller's own looks, one TOML file each; `default` comes with Bursar."""
    seller_file: Path | None = Field(None, validation_alias=_names("BURSAR_SELLER_FILE"))
    """Who issues invoices, and how fees are taxed (docs/reference/seller.md); beats `seller_name`."""
    dunning_policy: Path | None = Field(None, validation_alias=_names("BURSAR_DUNNING_POLICY"))
    """The dunning policy that new cases get (TOML); the one that comes with Bursar where none is named."""
    pay_url: str | None = Field(None, pattern=_PAY_PAGE, validation_alias=_names("BURSAR_PAY_URL"))
    """The host's page on which an invoice is paid: `{invoice}` in it becomes its number. In dunning mails."""
    return_url: str | None = Field(None, validation_alias=_names("BURSAR_RETURN_URL", "FRONTEND_URL"))
    store_url: SecretStr | None = Field(None, validation_alias=_names("BURSAR_STORE_URL"))
    """A bucket for documents, s3://KEY:SECRET@BUCKET/PREFIX?region=…; without it a folder in BURSAR_VAR."""
    link_secret: SecretStr | None = Field(None, validation_alias=_names("BURSAR_LINK_SECRET"))
    """Signs links to documents; without it there are none. Several during a change, as with webhooks."""
    link_ttl_h: float = Field(72.0, gt=0, le=8760, validation_alias=_names("BURSAR_LINK_TTL_H"))
    """Hours for which a link to a document works."""
    public_url: str | None = Field(None, validation_alias=_names("BURSAR_PUBLIC_URL"))
    """Where the receiver is reached from outside; links to documents begin with it."""
    mail_links: Literal["on", "off"] = Field("off", validation_alias=_names("BURSAR_MAIL_LINKS"))
    """Whether the mail of a receipt carries a link to it as well: whoever has the mail has the link."""
    host_url: str | None = Field(None, validation_alias=_names("BURSAR_HOST_URL"))
    """Where the host is told of enrollments that changed, by signed POSTs; or `host_task`, or neither."""
    host_secret: SecretStr | None = Field(None, validation_alias=_names("BURSAR_HOST_SECRET"))
    """What those are signed with, `whsec_…`; two during a change: new,old."""
    host_task: str | None = Field(None, validation_alias=_names("BURSAR_HOST_TASK"))
    """The same by a Celery task of the host on our broker: its name."""
    host_queue: str = Field("host", validation_alias=_names("BURSAR_HOST_QUEUE"))
    """The queue from which the host's own workers take `host_task`."""
    sweep_every_s: float = Field(10.0, ge=0.1, le=60, validation_alias=_names("BURSAR_SWEEP_EVERY_S"))
    """Seconds between two sweeps: the longest a lost message can delay work that nobody holds."""
    weak_evidence_wait_s: float = Field(
        5.0, ge=0, le=3600, validation_alias=_names("BURSAR_WEAK_EVIDENCE_WAIT_S")
    )
    """Seconds a receipt waits while only weak evidence says whose money it is."""
    failed_mail_wait_s: float = Field(
        120.0, ge=0, le=86_400, validation_alias=_names("BURSAR_FAILED_MAIL_WAIT_S")
    )
    """Seconds in which a payer who failed may pay and then hears nothing of the failure."""
    allocation_policy: Literal["priority", "oldest_due", "pro_rata", "tax_first"] = Field(
        "priority", validation_alias=_names("BURSAR_ALLOCATION_POLICY")
    )
    """How a payment that succeeds from now on is spread over the fee components of an invoice."""
    write_off_tolerance_minor: int = Field(
        0, ge=0, le=1000, validation_alias=_names("BURSAR_WRITE_OFF_TOLERANCE_MINOR")
    )
    """Minor units of the invoice's currency: what may be missing of a paid one, and is written off by itself.

    Bank charges and rounding; more than a thousand is no rest but a part of the price.
    """
    failed_signatures_per_min: int = Field(
        30, ge=1, le=6000, validation_alias=_names("BURSAR_FAILED_SIGNATURES_PER_MIN")
    )
    """Wrong signatures of one address, a minute and at once, before they are answered 429 and not logged.

    A gateway with a wrong secret is still seen in the log; a flood is not, and does not fill it.
    """
    gateway_order: str | None = Field(None, validation_alias=_names("BURSAR_GATEWAY_ORDER"))
    """Which gateway is asked first, for all currencies or by currency; bursar.rules.routing reads it."""
    customer_requests_per_min: int = Field(
        10, ge=1, le=6000, validation_alias=_names("BURSAR_CUSTOMER_REQUESTS_PER_MIN")
    )
    """Checkouts, intents and refund requests of one customer, a minute and at once."""
    trusted_proxies: str | None = Field(None, validation_alias=_names("BURSAR_TRUSTED_PROXIES"))
    webhook_allow: str | None = Field(None, validation_alias=_names("BURSAR_WEBHOOK_ALLOW"))
    silence_alarm_h: float = Field(24.0, ge=0.1, le=720, validation_alias=_names("BURSAR_SILENCE_ALARM_H"))
    """Hours without an event before a gateway's silence is an alarm.

    A school's nights and Sundays are silent; a gateway turns a failing endpoint off after one to three days.
    """
    fraud_failures: int = Field(5, ge=2, le=10_000, validation_alias=_names("BURSAR_FRAUD_FAILURES"))
    """Tries of one customer, or with one card, that fail within the window before a person is told."""
    fraud_window_h: float = Field(24.0, ge=0.1, le=720, validation_alias=_names("BURSAR_FRAUD_WINDOW_H"))
    fraud_hold: bool = Field(False, validation_alias=_names("BURSAR_FRAUD_HOLD"))
    """Whether whom a warning is about can pay nothing more until somebody releases them."""
    zone: ZoneInfo = Field(ZoneInfo("UTC"), validation_alias=_names("BURSAR_TIMEZONE"))
    """Whose days and months the periodic jobs and reports go by: a name of the IANA database."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", validation_alias=_names("BURSAR_LOG_LEVEL")
    )

    stripe_secret_key: SecretStr | None = Field(None, validation_alias=_names("STRIPE_SECRET_KEY"))
    stripe_publishable_key: str | None = Field(None, validation_alias=_names("STRIPE_PUBLISHABLE_KEY"))
    stripe_webhook_secret: SecretStr | None = Field(None, validation_alias=_names("STRIPE_WEBHOOK_SECRET"))
    razorpay_key_id: str | None = Field(None, validation_alias=_names("RAZORPAY_KEY_ID"))
    razorpay_key_secret: SecretStr | None = Field(None, validation_alias=_names("RAZORPAY_KEY_SECRET"))
    razorpay_webhook_secret: SecretStr | None = Field(
        None, validation_alias=_names("RAZORPAY_WEBHOOK_SECRET")
    )
    stripe_url: str | None = Field(None, validation_alias=_names("BURSAR_STRIPE_URL"))
    """Another server than the gateway's own: a fake gateway, in test mode only."""
    razorpay_url: str | None = Field(None, validation_alias=_names("BURSAR_RAZORPAY_URL"))
    paypal_url: str | None = Field(None, validation_alias=_names("BURSAR_PAYPAL_URL"))
    paypal_client_id: str | None = Field(None, validation_alias=_names("PAYPAL_CLIENT_ID"))
    paypal_client_secret: SecretStr | None = Field(None, validation_alias=_names("PAYPAL_CLIENT_SECRET"))
    paypal_webhook_id: SecretStr | None = Field(None, validation_alias=_names("PAYPAL_WEBHOOK_ID"))
    """No secret, but what PayPal signs instead of one; several during a change, as with the others."""

    @field_validator("stripe_webhook_secret", "razorpay_webhook_secret", "paypal_webhook_id", "link_secret")
    @classmethod
    def _secrets_are_secrets(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            parse_secrets(value.get_secret_value())
        return value

    @model_validator(mode="after")
    def _keys_are_of_the_mode(self) -> Self:
        """Test events never meet live books, and no test charges a real card."""
        for name, value in (
            ("STRIPE_SECRET_KEY", self.stripe_secret_key),
            ("STRIPE_PUBLISHABLE_KEY", self.stripe_publishable_key),
            ("RAZORPAY_KEY_ID", self.razorpay_key_id),
        ):
            text = value.get_secret_value() if isinstance(value, SecretStr) else value or ""
            other = "live" if self.mode == "test" else "test"
            if f"_{other}_" in text[:_KEY_PREFIX_LENGTH]:
                raise ValueError(
                    f"{name} is a {other} key, and BURSAR_MODE is {self.mode}: change one of them"
                )
        return self

    @model_validator(mode="after")
    def _host_is_told_in_one_way(self) -> Self:
        if self.host_url and self.host_task:
            raise ValueError("set BURSAR_HOST_URL or BURSAR_HOST_TASK, not both: each would hear everything")
        if self.host_url and not self.host_secret:
            raise ValueError("BURSAR_HOST_URL needs BURSAR_HOST_SECRET: a host must know that it is us")
        return self

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies_are_networks(cls, value: str | None) -> str | None:
        parse_networks(value or "")
        return value

    @field_validator("webhook_allow")
    @classmethod
    def _allowed_are_networks(cls, value: str | None) -> str | None:
        parse_networks_by_name(value or "")
        return value

    def webhook_secrets(self, gateway: str) -> tuple[bytes, ...]:
        """The webhook secrets of a gateway, newest first; empty when it is not configured."""
        return tuple(secret.value for secret in self.dated_webhook_secrets(gateway))

    def dated_webhook_secrets(self, gateway: str) -> tuple[DatedSecret, ...]:
        """The same, each with the day on which it ends."""
        value = {
            "stripe": self.stripe_webhook_secret,
            "razorpay": self.razorpay_webhook_secret,
            "paypal": self.paypal_webhook_id,
        }.get(gateway)
        return () if value is None else parse_secrets(value.get_secret_value())

    def link_secrets(self) -> tuple[DatedSecret, ...]:
        """What links to documents are signed with, newest first; empty when there are no links."""
        return () if self.link_secret is None else parse_secrets(self.link_secret.get_secret_value())

    def publishable_key(self, gateway: str) -> str | None:
        """What a host's page needs beside a client secret: the public half of our keys, if there is one."""
        return {
            "stripe": self.stripe_publishable_key,
            "razorpay": self.razorpay_key_id,
            "paypal": self.paypal_client_id,
        }.get(gateway)

    def host_listens(self) -> bool:
        """Whether a host wants to be told of anything."""
        return bool(self.host_url or self.host_task)

    def proxy_networks(self) -> Networks:
        """Where proxies stand whose X-Forwarded-For is believed; empty when none is."""
        return parse_networks(self.trusted_proxies or "")

    def allowed_networks(self) -> dict[str, Networks]:
        """By gateway, from where it may deliver; one that is not named may from anywhere."""
        return dict(parse_networks_by_name(self.webhook_allow or ""))

    def required_database_url(self) -> str:
        """The database URL. Raises Misconfigured naming the variable."""
        if not self.database_url:
            raise Misconfigured(
                "BURSAR_DATABASE_URL is not set: give it a PostgreSQL URL, or run `bursar up`, "
                "which starts a private server when none is configured"
            )
        return self.database_url

    def required_broker_url(self) -> str:
        """The broker URL. Raises Misconfigured naming the variable."""
        if not self.broker_url:
            raise Misconfigured(
                "BURSAR_BROKER_URL is not set: give it a redis:// or amqp:// URL, or run `bursar up`"
            )
        return self.broker_url


@cache
def load() -> Settings:
    """The settings of this process. Raises Misconfigured listing every wrong variable."""
    try:
        made: Callable[..., Settings] = Settings  # pydantic's plugin-less stub hides `_env_file`
        return made(_env_file=os.environ.get(ENV_FILE_VARIABLE, ".env") or None, **_from_files())
    except ValidationError as refused:
        lines = [f"{'/'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in refused.errors()]
        raise Misconfigured("wrong settings:\n  " + "\n  ".join(lines)) from None


def unknown_variables() -> list[str]:
    """BURSAR_ variables in the environment that no setting reads: most likely typing mistakes."""
    known = {name for names in _aliases().values() for name in names}
    known |= {name + _FILE_SUFFIX for name in known} | _READ_ELSEWHERE
    return sorted(name for name in os.environ if name.startswith("BURSAR_") and name not in known)


_READ_ELSEWHERE = {
    ENV_FILE_VARIABLE,
    "BURSAR_FLOWER_OPEN",  # the demo: Flower without a password, on the loopback interface
    "BURSAR_TEST_DATABASE_URL",  # tests and benchmarks: a server instead of the embedded one
    "BURSAR_TEST_BROKER_URL",
    "BURSAR_CRASH_POINT",  # tests and the demo: where a worker kills itself
    "BURSAR_CRASH_HIT",
}


def _aliases() -> dict[str, list[str]]:
    return {
        name: [str(choice) for choice in field.validation_alias.choices]
        for name, field in Settings.model_fields.items()
        if isinstance(field.validation_alias, AliasChoices)
    }


def _from_files() -> dict[str, Any]:
    """`STRIPE_WEBHOOK_SECRET_FILE=/run/secrets/x` reads the value from that file."""
    found: dict[str, Any] = {}
    for field, names in _aliases().items():
        for name in names:
            path = os.environ.get(name + _FILE_SUFFIX)
            if path and name not in os.environ:
                try:
                    found[field] = Path(path).read_text(encoding="utf-8").strip()
                except OSError as error:
                    raise Misconfigured(
                        f"{name}{_FILE_SUFFIX}: cannot read {path}: {error.strerror}"
                    ) from None
    return found
