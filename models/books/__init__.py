"""The books in the database: lock what facts touch, load it as values, write what was decided."""

from models.books.load import load, load_groups
from models.books.locks import Closure, ClosureGrew, lock, lock_customers
from models.books.write import Written, next_seqs, write

__all__ = [
    "Closure",
    "ClosureGrew",
    "Written",
    "load",
    "load_groups",
    "lock",
    "lock_customers",
    "next_seqs",
    "write",
]
