"""The toy gateway, inbound: `{"id", "type", "payment", "amount", "currency", "invoice", ...}`."""

import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from bursar.gateways.protocol import Document, Envelope, Ignored, Reading, Secret, SignatureMismatch
from bursar.rules.facts import (
    Claims,
    DisputeFact,
    FeeFact,
    PaymentFact,
    RefundFact,
    SettlementFact,
    SubscriptionFact,
)
from bursar.rules.states import (
    DisputeStatus,
    PaymentStatus,
    RefundStatus,
    SettlementStatus,
    SubscriptionStatus,
)


class Toy:
    """Signs with one HMAC over the body."""

    name = "toy"

    def verify(self, body: bytes, headers: Mapping[str, str], secrets: Sequence[Secret], now_s: int) -> str:
        for secret in secrets:
            if hmac.compare_digest(hmac.digest(secret.value, body, "sha256").hex(), headers["toy-signature"]):
                return secret.key_id
        raise SignatureMismatch

    def envelope(self, document: Document, body: bytes, headers: Mapping[str, str]) -> Envelope:
        return Envelope(
            dedupe_key=document["id"],
            gateway_event_id=document["id"],
            type=document["type"],
            object_id=document.get("payment"),
            api_version=None,
            livemode=False,
            occurred_at=datetime.fromtimestamp(document.get("at", 0), UTC),
        )

    def read(self, event_type: str, document: Document) -> Reading:
        occurred_at = datetime.fromtimestamp(document.get("at", 1), UTC)
        match event_type.split("."):
            case ["payment", status]:
                return (
                    PaymentFact(
                        status=PaymentStatus(status),
                        payment=document["payment"],
                        amount_minor=document["amount"],
                        currency=document["currency"],
                        occurred_at=occurred_at,
                        claims=Claims(
                            invoice=document.get("invoice"),
                            customer=document.get("customer"),
                            checkouts=tuple(document.get("checkouts", ())),
                        ),
                        decline_code=document.get("decline_code"),
                        attempt=document.get("attempt"),
                    ),
                )
            case ["refund", status]:
                return (
                    RefundFact(
                        status=RefundStatus(status),
                        refund=document["refund"],
                        payment=document["payment"],
                        amount_minor=document["amount"],
                        currency=document["currency"],
                        occurred_at=occurred_at,
                    ),
                )
            case ["dispute", status]:
                return (
                    DisputeFact(
                        status=DisputeStatus(status),
                        dispute=document["dispute"],
                        payment=document["payment"],
                        amount_minor=document["amount"],
                        currency=document["currency"],
                        occurred_at=occurred_at,
                    ),
                )
            case ["fee", _]:
                return (
                    FeeFact(
                        source=document["source"],
                        about=document["payment"],
                        fee_minor=document["fee"],
                        currency=document["currency"],
                        occurred_at=occurred_at,
                    ),
                )
            case ["settlement", status]:
                return (
                    SettlementFact(
                        status=SettlementStatus(status),
                        settlement=document["settlement"],
                        amount_minor=document["amount"],
                        currency=document["currency"],
                        occurred_at=occurred_at,
                    ),
                )
            case ["subscription", subscription_status]:
                period_start, period_end = document.get("period_start"), document.get("period_end")
                return (
                    SubscriptionFact(
                        subscription=document["subscription"],
                        status=SubscriptionStatus(subscription_status),
                        occurred_at=occurred_at,
                        customer=document.get("customer"),
                        plans=(document["plan"],),
                        period_start=datetime.fromtimestamp(period_start, UTC) if period_start else None,
                        period_end=datetime.fromtimestamp(period_end, UTC) if period_end else None,
                        cancel_at_period_end=document.get("ends", False),
                    ),
                )
        return Ignored(reason="unknown to the toy")
