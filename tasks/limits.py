"""What a plan allows, counted: asked and taken by hosts, in their own process, before they give it."""

from uuid import UUID

from sqlalchemy.orm import Session

from bursar.rules.limits import AmountRefused, Limit, LimitUnknown, Standing, check_amount, widest
from models.queries import limits
from models.session import transaction

KEY_LENGTH_MAX = 200
"""Characters of a host's key: an id of its own, not a payload."""


def check_limit(customer_id: UUID, name: str, amount: int = 1) -> Standing:
    """Whether so many more are within what the customer's plans allow; takes nothing.

    Raises LimitReached, LimitUnknown or AmountRefused.
    """
    check_amount(amount)
    with transaction() as session:
        standing = _standing(session, customer_id, name)
    standing.check(amount)
    return standing


def consume(customer_id: UUID, name: str, amount: int = 1, *, key: str) -> Standing:
    """Take so many, or refuse: two hosts at once never take more than there is.

    `key` is the host's own name of this use: the same again is counted once, whatever the answer was lost to.
    Raises LimitReached, LimitUnknown, AmountRefused or KeyReused; then nothing is taken.
    """
    check_amount(amount)
    with transaction() as session:
        limit = _limit(session, customer_id, name)
        total, again = limits.count(session, customer_id, limit, amount, _checked(key))
        after = Standing(limit=limit, used=total or 0)
        if not again:
            # Counted first, looked at then: the row is ours until the commit, or until this takes it back.
            Standing(limit=limit, used=after.used - amount).check(amount)
    return after


def give_back(customer_id: UUID, name: str, amount: int = 1, *, key: str) -> Standing:
    """What was taken is free again: a seat, a project. Raises AmountRefused for more than was taken."""
    check_amount(amount)
    with transaction() as session:
        limit = _limit(session, customer_id, name)
        total, _ = limits.count(session, customer_id, limit, -amount, _checked(key))
        if total is None:
            taken = limits.used(session, customer_id, limit)
            raise AmountRefused(f"{taken} {name} are used: {amount} cannot be given back")
    return Standing(limit=limit, used=total)


def standings(customer_id: UUID) -> list[Standing]:
    """All limits of the customer's running subscriptions; of several with one name, the widest."""
    with transaction() as session:
        names = sorted({each.name for each in limits.limits_of_customer(session, customer_id)})
        return [_standing(session, customer_id, name) for name in names]


def _standing(session: Session, customer_id: UUID, name: str) -> Standing:
    limit = _limit(session, customer_id, name)
    return Standing(limit=limit, used=limits.used(session, customer_id, limit))


def _limit(session: Session, customer_id: UUID, name: str) -> Limit:
    found = widest(limits.limits_of_customer(session, customer_id, name))
    if found is None:
        raise LimitUnknown(
            f"no running subscription of the customer has a limit {name!r}: bursar limits set PLAN {name} MAX"
        )
    return found


def _checked(key: str) -> str:
    if not 0 < len(key) <= KEY_LENGTH_MAX:
        raise AmountRefused(f"a key has 1 to {KEY_LENGTH_MAX} characters: the id of what is used")
    return key
