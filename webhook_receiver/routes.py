"""POST /webhooks/{gateway}: the hot path, from a request to the answer. Knows no sockets.

A request that is here as a whole is taken in by a call; one that is still arriving, by plain ASGI, because
a Request object costs as much as the HMAC.
"""

import time
from collections.abc import Mapping
from functools import partial

import structlog
from starlette.types import Receive, Scope, Send

from bursar.errors import Refused
from bursar.gateways.protocol import CertificateAway, SignatureMalformed, SignatureMismatch
from bursar.gateways.registry import GATEWAYS
from bursar.gateways.strictjson import loads
from bursar.ids import new_id
from webhook_receiver.accounts import Account, secret_variable
from webhook_receiver.answers import RECEIVED, Answer, Answered, Deliver
from webhook_receiver.body import BODY_LIMIT_S, read_body
from webhook_receiver.failures import FailureLimit
from webhook_receiver.heads import Whole
from webhook_receiver.intake import Intake, Outcome
from webhook_receiver.refusals import Reason, Refusal
from webhook_receiver.rows import Row
from webhook_receiver.senders import FORWARDED_FOR, Origin, Senders, origin_of
from webhook_receiver.tally import Tallies

log = structlog.get_logger(__name__)

WEBHOOKS_PATH = "/webhooks/"
REQUESTS_MAX = 1_024
"""Bodies held at once, 256 MiB of them at worst; a slow-loris meets this before it meets our memory."""

_CLOSE = (b"connection", b"close")
_FAILED_SIGNATURES = frozenset({Reason.SIGNATURE_MALFORMED, Reason.SIGNATURE_MISMATCH})
_OVERLOADED = (
    Reason.OVERLOADED,
    "more events are waiting than can be stored in time; deliver again after Retry-After",
)
_REFUSED_OUTCOMES = {
    Outcome.UNSTORABLE: (
        Reason.UNSTORABLE,
        "the event's id, type or object id cannot be stored; send them as plain text",
    ),
    Outcome.OVERLOADED: _OVERLOADED,
    Outcome.UNAVAILABLE: (
        Reason.DATABASE_AWAY,
        "the database did not confirm the event; deliver again after Retry-After "
        "(operator: check BURSAR_DATABASE_URL and GET /ready)",
    ),
}


