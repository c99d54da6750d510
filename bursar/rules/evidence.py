"""Whose money is it? Attribution is a join: the best-ranked evidence wins, whatever came first."""

from enum import IntEnum
from typing import NamedTuple
from uuid import UUID


class Evidence(IntEnum):
    """How well we know; gaps are left for ranks to come."""

    NOBODY = 0
    GATEWAY_CUSTOMER = 20
    SUBSCRIBER = 30
    METADATA_CUSTOMER = 41
    METADATA_TRACK = 42
    METADATA_INVOICE = 43
    CHECKOUT = 50
    OPERATOR = 60


STRONG = Evidence.METADATA_CUSTOMER
"""From here on receipt and mail go out at once; below it they wait a few seconds for better evidence."""


class Attribution(NamedTuple):
    """Who paid, for which invoice, and how we know. A wrong-owner claim names the claimed invoice's text."""

    rank: Evidence
    claim: str
    customer_id: UUID | None
    invoice_id: UUID | None


NOBODY = Attribution(Evidence.NOBODY, "", None, None)


def better(current: Attribution, incoming: Attribution) -> Attribution:
    """The stronger of two; equal ranks go to the smaller claim, so that order cannot matter."""
    if incoming.rank != current.rank:
        return incoming if incoming.rank > current.rank else current
    return incoming if incoming.claim < current.claim else current
