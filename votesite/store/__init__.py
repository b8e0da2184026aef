"""The only door to the database: statements, transactions, and the queue that all writes pass."""

from votesite.store.connections import PRAGMAS, prepare
from votesite.store.database import BEGIN_ON_SERVER, MAX_WAIT, Store
from votesite.store.queries import Query
from votesite.store.statements import Row, Statement
from votesite.store.transactions import Pending, Transaction

__all__ = [
    "BEGIN_ON_SERVER",
    "MAX_WAIT",
    "PRAGMAS",
    "Pending",
    "Query",
    "Row",
    "Statement",
    "Store",
    "Transaction",
    "prepare",
]
