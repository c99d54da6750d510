"""The book of the fake gateways as a judge reads it: what was taken, given back, lost, and done twice."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from bursar.sandbox.fake.book import Kind, Standing
from bursar.sandbox.story import Book

_CALL = "bursar_call"
"""The word under which we write the key of the call on what we make at a gateway."""
_KEY_LENGTH = 39
"""Characters of a key before what says that the call was sent once more."""


def read_into(book: Book, rows: Iterable[Mapping[str, Any]]) -> None:
    """Add what the rows of `/_fake/book` say of money."""
    for row in rows:
        payment, amount_minor = row["payment"], row["amount_minor"]
        match row["kind"], row["standing"]:
            case Kind.CHARGE, Standing.CAPTURED:
                taken_minor, _ = book.captured.get(payment, (0, row["currency"]))
                book.captured[payment] = (taken_minor + amount_minor, row["currency"])
            case Kind.REFUND, Standing.SUCCEEDED:
                book.refunded[payment] = book.refunded.get(payment, 0) + amount_minor
            case Kind.DISPUTE, Standing.LOST:
                book.lost_in_disputes[payment] = book.lost_in_disputes.get(payment, 0) + amount_minor


def doubled(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Calls of ours that took or gave back money more than once (I14); there must be none."""
    done = Counter(
        (row["gateway"], row["kind"], key[:_KEY_LENGTH])
        for row in rows
        if row["standing"] in (Standing.CAPTURED, Standing.SUCCEEDED)
        and (key := row["metadata"].get(_CALL, ""))
    )
    return [f"{gateway}: call {key} made {n} {kind}s" for (gateway, kind, key), n in done.items() if n > 1]
