"""What an invoice grants is suspended while it is overdue, and open again once it is paid."""

from uuid import UUID

from bursar.rules.books import Books
from bursar.rules.changes import Changes
from bursar.rules.desk import Desk
from bursar.rules.posting import close


def follow_suspension(books: Books, invoice_id: UUID) -> Changes:
    """Rights after the mark of an invoice was set or taken away; the group must be loaded whole."""
    desk = Desk(books)
    desk.review(invoice_id)
    return close(desk, [])
