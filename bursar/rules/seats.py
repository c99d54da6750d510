"""One payment at the table while its group is placed: what is left of it, and on which lines that lies."""

from uuid import UUID

from bursar.rules.allocation import Shares
from bursar.rules.books import Share
from bursar.rules.floor import Room
from bursar.rules.lots import Lot, Placement


class Seat:
    """A lot, and where its money lies so far."""

    __slots__ = ("held_minor", "left_minor", "lot", "missing", "shares", "spent_minor")

    def __init__(self, lot: Lot) -> None:
        self.lot = lot
        self.left_minor = lot.left_minor(0)
        self.held_minor = 0
        """Paid twice."""
        self.spent_minor = 0
        """On lines now."""
        self.shares: Shares = []
        """In the order they were given."""
        self.missing: Room = {}
        """Given once, taken back since, and filled by nobody."""

    @property
    def spare_minor(self) -> int:
        """What is neither held nor on a line; below zero, the lines hold more than there is."""
        return self.left_minor - self.held_minor - self.spent_minor

    def give(self, shares: Shares) -> None:
        """Put its money on lines."""
        self.shares += shares
        self.spent_minor += sum(minor for _, minor in shares)

    def drop_excess(self) -> Shares:
        """Take back from the lines what they hold beyond what there is, the last given first."""
        excess_minor, dropped = -self.spare_minor, []
        while excess_minor > 0:
            line_id, share_minor = self.shares.pop()
            minor = min(share_minor, excess_minor)
            excess_minor -= minor
            self.spent_minor -= minor
            dropped.append((line_id, minor))
            if share_minor > minor:
                self.shares.append((line_id, share_minor - minor))
        return dropped

    def placement(self) -> Placement:
        """Where its money lies."""
        kept, missing = sums(self.shares), self.missing
        return Placement(
            customer_id=self.lot.customer_id,
            credit_minor=self.left_minor - self.spent_minor,
            held_minor=self.held_minor,
            suspense_minor=self.lot.suspense_minor,
            shares={
                line_id: Share(kept.get(line_id, 0), missing.get(line_id, 0)) for line_id in kept | missing
            },
        )


def sums(shares: Shares) -> Room:
    """Minor units by line."""
    found: Room = {}
    for line_id, minor in shares:
        add(found, line_id, minor)
    return found


def add(room: Room, line_id: UUID, amount_minor: int) -> None:
    """Add to the sum of a line; what comes to nothing is not kept."""
    room[line_id] = room.get(line_id, 0) + amount_minor
    if not room[line_id]:
        del room[line_id]
