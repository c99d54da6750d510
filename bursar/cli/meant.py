"""What a person means on the command line by an id, a number or a reference."""

from typing import Any


def accounts() -> list[str]:
    """Every account a gateway's id may belong to."""
    from bursar.gateways.readers import reader_names

    return [f"{name}:{mode}" for name in reader_names() for mode in ("live", "test")]


def find_payment(ref: str) -> Any:
    """The payment of any of its ids, with what of it is spoken for.

    Raises ReferenceUnknown or ReferenceAmbiguous.
    """
    from models.queries.references import get_scope
    from models.queries.refund_requests import get_payment
    from models.session import transaction

    with transaction() as session:
        return get_payment(session, get_scope(session, "payment", ref, accounts()).id)


def find_customer(ref: str) -> Any:
    """The customer of our id, the host's reference or a gateway's id: `id` and `label`.

    Raises ReferenceUnknown or ReferenceAmbiguous.
    """
    from models.queries.references import get_scope
    from models.session import transaction

    with transaction() as session:
        return get_scope(session, "customer", ref, accounts())


def configured(gateway: str | None) -> list[str]:
    """Accounts that can be called: all, or that of one gateway. Raises Misconfigured naming the variable."""
    from bursar.errors import Misconfigured
    from bursar.settings import load
    from tasks.gateways import OPENERS, configured_accounts, credentials_of

    if gateway is None:
        return configured_accounts(load())
    if gateway not in OPENERS:
        raise Misconfigured(f"{gateway!r} is no gateway that can be called; there are {', '.join(OPENERS)}")
    return [credentials_of(load(), gateway).account]
