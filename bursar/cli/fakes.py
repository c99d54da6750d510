"""Fake gateways in the house of `bursar up`: when they may be, and what leads everybody to them."""

from collections.abc import Mapping

from bursar.errors import Misconfigured
from bursar.sandbox.fake.process import LINE, FakeProcess
from bursar.sandbox.fake.remote import Remote
from bursar.settings import Settings


def check(settings: Settings, lines: Mapping[str, str]) -> None:
    """Raise Misconfigured where play money would meet real money, or another line of the same name."""
    if settings.mode == "live":
        raise Misconfigured(
            "--fake-gateway is play money, and BURSAR_MODE is live: leave out the one or unset the other"
        )
    if LINE in lines:
        raise Misconfigured(
            f"the Procfile has a line {LINE} of its own: rename it, or leave out --fake-gateway"
        )


def instead_of_gateways(played: FakeProcess | None, settings: Settings) -> dict[str, str]:
    """The variables of this house and of other terminals; none without fakes."""
    if played is None:
        return {}
    back = {} if settings.return_url else {"BURSAR_RETURN_URL": played.return_url}
    return {**played.settings, **back}


def answer(played: FakeProcess) -> bool:
    """Whether they can be called."""
    with Remote(played.url) as remote:
        return remote.answers()
