"""A day of asking a gateway, passing its points at least twice; run in processes that die there."""

from collections.abc import Sequence
from uuid import NAMESPACE_OID, UUID, uuid5

import pytest

from bursar import settings
from bursar.gateways.api.failures import Failure, FailureCode, KeyReused
from bursar.gateways.api.requests import Charge, Purpose
from bursar.gateways.health import buckets
from models.session import transaction
from tasks import gateways
from tasks.asking import enqueue_call
from tasks.checkouts import Wish, open_checkout, request_checkout
from tasks.customers import request_records, sync_customers
from tasks.events import apply_events
from tasks.maintenance import sweep
from tasks.payments import reconcile
from tasks.refunds import RefundWish, approve_refund, request_refund
from tests.support.factories import execute, value
from tests.support.toy.api import lost, refused
from tests.support.toy.install import install
from tests.support.toy.kept import KeptToyApi
from tests.tasks.steps import hurry

ACCOUNT = "toy:test"


def asking(invoices: Sequence[UUID]) -> None:
    """Records, pages opened both ways; charges answered, lost, refused; a key that is used twice."""
    toy = connect(pytest.MonkeyPatch())
    for n, invoice in enumerate(invoices):
        ask_for_records(invoice)
        request_checkout(Wish(invoice=str(invoice), amount_minor=1_00 + n))
        open_checkout(Wish(invoice=str(invoice), amount_minor=2_00 + n))
        reconcile()
        charge(f"paid-{n}", invoice, 1000_00)
        toy.after.append(lost())
        _until_known()
        charge(f"absent-{n}", None, 5_00)
        toy.before.append(lost())
        _until_known()
        charge(f"refused-{n}", None, 6_00)
        toy.before.append(refused())
        reconcile()
        apply_events()
        give_back(invoice, 1_00)
        reconcile()
        charge(f"reused-{n}", None, 7_00)
        toy.before.append(KeyReused(Failure(code=FailureCode.KEY_REUSED, message="used before")))
        reconcile()
        apply_events()


def connect(patch: pytest.MonkeyPatch) -> KeptToyApi:
    """The toy is the only gateway of this process; its book is in the state folder."""
    toy = KeptToyApi(settings.load().var / "toy.book")
    patch.setattr(gateways, "OPENERS", {})
    patch.setitem(buckets.GATEWAY_RATES, ACCOUNT, buckets.in_any_second(1000))  # a day here takes seconds
    install(patch, toy)
    return toy


def charge(name: str, invoice: UUID | None, amount_minor: int) -> None:
    """Enqueue one charge, unless it was before."""
    request = Charge(
        charge=name,
        purpose=Purpose(invoice=str(invoice) if invoice else None),
        amount_minor=amount_minor,
        currency="INR",
        description="fees",
        customer="toy_cus",
        payment_method="toy_pm",
    )
    with transaction() as session:
        enqueue_call(session, ACCOUNT, f"checkout:{uuid5(NAMESPACE_OID, name)}", request)


def give_back(invoice: UUID, amount_minor: int) -> None:
    """Somebody asks for a part of a payment, and somebody else agrees."""
    payment = value("SELECT id FROM payments WHERE invoice_id = %s", invoice)
    wish = RefundWish(payment_id=payment, amount_minor=amount_minor, reason="moved away", requested_by="desk")
    approve_refund(request_refund(wish), "head")


def ask_for_records(invoice: UUID) -> None:
    """A host and an operator want the customer to have a record there."""
    customer = UUID(str(value("SELECT customer_id FROM invoices WHERE id = %s", invoice)))
    request_records(customer, [ACCOUNT])
    sync_customers([customer])


def _until_known() -> None:
    for _ in range(2):
        reconcile()
        hurry("gateway_calls")
    reconcile()


def recover(patch: pytest.MonkeyPatch) -> KeptToyApi:
    """Leases run out, another worker asks, everything is applied."""
    toy = connect(patch)
    for _ in range(4):
        execute("UPDATE gateway_calls SET lease_until = now() - interval '1 s' WHERE state = 'running'")
        sweep()
        hurry("gateway_calls")
        reconcile()
        apply_events()
    return toy
