"""The fake gateways as one more line of a Procfile, and the settings that lead other processes to them."""

from dataclasses import asdict, dataclass, field

from bursar.sandbox.fake.webhooks import Plan

LINE = "fake-gateways"
"""Its name among the lines of a Procfile."""
_KEYS = {
    "STRIPE_SECRET_KEY": "sk_test_fake_gateway",
    "STRIPE_PUBLISHABLE_KEY": "pk_test_fake_gateway",
    "RAZORPAY_KEY_ID": "rzp_test_fake_gateway",
    "RAZORPAY_KEY_SECRET": "fake_gateway",
    "PAYPAL_CLIENT_ID": "A-fake-gateway",
    "PAYPAL_CLIENT_SECRET": "fake_gateway",
}
"""They open the fakes, which take any key of their form, and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeProcess:
    """Fake gateways that somebody will start on this port."""

    port: int
    receiver_url: str
    """Where they deliver webhooks, without a path."""
    plan: Plan = field(default_factory=Plan)
    """How badly they deliver."""

    @property
    def url(self) -> str:
        """Where they listen; a payer's page is under `/pay/`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def line(self) -> str:
        """The command that starts them. The webhook secrets come with the environment."""
        options = {"port": self.port, "webhooks": f"{self.receiver_url}/webhooks", **asdict(self.plan)}
        words = (f"--{name.replace('_', '-')} {value}" for name, value in options.items())
        return f"python -m bursar.sandbox.fake {' '.join(words)}"

    @property
    def settings(self) -> dict[str, str]:
        """Environment variables of everybody who calls them instead of the real gateways."""
        gateways = {
            f"BURSAR_{name.upper()}_URL": f"{self.url}/{name}" for name in ("stripe", "razorpay", "paypal")
        }
        return {**_KEYS, **gateways}

    @property
    def return_url(self) -> str:
        """Where a payer lands who has no shop to go back to."""
        return f"{self.url}/back"