class Webhooks:
    """The ASGI endpoint of all gateways."""

    def __init__(
        self,
        accounts: Mapping[str, Account],
        intake: Intake,
        tallies: Tallies,
        *,
        senders: Senders,
        failures: FailureLimit,
        body_limit_s: float = BODY_LIMIT_S,
    ) -> None:
        self._accounts = accounts
        self._intake = intake
        self._tallies = tallies
        self._senders = senders
        self._failures = failures
        self._body_limit_s = body_limit_s
        self._requests = 0

    def deliveries(self) -> Mapping[str, Deliver]:
        """What takes in whole requests, by their target."""
        return {f"{WEBHOOKS_PATH}{name}": partial(self._deliver, name) for name in self._accounts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one delivery in, or refuse it; every input gets an answer, and 2xx only after the commit."""
        answer = await self._answer(scope, receive)
        headers = [*answer.headers, _CLOSE] if answer.close else answer.headers
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        gateway: str = scope["path"].removeprefix(WEBHOOKS_PATH)
        origin = origin_of(scope)
        body: bytes | None = None
        self._requests += 1
        try:
            account = self._account(gateway)
            if self._requests > REQUESTS_MAX:
                raise Refusal(*_OVERLOADED)
            self._senders.admit(gateway, origin)
            headers = _decoded(scope)
            body = await read_body(receive, headers, self._body_limit_s)
            outcome = await self._intake.store(_verified(account, body, headers))
            return self._told(outcome, gateway, body, origin)
        except Exception as error:  # noqa: BLE001  whatever it is becomes an answer
            return self._refused(error, gateway, body, origin)
        finally:
            self._requests -= 1

    def _deliver(self, gateway: str, peer: str | None, whole: Whole, answered: Answered) -> None:
        """The same for a request that is here as a whole; it waits nowhere but in the intake."""
        origin = Origin(peer, whole.headers.get(FORWARDED_FOR, ""))
        body = whole.body
        try:
            self._senders.admit(gateway, origin)
            row = _verified(self._accounts[gateway], body, whole.headers)
        except Exception as error:  # noqa: BLE001  whatever it is becomes an answer
            answered(self._refused(error, gateway, body, origin))
        else:
            self._intake.offer(row, lambda outcome: answered(self._told(outcome, gateway, body, origin)))

    def _account(self, gateway: str) -> Account:
        account = self._accounts.get(gateway)
        if account is None and gateway in GATEWAYS:
            raise Refusal(
                Reason.NOT_CONFIGURED,
                f"{secret_variable(gateway)} is not set: give it the webhook secret of {gateway}'s dashboard",
            )
        if account is None:
            raise Refusal(
                Reason.UNKNOWN_GATEWAY,
                f"no such gateway; post to /webhooks/ and one of {', '.join(GATEWAYS)}",
            )
        return account

    def _told(self, outcome: Outcome, gateway: str, body: bytes, origin: Origin) -> Answer:
        if outcome is Outcome.STORED or outcome is Outcome.DUPLICATE:
            return RECEIVED
        return self._refused(Refusal(*_REFUSED_OUTCOMES[outcome]), gateway, body, origin)

    def _refused(self, error: Exception, gateway: str, body: bytes | None, origin: Origin) -> Answer:
        if not isinstance(
            error, Refusal
        ):  # a bug of ours: the gateway delivers again, an operator sees the log
            log.error("webhook.broken", error=type(error).__name__, exc_info=error)
            error = Refusal(Reason.INTERNAL, "the receiver failed; deliver again (operator: read its log)")
        if error.reason in _FAILED_SIGNATURES:
            error = self._counted(error, gateway, body, origin)
        else:
            self._tallies.refused(error, gateway, body=body, peer=self._senders.name(origin))
        # An unread body is not to be read: half a request is no start for another one.
        close = body is None or error.reason is Reason.TOO_MANY_FAILURES
        return Answer(error.status, error.headers(), error.body(), close)

    def _counted(self, refusal: Refusal, gateway: str, body: bytes | None, origin: Origin) -> Refusal:
        """The refusal of a wrong signature, or of too many of them from one address.

        It comes after the verification, never in its place: behind one proxy a forger and a gateway share
        an address, and a true event costs no more to prove than to turn away.
        """
        peer = self._senders.name(origin)
        excess = self._failures.failed(self._senders.address(origin), time.monotonic())
        if excess is None:
            self._tallies.refused(refusal, gateway, body=body, peer=peer)
            return refusal
        limited = Refusal(
            Reason.TOO_MANY_FAILURES,
            "too many wrong signatures from this address; right ones are still taken "
            "(operator: BURSAR_FAILED_SIGNATURES_PER_MIN)",
            retry_after_s=excess.retry_after_s,
        )
        self._tallies.limited(limited, gateway, peer=peer, first=excess.first)
        return limited


def _decoded(scope: Scope) -> Mapping[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _verified(account: Account, body: bytes, headers: Mapping[str, str]) -> Row:
    """The row of an event that is proven to be the gateway's. Raises Refusal."""
    try:
        now_s = int(time.time())
        key_id = account.gateway.verify(body, headers, account.secrets_at(now_s), now_s)
    except SignatureMalformed as error:
        raise Refusal(Reason.SIGNATURE_MALFORMED, str(error)) from None
    except SignatureMismatch as error:
        raise Refusal(Reason.SIGNATURE_MISMATCH, str(error)) from None
    except CertificateAway as error:
        raise Refusal(Reason.CERTIFICATE_AWAY, str(error)) from None
    try:
        document = loads(body)
    except Refused as error:
        raise Refusal(Reason.NOT_JSON, str(error)) from None
    try:
        envelope = account.gateway.envelope(document, body, headers)
    except Refused as error:
        raise Refusal(Reason.UNREADABLE, str(error)) from None
    return Row(new_id(), account.name, *envelope, body, key_id)
