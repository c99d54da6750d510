"""A day of collecting: charges, proofs and intents, each twice; run in processes that die there."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from bursar import settings
from bursar.clock import utc_now
from bursar.gateways.api.requests import Charge, ConfirmIntent, Fetch
from bursar.gateways.manual.slips import Method, Slip
from bursar.ids import new_id
from bursar.rules.states import CheckoutKind
from tasks import gateways
from tasks.charges import ChargeWish, charge_here, request_charge
from tasks.checkouts import Wish, open_checkout
from tasks.events import apply_events
from tasks.maintenance import sweep
from tasks.offline import record_slip
from tasks.payments import reconcile
from tasks.proofs import SessionReturned, request_confirmation, verify_payment
from tasks.rulings import RulingWish, rule
from tests.support.factories import execute, value
from tests.support.toy.api import found
from tests.support.toy.install import install
from tests.support.toy.kept import KeptToyApi
from tests.tasks.steps import hurry

PAGE, PAYMENT = "stripe_page_", "toy_pay_page_"


def save_ways_to_pay(invoices: Sequence[UUID]) -> None:
    """Each payer has a record at the gateway, and a card there."""
    for n, invoice in enumerate(invoices):
        execute(
            """INSERT INTO customer_gateway_refs (id, customer_id, gateway_account, external_id)
               SELECT %s, customer_id, 'stripe:test', %s FROM invoices WHERE id = %s""",
            new_id(),
            f"cus_{n}",
            invoice,
        )
        columns = "id, gateway_account, kind, external_id, status, data, rank, event_key"
        execute(
            f"""INSERT INTO gateway_objects ({columns})
               VALUES (%s, 'stripe:test', 'payment_method', %s, 'attached', %s, 0, 'k')""",
            new_id(),
            f"pm_{n}",
            Jsonb({"gateway_customer": f"cus_{n}"}),
        )


def collecting(invoices: Sequence[UUID]) -> None:
    """Of each invoice parts are charged by a worker and here, one is paid on a page, one is an intent."""
    book = connect(pytest.MonkeyPatch())
    for n, invoice in enumerate(map(str, invoices)):
        enter_slip(f"slip {n}", invoice)
        request_charge(ChargeWish(invoice=invoice, amount_minor=400_00, requested_by="desk"))
        reconcile()
        apply_events()
        charge_here(ChargeWish(invoice=invoice, amount_minor=300_00, requested_by="desk"))
        apply_events()
        page = open_checkout(Wish(invoice=invoice, amount_minor=200_00))
        pay(book, page.external_id)
        verify_payment(SessionReturned(session=page.external_id), "host")
        reconcile()
        apply_events()
        begun = open_checkout(Wish(invoice=invoice, amount_minor=99_00, kind=CheckoutKind.INTENT))
        request_confirmation(begun.id, "pm_1")
        reconcile()
        apply_events()


def enter_slip(reference: str, invoice: str) -> None:
    """A part is paid at the desk."""
    owner = "SELECT external_ref FROM customers c JOIN invoices i ON i.customer_id = c.id WHERE i.id = %s"
    payer = str(value(owner, invoice))
    slip = Slip(reference, 1_00, "INR", utc_now().date(), Method.CASH, payer, invoice)
    entered = record_slip(slip, by="desk", reason="paid in cash")
    apply_events()
    payment = value("SELECT id FROM payments WHERE gateway_payment_id = %s", entered.payment)
    rule(RulingWish(payment_id=payment, invoice=invoice, reason="as the pupil said", by="desk"))
    apply_events()


def connect(patch: pytest.MonkeyPatch) -> KeptToyApi:
    """The toy under the name of a gateway with success pages; its book is in the state folder."""
    book = KeptToyApi(settings.load().var / "toy.book")
    book.name = "stripe"
    patch.setattr(gateways, "OPENERS", {})
    install(patch, book)
    for request in book.acts:
        if isinstance(request, Fetch):
            pay(book, request.object_id)
    return book


def pay(book: KeptToyApi, page: str) -> None:
    """Somebody pays on a page of the gateway."""
    said = {"payment": page.replace(PAGE, PAYMENT), "amount": 200_00, "currency": "INR", "checkouts": [page]}
    book.objects["checkout.session", page] = found("payment.succeeded", **said)


def paid_in(book: KeptToyApi) -> set[str]:
    """The payments of the gateway's own book that somebody asked for here."""
    answers = dict(zip(book.acts, book.done.values(), strict=True))
    charged = {answer.payment for request, answer in answers.items() if isinstance(request, Charge)}
    confirmed = {request.payment for request in answers if isinstance(request, ConfirmIntent)}
    return charged | confirmed | {r.object_id.replace(PAGE, PAYMENT) for r in answers if isinstance(r, Fetch)}


def recover(patch: pytest.MonkeyPatch) -> KeptToyApi:
    """Leases run out, another worker asks, everything is applied."""
    book = connect(patch)
    for n in range(1, 30):
        pay(book, f"{PAGE}{n}")
    for _ in range(4):
        execute("UPDATE gateway_calls SET lease_until = now() - interval '1 s' WHERE state = 'running'")
        sweep()
        hurry("gateway_calls")
        reconcile()
        apply_events()
    return book
