"""The toy gateway, outbound: a book in memory, and a script of what goes wrong next."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from bursar.gateways.api.failures import Failure, FailureCode, GatewayAway, GatewayRefused, OutcomeUnknown
from bursar.gateways.api.protocol import Window
from bursar.gateways.api.requests import (
    REFUNDS_OF_PAYMENT,
    ChangeSubscription,
    Charge,
    ConfirmIntent,
    CreateCheckout,
    CreateCustomer,
    CreateIntent,
    ExpireCheckout,
    Fetch,
    Refund,
    Request,
)
from bursar.gateways.api.results import (
    ChangePreview,
    CheckoutExpired,
    CheckoutOpened,
    CustomerCreated,
    Fetched,
    Found,
    PaymentAnswer,
    PaymentMethod,
    RefundAnswer,
    SettledLine,
)
from bursar.rules.states import PaymentStatus, RefundStatus
from tests.support.toy import subscriptions


def away(code: FailureCode = FailureCode.UNREACHABLE, **more: Any) -> GatewayAway:
    return GatewayAway(Failure(code=code, message="nobody there", **more))


def refused(code: FailureCode = FailureCode.DECLINED, **more: Any) -> GatewayRefused:
    return GatewayRefused(Failure(code=code, message="no", **more))


def lost() -> OutcomeUnknown:
    return OutcomeUnknown(Failure(code=FailureCode.TIMEOUT, message="no answer"))


class ToyApi:
    """Acts once per key; scripts say what happens to the next sendings and questions."""

    def __init__(self, name: str = "toy") -> None:
        self.name = name
        self.done: dict[str, Any] = {}
        """Answers by key: what the gateway acted on."""
        self.sent: list[tuple[str, Request[Any]]] = []
        self.asked: list[str] = []
        self.before: list[Exception | None] = []
        """Raised instead of acting, one for each sending."""
        self.after: list[Exception | None] = []
        """Raised after acting."""
        self.when_read: list[Exception | None] = []
        self.subscriptions: dict[str, dict[str, Any]] = {}
        """How each stands."""
        self.saved: dict[str, Sequence[PaymentMethod]] = {}
        """Ways to pay by the toy's id of the customer."""
        self.when_asked: list[Exception | None] = []
        self.objects: dict[tuple[str, str], Found] = {}
        """By kind and id, what a fetch finds; anything else is a payment of 1,000 rupees."""
        self.changes: list[Found] = []
        """What a list of changes shows, whatever its window."""
        self.settled: list[SettledLine] = []
        self.when_listed: list[Exception | None] = []
        """Raised instead of listing what comes next, one for each thing and for the end."""
        self.windows: list[Window] = []
        """What lists were asked for."""
        self.gone: set[str] = set()
        """Ids that a fetch does not find."""
        self.charging: list[PaymentStatus] = []
        """How the next charges stand at first; they succeed at once by default."""

    def perform(self, request: Request[Any], key: str) -> Any:
        self.sent.append((key, request))
        _next(self.before)
        answer = self.done.setdefault(key, self._act(request, len(self.done) + 1))
        _next(self.after)
        return answer

    def ask(self, request: Request[Any], key: str, sent_at: datetime) -> Any:
        self.asked.append(key)
        _next(self.when_asked)
        return self.done.get(key)

    def _act(self, request: Request[Any], n: int) -> Any:
        return (_ACTS | subscriptions.ACTS)[type(request)](self, request, n)

    def fetch(self, kind: str, object_id: str) -> Found:
        if object_id in self.gone:
            raise refused(FailureCode.NOT_FOUND)
        known = self.objects.get((kind, object_id))
        return known or found("payment.succeeded", payment=object_id, amount=1000_00, currency="INR")

    def list_changes(self, window: Window) -> Iterator[Found]:
        self.windows.append(window)
        for each in self.changes:
            _next(self.when_listed)
            yield each
        _next(self.when_listed)

    def list_payment_methods(self, customer: str) -> Sequence[PaymentMethod]:
        _next(self.when_read)
        return self.saved.get(customer, ())

    def preview_change(self, change: ChangeSubscription) -> ChangePreview:
        _next(self.when_read)
        return ChangePreview(due_now_minor=150_00, currency="INR", credit_minor=50_00, next_amount_minor=None)

    def list_settled(self, window: Window) -> Iterator[SettledLine]:
        self.windows.append(window)
        for each in self.settled:
            _next(self.when_listed)
            yield each
        _next(self.when_listed)

    def ping(self) -> None:
        _next(self.before)

    def close(self) -> None:
        self.sent.clear()


def _next(script: list[Exception | None]) -> None:
    error = script.pop(0) if script else None
    if error is not None:
        raise error


def found(event_type: str, **said: Any) -> Found:
    document = orjson.dumps({"type": event_type, "at": 1_790_000_000, **said}, option=orjson.OPT_SORT_KEYS)
    return Found(
        type=event_type,
        object_id=said.get("payment") or said["settlement"],
        dedupe_key=f"toy:{hashlib.sha256(document).hexdigest()[:32]}",
        document=document,
        occurred_at=datetime.fromtimestamp(1_790_000_000, UTC),
        livemode=False,
    )


def _checkout(api: ToyApi, request: CreateCheckout, n: int) -> CheckoutOpened:
    url = f"https://{api.name}.example/pay/{n}"
    return CheckoutOpened(checkout=f"{api.name}_page_{n}", url=url, expires_at=request.expires_at)


def _charge(api: ToyApi, request: Charge, n: int) -> PaymentAnswer:
    payment = f"toy_pay_{n}"
    status = api.charging.pop(0) if api.charging else PaymentStatus.SUCCEEDED
    told = found(
        f"payment.{status}",
        payment=payment,
        amount=request.amount_minor,
        currency=request.currency,
        invoice=request.purpose.invoice,
        customer=request.purpose.customer,
    )
    return PaymentAnswer(payment=payment, status=status, found=(told,))


def _confirm(_: ToyApi, request: ConfirmIntent, n: int) -> PaymentAnswer:
    told = found("payment.succeeded", payment=request.payment, amount=1000_00, currency="INR")
    return PaymentAnswer(payment=request.payment, status=PaymentStatus.SUCCEEDED, found=(told,))


def _refund(_: ToyApi, request: Refund, n: int) -> RefundAnswer:
    refund = f"toy_re_{n}"
    told = found(
        "refund.succeeded",
        refund=refund,
        payment=request.payment,
        amount=request.amount_minor,
        currency=request.currency,
    )
    return RefundAnswer(refund=refund, status=RefundStatus.SUCCEEDED, found=(told,))


def _fetch(api: ToyApi, request: Fetch, _: int) -> Fetched:
    if request.kind == REFUNDS_OF_PAYMENT:
        return Fetched(found=tuple(each for each in api.changes if each.type.startswith("refund.")))
    return Fetched(found=(api.fetch(request.kind, request.object_id),))


_ACTS: dict[type[Any], Callable[[ToyApi, Any, int], Any]] = {
    CreateCustomer: lambda _api, _request, n: CustomerCreated(customer=f"toy_cus_{n}"),
    CreateCheckout: _checkout,
    CreateIntent: lambda _api, _request, n: PaymentAnswer(
        payment=f"toy_pay_{n}", status=PaymentStatus.CREATED, client_secret="secret"
    ),
    ExpireCheckout: lambda _api, request, _n: CheckoutExpired(checkout=request.checkout, paid=False),
    Charge: _charge,
    ConfirmIntent: _confirm,
    Refund: _refund,
    Fetch: _fetch,
}
