"""What a decline means for the next charge of the same card: never again, only with its owner, or later.

Codes have their meaning in `bursar.rules.declines`; one that no table there knows is a decline like any:
later, within the networks' budgets. Two gateways may mean two things by one code: the stricter counts.
"""

from datetime import timedelta
from enum import StrEnum

from bursar.rules.declines import CODES, DeclineReason


class Retry(StrEnum):
    """Whether the same card may be charged again without its owner."""

    LATER = "later"
    """No money just now, a bank that is down, or no reason given."""
    WITH_OWNER = "with_owner"
    """The bank wants its customer there: he is sent a link, and a charge without him would fail again."""
    NEVER = "never"
    """The card is gone, or its owner said no."""


class Network(StrEnum):
    """Whose card it is: whose law holds."""

    VISA = "visa"
    MASTERCARD = "mastercard"
    OTHER = "other"
    UNKNOWN = "unknown"
    """A card nobody told us more of: the strictest of all laws holds."""


BY_REASON: dict[DeclineReason, Retry] = {
    DeclineReason.NO_MONEY: Retry.LATER,
    DeclineReason.LIMIT: Retry.LATER,
    DeclineReason.EXPIRED: Retry.NEVER,
    DeclineReason.WRONG_DETAILS: Retry.WITH_OWNER,
    DeclineReason.NOT_CONFIRMED: Retry.WITH_OWNER,
    DeclineReason.CANCELED: Retry.WITH_OWNER,
    DeclineReason.NOT_SUPPORTED: Retry.NEVER,
    DeclineReason.BLOCKED: Retry.NEVER,
    DeclineReason.MANDATE_ENDED: Retry.NEVER,
    DeclineReason.BANK_AWAY: Retry.LATER,
    DeclineReason.REFUSED: Retry.LATER,
}
STRICTER: dict[str, Retry] = {
    "do_not_try_again": Retry.NEVER,
    "confirm_card_data": Retry.WITH_OWNER,
    "call_issuer": Retry.WITH_OWNER,
    "new_account_information_available": Retry.NEVER,
    "invalid_account": Retry.NEVER,
    "invalid_number": Retry.NEVER,
    "incorrect_number": Retry.NEVER,
    "card_number_invalid": Retry.NEVER,
    "invalid_vpa": Retry.NEVER,
    "transaction_blocked_by_payee": Retry.NEVER,
}
"""Advice, and codes that say more than the words their payer is given; lower case."""

_VISA_NEVER = frozenset(
    {"03", "04", "07", "12", "14", "15", "41", "43", "46", "57", "62", "78", "93", "R0", "R1", "R3"}
)
"""Category 1, the issuer will never approve. Lists differ by source: this is all of them."""
_MASTERCARD_NEVER = frozenset({"03", "21"})
"""Merchant advice codes: do not try again; payment cancelled."""
_MASTERCARD_WAITS = {
    "02": timedelta(hours=72),
    "24": timedelta(hours=1),
    "25": timedelta(hours=24),
    "26": timedelta(days=2),
    "27": timedelta(days=4),
    "28": timedelta(days=6),
    "29": timedelta(days=8),
    "30": timedelta(days=10),
}
"""Merchant advice codes: try again after so long."""


def network_of(brand: str | None) -> Network:
    """From what a gateway calls it."""
    if brand is None:
        return Network.UNKNOWN
    word = brand.lower().replace(" ", "").replace("_", "")
    known = {"visa": Network.VISA, "mastercard": Network.MASTERCARD, "mc": Network.MASTERCARD}
    return known.get(word, Network.OTHER)


def retry_class(
    network: Network, decline_code: str | None, advice_code: str | None, network_code: str | None
) -> Retry:
    """The strictest of what the gateway, its advice and the network say."""
    said = {each for code in (decline_code, advice_code) if code for each in _of_code(code.lower())}
    if network_code in _never(network):
        said.add(Retry.NEVER)
    return max(said, key=list(Retry).index, default=Retry.LATER)


def advised_wait(network: Network, network_code: str | None) -> timedelta:
    """How long a network wants a card left alone after a decline; nothing where it says nothing."""
    if network not in (Network.MASTERCARD, Network.UNKNOWN):
        return timedelta()
    return _MASTERCARD_WAITS.get(network_code or "", timedelta())


def _of_code(code: str) -> set[Retry]:
    """In every gateway's sense."""
    reasons = {known[code] for known in CODES.values() if code in known}
    return {BY_REASON[reason] for reason in reasons} | {STRICTER.get(code, Retry.LATER)}


def _never(network: Network) -> frozenset[str]:
    return {
        Network.VISA: _VISA_NEVER,
        Network.MASTERCARD: _MASTERCARD_NEVER,
        Network.OTHER: frozenset(),
        Network.UNKNOWN: _VISA_NEVER | _MASTERCARD_NEVER,
    }[network]
