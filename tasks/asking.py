"""Commit to asking a gateway for something: the request is frozen into a row, and made by a worker."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from bursar.gateways.api.frozen import digest, freeze
from bursar.gateways.api.requests import Request
from bursar.rules.calling import Operation
from models.queries import calls


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
    return calls.enqueue(
        session,
        calls.NewCall(
            account=account,
            operation=operation,
            subject=subject,
            params=params,
            params_sha256=digest(dict(params)),
            customer_id=customer_id,
            after_s=after_s,
        ),
    )
