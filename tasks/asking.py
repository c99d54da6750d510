"""Commit to asking a gateway for something: the request is frozen into a row, and made by a worker."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from bursar.gateways.api.frozen import digest, freeze
from bursar.gateways.api.requests import Request
from bursar.rules.calling import Operation
from models.queries import calls


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """The first call about something new, to be sent by whoever wished for it, after his commit."""

    id: UUID
    token: UUID
    account: str
    subject: str
    request: Request[Any]
    params: Mapping[str, Any]
    """The request, frozen."""
    customer_id: UUID


def begin_call(
    session: Session, account: str, subject: str, request: Request[Any], customer_id: UUID
) -> Begun:
    """Commit to a call about a new subject and begin it: the caller must make it, once he has committed.

    One commit instead of three: the call is enqueued, claimed and `sending` at once (decision 22).
    """
    token, frozen = uuid4(), freeze(request)
    call_id = calls.enqueue_first(
        session, _new(account, subject, request.operation, frozen, customer_id), token
    )
    return Begun(
        id=call_id,
        token=token,
        account=account,
        subject=subject,
        request=request,
        params=frozen,
        customer_id=customer_id,
    )


def enqueue_first(
    session: Session, account: str, subject: str, request: Request[Any], customer_id: UUID
) -> UUID:
    """The id of the first call about a new subject."""
    return calls.enqueue_first(
        session, _new(account, subject, request.operation, freeze(request), customer_id)
    )


def enqueue_unheard(
    session: Session,
    account: str,
    subject: str,
    request: Request[Any],
    customer_id: UUID,
    *,
    after_s: float,
) -> None:
    """Have a call made later, unless this account is still asked for the same; nobody waits for its id."""
    frozen = freeze(request)
    calls.enqueue_unheard(session, _new(account, subject, request.operation, frozen, customer_id, after_s))


def enqueue_call(
    session: Session,
    account: str,
    subject: str,
    request: Request[Any],
    customer_id: UUID | None = None,
    *,
    after_s: float = 0.0,
) -> UUID | None:
    """The id of the call, due after so many seconds; None while this account is still asked for the same."""
    frozen = freeze(request)
    return enqueue_frozen(session, account, subject, request.operation, frozen, customer_id, after_s=after_s)


def enqueue_frozen(
    session: Session,
    account: str,
    subject: str,
    operation: Operation,
    params: Mapping[str, Any],
    customer_id: UUID | None = None,
    *,
    after_s: float = 0.0,
) -> UUID | None:
    """The same for a request that was frozen before."""
    return calls.enqueue(session, _new(account, subject, operation, params, customer_id, after_s))


def _new(
    account: str,
    subject: str,
    operation: Operation,
    params: Mapping[str, Any],
    customer_id: UUID | None,
    after_s: float = 0.0,
) -> calls.NewCall:
    return calls.NewCall(
        account=account,
        operation=operation,
        subject=subject,
        params=params,
        params_sha256=digest(dict(params)),
        customer_id=customer_id,
        after_s=after_s,
    )
