"""What accounts, evidence and states mean to somebody who is no bookkeeper. Words only."""

from bursar.rules.evidence import Evidence

_ACCOUNTS = {
    "gateway": ("came to our balance at the gateway", "left our balance at the gateway"),
    "receivable": ("is owed", "is cancelled"),
    "allocation": ("is paid no longer", "is paid"),
    "customer_credit": ("taken from the customer's credit", "kept as the customer's credit"),
    "unidentified": ("is no longer nobody's", "kept while nobody is known"),
    "suspense": ("was taken back beyond what came in", "is covered now"),
    "tax_payable": ("tax is owed no longer", "tax is owed"),
    "revenue": ("is earned no longer", "is earned"),
    "rounding": ("rounded away", "rounded up"),
    "contested": ("lies with the bank while it decides", "the bank has decided"),
    "gateway_fees": ("kept by the gateway", "given back by the gateway"),
    "input_tax": ("tax within the fee", "tax given back with the fee"),
    "fx": ("exchanged away", "exchanged for it"),
    "bad_debt": ("is given up", "is given up no longer"),
    "bank": ("came to our bank", "left our bank"),
}
"""Account -> what a debit and what a credit on it says; a receivable of a payment is an allocation."""
_EVIDENCE = {
    Evidence.NOBODY: "nothing said whose it is",
    Evidence.GATEWAY_CUSTOMER: "the gateway's customer id",
    Evidence.SUBSCRIBER: "the metadata of the subscription",
    Evidence.METADATA_CUSTOMER: "metadata naming the customer",
    Evidence.METADATA_TRACK: "metadata naming customer and track",
    Evidence.METADATA_INVOICE: "metadata naming the invoice",
    Evidence.CHECKOUT: "our own checkout",
    Evidence.OPERATOR: "an operator's decision",
}


def leg_words(account: str, amount_minor: int, *, of_payment: bool) -> str:
    """What one leg of an entry says; an account without words says its name only."""
    name = "allocation" if account == "receivable" and of_payment else account.partition(":")[0]
    words = _ACCOUNTS.get(name)
    return words[amount_minor < 0] if words else ""


def evidence_words(rank: int) -> str:
    """How we know whose money it is."""
    return _EVIDENCE[Evidence(rank)]
